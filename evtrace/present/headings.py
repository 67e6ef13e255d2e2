"""The headings at the left of an answer in text."""

from __future__ import annotations

from evtrace.present.terminal import Screen

MARGIN = " " * 10  # room for the headings


def head(name: str, screen: Screen) -> str:
    """The heading, as wide as the margin."""
    return screen.paint(name, "bold") + " " * (len(MARGIN) - len(name))
