"""GitHub annotations: workflow commands that mark lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evtrace.changes import ContractDiff, GateAnswer
from evtrace.present.contract_groups import LEVELS, Group, doubt, groups, sentence
from evtrace.present.terminal import clean

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def commands(found: ContractDiff | GateAnswer) -> str:
    """One command a line; changes that break nothing are left out."""
    lines = [line for group in groups(found) for line in _lines(group)]
    return "\n".join(lines) + "\n" if lines else ""


def _lines(group: Group) -> Iterator[str]:
    for change in group.changes:
        if change.severity != "safe":
            level = "note" if change.accepted is not None else LEVELS[change.severity]
            place = {"file": change.file, "line": change.line, "title": change.rule}
            yield _command(_COMMANDS[level], place, sentence(change, group.mode))
    for undecided in group.undecided:
        yield _command("error", {"file": group.file, "line": 1, "title": "undecided"}, doubt(undecided))


def _command(name: str, place: Mapping[str, object], message: str) -> str:
    properties = ",".join(
        f"{key}={_property(str(value))}" for key, value in place.items() if value is not None
    )
    return f"::{name} {properties}::{_data(message)}"


def _data(text: str) -> str:
    return clean(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
