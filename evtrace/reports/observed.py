"""What do the stored events of each type have in common: the contract that nobody wrote down?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evtrace.observed import ObservedContract, ObservedField
from evtrace.reports.shapes import ITEM, Path, Shape, copies, lay_out, samples, shapes, spoken
from evtrace.reports.values import distinct, values
from evtrace.store import Store

_SAMPLES, _EXAMPLES = 200, 3
FEW, _LEAST_EVENTS = 12, 30  # values that look like an enum, and events that it takes to say so
MOST_FIELDS = 300  # beyond that a payload is a map, and its keys are data

_FORMATS = (
    ("date-time", re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)")),
    ("date", re.compile(r"\d{4}-\d\d-\d\d")),
    ("uuid", re.compile(r"[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")),
    ("email", re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")),
    ("ipv4", re.compile(r"(\d{1,3}\.){3}\d{1,3}")),
    ("uri", re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")),
)
#: Values that all count on are ids of few things, not choices.
_LOOKS_LIKE_ID = re.compile(r"\d{2}")
_SCALARS = ("string", "integer", "number", "boolean")


@dataclass(frozen=True)
class Wanted:
    """Which events, and how they are told apart."""

    event_types: tuple[str, ...] = ()
    by_producer: bool = False
    by_version: bool = False


def run(store: Store, wanted: Wanted) -> tuple[ObservedContract, ...]:
    """Infer a contract for each type, or for each producer and version of it."""
    lay_out(store, wanted.event_types)
    found, known = shapes(store), samples(store, _SAMPLES)
    counted = _Counted(store, found)
    groups: dict[tuple[str, str | None, str | None], list[Shape]] = {}
    for shape in found:
        producer = shape.producer if wanted.by_producer else None
        version = shape.version if wanted.by_version else None
        groups.setdefault((shape.event_type, producer, version), []).append(shape)
    again = _again(store, wanted)
    return tuple(
        replace(_contract(key, group, _Told(key[0], counted, known.get(key[0], []))), copies=again[key])
        for key, group in groups.items()
    )


def _again(store: Store, wanted: Wanted) -> Counter[tuple[str, str | None, str | None]]:
    """Copies, told apart as the contracts are."""
    found: Counter[tuple[str, str | None, str | None]] = Counter()
    for (name, producer, version), number in copies(store).items():
        found[name, producer if wanted.by_producer else None, version if wanted.by_version else None] += (
            number
        )
    return found


class _Counted:
    """How many values the parts of all types have, and which, where they are few: asked once."""

    def __init__(self, store: Store, found: Sequence[Shape]) -> None:
        events: Counter[str] = Counter()
        kinds: dict[Path, dict[str, set[str]]] = {}
        for shape in found:
            events[shape.event_type] += shape.events
            for path, kind in shape.types():
                kinds.setdefault(path, {}).setdefault(shape.event_type, set()).add(kind)
        plain = [path for path, own in kinds.items() if path and ITEM not in path and _is_scalar(own)]
        self.distinct = distinct(store, plain[:MOST_FIELDS])
        self.few: dict[tuple[str, Path], tuple[str, ...]] = {}
        for path in plain[:MOST_FIELDS]:
            names = [
                name
                for name, own in kinds[path].items()
                if "string" in own and self._is_few(name, path, events)
            ]
            for value in values(store, path, names) if names else ():
                key = (value.event_type, path)
                self.few[key] = tuple(sorted({*self.few.get(key, ()), value.text}))
        self.few = {
            key: texts for key, texts in self.few.items() if not all(map(_LOOKS_LIKE_ID.search, texts))
        }

    def _is_few(self, event_type: str, path: Path, events: Counter[str]) -> bool:
        count = self.distinct.get(event_type, {}).get(path, 0)
        return 0 < count <= FEW and events[event_type] >= max(_LEAST_EVENTS, 10 * count)


def _is_scalar(kinds: Mapping[str, set[str]]) -> bool:
    return any(own & set(_SCALARS) for own in kinds.values())


class _Told:
    """What is known of the values of one type."""

    def __init__(self, event_type: str, counted: _Counted, payloads: Sequence[Any]) -> None:
        self._type, self._counted, self._payloads = event_type, counted, payloads

    def distinct(self, path: Path) -> int | None:
        """About how many values a part has."""
        return self._counted.distinct.get(self._type, {}).get(path)

    def few(self, path: Path) -> tuple[Any, ...]:
        """All values of a part, where they are so few that they look chosen."""
        return self._counted.few.get((self._type, path), ())

    def examples(self, path: Path) -> tuple[Any, ...]:
        """Some values of a part."""
        plain = (
            value
            for payload in self._payloads
            for value in _at(payload, path)
            if not isinstance(value, (dict, list))
        )
        return tuple(dict.fromkeys(plain))[:_EXAMPLES]

    def format(self, path: Path) -> str | None:
        """The format that all sampled values of a part have."""
        texts = [value for payload in self._payloads for value in _at(payload, path) if value is not None]
        if not texts or not all(isinstance(text, str) for text in texts):
            return None
        return next((name for name, regex in _FORMATS if all(map(regex.fullmatch, texts))), None)


def _at(payload: Any, path: Path) -> Iterator[Any]:
    if not path:
        yield payload
    elif path[0] == ITEM and isinstance(path[0], int):
        for item in payload if isinstance(payload, list) else ():
            yield from _at(item, path[1:])
    elif isinstance(payload, dict) and path[0] in payload:
        yield from _at(payload[path[0]], path[1:])


def _contract(
    key: tuple[str, str | None, str | None], group: Sequence[Shape], told: _Told
) -> ObservedContract:
    read = [shape for shape in group if shape.structure is not None]
    fields = tuple(_fields(read, told))
    events = sum(shape.events for shape in group)
    return ObservedContract(
        event_type=key[0],
        producer=key[1],
        version=key[2],
        events=events,
        first_at=min((shape.first_ts for shape in group if shape.first_ts is not None), default=None),
        last_at=max((shape.last_ts for shape in group if shape.last_ts is not None), default=None),
        unreadable=events - sum(shape.events for shape in read),
        least_bytes=min(shape.least_bytes for shape in group),
        most_bytes=max(shape.most_bytes for shape in group),
        mean_bytes=round(sum(shape.bytes for shape in group) / events),
        fields=tuple(field for _, field in fields),
        schema=_schema(key[0], dict(fields)),
    )


def _fields(group: Sequence[Shape], told: _Told) -> Iterator[tuple[Path, ObservedField]]:
    types: dict[Path, Counter[str]] = {}
    for shape in group:
        for path, kind in shape.types():
            types.setdefault(path, Counter())[kind] += shape.events
    for path, counts in sorted(types.items(), key=lambda one: [str(step) for step in one[0]]):
        around = types.get(path[:-1], counts)
        present = sum(counts.values())
        yield (
            path,
            ObservedField(
                path=spoken(path),
                types=dict(sorted(counts.items())),
                present=present,
                share=present / max(around["object"] or around["array"] or present, 1),
                distinct=told.distinct(path),
                values=told.few(path),
                format=told.format(path),
                examples=told.examples(path),
            ),
        )


# -- the same as a JSON Schema


def _schema(title: str, fields: dict[Path, ObservedField]) -> dict[str, Any]:
    whole = _part((), fields)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **whole}


def _part(path: Path, fields: dict[Path, ObservedField]) -> dict[str, Any]:
    field = fields.get(path)
    if field is None or "any" in field.types:
        return {}
    names = _names(field.types)
    made: dict[str, Any] = {"type": names[0] if len(names) == 1 else names}
    if field.values and set(names) <= {"string", "null"}:
        made = {"enum": [*field.values, *([None] if "null" in names else [])]}
    elif field.format:
        made["format"] = field.format
    inner = {one[-1]: one for one in fields if one[:-1] == path and one}
    if ITEM in inner and "array" in names:
        made["items"] = _part((*path, ITEM), fields)
    members = {str(key): one for key, one in inner.items() if not isinstance(key, int)}
    if members:
        made["properties"] = {key: _part(one, fields) for key, one in members.items()}
        made["required"] = [key for key, one in members.items() if fields[one].share >= 1]
    return made


def _names(types: Iterable[str]) -> list[str]:
    """A number may be whole; what may be a number is no integer."""
    return sorted(name for name in types if not (name == "integer" and "number" in types))
