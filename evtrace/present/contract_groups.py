"""One contract or many, seen alike by every presenter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evtrace.changes import BACKWARD, FAILING, FORWARD, Change, ContractDiff, ContractGate, Undecided
from evtrace.observed import Replay

#: Severity → words of other tools.
LEVELS = {"breaking": "error", "lossy": "error", "risky": "warning", "safe": "note"}

_LONGEST = 400


@dataclass(frozen=True)
class Group:
    """A contract with its changes."""

    contract: str
    file: str
    status: str
    mode: str
    policy: str
    against: Sequence[str]
    changes: Sequence[Change]
    undecided: Sequence[Undecided]
    history: Sequence[Replay] = ()

    @property
    def failing(self) -> list[Change]:
        """What breaks or loses something, and was not accepted."""
        return [change for change in self.changes if change.severity in FAILING and change.accepted is None]


def groups(found: ContractDiff | ContractGate) -> list[Group]:
    """Every contract of an answer."""
    if isinstance(found, ContractDiff):
        status = {True: "compatible", False: "broken", None: "undecided"}[found.compatible]
        return [
            Group(
                found.contract,
                found.file,
                status,
                found.mode,
                found.policy,
                found.against,
                found.changes,
                found.undecided,
            )
        ]
    return [
        Group(
            state.contract,
            state.file,
            state.status,
            state.mode,
            state.policy,
            state.against,
            [change for change in found.changes if change.contract == state.contract],
            state.undecided,
            state.history,
        )
        for state in found.contracts
    ]


def direction_shown(change: Change, mode: str) -> str:
    """The direction that the example of a change shows: the first that the mode asks about."""
    asked = [FORWARD, BACKWARD] if mode.startswith("FORWARD") else [BACKWARD, FORWARD]
    return next((direction for direction in asked if direction in change.breaks), BACKWARD)


def shows(change: Change, mode: str) -> str:
    """What the example is."""
    verb = "refuse" if change.severity == "breaking" else "misread"
    if direction_shown(change, mode) == BACKWARD:
        return f"an event of the old version that the new one {verb}s"
    return f"an event of the new version that old readers {verb}"


def example(value: Any, longest: int = _LONGEST) -> str:
    """An event in one line."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def doubt(undecided: Undecided) -> str:
    """Why nothing sure can be said."""
    return f"{undecided.direction} against {undecided.against} is undecided: {undecided.reason}"


def sentence(change: Change, mode: str) -> str:
    """Everything about a change in one paragraph."""
    words = [change.message]
    if change.breaks:
        words.append(f"breaks {' and '.join(change.breaks)}")
    if change.severity in FAILING and change.example is not None:
        words.append(f"{shows(change, mode)}: {example(change.example)}")
    if change.accepted is not None:
        words.append(f"accepted: {change.accepted}")
    return "; ".join(words)
