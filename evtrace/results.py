"""What the answers are made of: frozen data that presenters show and the Python door returns.

Names and order of the fields are the names and order of the JSON (`design.md` §6). Times are integer
nanoseconds; a field that holds one is called `at` or ends in `_at` or `_ts`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class SourceSummary:
    """One thing that was read."""

    uri: str  # the path as the user gave it
    format: str | None  # format names from the outside in: 'csv+docker+text'
    dialect: str | None  # dialect names that gave a role
    units: int  # records + parts + skipped + rejects
    records: int
    parts: int  # units that belong to a record begun earlier
    skipped: int  # units that are no observation
    rejects: int  # units that could not be read
    first_ts: int | None
    last_ts: int | None
    undated: int  # records without a time
    status: str  # new, grown, known, skipped or failed
    notes: tuple[str, ...] = ()
    mapping: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class IngestSummary:
    """What one ingest did."""

    sources: tuple[SourceSummary, ...]
    records: int
    rejects: int
    seconds: float
    flows: int


@dataclass(frozen=True)
class Reject:
    """A unit that could not be read."""

    source: str
    line: int | None
    item: int | None
    reason: str
    text: str | None


@dataclass(frozen=True)
class Evidence:
    """Where a statement can be read again."""

    source: str
    line: int | None
    text: str | None = None  # what stands there
    is_original: bool = False  # it was read from the source again; else it is what the store keeps of it


@dataclass(frozen=True)
class Identity:
    """An id that finds the flow."""

    kind: str
    value: str


@dataclass(frozen=True)
class Flow:
    """One business happening."""

    flow_id: int
    root_type: str | None
    started_at: int | None
    last_at: int | None
    events: int
    services: tuple[str, ...]
    services_naming: tuple[str, ...]  # those whose own records name the queried id
    traces: int
    records: int
    identities: tuple[Identity, ...]


@dataclass(frozen=True)
class ParentEdge:
    """A cause of an event, and how that is known."""

    event_id: str
    step: int  # the cause's place in the chain
    rule: str
    confidence: float
    kind: str  # causes or compensates
    rivals: int  # other parents that fit as well
    agrees: tuple[str, ...]  # further rules that say the same


@dataclass(frozen=True)
class DeliveryStep:
    """One event handed to one group, one attempt."""

    grp: str | None
    consumer: str | None
    service: str | None
    attempt: int
    received_at: int | None
    done_at: int | None
    outcome: str | None
    error: str | None
    observers: int
    evidence: Evidence | None


@dataclass(frozen=True)
class LogLine:
    """A line that tells something about the flow."""

    at: int | None
    level: str | None
    service: str | None
    message: str
    names_id: bool  # it holds the queried id
    evidence: Evidence


@dataclass(frozen=True)
class ChainEvent:
    """One step of the story: an event, or a piece of work that a service did in one go."""

    step: int  # from 1, in the order of the story: a cause before its effects
    event_id: str
    event_type: str | None
    kind: str  # message or operation
    service: str | None
    instance: str | None
    channel: str | None
    part: int | None
    pos: int | None
    message_key: str | None
    schema_version: str | None
    trace_id: str | None
    at: int | None
    end_at: int | None
    outcome: str | None
    error: str | None
    copies: int  # more than 1: published more than once
    hop: str | None  # retry or dead_letter: a republication
    parents: tuple[ParentEdge, ...]
    deliveries: tuple[DeliveryStep, ...]
    logs: tuple[LogLine, ...]
    records: int  # records that show it or are logged under it
    evidence: Evidence | None


@dataclass(frozen=True)
class Cause:
    """The earliest departure that explains the verdict."""

    kind: str
    service: str | None
    event_id: str | None
    event_type: str | None
    channel: str | None
    part: int | None
    pos: int | None
    grp: str | None
    step: int | None  # where in the chain
    at: int | None
    sentence: str
    confidence: float
    times: int  # how often the same thing happened in this flow
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class RuledOut:
    """Something that was looked for and is not the cause."""

    what: str
    sentence: str


@dataclass(frozen=True)
class NotSeen:
    """Something the logs cannot tell."""

    what: str  # reader, parent, ending or time
    sentence: str
    until_at: int | None = None  # where the evidence ends


@dataclass(frozen=True)
class WhyAnswer:
    """What happened in one flow, and why."""

    query: str
    found_as: tuple[str, ...]  # kinds of id under which the query was found
    flow: Flow
    verdict: str
    cause: Cause | None
    other_causes: tuple[Cause, ...]  # faults that the first cause does not explain
    expected: dict[str, Any] | None  # what the cohort does; not evaluated yet
    chain: tuple[ChainEvent, ...]
    other_logs: tuple[LogLine, ...]  # telling lines that hang on no step
    time: dict[str, Any] | None  # where the time went; not evaluated yet
    findings: tuple[Finding, ...]
    ruled_out: tuple[RuledOut, ...]
    same_cause: dict[str, Any] | None  # other flows with this cause; not evaluated yet
    not_seen: tuple[NotSeen, ...]
    next: tuple[str, ...]  # commands worth typing


@dataclass(frozen=True)
class Finding:
    """One anomaly."""

    rule: str
    severity: str
    event_id: str | None
    channel: str | None
    part: int | None
    pos: int | None
    grp: str | None
    sentence: str


@dataclass(frozen=True)
class FlowRow:
    """One line of a list of flows."""

    flow_id: int
    verdict: str | None
    root_type: str | None
    started_at: int | None
    last_at: int | None
    records: int
    events: int
    services: int
    errors: int
    identity: Identity | None  # the id that people would know it by


@dataclass(frozen=True)
class FlowList:
    """The newest flows that fit, and how many there are."""

    rows: tuple[FlowRow, ...]
    total: int


@dataclass(frozen=True)
class Table:
    """The answer to a query in SQL."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
