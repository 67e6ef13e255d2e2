"""What the fields of a source mean: the answer that dialects give to ingest."""

from __future__ import annotations

from dataclasses import dataclass, field

Path = tuple[str, ...]  # keys from the top of the document; "@json" parses the text met there


@dataclass(frozen=True)
class Use:
    """One field that fills one role."""

    role: str  # a role of model.ROLES
    path: Path  # where it stands
    reading: str = "text"  # how the value is read, see READINGS
    dialect: str = ""  # the dialect that says so
    share: float = 0.0  # share of the sampled documents that have it
    refers_to: str = ""  # what an id points at: event_id, correlation_id, operation …; "" = not said


@dataclass(frozen=True)
class Mapping:
    """What the fields of a source mean."""

    uses: tuple[Use, ...] = ()  # within a role the first that has a value wins
    ids: tuple[tuple[str, Path], ...] = ()  # business ids: (kind, path)
    constants: dict[str, str] = field(default_factory=dict)  # role (or clock, kind) → value of every record
    kinds: dict[str, str] = field(default_factory=dict)  # value of an `operation` field (lower case) → kind
    dialects: tuple[str, ...] = ()  # those that gave something, in the order in which they rank
    zone: str | None = None  # zone of times that name none
    unmapped: tuple[Path, ...] = ()  # fields seen that play no role
    joins: tuple[str, ...] = ()  # kinds of business id that a dialect says always join
    never: tuple[str, ...] = ()  # kinds of business id that a dialect says never join
    columns: dict[str, str] = field(
        default_factory=dict
    )  # evtrace's own lines: the columns they name, with their types
