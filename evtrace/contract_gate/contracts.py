"""Which contracts there are: those that evtrace.toml names, and the schemas that lie in files and folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from evtrace.contract_gate.config import Config, Declared
from evtrace.contract_gate.trees import Tree
from evtrace.contracts import asyncapi, texts
from evtrace.contracts.languages import ENDINGS, looks_like_avro
from evtrace.contracts.source import Source, decoded
from evtrace.errors import UnreadableError

_DOCUMENTS = (".json", *texts.YAML_ENDINGS)
_SCHEMA_WORDS = (
    "properties",
    "$defs",
    "definitions",
    "allOf",
    "anyOf",
    "oneOf",
    "$ref",
    "enum",
    "const",
    "items",
    "type",
)


@dataclass(frozen=True)
class Contract:
    """What an event type promises, in one version's tree."""

    name: str
    file: str
    pointer: str = ""
    language: str | None = None
    declared: Declared | None = None

    def source(self, tree: Tree, label: str) -> Source:
        """Its schema in that tree."""
        message = self.declared.message if self.declared else ""
        return Source(self.file, tree.files, self.pointer, label, message)


def contracts(
    tree: Tree, paths: Sequence[str], config: Config, *, is_older: bool = False
) -> tuple[list[Contract], list[str]]:
    """All contracts below the paths, those of evtrace.toml by its names; and what was passed over."""
    declared = {one.file: (name, one) for name, one in config.contracts.items()}
    history = {old for one in config.contracts.values() for old in one.history}
    found: list[Contract] = []
    passed: list[str] = []
    for file in dict.fromkeys(name for path in paths for name in tree.below(path)):
        if file in declared:
            name, one = declared[file]
            found.append(Contract(name, file, language=one.language, declared=one))
            continue
        if file in history:
            continue
        inside = list(_inside(tree, file, is_named=file in paths, is_older=is_older))
        found += inside
        if not inside and PurePosixPath(file).suffix.lower() in _DOCUMENTS:
            passed.append(file)
    return found, passed


def _inside(tree: Tree, file: str, *, is_named: bool, is_older: bool) -> Iterator[Contract]:
    """The contracts of a file; a document that is no schema has none, unless it was named."""
    ending = PurePosixPath(file).suffix.lower()
    if ending in ENDINGS:
        yield Contract(file, file)
    elif ending in _DOCUMENTS:
        raw = _value(tree, file, is_older=is_older)
        if asyncapi.is_asyncapi(raw):
            yield from (
                Contract(f"{file}#{one.message}", file, one.pointer, one.language)
                for one in asyncapi.payloads(raw)
            )
        elif is_named or _is_schema(raw):
            yield Contract(file, file)
    elif is_named:
        known = ", ".join((*ENDINGS, *_DOCUMENTS))
        raise UnreadableError(f"{file}:1: no schema by its name; evtrace reads {known}")


def _value(tree: Tree, file: str, *, is_older: bool) -> Any:
    """What a document holds; one that is broken on the older side only was no contract."""
    try:
        return texts.read(decoded(tree.files[file], file), file, file)[0]
    except UnreadableError:
        if is_older:
            return None
        raise


def _is_schema(raw: Any) -> bool:
    if looks_like_avro(raw):
        return not isinstance(raw, str)
    if not isinstance(raw, dict):
        return False
    return "json-schema.org" in str(raw.get("$schema", "")) or any(word in raw for word in _SCHEMA_WORDS)
