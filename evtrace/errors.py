"""What a user can do wrong or meet, each with the exit code it ends in."""

from __future__ import annotations

HEALTHY = 0
FINDINGS = 1
USAGE = 2
UNREADABLE = 3
INCOMPLETE = 4
INTERRUPTED = 130


class EvtraceError(Exception):
    """A problem of the user's making or of the input; its text says what, where and what to do."""

    exit_code = USAGE


class UsageError(EvtraceError):
    """The command's words are off, or an id is not known."""


class UnreadableError(EvtraceError):
    """Input or store cannot be read or written."""

    exit_code = UNREADABLE
