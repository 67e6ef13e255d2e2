"""Can this reader read what that writer wrote? The resolution rules of the Avro specification, statically."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

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
)

#: Writer → readers that take its values as well.
PROMOTIONS = {
    "int": ("long", "float", "double"),
    "long": ("float", "double"),
    "float": ("double",),
    "string": ("bytes",),
    "bytes": ("string",),
}

#: How to get to a place in a datum: a field's name, a union's branch, an item, a symbol.
Step = tuple[str, str | int]


@dataclass(frozen=True)
class Misfit:
    """A place where the reader cannot read what the writer may write."""

    kind: str  # name, size, symbols, default, type, branch
    reader: Type | Field
    writer: Type
    route: tuple[Step, ...] = ()  # to that place in the writer's data
    missing: str = ""


def misfits(reader: Schema, writer: Schema) -> list[Misfit]:
    """Every place where reading fails; none: all data of the writer can be read."""
    return list(_Resolving(reader, writer).types(reader.root, writer.root))


def names_match(reader: Named, writer: Named) -> bool:
    """Names are compared without their namespaces, as the Java and Python libraries do."""
    return short(writer.name) in {short(reader.name), *map(short, reader.aliases)}


def counterpart(field: Field, writer: Record) -> Field | None:
    """The writer's field that a reader's field takes its values from: by name, then by alias."""
    by_name = {other.name: other for other in writer.fields}
    return next((by_name[name] for name in (field.name, *field.aliases) if name in by_name), None)


class _Resolving:
    """One question; pairs of records that are being compared are taken to fit."""

    def __init__(self, reader: Schema, writer: Schema) -> None:
        self._reader, self._writer = reader, writer
        self._open: set[tuple[str, str]] = set()

    def types(self, read: Type, write: Type) -> Iterator[Misfit]:
        reader, writer = self._reader.of(read), self._writer.of(write)
        match reader, writer:
            case _, Union():
                yield from self._from_union(reader, writer)
            case Union(), _:
                yield from self._into_union(reader, writer)
            case Array(), Array():
                yield from _inside(("item", 0), self.types(reader.items, writer.items))
            case Map(), Map():
                yield from _inside(("value", "key"), self.types(reader.values, writer.values))
            case ((Record() | Enum() | Fixed()), (Record() | Enum() | Fixed())) if reader.kind == writer.kind:
                yield from self._named(reader, writer)
            case Primitive(), Primitive() if _takes(reader.kind, writer.kind):
                return
            case _:
                yield Misfit("type", reader, writer)

    def fits(self, reader: Type, writer: Type) -> bool:
        return not list(self.types(reader, writer))

    def _from_union(self, reader: Type, writer: Union) -> Iterator[Misfit]:
        """The writer may send any of its branches."""
        for number, branch in enumerate(writer.branches):
            found = (_as_branch(misfit) for misfit in self.types(reader, branch))
            yield from _inside(("branch", number), found)

    def _into_union(self, reader: Union, writer: Type) -> Iterator[Misfit]:
        """Some branch must take it; where none does, the one of the same name tells why."""
        if any(self.fits(branch, writer) for branch in reader.branches):
            return
        alike = [branch for branch in map(self._reader.of, reader.branches) if _is_alike(branch, writer)]
        if alike:
            yield from self.types(alike[0], writer)
        else:
            yield Misfit("branch", reader, writer)

    def _named(self, reader: Named, writer: Named) -> Iterator[Misfit]:
        if not names_match(reader, writer):
            yield Misfit("name", reader, writer)
            return
        match reader, writer:
            case Fixed(), Fixed() if reader.size != writer.size:
                yield Misfit("size", reader, writer)
            case Enum(), Enum():
                yield from _symbols(reader, writer)
            case Record(), Record():
                yield from self._records(reader, writer)

    def _records(self, reader: Record, writer: Record) -> Iterator[Misfit]:
        pair = (reader.name, writer.name)
        if pair in self._open:
            return
        self._open.add(pair)
        for field in reader.fields:
            source = counterpart(field, writer)
            if source is not None:
                yield from _inside(("field", source.name), self.types(field.type, source.type))
            elif not field.has_default:
                yield Misfit("default", field, writer)
        self._open.discard(pair)


def _takes(reader: str, writer: str) -> bool:
    return reader == writer or reader in PROMOTIONS.get(writer, ())


def _as_branch(misfit: Misfit) -> Misfit:
    """A type that does not fit a branch as a whole: the branch is what is missing."""
    return replace(misfit, kind="branch") if misfit.kind == "type" and not misfit.route else misfit


def _is_alike(reader: Type, writer: Type) -> bool:
    match reader, writer:
        case ((Record() | Enum() | Fixed()), (Record() | Enum() | Fixed())):
            return reader.kind == writer.kind and names_match(reader, writer)
        case (Array(), Array()) | (Map(), Map()):
            return True
        case _:
            return False


def _symbols(reader: Enum, writer: Enum) -> Iterator[Misfit]:
    if reader.default is not None:
        return
    for symbol in writer.symbols:
        if symbol not in reader.symbols:
            yield Misfit("symbols", reader, writer, (("symbol", symbol),), symbol)


def _inside(step: Step, found: Iterator[Misfit]) -> Iterator[Misfit]:
    for misfit in found:
        yield replace(misfit, route=(step, *misfit.route))
