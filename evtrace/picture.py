"""What pictures are made of: frozen data that the makers fill and each renderer draws.

A picture says what is there and how it is known, never how it looks. Times are integer nanoseconds; words of logs
are as they were logged, for each renderer makes them harmless in its own way.
"""

from __future__ import annotations

from dataclasses import dataclass

#: What a node or an edge came to. Renderers give each a mark, a line and a colour, so that none depends on one sign.
STATES = ("ok", "warn", "bad", "open", "ghost")


@dataclass(frozen=True)
class Measure:
    """A figure, and what it usually is."""

    name: str
    value: float | None
    unit: str  # messages, per_s, share, ns or events
    normal: float | None = None
    is_off: bool = False  # it departs from what is usual


@dataclass(frozen=True)
class Badge:
    """A finding on a node."""

    severity: str  # info, warning or error
    rule: str
    sentence: str


@dataclass(frozen=True)
class Reader:
    """Someone who took an event and made nothing new of it."""

    name: str
    state: str  # ok, warn (at a later attempt) or open (how it ended is not logged)
    attempts: int = 1


@dataclass(frozen=True)
class Node:
    """A box."""

    id: str  # unique in the picture, letters and digits only
    kind: str  # event, handling, missing; service, group, channel; more (what is counted instead of drawn)
    title: str
    lane: str | None = None  # the service it happens in
    state: str = "ok"
    step: int | None = None  # its number in the chain of `why`
    at: int | None = None
    place: str | None = None  # where the event is stored: 'orders/0/12'
    words: str | None = None  # an error's first line, or why it is expected
    count: int = 1  # more than 1: so many alike
    attempts: int = 1  # of a handling
    hop: str | None = None  # retry or dead_letter: a republication
    readers: tuple[Reader, ...] = ()
    measures: tuple[Measure, ...] = ()
    badges: tuple[Badge, ...] = ()
    change: str = ""  # in a comparison: left, right or both where they differ
    is_critical: bool = False  # on the path that the end waited for


@dataclass(frozen=True)
class Edge:
    """A line from cause to effect, from a producer to a channel, from a channel to a reader."""

    source: str
    target: str
    kind: str = "causes"  # causes, compensates, handled, missing; published, read, dead_letter
    state: str = "ok"
    rule: str | None = None  # how it is known
    confidence: float = 1.0
    rivals: int = 0
    count: int = 1
    took: int | None = None  # nanoseconds from cause to effect
    name: str | None = None  # the group, where the reader is drawn by another name
    measures: tuple[Measure, ...] = ()
    change: str = ""
    is_guess: bool = False
    is_critical: bool = False


@dataclass(frozen=True)
class Picture:
    """A graph to draw."""

    kind: str  # flow, topology or diff
    title: str
    subtitle: str = ""
    start: int | None = None  # what times are counted from
    lanes: tuple[str, ...] = ()
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    notes: tuple[str, ...] = ()  # what the reader must know: how it was aggregated, what was left out
    left: str = ""  # of a comparison: what the sides are called
    right: str = ""


@dataclass(frozen=True)
class Message:
    """A line of a sequence diagram: one event handed to one reader, or published to nobody who is known."""

    step: int
    title: str
    source: str  # lifelines
    target: str | None
    state: str
    sent_at: int | None
    at: int | None  # when it was received
    attempt: int = 1
    attempts: int = 1
    words: str | None = None
    took: int | None = None  # how long the handling took
    count: int = 1
    place: str | None = None


@dataclass(frozen=True)
class Sequence:
    """Who handed what to whom, in the order of time."""

    title: str
    subtitle: str
    start: int | None
    lifelines: tuple[str, ...]
    messages: tuple[Message, ...]
    notes: tuple[str, ...] = ()
