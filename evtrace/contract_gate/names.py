"""Which contract belongs to which stored event type: by evtrace.toml, or by what files and schemas are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from evtrace.contract_gate.contracts import Contract
from evtrace.contract_gate.trees import Tree
from evtrace.contracts import texts
from evtrace.contracts.source import decoded
from evtrace.errors import EvtraceError

_VERSION = re.compile(r"[._-]?v\d+(\.\d+)*$")


def by_type(tree: Tree, found: Sequence[Contract], event_types: Iterable[str]) -> Mapping[str, Contract]:
    """The contract of each event type that has one; of several versions the latest."""
    known: dict[str, Contract] = {}
    for contract in sorted(found, key=lambda one: one.name):
        for name in _names(tree, contract):
            known[name] = contract
    pairs = (
        (event_type, known.get(_plain(event_type)) or known.get(_bare(event_type)))
        for event_type in event_types
    )
    return {event_type: contract for event_type, contract in pairs if contract is not None}


def _names(tree: Tree, contract: Contract) -> Iterator[str]:
    if contract.declared is not None:
        yield _plain(contract.name)
        return
    own = contract.name.partition("#")[2] or PurePosixPath(contract.file).name.partition(".")[0]
    stem = PurePosixPath(contract.file).name.rpartition(".")[0]
    for name in (own, stem, *_titles(tree, contract)):
        yield _plain(name)
        yield _bare(name)


def _titles(tree: Tree, contract: Contract) -> Iterator[str]:
    """What a schema calls itself."""
    if contract.pointer or contract.file.endswith((".proto", ".binpb", ".desc")):
        return
    try:
        raw, _ = texts.read(decoded(tree.files[contract.file], contract.file), contract.file, contract.file)
    except EvtraceError:
        return
    for key in ("title", "name"):
        if isinstance(raw, dict) and isinstance(raw.get(key), str):
            yield raw[key]


def _plain(name: str) -> str:
    """'order-placed' and 'OrderPlaced' are one name."""
    return re.sub(
        r"[^a-z0-9]",
        "",
        name.rpartition(".")[2].lower() if not _VERSION.search(name.lower()) else name.lower(),
    )


def _bare(name: str) -> str:
    """Without the version."""
    return _plain(_VERSION.sub("", name.lower()))
