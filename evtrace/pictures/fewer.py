"""Fewer boxes for a big topology: alike names become one, the quiet rest is counted."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from evtrace.reports.topology import Published, Read, Topology

UNKNOWN_PRODUCER, UNKNOWN_READER, UNNAMED = "unknown producer", "unknown reader", "unnamed channel"

#: What tells alike names apart: numbers, and ids in hexadecimal.
_TELLING = re.compile(r"[0-9a-f]{8,}(?:-[0-9a-f]{4,}){0,4}|\d+", re.IGNORECASE)

#: A part of a name with what ends it.
_PARTS = re.compile(r"[^._:/-]+[._:/-]?|[._:/-]")

#: A row in trouble weighs more than any that is only busy.
_TROUBLE = 10**12

Row = Published | Read
Names = Mapping[str, str]  # name → the name of its box


@dataclass(frozen=True)
class Fewer:
    """A topology that can be drawn."""

    published: tuple[Published, ...]
    read: tuple[Read, ...]
    sizes: Mapping[str, int] = field(default_factory=dict)  # how many each box stands for
    rests: frozenset[str] = frozenset()  # boxes that stand for what is not drawn
    notes: tuple[str, ...] = ()


def service(row: Row) -> str:
    """A reader is drawn as its service, where that is known."""
    if isinstance(row, Published):
        return row.service or UNKNOWN_PRODUCER
    return row.service or row.grp or UNKNOWN_READER


def channel(row: Row) -> str:
    return row.channel or UNNAMED


def fewer(topology: Topology, *, limit: int) -> Fewer:
    """The topology in about `limit` boxes."""
    rows: list[Row] = [*topology.published, *topology.read]
    services, channels = {service(row) for row in rows}, {channel(row) for row in rows}
    if len(services) + len(channels) <= limit:
        return Fewer(topology.published, topology.read)
    kinds = len(set(_alike(channels).values()))
    room = min(len(services), max(limit // 3, limit - kinds))
    of_service, rest_services = _boxes(rows, services, _alike(services), room, "services")
    of_channel, rest_channels = _boxes(rows, channels, _one_shape(rows, of_service), limit - room, "channels")
    return Fewer(
        published=_merged_published(topology.published, of_service, of_channel),
        read=_merged_read(topology.read, of_service, of_channel),
        sizes=Counter([*of_service.values(), *of_channel.values()]),
        rests=frozenset(rest_services | rest_channels),
        notes=tuple(_notes(of_service, of_channel, rest_services | rest_channels)),
    )


def _alike(names: Iterable[str]) -> dict[str, str]:
    """Names that differ in numbers only have one name: 'worker-*'."""
    patterns: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        patterns[_TELLING.sub("*", name)].append(name)
    return {name: pattern if len(of) > 1 else name for pattern, of in patterns.items() for name in of}


def _prefixed(names: Iterable[str], room: int) -> dict[str, str]:
    """Names with one beginning are one box: 'billing.*'; the longest beginnings that leave room are taken."""
    for depth in (3, 2, 1):
        beginnings: dict[str, list[str]] = defaultdict(list)
        for name in names:
            beginnings["".join(_PARTS.findall(name)[:depth])].append(name)
        if len(beginnings) <= room:
            break
    return {name: f"{begin}*" if len(of) > 1 else name for begin, of in beginnings.items() for name in of}


def _one_shape(rows: Iterable[Row], of_service: Names) -> dict[str, str]:
    """Channels of one pattern that the same services write and read are one box."""
    shapes: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in rows:
        side = "from" if isinstance(row, Published) else "to"
        shapes[channel(row)].add((side, of_service[service(row)]))
    groups: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = defaultdict(list)
    for name, shape in sorted(shapes.items()):
        groups[_TELLING.sub("*", name), tuple(sorted(shape))].append(name)
    found: dict[str, str] = {}
    taken: Counter[str] = Counter()
    for (pattern, _), names in groups.items():
        taken[pattern] += len(names) > 1
        box = f"{pattern} ({taken[pattern]})" if taken[pattern] > 1 else pattern
        found |= {name: box if len(names) > 1 else name for name in names}
    return found


def _boxes(
    rows: Iterable[Row], names: Iterable[str], alike: Names, room: int, what: str
) -> tuple[dict[str, str], set[str]]:
    """Names as they are where there is room, else alike ones as one, else the loudest and a rest."""
    every = sorted(names)
    if len(every) <= room:
        return {name: name for name in every}, set()
    weights = _weights(rows, alike)
    for boxes in (alike, _prefixed(every, room)):
        if len(set(boxes.values())) <= room:
            return {name: boxes[name] for name in every}, set()
    kept = set(sorted(weights, key=lambda name: (-weights[name], name))[: max(room - 1, 1)])
    left = sum(alike[name] not in kept for name in every)
    rest = f"… {left:,} more {what}"
    return {name: alike[name] if alike[name] in kept else rest for name in every}, {rest}


def _weights(rows: Iterable[Row], boxes: Names) -> Counter[str]:
    weights: Counter[str] = Counter(dict.fromkeys(boxes.values(), 0))
    for row in rows:
        is_bad = isinstance(row, Read) and (row.errors or row.lag_status in ("STOP", "STALL", "REWIND"))
        for name in {boxes.get(service(row)), boxes.get(channel(row))} - {None}:
            weights[str(name)] += row.events + (_TROUBLE if is_bad else 0)
    return weights


def _merged_published(
    rows: Iterable[Published], of_service: Names, of_channel: Names
) -> tuple[Published, ...]:
    groups: dict[tuple[str, str, str | None], list[Published]] = defaultdict(list)
    for row in rows:
        groups[of_service[service(row)], of_channel[channel(row)], row.hop].append(row)
    return tuple(
        replace(
            of[0],
            service=one,
            channel=other,
            events=sum(row.events for row in of),
            copies=sum(row.copies for row in of),
            errors=sum(row.errors for row in of),
        )
        for (one, other, _), of in groups.items()
    )


def _merged_read(rows: Iterable[Read], of_service: Names, of_channel: Names) -> tuple[Read, ...]:
    groups: dict[tuple[str, str], list[Read]] = defaultdict(list)
    for row in rows:
        groups[of_channel[channel(row)], of_service[service(row)]].append(row)
    return tuple(_one_read(other, one, of) for (other, one), of in groups.items())


def _one_read(channel: str, service: str, rows: list[Read]) -> Read:
    """Counts are added; of medians and states none can be made from several."""
    only = rows[0]
    if len(rows) == 1:
        return replace(only, channel=channel, service=service)
    lags = [row.lag_messages for row in rows if row.lag_messages is not None]
    bad = sorted({row.lag_status for row in rows if row.lag_status not in ("OK", None)} - {None}, key=str)
    groups = {row.grp for row in rows}
    return Read(
        channel=channel,
        grp=only.grp if len(groups) == 1 else service,
        service=service,
        offered=sum(row.offered for row in rows),
        events=sum(row.events for row in rows),
        attempts=sum(row.attempts for row in rows),
        again=sum(row.again for row in rows),
        errors=sum(row.errors for row in rows),
        wait_ns=None,
        usual_wait_ns=None,
        usual_share=None,
        lag_messages=sum(lags) if lags else None,
        lag_status=bad[-1] if bad else "OK" if lags else None,
    )


def _notes(of_service: Names, of_channel: Names, rests: set[str]) -> Iterator[str]:
    boxes = len(set(of_channel.values())), len(set(of_service.values()))
    yield (
        f"{len(of_channel):,} channels are drawn as {boxes[0]:,} boxes and {len(of_service):,} services as {boxes[1]:,}: "
        "alike names, or names with one beginning, are one box"
    )
    if rests:
        yield "of the others those in trouble and the busiest are drawn, the rest is counted"
