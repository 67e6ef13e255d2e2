"""What a check of contracts answers: frozen data, named and ordered as in the JSON (`design.md` §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evtrace.observed import Replay

#: The two questions: can the new schema read what the old one wrote, and the other way round?
BACKWARD, FORWARD = "BACKWARD", "FORWARD"
DIRECTIONS = (BACKWARD, FORWARD)

#: From the worst on. `breaking`: a reader refuses. `lossy`: a reader gets another value, or none.
#: `risky`: it reads, but what it means may have changed. `safe`: nothing happens.
SEVERITIES = ("breaking", "lossy", "risky", "safe")
FAILING = ("breaking", "lossy")


@dataclass(frozen=True)
class Rule:
    """One kind of change. The id is forever."""

    id: str
    says: str  # what the change is, in one line
    breaks: tuple[str, ...]  # the directions that it can break
    severity: str  # how bad it is where it does
    message: str  # the sentence, with places for words in braces


@dataclass(frozen=True)
class Change:
    """One difference between two versions of a contract."""

    rule: str
    path: str  # in the new schema, or in the old one where it is gone
    breaks: tuple[str, ...]  # directions
    severity: str
    file: str | None
    line: int | None
    message: str
    example: Any  # an event that the writer may send and the reader refuses or misreads
    against: str  # the older version
    fingerprint: str = ""  # the same for the same change of the same contract, wherever its line is
    accepted: str | None = None  # why it is accepted, where a baseline says so


@dataclass(frozen=True)
class Undecided:
    """A direction on which the engine cannot say anything sure."""

    direction: str
    reason: str
    against: str


@dataclass(frozen=True)
class ContractDiff:
    """A new version of a contract against the older ones that the mode asks about."""

    contract: str
    language: str
    compatible: bool | None  # None: undecided
    mode: str
    policy: str
    file: str
    against: tuple[str, ...]
    changes: tuple[Change, ...]
    undecided: tuple[Undecided, ...]


@dataclass(frozen=True)
class ContractGate:
    """Many contracts, each against its older versions."""

    compatible: bool | None
    mode: str  # 'mixed' where contracts have their own
    policy: str
    against: str
    changes: tuple[ContractChange, ...]
    contracts: tuple[ContractState, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Bar:
    """From where on a gate refuses."""

    failing: tuple[str, ...]  # severities
    allow_undecided: bool = False

    @property
    def refuses_doubt(self) -> bool:
        return bool(self.failing) and not self.allow_undecided

    def refuses(self, change: Change) -> bool:
        return change.severity in self.failing and change.accepted is None

    def is_met(self, found: ContractDiff | ContractGate) -> bool:
        """Nothing is refused, and nothing is open that has to be decided."""
        checked = [found] if isinstance(found, ContractDiff) else found.contracts
        is_open = self.refuses_doubt and any(one.undecided for one in checked)
        return not is_open and not any(map(self.refuses, found.changes))


@dataclass(frozen=True)
class ContractChange(Change):
    """A change, and the contract that it belongs to."""

    contract: str = ""


@dataclass(frozen=True)
class ContractState:
    """One contract of many."""

    contract: str
    file: str
    language: str
    status: str  # compatible, broken, accepted, undecided, new, moved, deleted
    mode: str
    policy: str
    against: tuple[str, ...]
    undecided: tuple[Undecided, ...]
    history: tuple[Replay, ...] = ()  # what the change would have meant for stored events
