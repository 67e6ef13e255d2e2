"""Which contract of the older side is which of this one: by place or name, or by what it calls itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evtrace.contract_gate.against import Against
from evtrace.contract_gate.contracts import Contract
from evtrace.contract_gate.trees import Tree
from evtrace.contracts import texts
from evtrace.contracts.source import Source, decoded
from evtrace.errors import EvtraceError


@dataclass(frozen=True)
class Match:
    """A contract on both sides, or on one of them."""

    new: Contract | None
    old: Contract | None
    is_moved: bool = False


def matches(here: Tree, new: Sequence[Contract], older: Against, old: Sequence[Contract]) -> list[Match]:
    """Every contract once: those that are here in their order, then those that are gone."""
    by_key = {older.key(contract, is_old=True): contract for contract in old}
    pairs = [Match(contract, by_key.pop(older.key(contract, is_old=False), None)) for contract in new]
    lost = list(by_key.values())
    found = []
    for pair in pairs:
        heir_of = None
        if pair.old is None and pair.new is not None:
            own = set(_names(pair.new.source(here, "")))
            heir_of = next((one for one in lost if own & set(_names(older.source(one)))), None)
        if heir_of is not None:
            lost.remove(heir_of)
        found.append(pair if heir_of is None else Match(pair.new, heir_of, is_moved=True))
    return [*found, *(Match(None, contract) for contract in lost)]


def _names(source: Source) -> Iterator[str]:
    """What tells a contract wherever its file lies: its content, its id, its full name."""
    content = source.files[source.entry]
    raw = content if isinstance(content, bytes) else content.encode()
    yield f"content {hashlib.sha256(raw).hexdigest()} {source.pointer}"
    if source.entry.endswith(".proto") or source.pointer:
        return
    try:
        value, _ = texts.read(decoded(content, source.label), source.entry, source.label)
    except EvtraceError:
        return
    yield from _called(value)


def _called(value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    if isinstance(value.get("$id"), str):
        yield f"id {value['$id']}"
    if value.get("type") in ("record", "enum", "fixed") and isinstance(value.get("name"), str):
        yield f"name {json.dumps([value.get('namespace'), value['name']])}"
