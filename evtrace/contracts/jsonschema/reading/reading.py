"""One document, read in one manner: a literal for every schema in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evtrace.contracts.jsonschema import dialects
from evtrace.contracts.jsonschema.arena import Terms
from evtrace.contracts.jsonschema.document import Document
from evtrace.contracts.jsonschema.places import Place
from evtrace.contracts.jsonschema.reading import arrays, combined, objects, values
from evtrace.contracts.jsonschema.reading.evaluated import Cases
from evtrace.contracts.jsonschema.reading.manners import CLOSED, EXACT, Reader
from evtrace.contracts.jsonschema.terms import FALSE, TRUE, WHOLE_AS_FLOAT, Opaque, Recursive

_KEYWORDS: Mapping[str, Reader] = {
    **values.KEYWORDS,
    **arrays.KEYWORDS,
    **objects.KEYWORDS,
    **combined.KEYWORDS,
}

_Key = tuple[Place, str, bool]  # of what is read: where, in which manner, whether a value begins there


def keywords(raw: Mapping[str, Any]) -> Iterator[str]:
    """The keywords that say something about values."""
    return (key for key in raw if key in _KEYWORDS)


class Reading:
    """One document, read in one manner."""

    def __init__(self, terms: Terms, document: Document, manner: str = EXACT) -> None:
        self.terms, self.document, self.manner = terms, document, manner
        self.cases = Cases(self)
        self._read: dict[_Key, int] = {}
        self._open: set[_Key] = set()
        self._recursive: dict[_Key, int] = {}
        if document.dialect.year == 4:
            terms.kinds |= WHOLE_AS_FLOAT

    def root(self) -> int:
        """The whole schema."""
        return self.value(self.document.entry, self.manner)

    def value(self, place: Place, manner: str) -> int:
        """A schema that begins at a value: the root, a property, an item."""
        return self._at((place, manner, manner == CLOSED))

    def at(self, place: Place, manner: str) -> int:
        """A schema that applies to a value beside others."""
        return self._at((place, manner, False))

    def inner(self, place: Place, key: str, manner: str) -> list[int]:
        """The schemas of a list."""
        return [self.at(place.step(key, n), manner) for n in range(len(self.document.at(place)[key]))]

    def keyword(self, place: Place, key: str, manner: str) -> int:
        """What one keyword says, with those that only make sense together with it."""
        read, raw = _KEYWORDS.get(key), self.document.at(place)
        if read is None or key not in raw or not dialects.knows(self.document.dialect, key):
            return TRUE
        return read(self, place, raw, manner)

    def is_ref(self, raw: Mapping[str, Any]) -> bool:
        """Is nothing but the $ref looked at?"""
        return "$ref" in raw and self.document.dialect.ref_stands_alone

    def opaque(self, place: Place, reason: str) -> int:
        """A literal that nothing can be said of, but that it is itself."""
        return self.terms.number(Opaque(f"{self.document.digest}#{place.file}#{place.pointer}", reason))

    def _at(self, key: _Key) -> int:
        """What is read once is kept; what leads to itself is a recursive term there."""
        if key in self._open:
            return self._recursive_term(key)
        if key not in self._read:
            self._open.add(key)
            literal = self._schema(key)
            self._open.discard(key)
            if key in self._recursive:
                self.terms.targets[self._recursive[key]] = literal
            self._read[key] = literal
        return self._read[key]

    def _recursive_term(self, key: _Key) -> int:
        place, manner, is_value = key
        where = (self.document.digest, place.file, place.pointer, manner, str(is_value))
        return self._recursive.setdefault(key, self.terms.number(Recursive(where)))

    def _schema(self, key: _Key) -> int:
        place, manner, is_closed_value = key
        raw = self.document.at(place)
        if isinstance(raw, bool):
            return TRUE if raw else FALSE
        names = {"$ref": "$ref"} if self.is_ref(raw) else {_KEYWORDS[name]: name for name in keywords(raw)}
        said = [self.keyword(place, name, manner) for name in names.values()]
        return self.terms.all((*said, self._closing(place) if is_closed_value else TRUE))

    def _closing(self, place: Place) -> int:
        """A writer sends only the properties that are declared, where objects are described at all."""
        if not self._describes_objects(place):
            return TRUE
        return self.cases.properties(place, FALSE, is_closing=True)

    def _describes_objects(self, place: Place) -> bool:
        raw = self.document.at(place)
        if not isinstance(raw, dict):
            return False
        if not self.is_ref(raw):
            types = raw.get("type", ())
            if "object" in ([types] if isinstance(types, str) else types):
                return True
            if any(key in raw for key in objects.ABOUT_OBJECTS):
                return True
        return any(self._describes_objects(inner) for inner in self.cases.applied(place))
