"""Redaction: an answer without what must not leave the house. What is hidden cannot be found again."""
