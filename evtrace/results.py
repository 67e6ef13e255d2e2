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
    source_id: int | None = None  # its number in the store; None: this reading added nothing


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
class CutOff:
    """What happened to a reader that told no end of an attempt, before it was handed the event again."""

    what: str  # rebalance (of its group) or connection (that was closed)
    at: int | None
    said: str | None  # the line that tells it
    evidence: Evidence


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
    cut_off: CutOff | None = None  # known for an attempt without an end that was followed by another


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
    payload_chars: int | None = None  # of its largest copy; None: no payload is known


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
    consequences: tuple[str, ...] = ()  # what went wrong after it, and because of it


@dataclass(frozen=True)
class UsualStep:
    """What the cohort does after an event, and whether this flow did."""

    event_type: str  # the cause
    service: str  # who acts on it
    effect: str  # what it publishes then
    share: float | None  # of the cohort's causes that led to it; None: it is declared, and nobody did it yet
    cases: int  # causes in the cohort
    usual_ns: int | None  # from receiving the cause to publishing the effect: median
    here: str  # seen, missing, not_reached


@dataclass(frozen=True)
class Expected:
    """What normal flows of the same root type do."""

    root_type: str | None
    flows: int  # flows that begin so
    normal: int  # how many of those looked at are finished and successful: the cohort
    is_enough: bool  # else only what fails by itself can be named
    sentence: str
    took_ns: int | None  # how long this flow took
    usual_ns: int | None  # median of the cohort
    limit_ns: int | None  # from here on a flow is late
    loss: float  # share of log lines that are missing, by estimate; it relaxes least_share
    least_share: float  # from this share on a step is expected
    steps: tuple[UsualStep, ...]


@dataclass(frozen=True)
class TimePart:
    """A stretch of the critical path."""

    what: str  # queue, handling, retry, outbox, unknown
    step: int  # of the event that was waited for or worked on
    who: str | None  # the reader or service
    took_ns: int
    share: float  # of the whole path
    behind: int | None = None  # a long wait: messages before it that the reader had not done with


@dataclass(frozen=True)
class TimeAccount:
    """Where the time went, along the chain of causes that ended last."""

    total_ns: int  # of the parts: exactly their sum
    path: tuple[int, ...]  # steps of the critical path
    parts: tuple[TimePart, ...]
    by_what: dict[str, float]  # share of each kind of part; adds to 1
    skew_ns: (
        int  # how far clocks contradict each other at least: a wait that would be negative counts as none
    )


@dataclass(frozen=True)
class SameCause:
    """Other flows with the same trouble."""

    flows: int
    since: int | None  # when the first of all of them had it
    signature: str


@dataclass(frozen=True)
class LedgerLine:
    """Something that was done in a flow which was taken back."""

    done: str
    done_step: int
    undone: str | None  # the event that took it back
    undone_step: int | None
    is_owed: bool  # still to be taken back


@dataclass(frozen=True)
class Recount:
    """A number of the answer and the SQL that gives it again."""

    says: str
    value: Any
    sql: str


@dataclass(frozen=True)
class RuledOut:
    """Something that was looked for and is not the cause."""

    what: str
    sentence: str


@dataclass(frozen=True)
class NotSeen:
    """Something the logs cannot tell."""

    what: str  # parent, reader, service, end, ending or time
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
    expected: Expected | None  # what the cohort does; None: the flow begins with nothing known
    chain: tuple[ChainEvent, ...]
    other_logs: tuple[LogLine, ...]  # telling lines that hang on no step
    time: TimeAccount | None  # where the time went; None: too little is dated
    ledger: tuple[LedgerLine, ...]  # what was taken back, where something was
    findings: tuple[Finding, ...]
    ruled_out: tuple[RuledOut, ...]
    same_cause: SameCause | None  # other flows with this cause
    not_seen: tuple[NotSeen, ...]
    next: tuple[str, ...]  # commands worth typing
    recounts: tuple[Recount, ...] = ()  # how to count again what the answer says; only where it is asked


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
    cause: str | None = None  # kind of its first cause


@dataclass(frozen=True)
class Incident:
    """Flows with the same cause."""

    cause: str
    service: str | None
    event_type: str | None
    detail: str  # the error, the missing type, the odd field; what varies in it is left out
    flows: int
    since_at: int | None
    last_at: int | None
    example: int  # the newest flow that has it


@dataclass(frozen=True)
class FlowList:
    """The newest flows that fit, how many there are, and what they suffer from."""

    rows: tuple[FlowRow, ...]
    total: int
    incidents: tuple[Incident, ...] = ()  # those with the most flows first


@dataclass(frozen=True)
class Table:
    """The answer to a query in SQL."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
