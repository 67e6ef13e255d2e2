"""Pages, read and opened."""
