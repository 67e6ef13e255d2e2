"""What a report on a whole store is made of: topology, incidents, lag, duplicates, losses, drift."""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Report
from evtrace.observed import Drift
from evtrace.picture import Picture
from evtrace.results import FlowRow, Incident


@dataclass(frozen=True)
class LagLine:
    """How far a group was behind on a channel over time, all partitions together."""

    grp: str
    channel: str
    status: str  # of its worst partition
    lag_messages: int | None  # where the evidence ends
    lag_seconds: float | None  # age of the oldest unread message
    points: tuple[tuple[int, int | None], ...]  # time, messages behind


@dataclass(frozen=True)
class VerdictCount:
    """How many flows ended so."""

    verdict: str
    flows: int


@dataclass(frozen=True)
class Overview:
    """The whole store."""

    name: str  # of the store
    since_at: int | None
    until_at: int | None
    records: int
    rejects: int
    verdicts: tuple[VerdictCount, ...]
    incidents: tuple[Incident, ...]
    examples: tuple[FlowRow, ...]  # a flow for each incident
    topology: Picture
    lag: tuple[LagLine, ...]  # the worst first
    duplicates: Report
    lost: Report
    drifts: tuple[Drift, ...] | None  # None: not evaluated
    notes: tuple[str, ...]  # what could not be judged, and why
