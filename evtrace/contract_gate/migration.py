"""Event types that live in several versions side by side: each is a contract of its own; what moving on would mean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from evtrace.changes import FAILING
from evtrace.contract_gate.contracts import Contract
from evtrace.contract_gate.terms import Asked
from evtrace.contract_gate.trees import Tree
from evtrace.contracts.check import check

_VERSION = re.compile(r"^(?P<type>.+?)[._-]?[vV](?P<number>\d+)(?P<rest>(?:\.\d+)*)$")


def notes(here: Tree, found: Sequence[Contract], asked: Asked) -> Iterator[str]:
    """One sentence for each version and the next one."""
    families: dict[str, list[tuple[int, Contract]]] = {}
    for contract in found:
        match = _VERSION.match(_stem(contract))
        if match:
            family = f"{PurePosixPath(contract.file).parent}/{match['type']}"
            families.setdefault(family, []).append((int(match["number"]), contract))
    for members in families.values():
        versions = sorted(members, key=lambda one: one[0])
        for (_, older), (_, newer) in pairwise(versions):
            yield _note(here, older, newer, asked)


def _stem(contract: Contract) -> str:
    """'order-placed.v2' for schemas/order-placed.v2.json; the message of an AsyncAPI document."""
    file, _, message = contract.name.partition("#")
    if message or contract.declared is not None:
        return message or contract.name
    name = PurePosixPath(file).name
    return name.removesuffix(PurePosixPath(name).suffix)


def _note(here: Tree, older: Contract, newer: Contract, asked: Asked) -> str:
    terms = asked.terms(newer)
    diff = check([older.source(here, "")], newer.source(here, ""), terms)
    broken = [change for change in diff.changes if change.severity in FAILING]
    told = f"{newer.name} stands beside {older.name} as a contract of its own; "
    if not broken:
        return f"{told}by {terms.mode.name} one could take the place of the other"
    first = (
        f"{len(broken)} of {len(diff.changes)} changes break {terms.mode.name} (first: {broken[0].message})"
    )
    return f"{told}{first}: keep both until every consumer has moved"
