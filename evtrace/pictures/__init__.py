"""Pictures: what the answers say, as boxes and lines."""
