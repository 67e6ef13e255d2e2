"""Events near the edges of a schema: a net under the proofs, checked by the validator library alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from evtrace.contracts.jsonschema.document import Document

_MOST, _MOST_VALUES = 400, 40
_PLAIN: tuple[Any, ...] = (None, True, 0, 1, -1, 0.5, 10, "", "a", "abc", [], [1], ["a"], {}, {"a": 1})
_SCHEMAS_BY_NAME = ("properties", "patternProperties")


def probes(writer: Document, reader: Document) -> Iterator[Any]:
    """Values that either schema names, their neighbours, and objects built of them."""
    values, names = _Seen(), _Names()
    for document in (writer, reader):
        _collect(document.at(document.entry), values, names)
    plain = [*values.all, *_PLAIN]
    yield from plain
    yield from islice(_objects(plain, names.all), _MOST)
    for value in plain[:_MOST_VALUES]:
        yield from ([value], [value, value])


def _objects(values: list[Any], names: list[str]) -> Iterator[Any]:
    """Each name with each value, alone and beside all others."""
    whole = dict.fromkeys(names, "a")
    yield whole
    for name in [*names, "zz"]:
        yield {other: value for other, value in whole.items() if other != name}
        for value in values[:_MOST_VALUES]:
            yield {name: value}
            yield {**whole, name: value}


class _Seen:
    def __init__(self) -> None:
        self.all: list[Any] = []

    def add(self, value: Any) -> None:
        if len(self.all) < _MOST_VALUES and value not in self.all:
            self.all.append(value)


class _Names:
    def __init__(self) -> None:
        self.all: list[str] = []

    def add(self, name: str) -> None:
        if len(self.all) < _MOST_VALUES and name not in self.all:
            self.all.append(name)


def _collect(raw: Any, values: _Seen, names: _Names) -> None:
    if isinstance(raw, list):
        for item in raw:
            _collect(item, values, names)
    if not isinstance(raw, dict):
        return
    for key, value in raw.items():
        if key in ("enum", "examples") and isinstance(value, list):
            for one in value[:10]:
                values.add(one)
        elif key in ("const", "default"):
            values.add(value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            for near in _near(key, value):
                values.add(near)
        elif key == "required" and isinstance(value, list):
            for name in value:
                names.add(name)
        else:
            for name in value if key == "properties" and isinstance(value, dict) else ():
                names.add(name)
            _collect(value, values, names)


def _near(key: str, limit: float) -> Iterator[Any]:
    if key.endswith("Length"):
        yield from (
            "a" * length for length in (int(limit) - 1, int(limit), int(limit) + 1) if 0 <= length < 300
        )
    elif key.endswith("Items"):
        yield from (
            [1] * length for length in (int(limit) - 1, int(limit), int(limit) + 1) if 0 <= length < 50
        )
    else:
        yield from (limit, limit - 1, limit + 1, limit + 0.5)
