"""What stands in a sample of documents: paths, values, and which of them occur together."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from evtrace.dialects.mapping import Path
from evtrace.dialects.names import JSON

MAX_DEPTH = 8
MAX_PATHS = 3_000  # maps keyed by an id would else grow without end
MAX_SHAPES = 48
MAX_VALUES = 64
MAX_VALUE_LENGTH = 300


@dataclass
class Seen:
    """One path: how many documents have a value there, and some of its values."""

    count: int = 0
    is_list: bool = False
    values: dict[Any, None] = field(default_factory=dict)  # in the order met

    @property
    def texts(self) -> list[str]:
        return [str(value) for value in self.values]


@dataclass(frozen=True)
class Survey:
    """The sample as a whole."""

    docs: Sequence[dict[str, Any]]
    seen: dict[Path, Seen]
    shapes: tuple[tuple[frozenset[Path], int], ...]  # sets of paths that occur together, and how often
    counted: int  # documents of these sets
    objects: dict[Path, int]  # objects below the top, with the number of documents that have them

    def share(self, path: Path) -> float:
        """Share of the documents that have a value at the path."""
        seen = self.seen.get(path)
        count = (seen.count if seen else 0) + self.objects.get(path, 0)
        return round(count / len(self.docs), 4) if self.docs else 0.0

    def column(self, path: Path) -> Iterator[Any]:
        """The value at the path in every document, None where it is absent."""
        for doc in self.docs:
            yield value_at(doc, path)


def survey(docs: Sequence[dict[str, Any]]) -> Survey:
    """Walk every document once."""
    seen: dict[Path, Seen] = {}
    shapes: Counter[frozenset[Path]] = Counter()
    known: dict[tuple[Path, ...], frozenset[Path]] = {}
    objects: dict[Path, int] = {}
    for doc in docs:
        met: list[Path] = []
        _walk(doc, (), met, seen, objects)
        key = tuple(met)
        if key not in known:
            known[key] = frozenset(met)
        shapes[known[key]] += 1
    ranked = sorted(shapes.items(), key=lambda item: (-item[1], sorted(item[0])))
    kept = tuple(ranked[:MAX_SHAPES])
    return Survey(docs, seen, kept, sum(count for _, count in kept), objects)


def value_at(doc: Any, path: Path) -> Any:
    """The value at a path, None where it is absent."""
    for key in path:
        if key == JSON:
            doc = _opened(doc) if isinstance(doc, str) else None
        else:
            doc = doc.get(key) if isinstance(doc, dict) else None
        if doc is None:
            return None
    return doc


def _walk(
    node: dict[str, Any], at: Path, met: list[Path], seen: dict[Path, Seen], objects: dict[Path, int]
) -> None:
    for key, value in node.items():
        path = (*at, key)
        inner = value if isinstance(value, dict) else _opened(value) if isinstance(value, str) else None
        if inner and len(path) < MAX_DEPTH:
            objects[path] = objects.get(path, 0) + 1
            _walk(inner, path if inner is value else (*path, JSON), met, seen, objects)
        elif not isinstance(value, dict):
            _note(path, value, met, seen)


def _note(path: Path, value: Any, met: list[Path], seen: dict[Path, Seen]) -> None:
    found = seen.get(path)
    if found is None:
        if len(seen) >= MAX_PATHS:
            return
        found = seen[path] = Seen()
    met.append(path)
    if value is None or value == "":
        return
    found.count += 1
    if isinstance(value, list):
        found.is_list = True
    elif len(found.values) < MAX_VALUES:
        found.values[value[:MAX_VALUE_LENGTH] if isinstance(value, str) else value] = None


def _opened(text: str) -> dict[str, Any] | None:
    if "{" not in text[:1] and not (text[:1].isspace() and text.lstrip().startswith("{")):
        return None
    try:
        inner = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return inner if isinstance(inner, dict) else None
