"""A JSON Schema with everything that it refers to: read once, refused where it is none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

from evtrace.contracts import texts
from evtrace.contracts.jsonschema import dialects
from evtrace.contracts.jsonschema.dialects import DRAFT_04, DRAFT_07, Dialect
from evtrace.contracts.jsonschema.places import Place
from evtrace.contracts.jsonschema.references import References
from evtrace.contracts.positions import Lines, steps
from evtrace.contracts.source import Source, decoded, part
from evtrace.errors import UnreadableError

_SCHEME, _WRAPPER = "evtrace:///", ".whole"


@dataclass(frozen=True)
class _File:
    raw: Any
    lines: Lines
    label: str


class Document:
    """A schema and its files."""

    def __init__(self, source: Source) -> None:
        self.label = source.label
        self.entry = Place(source.entry, source.pointer)
        self._source = source
        self._files: dict[str, _File] = {}
        self._found: dict[Place, Any] = {}
        self._load(source.entry)
        part(self._files[source.entry].raw, source, self._files[source.entry].lines)
        self.dialect = self._dialect()
        self._references = References(self.dialect, self.at, self._load, self._refuse)
        self._references.index(source.entry)
        self._references.resolve(self.entry)
        self._confirm()
        self._references.refuse_loops()

    # -- looking things up

    def at(self, place: Place) -> Any:
        """The schema at a place."""
        if place not in self._found:
            raw = self._files[place.file].raw
            for key in steps(place.pointer):
                raw = raw[int(key) if isinstance(raw, list) else key]
            self._found[place] = raw
        return self._found[place]

    def target(self, place: Place) -> Place | None:
        """Where the reference at this place leads."""
        return self._references.targets.get(place)

    def line(self, place: Place) -> int:
        """Its line."""
        return self._files[place.file].lines.line(place.pointer)

    def label_of(self, place: Place) -> str:
        """What people call its file."""
        return self._files[place.file].label

    @cached_property
    def digest(self) -> str:
        """The same for the same schemas."""
        parts = [self.dialect.name, self.entry.pointer]
        parts += [json.dumps(self._files[name].raw, sort_keys=True) for name in sorted(self._files)]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    # -- the validator library

    @cached_property
    def is_valid(self) -> Callable[[Any], bool]:
        """The validator library's word on a value."""
        accepts: Callable[[Any], bool] = self._validator(self._whole()).is_valid
        return accepts

    def errors(self, value: Any) -> Iterator[Any]:
        """What the validator library finds wrong with a value."""
        yield from self._validator(self._whole()).iter_errors(value)

    def _validator(self, raw: Any) -> Any:
        maker = getattr(dialects.library(), self.dialect.validator)
        base = _SCHEME + (_WRAPPER if self.entry.pointer else self.entry.file)
        return maker(raw, retriever=self._retrieve, base_uri=base)

    def _whole(self) -> Any:
        """The schema as the library takes it: its own guess at the draft is not wanted."""
        if self.entry.pointer:
            return {"$ref": f"{_SCHEME}{self.entry.file}#{self.entry.pointer}"}
        raw = self._files[self.entry.file].raw
        return (
            {key: value for key, value in raw.items() if key != "$schema"} if isinstance(raw, dict) else raw
        )

    def _retrieve(self, uri: str) -> Any:
        bare = uri.removeprefix(_SCHEME)
        name = self._references.fetched.get(bare) or self._references.fetched.get(uri) or bare
        if name not in self._files:
            raise ValueError(f"{uri} is not read")
        return self._files[name].raw

    # -- reading

    def _load(self, name: str) -> bool:
        """Read a file of this version; false where there is none of that name."""
        label = self.label if name == self._source.entry else _beside(self.label, self._source.entry, name)
        try:
            content = self._source.files[name]
        except KeyError:
            return False
        self._files[name] = _File(*texts.read(decoded(content, label), name, label), label)
        return True

    def _dialect(self) -> Dialect:
        raw = self.at(self.entry)
        if not isinstance(raw, (dict, bool)):
            self._refuse(self.entry, "a JSON Schema is an object, true or false")
        named = dialects.declared(raw) or dialects.declared(self._files[self.entry.file].raw)
        if isinstance(named, str):
            known = ", ".join(draft.name for draft in dialects.DRAFTS)
            self._refuse(self.entry.step("$schema"), f"unknown dialect {named}; evtrace knows {known}")
        if named is not None:
            return named
        is_07, is_04 = (_meta_problem(raw, draft) is None for draft in (DRAFT_07, DRAFT_04))
        return DRAFT_04 if is_04 and not is_07 else DRAFT_07

    def _confirm(self) -> None:
        """The library's word on whether this is a schema at all."""
        roots = {self.entry, *(Place(name, "") for name in self._files if name != self.entry.file)}
        if self.entry.pointer:
            roots |= {place for place in self._references.targets.values() if place.file == self.entry.file}
        for root in sorted(roots, key=lambda place: (place.file, place.pointer)):
            problem = _meta_problem(self.at(root), self.dialect)
            if problem is not None:
                where = root.step(*problem.instance_path)
                self._refuse(where, f"no {self.dialect.name} schema: {_short(problem.message)}")
        try:
            self._validator(self._whole())
        except (ValueError, dialects.library().ReferencingError) as problem:
            self._refuse(self.entry, _short(str(problem)))

    def _refuse(self, place: Place, reason: str) -> NoReturn:
        raise UnreadableError(f"{self.label_of(place)}:{self.line(place)}: {reason}")


@dataclass(frozen=True)
class _Unusable:
    instance_path: tuple[str | int, ...]
    message: str


def _meta_problem(raw: Any, dialect: Dialect) -> Any:
    """What makes this no schema of a draft; None where it is one."""
    library = dialects.library()
    try:
        if isinstance(raw, dict):
            library.meta.validate({**raw, "$schema": dialect.uri})
    except library.ValidationError as problem:
        return problem
    except ValueError as problem:  # nested deeper than the library goes
        return _Unusable((), str(problem))
    return None


def _short(message: str) -> str:
    line = message.strip().partition("\n")[0]
    return line if len(line) < 200 else line[:200] + " …"


def _beside(label: str, entry: str, name: str) -> str:
    """The label of another file of the same version: 'main:schemas/b.json' beside 'main:schemas/a.json'."""
    return label[: -len(entry)] + name if label.endswith(entry) else name
