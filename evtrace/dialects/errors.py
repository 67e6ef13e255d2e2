"""The mistake that a dialect's text can hold."""

from __future__ import annotations


class BadDialectError(ValueError):
    """What is wrong in the text of a dialect."""
