"""Which schema languages there are, and which one a file is written in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import PurePosixPath
from typing import cast

from evtrace.changes import Rule
from evtrace.contracts.found import Language
from evtrace.contracts.source import Source
from evtrace.contracts.texts import YAML_ENDINGS
from evtrace.errors import UnreadableError, UsageError

#: Name → module, loaded when it is needed: each brings its library.
MODULES = {
    "json": "evtrace.contracts.jsonschema",
    "avro": "evtrace.contracts.avro",
    "protobuf": "evtrace.contracts.protobuf",
}

#: Endings that tell the language; of others the content does.
ENDINGS = {".avsc": "avro", ".proto": "protobuf", ".binpb": "protobuf", ".desc": "protobuf"}
_AVRO_TYPES = ("record", "enum", "fixed", "error", "map", "bytes", "int", "long", "float", "double")


def load(name: str) -> Language:
    """The language of that name."""
    if name not in MODULES:
        raise UsageError(f"{name}: no such schema language; there are {', '.join(MODULES)}")
    return cast(Language, import_module(MODULES[name]))


def rules_of(names: Iterable[str]) -> list[Rule]:
    """The rules of these languages."""
    return [rule for name in sorted(names) for rule in load(name).RULES]


def shared(sources: Sequence[Source], name: str | None) -> Language:
    """The one language that all versions are written in."""
    if name is not None:
        return load(name.lower())
    names = {language_of(source): source.label for source in reversed(sources)}
    if len(names) > 1:
        told = " and ".join(f"{name} ({label})" for name, label in names.items())
        raise UnreadableError(
            f"{sources[0].label}:1: two schema languages under one contract: {told}; give the new one a new name"
        )
    return load(next(iter(names)))


def language_of(source: Source) -> str:
    """By the file's ending, or by what the text looks like."""
    by_name = ENDINGS.get(PurePosixPath(source.entry).suffix.lower())
    if by_name or source.entry.lower().endswith(YAML_ENDINGS):
        return by_name or "json"
    return "avro" if _text_looks_like_avro(source.text()) else "json"


def _text_looks_like_avro(text: str) -> bool:
    import json

    try:
        return looks_like_avro(json.loads(text))
    except (ValueError, RecursionError):
        return False


def looks_like_avro(value: object) -> bool:
    """JSON Schemas are never names or lists; what both would accept is a JSON Schema."""
    if not isinstance(value, dict):
        return isinstance(value, (str, list))
    kind = value.get("type")
    if kind == "array":
        return (
            "items" in value and isinstance(value["items"], (str, dict)) and looks_like_avro(value["items"])
        )
    return isinstance(kind, dict) or (isinstance(kind, str) and kind in _AVRO_TYPES)


def policy(language: Language, wish: str | None) -> str:
    """The policy by which the language is read; one that it does not know is an error."""
    if wish is None:
        return language.POLICIES[0]
    name = wish.lower()
    if name not in ("strict", "lenient", *language.POLICIES):
        raise UsageError(f"--policy {wish}: no such policy; there are strict and lenient")
    return name if name in language.POLICIES else language.POLICIES[0]
