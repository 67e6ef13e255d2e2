"""A remark on how events are designed: about a type, with one event as the example."""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly


@dataclass(frozen=True, kw_only=True)
class TypeNote(Anomaly):
    """A remark on all events of a type."""

    events: int  # of the type
    concerned: int  # of these

    def told(self) -> str:
        share = (
            "none"
            if self.concerned == self.events
            else f"{self.events - self.concerned:,} of {self.events:,}"
        )
        return f"{self.event_type}: {share} {_SAYS[self.rule]}"


_SAYS = {
    "missing_correlation": "carry a correlation or trace id",
    "missing_causation": "of those that another event caused name that cause",
    "missing_schema_version": "name a contract or its version",
}
