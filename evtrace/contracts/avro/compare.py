"""Every difference between two Avro schemas: what breaks, what reads otherwise, what is harmless."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from evtrace.changes import BACKWARD, DIRECTIONS, FORWARD
from evtrace.contracts.avro.breaks import Pair, breaks, promotes, shown, symbol_pointer
from evtrace.contracts.avro.defaults import is_default
from evtrace.contracts.avro.resolve import counterpart, names_match
from evtrace.contracts.avro.types import (
    Array,
    Enum,
    Field,
    Fixed,
    Map,
    Named,
    Primitive,
    Record,
    Schema,
    Type,
    Union,
    short,
    told,
)
from evtrace.contracts.found import Comparison, Found

#: (writer, reader) that can be read and yet lose something.
_LOSSY = {
    ("int", "float"): "above 2**24 it loses digits",
    ("long", "float"): "it loses digits",
    ("long", "double"): "above 2**53 it loses digits",
    ("bytes", "string"): "bytes that are not UTF-8 cannot be read",
}


def compare(old: Schema, new: Schema, policy: str) -> Comparison:
    """Find every difference and the directions that it breaks."""
    pair = Pair(old, new)
    found: dict[tuple[str, str], Found] = {}
    severe = [one for direction in DIRECTIONS for one in breaks(pair, direction)]
    for one in [*severe, *_Walk(pair).types(old.root, new.root)]:
        key = (one.rule.id, one.path)
        found[key] = _joined(found[key], one) if key in found else one
    return Comparison(tuple(found.values()))


def _joined(one: Found, other: Found) -> Found:
    """The same change seen twice; what was seen first is worse, what was seen last says more."""
    effects, examples = {**other.effects, **one.effects}, {**other.examples, **one.examples}
    return replace(one, effects=effects, examples=examples, words={**one.words, **other.words})


class _Walk:
    """Both schemas side by side; recursive records are visited once."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._met: set[tuple[str, str]] = set()

    def _spoken(self, part: Type | Field) -> str:
        return self._pair.new.spoken(part.pointer)

    def types(self, was: Type, now: Type) -> Iterator[Found]:
        old, new = self._pair.old.of(was), self._pair.new.of(now)
        match old, new:
            case Primitive(), Primitive():
                yield from self._primitives(old, new)
            case Array(), Array():
                yield from self.types(old.items, new.items)
            case Map(), Map():
                yield from self.types(old.values, new.values)
            case ((Record() | Enum() | Fixed()), (Record() | Enum() | Fixed())) if old.kind == new.kind:
                yield from self._named(old, new)
            case Union(), Union():
                yield from self._unions(old, new)
            case Union(), _:
                yield from self._branch(old, new)
            case _, Union():
                yield from self._unwrapped(old, new)

    def _primitives(self, old: Primitive, new: Primitive) -> Iterator[Found]:
        if old.kind != new.kind and promotes(old, new):
            hints = [
                (direction, _LOSSY[pair])
                for direction, pair in ((BACKWARD, (old.kind, new.kind)), (FORWARD, (new.kind, old.kind)))
                if pair in _LOSSY
            ]
            effects = dict.fromkeys((direction for direction, _ in hints), "risky")
            hint = "".join(f"; {why}" for _, why in hints)
            found = self._pair.found("avro/type-promoted", new, place=self._spoken(new), old=told(old), new=told(new), hint=hint)  # fmt: skip
            yield replace(found, effects=effects)
        yield from self._logical(old, new)

    def _logical(self, old: Primitive | Fixed, new: Primitive | Fixed) -> Iterator[Found]:
        if old.logical != new.logical and old.kind == new.kind:
            words: dict[str, Any] = {"place": self._spoken(new), "old": _meaning(old), "new": _meaning(new)}
            found = self._pair.found("avro/logical-type-changed", new, **words)
            yield replace(found, effects=dict.fromkeys(DIRECTIONS, "risky"))

    def _named(self, old: Named, new: Named) -> Iterator[Found]:
        if (old.name, new.name) in self._met:
            return
        self._met.add((old.name, new.name))
        if old.name != new.name:
            yield from self._renamed(old, new)
        yield from self._notes(old.notes, new.notes, new)
        match old, new:
            case Record(), Record():
                yield from self._records(old, new)
            case Enum(), Enum():
                yield from self._enums(old, new)
            case Fixed(), Fixed():
                yield from self._logical(old, new)

    def _renamed(self, old: Named, new: Named) -> Iterator[Found]:
        if short(old.name) == short(new.name):
            found = self._pair.found("avro/namespace-changed", new, old=old.name, new=new.name)
            yield replace(found, effects=dict.fromkeys(DIRECTIONS, "risky"))
        elif names_match(new, old):
            yield self._pair.found("avro/name-aliased", new, old=told(old), new=short(new.name))

    def _notes(self, old: Mapping[str, Any], new: Mapping[str, Any], part: Type | Field) -> Iterator[Found]:
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        if keys:
            yield self._pair.found(
                "avro/annotation-changed", part, place=self._spoken(part), keys=", ".join(keys)
            )

    def _records(self, old: Record, new: Record) -> Iterator[Found]:
        sources = {field.name: counterpart(field, old) for field in new.fields}
        kept = [source.name for source in sources.values() if source]
        for field in new.fields:
            source = sources[field.name]
            yield from self._kept(source, field, old) if source else self._added(field)
        for field in old.fields:
            if field.name not in kept and field.has_default:
                yield self._pair.found("avro/field-removed-with-default", field, heir=new, field=field.name, default=shown(field.default))  # fmt: skip
        order = [field.name for field in old.fields if field.name in kept]
        if order != kept:
            yield self._pair.found("avro/fields-reordered", new, record=short(new.name))

    def _added(self, field: Field) -> Iterator[Found]:
        yield from self._invalid(field)
        if field.has_default:
            yield self._pair.found("avro/field-added-with-default", field, field=field.name, default=shown(field.default))  # fmt: skip

    def _kept(self, old: Field, new: Field, record: Record) -> Iterator[Found]:
        if old.name != new.name:
            hint = f"; they read {shown(old.default)}" if old.has_default else ""
            found = self._pair.found("avro/field-renamed", new, field=new.name, old=old.name, hint=hint)
            yield replace(found, effects={FORWARD: "risky"})
        yield from self._defaults(old, new)
        yield from self._notes(old.notes, new.notes, new)
        yield from self.types(old.type, new.type)

    def _defaults(self, old: Field, new: Field) -> Iterator[Found]:
        words: dict[str, Any] = {"field": new.name, "old": shown(old.default), "new": shown(new.default)}
        if not (old.has_default and new.has_default and _same(old.default, new.default)):
            yield from self._invalid(new)
        if old.has_default and new.has_default and not _same(old.default, new.default):
            found = self._pair.found("avro/default-changed", new, **words)
            yield replace(found, effects=dict.fromkeys(DIRECTIONS, "risky"))
        elif old.has_default != new.has_default:
            rule = "avro/default-added" if new.has_default else "avro/default-removed"
            yield self._pair.found(rule, new, **words)

    def _invalid(self, field: Field) -> Iterator[Found]:
        if field.has_default and not is_default(self._pair.new, field.type, field.default):
            words: dict[str, Any] = {
                "field": field.name,
                "new": shown(field.default),
                "type": told(field.type),
            }
            found = self._pair.found("avro/default-invalid", field, **words)
            yield replace(found, effects=dict.fromkeys(DIRECTIONS, "risky"))

    def _enums(self, old: Enum, new: Enum) -> Iterator[Found]:
        yield from self._symbols(old, new, FORWARD)
        yield from self._symbols(new, old, BACKWARD)
        both = [symbol for symbol in old.symbols if symbol in new.symbols]
        if both != [symbol for symbol in new.symbols if symbol in old.symbols]:
            yield self._pair.found("avro/enum-symbols-reordered", new, enum=short(new.name))
        if old.default and new.default and old.default != new.default:
            words: dict[str, Any] = {"enum": short(new.name), "old": old.default, "new": new.default}
            found = self._pair.found("avro/enum-default-changed", new, **words)
            yield replace(found, effects=dict.fromkeys(DIRECTIONS, "risky"))

    def _symbols(self, reader: Enum, writer: Enum, direction: str) -> Iterator[Found]:
        """Symbols that the reader lacks and reads as its default."""
        is_gone = direction == BACKWARD
        rule = "avro/enum-symbol-removed" if is_gone else "avro/enum-symbol-added"
        for symbol in writer.symbols if reader.default is not None else ():
            if symbol not in reader.symbols:
                words: dict[str, Any] = {
                    "symbol": symbol,
                    "enum": short(writer.name),
                    "hint": f"; it is read as {reader.default}",
                }
                path, heir = symbol_pointer(writer, symbol), reader if is_gone else None
                yield replace(self._pair.found(rule, path, heir=heir, **words), effects={direction: "risky"})

    def _unions(self, old: Union, new: Union) -> Iterator[Found]:
        for branch in new.branches:
            yield from self._branch(old, branch)

    def _branch(self, old: Union, new: Type) -> Iterator[Found]:
        pairs = [
            (one, new) for one in old.branches if _is_alike(self._pair.old.of(one), self._pair.new.of(new))
        ]
        for was, now in pairs[:1]:
            yield from self.types(was, now)

    def _unwrapped(self, old: Type, new: Union) -> Iterator[Found]:
        alike = [one for one in new.branches if _is_alike(self._pair.old.of(old), self._pair.new.of(one))]
        for now in alike[:1]:
            yield from self.types(old, now)


def _is_alike(old: Type, new: Type) -> bool:
    match old, new:
        case ((Record() | Enum() | Fixed()), (Record() | Enum() | Fixed())):
            return old.kind == new.kind and names_match(new, old)
        case _:
            return old.kind == new.kind


def _meaning(type: Primitive | Fixed) -> str:
    """The logical type with its figures: 'decimal(10, 2)'."""
    if not type.logical:
        return told(type)
    figures = [str(type.logical[key]) for key in ("precision", "scale") if key in type.logical]
    return f"{type.logical['logicalType']}{'(' + ', '.join(figures) + ')' if figures else ''}"


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
