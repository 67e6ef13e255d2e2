"""What changed in what a producer sends: a part gone, new, renamed or retyped, a late value, a first null."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, log

from evtrace.reports.observed import FEW, MOST_FIELDS
from evtrace.reports.shapes import ITEM, Path, json_path, spoken
from evtrace.reports.timelines import Part, Timeline
from evtrace.reports.values import Value, distinct, values
from evtrace.store import Store

#: So many events without what all had before are no accident; nor are more where only some had it.
_LEAST, _CHANCE = 5, 1e-6
_LEAST_FOR_VALUES = 50

_COUNT = """
SELECT COUNT(*) AS events FROM sent
WHERE event_type = ? AND producer IS NOT DISTINCT FROM ? AND published_ts > ? AND published_ts < ?
"""

_FOREVER = (1 << 63) - 1


@dataclass(frozen=True)
class Turn:
    """A drift before it is counted: which events show it."""

    rule: str
    path: Path
    sentence: str
    since_ts: int
    condition: str = "TRUE"  # SQL over a payload
    words: tuple[str, ...] = ()  # its parameters


def turns(store: Store, lines: Sequence[Timeline]) -> Iterator[tuple[Timeline, Turn]]:
    """Every turn of every producer."""
    few = _few(store, lines)
    for line in lines:
        yield from ((line, turn) for turn in _changes(store, line))
        yield from ((line, turn) for turn in _new_values(line, few))


def _changes(store: Store, line: Timeline) -> Iterator[Turn]:
    count = _Count(store, line)
    gone = [path for path, part in line.parts.items() if path and _is_gone(line, part, count)]
    come = [path for path, part in line.parts.items() if path and _is_come(line, part, count)]
    gone, come = (_outermost(paths) for paths in (gone, come))
    renamed = dict(_renamed(line, gone, come, count))
    for path in gone:
        if path not in renamed:
            since = (line.parts[path].span.last_ts or 0) + 1
            yield Turn("drift/field-gone", path, f"{spoken(path)} is gone", since)
    for path in come:
        since = line.parts[path].span.first_ts or 0
        old = next((one for one, other in renamed.items() if other == path), None)
        if old is None:
            yield Turn("drift/field-new", path, f"{spoken(path)} is new", since, *_having(path))
        else:
            yield Turn("drift/field-renamed", path, f"{spoken(old)} is now called {spoken(path)}", since)
    for path, part in line.parts.items():
        yield from _retyped(path, part, count)
        yield from _null(path, part, line, count)


class _Count:
    """How many events a producer sent between two moments."""

    def __init__(self, store: Store, line: Timeline) -> None:
        self._store, self._key = store, [line.event_type, line.producer]

    def between(self, after: int, before: int) -> int:
        """Events later than the one and earlier than the other."""
        count: int = self._store.value(_COUNT, [*self._key, after, before])
        return count


def _enough(share: float) -> int:
    """So many events in a row lack what this share has, that chance is no explanation."""
    return _LEAST if share >= 0.99 else max(_LEAST, ceil(log(_CHANCE) / log(1 - share)))


def _is_gone(line: Timeline, part: Part, count: _Count) -> bool:
    last = part.span.last_ts
    if last is None or line.whole.last_ts is None or last >= line.whole.last_ts:
        return False
    after = count.between(last, _FOREVER)
    before = line.whole.events - after
    return part.span.events >= _LEAST and after >= _enough(part.span.events / max(before, 1))


def _is_come(line: Timeline, part: Part, count: _Count) -> bool:
    first = part.span.first_ts
    if first is None or line.whole.first_ts is None or first <= line.whole.first_ts:
        return False
    before = count.between(-1, first)
    return before >= _enough(part.span.events / max(line.whole.events - before, 1))


def _outermost(paths: Sequence[Path]) -> list[Path]:
    """What is inside of what is gone or new goes without saying."""
    return [path for path in paths if not any(path[:end] in paths for end in range(1, len(path)))]


def _renamed(
    line: Timeline, gone: Sequence[Path], come: Sequence[Path], count: _Count
) -> Iterator[tuple[Path, Path]]:
    """One part goes where another of the same type comes, with no event in between."""
    for old in gone:
        last = line.parts[old].span.last_ts or 0
        alike = [
            new
            for new in come
            if new[:-1] == old[:-1]
            and line.parts[new].kinds().keys() == line.parts[old].kinds().keys()
            and last < (line.parts[new].span.first_ts or 0)
            and not count.between(last, line.parts[new].span.first_ts or 0)
        ]
        if len(alike) == 1:
            yield old, alike[0]


def _retyped(path: Path, part: Part, count: _Count) -> Iterator[Turn]:
    kinds = sorted(part.kinds().items(), key=lambda one: one[1].first_ts or 0)
    for (old, before), (new, after) in pairwise(kinds):
        first = after.first_ts
        if first is None or count.between(-1, first) < _LEAST:
            continue
        is_clean = before.last_ts is not None and before.last_ts < first
        told = f"was {old} and is now {new}" if is_clean else f"was {old} and is {new} as well"
        words = _DUCKDB_TYPES.get(new, ())
        condition = (
            f"({' OR '.join(['TRY(json_type(payload, ?)) = ?'] * len(words))})"
            if words and ITEM not in path
            else "TRUE"
        )
        parameters = (
            tuple(word for name in words for word in (json_path(path), name)) if condition != "TRUE" else ()
        )
        yield Turn("drift/type-changed", path, f"{spoken(path)} {told}", first, condition, parameters)


_DUCKDB_TYPES = {
    "string": ("VARCHAR",), "integer": ("UBIGINT", "BIGINT"), "number": ("DOUBLE", "UBIGINT", "BIGINT"),
    "boolean": ("BOOLEAN",), "object": ("OBJECT",), "array": ("ARRAY",),
}  # fmt: skip


def _null(path: Path, part: Part, line: Timeline, count: _Count) -> Iterator[Turn]:
    null = part.types.get("null")
    if null is None or null.first_ts is None or not part.kinds() or ITEM in path:
        return
    if null.first_ts > (line.whole.first_ts or 0) and count.between(-1, null.first_ts) >= _LEAST_FOR_VALUES:
        condition = ("TRY(json_type(payload, ?)) = 'NULL'", (json_path(path),))
        yield Turn(
            "drift/null-new", path, f"{spoken(path)} was never null and is now", null.first_ts, *condition
        )


def _having(path: Path) -> tuple[str, tuple[str, ...]]:
    return ("TRUE", ()) if ITEM in path else ("TRY(json_exists(payload, ?))", (json_path(path),))


def _few(store: Store, lines: Sequence[Timeline]) -> dict[Path, list[Value]]:
    """The values of all texts that have few."""
    texts = {
        path
        for line in lines
        for path, part in line.parts.items()
        if path and ITEM not in path and "string" in part.types
    }
    counts = distinct(store, sorted(texts, key=str)[:MOST_FIELDS])
    wanted: dict[Path, list[str]] = {}
    for event_type, own in counts.items():
        for path, count in own.items():
            if 0 < count <= 2 * FEW:
                wanted.setdefault(path, []).append(event_type)
    return {path: values(store, path, event_types) for path, event_types in wanted.items()}


def _new_values(line: Timeline, few: Mapping[Path, Sequence[Value]]) -> Iterator[Turn]:
    """A value that comes late to a part that had few."""
    for path, found in few.items():
        own = [
            value for value in found if (value.event_type, value.producer) == (line.event_type, line.producer)
        ]
        yield from (_new_value(path, value) for value in _late(own))


def _new_value(path: Path, value: Value) -> Turn:
    condition = ("TRY(json_extract_string(payload, ?)) = ?", (json_path(path), value.text))
    return Turn("drift/value-new", path, f"{spoken(path)} is {value.text!r}, which it never was", value.first_ts or 0, *condition)  # fmt: skip


def _late(found: Sequence[Value]) -> Iterator[Value]:
    """Values that come after many events of few others; events are counted as if they came evenly."""
    begin = min((value.first_ts for value in found if value.first_ts is not None), default=None)
    for value in found:
        if value.first_ts is None or begin is None or value.first_ts == begin:
            continue
        early = [one for one in found if one.first_ts is not None and one.first_ts < value.first_ts]
        before = sum(_until(one, value.first_ts) for one in early)
        if len(early) <= FEW and before >= max(_LEAST_FOR_VALUES, 10 * len(early)):
            yield value


def _until(value: Value, moment: int) -> float:
    if value.first_ts is None or value.last_ts is None or value.last_ts < moment:
        return value.events
    length = max(value.last_ts - value.first_ts, 1)
    return value.events * (moment - value.first_ts) / length
