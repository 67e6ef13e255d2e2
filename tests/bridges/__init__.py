"""Exports, read back."""
