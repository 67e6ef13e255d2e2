"""What flows that begin with a type usually do: the cohort as ingest learned it."""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.diagnosis.spread import LEAST_FLOWS
from evtrace.store import Store


@dataclass(frozen=True)
class UsualEffect:
    """What normal flows do after an event."""

    event_type: str  # the cause
    service: str  # who acts on it
    effect: str  # what it publishes then
    led: int  # causes in the cohort that led to it
    causes: int
    took_ns: int | None  # median from receiving the cause to publishing the effect
    is_expected: bool  # its absence departs from normal


@dataclass(frozen=True)
class Usual:
    """The cohort of a root type."""

    root_type: str | None
    flows: int  # finished and successful
    effects: tuple[UsualEffect, ...]

    @property
    def is_enough(self) -> bool:
        return self.flows >= LEAST_FLOWS


_FLOWS = "SELECT MAX(normal) AS flows FROM cohorts WHERE root_type = ?"

_EFFECTS = """
SELECT event_type AS event_type, service AS service, child_type AS child_type, led AS led, causes AS causes, q50_ns AS q50_ns, expected AS expected
FROM usual_effects
WHERE root_type = ?
ORDER BY event_type, service, child_type
"""


def run(store: Store, root_type: str | None) -> Usual:
    """Recall what flows of this root type do."""
    if root_type is None:
        return Usual(None, 0, ())
    flows = store.value(_FLOWS, [root_type]) or 0
    return Usual(root_type, flows, tuple(UsualEffect(*row) for row in store.rows(_EFFECTS, [root_type])))
