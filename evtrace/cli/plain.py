"""Signs of ours for terminals whose characters have none of them: `→` becomes `->`."""

from __future__ import annotations

import codecs

#: The name under which streams find it.
ERRORS = "evtrace.plain"

_SIGNS = {
    "·": "-", "…": "...", "→": "->", "←": "<-", "↑": "^", "↓": "v", "│": "|", "─": "-", "├": "|", "└": "`", "┌": ",", "┐": ".",
    "┘": "'", "┤": "|", "┬": "-", "┴": "-", "┼": "+", "✓": "+", "✗": "x", "×": "x", "±": "+-", "▲": "^", "○": "o", "●": "*",
    "–": "-", "—": "-", "’": "'", "“": '"', "”": '"', "µ": "u", "≤": "<=", "≥": ">=", "║": "|", "═": "=",
    **dict(zip("▁▂▃▄▅▆▇█", "._-=+*%#", strict=True)),
}  # fmt: skip


def register() -> None:
    """Make it known; no character of a log can stop the output."""
    codecs.register_error(ERRORS, _plain)


def _plain(problem: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    character = problem.object[problem.start]
    escaped = character.encode("ascii", "backslashreplace").decode()
    return _SIGNS.get(character, escaped), problem.start + 1
