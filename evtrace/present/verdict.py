"""What a gate says, as every CI system sees it: one shape for `check` and `schema check`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Severities of both gates → the words of other tools.
LEVELS = {
    "breaking": "error",
    "lossy": "error",
    "risky": "warning",
    "safe": "note",
    "error": "error",
    "warning": "warning",
    "info": "note",
}


@dataclass(frozen=True)
class Spot:
    """A line of a file."""

    file: str
    line: int | None


@dataclass(frozen=True)
class Mark:
    """Something that a gate points at."""

    rule: str
    severity: str
    sentence: str
    spots: tuple[Spot, ...]  # the first is the place, others belong to it
    fingerprint: str
    fails: bool
    is_told: bool = True  # worth an annotation
    is_known: bool = False  # it stands in a baseline
    accepted: str | None = None  # why it does not count
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> str:
        return LEVELS[self.severity]


@dataclass(frozen=True)
class Case:
    """One thing that was checked, whatever came of it."""

    room: str
    name: str
    outcome: str  # passed, failure, error, skipped
    message: str = ""
    text: str = ""
    kind: str | None = None


@dataclass(frozen=True)
class RuleNote:
    """What is known of a rule."""

    id: str
    level: str
    says: str | None = None
    docs: str | None = None


@dataclass(frozen=True)
class Verdict:
    """The answer of a gate."""

    command: str
    passed: bool
    marks: tuple[Mark, ...]
    cases: tuple[Case, ...]
    rules: tuple[RuleNote, ...]  # of the marks
    notes: tuple[str, ...] = ()  # what could not be judged
