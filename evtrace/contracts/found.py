"""What a language finds between two versions, before a mode says which of it matters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from evtrace.changes import Rule
from evtrace.contracts.source import Source


@dataclass(frozen=True)
class Found:
    """One difference, with what it does in each direction; a direction that is not named is safe."""

    rule: Rule
    path: str
    file: str | None
    line: int | None
    effects: Mapping[str, str] = field(default_factory=dict)  # direction → severity
    words: Mapping[str, object] = field(default_factory=dict)
    examples: Mapping[str, Any] = field(default_factory=dict)  # direction → event


@dataclass(frozen=True)
class Comparison:
    """All differences, and where nothing sure can be said the reason by direction."""

    found: tuple[Found, ...]
    undecided: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """Why an event is not what its contract promises."""

    rule: str
    path: str  # in the event: 'lines[].price'
    message: str


#: Says what is wrong with a payload, as it is stored: JSON text, or bytes as base64 or hex.
Judge = Callable[[str], Problem | None]


class Language(Protocol):
    """A schema language; one module or package of this room each."""

    NAME: str
    POLICIES: tuple[str, ...]  # the first is the default
    RULES: tuple[Rule, ...]

    def parse(self, source: Source) -> Any:
        """Understand a schema, or raise UnreadableError with file and line."""

    def compare(self, old: Any, new: Any, policy: str) -> Comparison:
        """Find every difference and the directions that it breaks."""

    def judge(self, schema: Any, registry: Mapping[int, Source]) -> Judge:
        """Make a judge of events; the registry holds the schemas that wire headers name by number."""
