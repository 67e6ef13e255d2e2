"""Pictures for people: one file draws in one language."""
