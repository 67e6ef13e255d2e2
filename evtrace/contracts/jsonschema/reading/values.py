"""Keywords about a value as a whole: its type, its value, numbers and strings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evtrace.contracts.jsonschema import dialects
from evtrace.contracts.jsonschema.places import Place
from evtrace.contracts.jsonschema.reading.manners import Reader
from evtrace.contracts.jsonschema.terms import (
    ARRAY,
    BOOLEAN,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    TRUE,
    WHOLE,
    WHOLE_AS_FLOAT,
    Bound,
    Checked,
    Multiple,
    Pattern,
    Size,
    exact,
)

if TYPE_CHECKING:
    from evtrace.contracts.jsonschema.reading.reading import Reading

_KINDS = {
    "null": NULL, "boolean": BOOLEAN, "integer": WHOLE | WHOLE_AS_FLOAT, "number": NUMBER, "string": STRING,
    "array": ARRAY, "object": OBJECT,
}  # fmt: skip
_SIZES = (
    (STRING, "minLength", "maxLength"),
    (ARRAY, "minItems", "maxItems"),
    (OBJECT, "minProperties", "maxProperties"),
)


def _type(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    names = raw["type"] if isinstance(raw["type"], list) else [raw["type"]]
    kinds = 0
    for name in names:
        kinds |= WHOLE if name == "integer" and reading.document.dialect.year == 4 else _KINDS[name]
    return reading.terms.kind(kinds)


def _enum(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    return reading.terms.among(raw["enum"])


def _const(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    return reading.terms.among([raw["const"]])


def _bound(key: str, open_key: str, *, is_upper: bool) -> Reader:
    """A limit, and the one that is itself forbidden: a flag in draft-04, a limit of its own later."""

    def read(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
        bounds = [Bound(exact(raw[key]), is_upper, raw.get(open_key) is True)] if key in raw else []
        if not isinstance(raw.get(open_key, True), bool):
            bounds.append(Bound(exact(raw[open_key]), is_upper, True))
        return reading.terms.all(reading.terms.number(bound) for bound in bounds)

    return read


def _multiple(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    return reading.terms.number(Multiple(abs(exact(raw["multipleOf"]))))


def _least(kind: int, key: str) -> Reader:
    def read(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
        return reading.terms.number(Size(kind, int(raw[key]), None)) if raw[key] else TRUE

    return read


def _most(kind: int, key: str) -> Reader:
    def read(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
        return reading.terms.number(Size(kind, 0, int(raw[key])))

    return read


def _pattern(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    return reading.terms.number(Pattern(raw["pattern"]))


def _format(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    return _checked(reading, {"format": raw["format"]}) if reading.document.dialect.checks_formats else TRUE


def _content(reading: Reading, place: Place, raw: Mapping[str, Any], manner: str) -> int:
    return _checked(reading, {key: raw[key] for key in ("contentEncoding", "contentMediaType") if key in raw})


def _checked(reading: Reading, fragment: Mapping[str, Any]) -> int:
    text, draft = json.dumps(fragment, sort_keys=True), reading.document.dialect.name
    return reading.terms.number(Checked(text, draft)) if dialects.is_checked(text, draft) else TRUE


_LOWER = _bound("minimum", "exclusiveMinimum", is_upper=False)
_UPPER = _bound("maximum", "exclusiveMaximum", is_upper=True)

KEYWORDS: Mapping[str, Reader] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minimum": _LOWER,
    "exclusiveMinimum": _LOWER,
    "maximum": _UPPER,
    "exclusiveMaximum": _UPPER,
    "multipleOf": _multiple,
    "pattern": _pattern,
    "format": _format,
    "contentMediaType": _content,
    "contentEncoding": _content,
    **{least: _least(kind, least) for kind, least, _ in _SIZES},
    **{most: _most(kind, most) for kind, _, most in _SIZES},
}
