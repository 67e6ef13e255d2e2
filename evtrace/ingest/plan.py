"""How a source is to be read: its formats from the outside in, and what its fields mean."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from evtrace.dialects import Dialect, learn
from evtrace.dialects import Mapping as FieldMapping
from evtrace.dialects.messages import hints
from evtrace.errors import UsageError
from evtrace.formats import Format, Sample, own
from evtrace.ingest.blocks import Block
from evtrace.ingest.content import SAMPLE_BYTES, Content
from evtrace.ingest.extract import KeyLists, consumed
from evtrace.ingest.relation import Layer, stepped
from evtrace.ingest.units import Units, joins_lines
from evtrace.store import Store

#: Where log shippers and loggers put a further line of text.
INNER_FIELDS = ("log", "message", "msg", "MESSAGE", "Log", "line", "textPayload", "@message", "_raw")
_SAMPLED_DOCS = 2_000
_KEY_LISTS = 64
_SURE = 0.5
_ZONE = re.compile(r"(Z|[+-]\d{2}:?\d{2}|[A-Z]{3,4})$")
_KEY = re.compile(r'"([A-Za-z_@$][^"\\]{0,60})"\s*:')
_SHAPES = 50  # of each slice
_SLICES = 15
_SLICE_BYTES = 64 << 10
_STEP_BYTES = 56 << 10  # a line cut off in one slice is whole in the next
_PACKED_CHUNKS = 2


@dataclass(frozen=True)
class Plan:
    """The way one source is read."""

    layers: tuple[Layer, ...]
    mapping: FieldMapping
    sample: Sample
    used_up: KeyLists = ()  # key lists of documents in which every key plays a role
    known_keys: KeyLists = ()  # other key lists that documents have
    lacks_zone: bool = False  # the times that it goes by are written without a zone
    tells: bool = True  # its lines may say what a dialect has patterns for

    @property
    def outer(self) -> Layer:
        return self.layers[0]

    @property
    def is_line_by_line(self) -> bool:
        """One line is one unit and needs no other line."""
        return self.outer.format.SHAPE == "line" and not joins_lines(self.layers)

    @property
    def record_start(self) -> str | None:
        """What a line looks like that begins a record, where records may have several lines."""
        return str(self.outer.sql.START) if self.outer.format.SHAPE == "text" else None

    @property
    def format_name(self) -> str:
        return "+".join(layer.format.NAME for layer in self.layers)


class Planner:
    """Finds formats and meanings; made once for a whole ingest."""

    def __init__(
        self, formats: Mapping[str, Format], dialects: Sequence[Dialect], store: Store, folder: Path
    ) -> None:
        self._formats = formats
        self._dialects = dialects
        self._store = store
        self._folder = folder
        self.messages = tuple(dialect.messages for dialect in dialects if dialect.messages)

    def plan(self, content: Content, *, format_name: str | None = None) -> Plan:
        """The plan for `content`. Raises UsageError for a format name that does not exist."""
        sample = Sample(content.text(), whole=len(content.head) < SAMPLE_BYTES)
        outer = Layer(self._named(format_name) if format_name else self._best(sample, self._formats.values()))
        if outer.format.NAME == own.NAME:  # nothing is to be learnt, and no words tell more than the columns
            return Plan((outer,), self._own(), sample, tells=False)
        if outer.format.SHAPE == "text":  # nothing lies inside; its fields are learnt from the first block
            return Plan((outer,), FieldMapping(), sample, tells=not sample.whole or self._tell(sample))
        spread = _spread(content, sample) if outer.format.SHAPE == "line" else sample
        docs = self._docs((outer,), spread)
        layers = (outer, *self._inner_layers(outer, docs))
        if joins_lines(layers):  # its fields are learnt from the first block
            tells = not sample.whole or self._tell(sample) or self._tell(_as_text(docs))
            return Plan(layers, FieldMapping(), sample, tells=tells)
        if len(layers) > 1:
            docs = self._docs(layers, sample)
        plan = Plan(layers, FieldMapping(), sample)
        return self._learned(replace(plan, tells=not plan.is_line_by_line or self._tell(spread)), docs)

    def _own(self) -> FieldMapping:
        """Every field is the column of its name."""
        return FieldMapping(dialects=(own.NAME,), columns=self._store.record_columns())

    def _tell(self, sample: Sample) -> bool:
        """Where one line is one record, those that tell several things cost a slower way: it must be worth it."""
        return bool(self.messages) and re.search(hints(self.messages), sample.text) is not None

    def refined(self, plan: Plan, texts: Iterable[str]) -> Plan:
        """The plan with the meaning of fields learnt from these documents instead of the head's."""
        return self._learned(plan, _objects(texts))

    def _learned(self, plan: Plan, docs: Sequence[dict[str, Any]]) -> Plan:
        names = tuple(layer.format.NAME for layer in plan.layers)
        is_text = plan.layers[-1].format.SHAPE == "text"
        mapping = learn(docs, self._dialects, format_names=names, is_text=is_text)
        mapping = replace(mapping, kinds=_frequent_first(mapping, docs))
        used_up, known_keys = _key_lists(docs, mapping)
        lacks_zone = _lacks_zone(mapping, docs)
        return replace(plan, mapping=mapping, used_up=used_up, known_keys=known_keys, lacks_zone=lacks_zone)

    def _named(self, name: str) -> Format:
        if name not in self._formats:
            raise UsageError(
                f"--format {name}: no such format; known are: {', '.join(sorted(self._formats))}"
            )
        return self._formats[name]

    def _best(self, sample: Sample, formats: Iterable[Format]) -> Format:
        return max(formats, key=lambda format: (format.detect(sample), format.NAME))

    def _inner_layers(
        self, outer: Layer, docs: Sequence[dict[str, Any]], depth: int = 0
    ) -> tuple[Layer, ...]:
        """The formats of text found inside documents, at most three deep."""
        if depth == 3 or not docs:
            return ()
        for name in _inner_fields(outer.format, docs):
            texts = [doc[name] for doc in docs if isinstance(doc.get(name), str) and doc[name].strip()]
            found = self._inner_format(texts)
            if found is outer.format and found.SHAPE == "text":
                continue  # its own words, once more
            if found and len(texts) * 2 > len(docs):
                inner = Layer(found, name)
                return (inner, *self._inner_layers(inner, self._inner_docs(inner, texts), depth + 1))
        return ()

    def _inner_format(self, texts: Sequence[str]) -> Format | None:
        if not texts:
            return None
        lines = "\n".join(text.rstrip("\n").replace("\n", " ") for text in texts[:500])
        candidates = [f for f in self._formats.values() if f.SHAPE in ("line", "text") and f.NAME != "plain"]
        sample = Sample(lines + "\n", whole=True)
        best = self._best(sample, candidates)
        return best if best.detect(sample) >= _SURE else None

    def _inner_docs(self, inner: Layer, texts: Sequence[str]) -> list[dict[str, Any]]:
        units = stepped("SELECT unnest(?::VARCHAR[]) AS text", inner, "text")
        made = f"SELECT {inner.sql.doc('text')} FROM ({units}) AS u"
        rows = self._store.rows(made, [list(texts[:_SAMPLED_DOCS])])
        return _objects(row[0] for row in rows)

    def _docs(self, layers: tuple[Layer, ...], sample: Sample) -> list[dict[str, Any]]:
        data = sample.text.encode("utf-8")
        path = self._folder / "sample.txt"
        path.write_bytes(data)
        block = Block(path, first_line=1, lines=0, size_bytes=len(data), longest_bytes=len(data))
        found: list[str] = []
        with Units(self._store, layers, sample).of(block, is_only=True, is_cut=not sample.whole) as pieces:
            for sql in pieces:
                wanted = "doc IS NOT NULL AND NOT skipped"
                rows = self._store.rows(f"SELECT doc FROM ({sql}) AS u WHERE {wanted} LIMIT {_SAMPLED_DOCS}")
                found += [doc for (doc,) in rows]
        return _objects(found)


def _as_text(docs: Sequence[dict[str, Any]]) -> Sample:
    """What is said in documents: an envelope may write some characters by number."""
    return Sample(json.dumps(docs, ensure_ascii=False), whole=True)


def _spread(content: Content, sample: Sample) -> Sample:
    """The head and slices of what follows it: a field may come late."""
    pieces = list(_later(content)) if content.encoding == "utf-8" else []
    if not pieces:
        return sample
    texts = (
        b"\n".join(piece.split(b"\n")[1:-1]).decode("utf-8", "replace").replace("\r", "") for piece in pieces
    )
    parts = [sample.text[: sample.text.rfind("\n") + 1], *(text + "\n" for text in texts)]
    # The head alone would fill the limit of sampled documents.
    return Sample("".join(_thinned(part, len(parts)) for part in parts), whole=True)


def _later(content: Content) -> Iterator[bytes]:
    """Slices all over a plain file; of a packed one as much as follows the head."""
    size = content.path.stat().st_size
    if not content.is_plain:
        behind = b"".join(islice(content.chunks(), _PACKED_CHUNKS))[max(0, len(content.head) - 1) :]
        yield from (behind[start : start + _SLICE_BYTES] for start in range(0, len(behind) - 1, _STEP_BYTES))
    elif size > len(content.head):
        with content.path.open("rb") as file:
            for start in _starts(len(content.head), size):
                file.seek(start)
                yield file.read(_SLICE_BYTES)


def _starts(head: int, size: int) -> list[int]:
    """Where the slices begin: one beside the other where there is room for no more."""
    if size - head <= _SLICES * _SLICE_BYTES:
        return list(range(head - 1, size, _STEP_BYTES))
    return [min(size * number // (_SLICES + 1), size - _SLICE_BYTES) for number in range(1, _SLICES + 1)]


def _thinned(text: str, parts: int) -> str:
    """Some lines of many, with the first of each set of names, as what is rare may be telling (a dead letter's headers)."""
    lines = text.split("\n")[:-1]
    step = max(1, len(lines) * parts // _SAMPLED_DOCS)
    if step == 1:
        return text
    firsts: dict[frozenset[str], int] = {}
    for number, line in enumerate(lines):
        firsts.setdefault(frozenset(_KEY.findall(line)), number)
    kept = sorted({*range(0, len(lines), step), *list(firsts.values())[:_SHAPES]})
    return "".join(lines[number] + "\n" for number in kept)


def _inner_fields(outer: Format, docs: Sequence[dict[str, Any]]) -> list[str]:
    return ([outer.INNER] if outer.INNER else []) + [
        n for n in INNER_FIELDS if n in docs[0] or any(n in d for d in docs)
    ]


def _objects(texts: Iterable[str | None]) -> list[dict[str, Any]]:
    docs = []
    for text in texts:
        try:
            doc = json.loads(text) if text else None
        except (ValueError, RecursionError):
            continue
        if isinstance(doc, dict):
            docs.append(doc)
    return docs


def _frequent_first(mapping: FieldMapping, docs: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The values of the operation field, those seen most first: they are compared one by one."""
    paths = [use.path for use in mapping.uses if use.role == "operation"]
    seen = Counter(str(_at(doc, path)).lower() for doc in docs for path in paths)
    return dict(sorted(mapping.kinds.items(), key=lambda item: -seen[item[0]]))


def _at(doc: Any, path: Sequence[str]) -> Any:
    for key in path:
        doc = doc.get(key) if isinstance(doc, dict) else None
    return doc


def _lacks_zone(mapping: FieldMapping, docs: Sequence[dict[str, Any]]) -> bool:
    """The field that gives most records their time holds wall clocks of no named zone."""
    first = next((use for use in mapping.uses if use.role == "ts"), None)
    if first is None or first.reading != "time":
        return False
    texts = [text for doc in docs if isinstance(text := _at(doc, first.path), str) and ":" in text]
    return bool(texts) and not any(_ZONE.search(text.strip(" []")) for text in texts)


def _key_lists(docs: Sequence[dict[str, Any]], mapping: FieldMapping) -> tuple[KeyLists, KeyLists]:
    """The most frequent key lists: those of documents that the mapping uses up whole, and the others."""
    operations = [use.path for use in mapping.uses if use.role == "operation"]
    used = {
        path[0]
        for path in {*consumed(mapping), *(operations if len(operations) == 1 else [])}
        if len(path) == 1
    }
    seen = [keys for keys, _ in Counter(tuple(doc) for doc in docs).most_common(_KEY_LISTS) if keys]
    return tuple(keys for keys in seen if set(keys) <= used), tuple(
        keys for keys in seen if not set(keys) <= used
    )
