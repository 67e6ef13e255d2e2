"""The drafts of JSON Schema: how each is named, and what differs between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

from evtrace.contracts import extras


@dataclass(frozen=True)
class Dialect:
    """One draft."""

    name: str
    uri: str
    year: int  # drafts in order: 4, 6, 7, 2019, 2020
    validator: str  # its class in jsonschema-rs

    @property
    def id_key(self) -> str:
        """The keyword that names a schema."""
        return "id" if self.year == 4 else "$id"

    @property
    def ref_stands_alone(self) -> bool:
        """Is what stands beside a $ref ignored?"""
        return self.year <= 7

    @property
    def checks_formats(self) -> bool:
        """Formats are annotations from 2019-09 on; before that, validators assert them by default."""
        return self.year <= 7


DRAFTS = (
    Dialect("draft-04", "http://json-schema.org/draft-04/schema", 4, "Draft4Validator"),
    Dialect("draft-06", "http://json-schema.org/draft-06/schema", 6, "Draft6Validator"),
    Dialect("draft-07", "http://json-schema.org/draft-07/schema", 7, "Draft7Validator"),
    Dialect("2019-09", "https://json-schema.org/draft/2019-09/schema", 2019, "Draft201909Validator"),
    Dialect("2020-12", "https://json-schema.org/draft/2020-12/schema", 2020, "Draft202012Validator"),
)
DRAFT_04, DRAFT_07 = DRAFTS[0], DRAFTS[2]

_BY_NAME = {draft.name: draft for draft in DRAFTS}
_BY_URI = {draft.uri.partition("://")[2]: draft for draft in DRAFTS} | {"json-schema.org/schema": DRAFT_07}

#: Keyword → the first and the last draft that know it; the others ignore it.
SINCE: Mapping[str, tuple[int, int]] = {
    "const": (6, 9999), "contains": (6, 9999), "propertyNames": (6, 9999), "if": (7, 9999),
    "dependentRequired": (2019, 9999), "dependentSchemas": (2019, 9999), "prefixItems": (2020, 9999),
    "minContains": (2019, 9999), "maxContains": (2019, 9999), "additionalItems": (4, 2019),
    "unevaluatedProperties": (2019, 9999), "unevaluatedItems": (2019, 9999),
    "$recursiveRef": (2019, 2019), "$dynamicRef": (2020, 9999),
    "contentMediaType": (6, 7), "contentEncoding": (6, 7),
}  # fmt: skip


def declared(raw: Any) -> Dialect | str | None:
    """The draft that $schema names; a name that is not known; None where it names none."""
    uri = raw.get("$schema") if isinstance(raw, dict) else None
    if not isinstance(uri, str):
        return None
    return _BY_URI.get(uri.partition("://")[2].rstrip("#/"), uri)


def by_name(name: str) -> Dialect:
    """The draft of that name."""
    return _BY_NAME[name]


def knows(dialect: Dialect, keyword: str) -> bool:
    """Does this draft look at the keyword?"""
    first, last = SINCE.get(keyword, (0, 9999))
    return first <= dialect.year <= last


def library() -> ModuleType:
    """The validator library."""
    return extras.library("jsonschema_rs")


@lru_cache(maxsize=500)
def checker(fragment: str, draft: str) -> Any:
    """A validator of a small schema, in one draft."""
    import json

    return getattr(library(), by_name(draft).validator)(json.loads(fragment))


@lru_cache(maxsize=500)
def is_checked(fragment: str, draft: str) -> bool:
    """Does the library look at this format or media type at all?"""
    return not checker(fragment, draft).is_valid("\x00 {no[")
