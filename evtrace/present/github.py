"""GitHub annotations: workflow commands that mark lines of a pull request."""

from __future__ import annotations

from evtrace.present.terminal import clean
from evtrace.present.verdict import Mark, Verdict

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def commands(found: Verdict) -> str:
    """One command a line, and the verdict for who reads the log."""
    lines = [_command(mark) for mark in found.marks if mark.is_told]
    return "\n".join([*lines, f"evtrace {found.command} {'passed' if found.passed else 'failed'}"]) + "\n"


def _command(mark: Mark) -> str:
    name = "error" if mark.fails else "notice" if mark.accepted is not None else _COMMANDS[mark.level]
    spot = next(iter(mark.spots), None)
    place = [] if spot is None else [f"file={_property(spot.file)}"]
    place += [f"line={spot.line}"] if spot is not None and spot.line else []
    title = f"title={_property(f'evtrace {mark.rule}')}"
    return f"::{name} {','.join([*place, title])}::{_data(mark.sentence)}"


def _data(text: str) -> str:
    """What follows the second colons; log text may hold commands of its own."""
    return clean(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
