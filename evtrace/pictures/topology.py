"""The whole store as a picture: services, the channels between them, and who reads what how well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from evtrace.model import NS_PER_S
from evtrace.picture import Edge, Measure, Node, Picture
from evtrace.pictures.fewer import UNKNOWN_PRODUCER, Fewer, Row, channel, fewer, service
from evtrace.reports.topology import Published, Read, Topology

#: A median wait departs from what is usual when it is twice as long, and longer by so much.
SLOWER, SLOWER_NS = 2.0, 5_000_000

#: A reader departs from what is usual when it misses so much more of what it is offered.
MISSES = 0.02

_NEVER = 2**63

_BAD_LAG = ("STOP", "STALL", "REWIND")


@dataclass(frozen=True)
class _Names:
    """The node of each service, reader and channel."""

    services: dict[str, str]
    channels: dict[str, str]


def picture(topology: Topology, *, limit: int, title: str = "topology") -> Picture:
    """Draw who publishes where and who reads it, in at most about `limit` boxes."""
    drawn = _in_time(fewer(topology, limit=limit))
    names = _names(drawn)
    seconds = _seconds(topology)
    return Picture(
        kind="topology",
        title=title,
        subtitle=f"{topology.flows:,} flows, {topology.usual_flows:,} of them went well",
        start=topology.since_at,
        nodes=(*_services(drawn, names), *_channels(drawn, names)),
        edges=(
            *(_published(one, names, seconds) for one in drawn.published),
            *(_read(one, names, seconds) for one in drawn.read),
        ),
        notes=(*drawn.notes, "▲: otherwise than in flows that went well"),
    )


def _in_time(drawn: Fewer) -> Fewer:
    """What was published first comes first, so that a picture begins where flows begin."""
    begun: dict[str, int] = dict.fromkeys(drawn.rests, _NEVER + 1)
    for one in drawn.published:
        at = _NEVER if one.first_ts is None else one.first_ts
        if channel(one) not in drawn.rests:
            begun[channel(one)] = min(begun.get(channel(one), _NEVER), at)
    return replace(
        drawn,
        published=tuple(
            sorted(drawn.published, key=lambda one: (begun[channel(one)], channel(one), service(one)))
        ),
        read=tuple(
            sorted(drawn.read, key=lambda one: (begun.get(channel(one), _NEVER), channel(one), service(one)))
        ),
    )


def _names(drawn: Fewer) -> _Names:
    rows: tuple[Row, ...] = (*drawn.published, *drawn.read)
    services, channels = dict.fromkeys(map(service, rows)), dict.fromkeys(map(channel, rows))
    return _Names(
        {name: f"s{number}" for number, name in enumerate(services, start=1)},
        {name: f"c{number}" for number, name in enumerate(channels, start=1)},
    )


def _services(drawn: Fewer, names: _Names) -> Iterator[Node]:
    silent = {service(one) for one in drawn.read if not one.events}
    heard = {service(one) for one in drawn.published} | {service(one) for one in drawn.read if one.events}
    for name, node in names.services.items():
        is_silent = name in silent - heard
        yield Node(
            id=node,
            kind="more" if name in drawn.rests else "group" if is_silent else "service",
            title=name,
            state="ghost" if name == UNKNOWN_PRODUCER else "ok",
            words="known by its positions only" if is_silent else None,
            count=1 if name in drawn.rests else drawn.sizes.get(name, 1),
        )


def _channels(drawn: Fewer, names: _Names) -> Iterator[Node]:
    dead = {channel(one) for one in drawn.published if one.hop == "dead_letter"}
    alive = {channel(one) for one in drawn.published if one.hop != "dead_letter"}
    for name, node in names.channels.items():
        is_dead = name in dead - alive
        yield Node(
            id=node,
            kind="more" if name in drawn.rests else "channel",
            title=name,
            state="bad" if is_dead else "ok",
            words="dead letters" if is_dead else None,
            count=1 if name in drawn.rests else drawn.sizes.get(name, 1),
        )


def _seconds(topology: Topology) -> float | None:
    if topology.since_at is None or topology.until_at is None or topology.until_at <= topology.since_at:
        return None
    return (topology.until_at - topology.since_at) / NS_PER_S


def _published(one: Published, names: _Names, seconds: float | None) -> Edge:
    measures = [Measure("events", one.events, "events")]
    if seconds:
        measures.append(Measure("", one.events / seconds, "per_s"))
    if one.copies:
        measures.append(Measure("duplicates", one.copies / (one.events + one.copies), "share"))
    if one.errors and one.hop != "dead_letter":
        measures.append(Measure("in failed flows", one.errors / one.events, "share"))
    is_dead = one.hop == "dead_letter"
    return Edge(
        source=names.services[service(one)],
        target=names.channels[channel(one)],
        kind="dead_letter" if is_dead else "published",
        state="bad" if is_dead else "warn" if one.copies else "ok",
        measures=tuple(measures),
    )


def _read(one: Read, names: _Names, seconds: float | None) -> Edge:
    measures = tuple(_figures(one, seconds))
    is_bad = bool(one.errors) or one.lag_status in _BAD_LAG
    is_odd = one.lag_status == "WARN" or any(measure.is_off for measure in measures)
    return Edge(
        source=names.channels[channel(one)],
        target=names.services[service(one)],
        kind="read",
        state="bad" if is_bad else "warn" if is_odd else "ok" if one.events else "open",
        name=one.grp if one.grp != service(one) else None,
        measures=measures,
    )


def _figures(one: Read, seconds: float | None) -> Iterator[Measure]:
    if one.events and seconds:
        yield Measure("", one.events / seconds, "per_s")
    share = one.events / one.offered if one.offered else None
    if share is not None and share < 1:
        usual = one.usual_share
        yield Measure("handed", share, "share", usual, usual is not None and usual - share >= MISSES)
    if one.wait_ns is not None:
        is_slow = (
            one.usual_wait_ns is not None
            and one.wait_ns >= SLOWER * one.usual_wait_ns
            and one.wait_ns - one.usual_wait_ns >= SLOWER_NS
        )
        yield Measure("waits", one.wait_ns, "ns", one.usual_wait_ns, is_slow)
    if one.lag_messages:
        yield Measure("lag", one.lag_messages, "messages", None, one.lag_status not in ("OK", None))
    if one.lag_status not in ("OK", None):
        yield Measure(f"lag {one.lag_status}", None, "none")
    if one.errors:
        yield Measure("failed", one.errors / one.events, "share")
    if one.again:
        yield Measure("handed again", one.again / one.attempts, "share")
