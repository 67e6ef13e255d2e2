"""Misfits of both directions, said as changes from the old schema to the new one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from evtrace.changes import BACKWARD
from evtrace.contracts.avro.example import example
from evtrace.contracts.avro.resolve import PROMOTIONS, Misfit, misfits
from evtrace.contracts.avro.rules import BY_ID
from evtrace.contracts.avro.types import Enum, Field, Fixed, Record, Schema, Type, short, told
from evtrace.contracts.found import Found
from evtrace.contracts.positions import step


@dataclass(frozen=True)
class Pair:
    """Two versions."""

    old: Schema
    new: Schema

    def sides(self, direction: str) -> tuple[Schema, Schema]:
        """Reader and writer."""
        return (self.new, self.old) if direction == BACKWARD else (self.old, self.new)

    def found(
        self, rule: str, part: Type | Field | str, *, heir: Type | Field | None = None, **words: object
    ) -> Found:
        """A change at a part of the new schema; of what is gone from it, `heir` is what stands there now."""
        path = part if isinstance(part, str) else part.pointer
        line = self.new.lines.line(path if heir is None else heir.pointer)
        return Found(BY_ID[rule], path, self.new.label, line, words=words)


def breaks(pair: Pair, direction: str) -> Iterator[Found]:
    """What one direction refuses, each with an event that shows it."""
    reader, writer = pair.sides(direction)
    for misfit in misfits(reader, writer):
        events = example(writer, misfit.route)
        examples = {direction: events[0]} if events else {}
        found = _change(pair, misfit, direction)
        yield replace(found, effects={direction: "breaking"}, examples=examples)


def _change(pair: Pair, misfit: Misfit, direction: str) -> Found:
    is_new_reader = direction == BACKWARD
    new, old = (misfit.reader, misfit.writer) if is_new_reader else (misfit.writer, misfit.reader)
    match misfit.kind:
        case "default":
            return _field(pair, misfit, is_new_reader)
        case "symbols":
            return _symbol(pair, misfit, is_new_reader)
        case "branch":
            return _branch(pair, misfit, is_new_reader)
        case "size" if isinstance(old, Fixed) and isinstance(new, Fixed):
            return pair.found("avro/fixed-size-changed", new, place=told(new), old=old.size, new=new.size)
        case "name":
            return _name(pair, old, new)
        case _:
            return _type(pair, old, new)


def _type(pair: Pair, old: Type | Field, new: Type | Field) -> Found:
    assert not isinstance(old, Field) and not isinstance(new, Field)
    rule = "avro/type-promoted" if promotes(old, new) else "avro/type-changed"
    return pair.found(rule, new, place=pair.new.spoken(new.pointer), old=told(old), new=told(new), hint="")


def promotes(old: Type, new: Type) -> bool:
    """Is one of the two a type that reads the other?"""
    return new.kind in PROMOTIONS.get(old.kind, ()) or old.kind in PROMOTIONS.get(new.kind, ())


def _name(pair: Pair, old: Type | Field, new: Type | Field) -> Found:
    assert isinstance(old, (Record, Enum, Fixed)) and isinstance(new, (Record, Enum, Fixed))
    is_aliased = short(old.name) in map(short, new.aliases)
    rule = "avro/name-aliased" if is_aliased else "avro/name-changed"
    return pair.found(rule, new, old=told(old), new=short(new.name))


def _branch(pair: Pair, misfit: Misfit, is_new_reader: bool) -> Found:
    reader, branch = misfit.reader, misfit.writer
    if is_new_reader:
        place = pair.new.spoken(reader.pointer)
        return pair.found("avro/union-branch-removed", branch, heir=reader, place=place, branch=told(branch))
    place = pair.new.spoken(branch.pointer)
    return pair.found("avro/union-branch-added", branch, place=place, branch=told(branch))


def _symbol(pair: Pair, misfit: Misfit, is_new_reader: bool) -> Found:
    reader, writer = misfit.reader, misfit.writer
    assert isinstance(reader, Enum) and isinstance(writer, Enum)
    path = symbol_pointer(writer, misfit.missing)
    words: dict[str, Any] = {"symbol": misfit.missing, "enum": short(reader.name)}
    if is_new_reader:
        hint = ": events that hold it cannot be read; give the enum (not the field) a default"
        return pair.found("avro/enum-symbol-removed", path, heir=reader, hint=hint, **words)
    hint = ": old readers refuse it; an enum with a default would read that"
    return pair.found("avro/enum-symbol-added", path, hint=hint, **words)


def symbol_pointer(enum: Enum, symbol: str) -> str:
    """Where the symbol stands."""
    return step(step(enum.pointer, "symbols"), enum.symbols.index(symbol))


def _field(pair: Pair, misfit: Misfit, is_new_reader: bool) -> Found:
    field, other = misfit.reader, misfit.writer
    assert isinstance(field, Field) and isinstance(other, Record)
    if is_new_reader:
        return pair.found(
            "avro/field-added-without-default", field, field=field.name, hint=_lookalike(field, other)
        )
    heir = next((one for one in other.fields if field.name in one.aliases), None)
    if heir is not None:
        return pair.found("avro/field-renamed", heir, field=heir.name, old=field.name, hint="")
    return pair.found(
        "avro/field-removed-without-default", field, heir=other, field=field.name, hint=_lookalike(field, other)
    )  # fmt: skip


def _lookalike(field: Field, other: Record) -> str:
    """One field of the same type on the other side may be this one under another name."""
    alike = [one.name for one in other.fields if told(one.type) == told(field.type)]
    return f" (if it is {alike[0]} under a new name, keep the old name as alias)" if len(alike) == 1 else ""


def shown(value: object) -> str:
    """A default as JSON."""
    return json.dumps(value, ensure_ascii=False, default=str)
