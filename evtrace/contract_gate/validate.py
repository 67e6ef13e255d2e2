"""Stored events against declared contracts: which broke theirs, since when, by whom."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evtrace import own_files
from evtrace.contract_gate.contracts import Contract, contracts
from evtrace.contract_gate.names import by_type
from evtrace.contract_gate.place import Place, place
from evtrace.contracts.found import Judge, Problem
from evtrace.contracts.languages import shared
from evtrace.contracts.source import Source
from evtrace.errors import UnreadableError
from evtrace.observed import ValidateAnswer, ValidatedContract, Violation
from evtrace.reports import events
from evtrace.reports.shapes import lay_out
from evtrace.store import Store

_RULES = "event/"


@dataclass(frozen=True)
class Wanted:
    """Which contracts, which events."""

    paths: tuple[str, ...] = ()
    config: Path | None = None
    registry: Path | None = None
    event_types: tuple[str, ...] = ()


def validate(store: Store, wanted: Wanted) -> ValidateAnswer:
    """Judge every stored event by the contract of its type, and keep what breaks it as findings."""
    where = place(wanted.paths, wanted.config)
    declared, _ = contracts(where.here, where.paths, where.settings)
    registry = _registry(wanted.registry)
    lay_out(store, wanted.event_types)
    counts = events.types(store)
    matched = by_type(where.here, declared, counts)
    if not store.read_only:
        events.forget(store, _RULES)
    checked, violations = [], []
    for event_type, contract in matched.items():
        own = _checked(store, where, contract, (event_type, registry))
        checked.append(own[0])
        violations += own[1]
    left = {contract.name for contract in declared} - {contract.name for contract in matched.values()}
    without = {name: count for name, count in counts.items() if name not in matched}
    return ValidateAnswer(tuple(checked), tuple(violations), without, tuple(sorted(left)))


def _checked(
    store: Store, where: Place, contract: Contract, asked: tuple[str, Mapping[int, Source]]
) -> tuple[ValidatedContract, list[Violation]]:
    event_type, registry = asked
    source = contract.source(where.here, "")
    language = shared([source], contract.language)
    judge = language.judge(language.parse(source), registry)
    count, broken = judged(store, event_type, judge)
    violations = [
        _violation(store, contract, event_type, (problem, numbers)) for problem, numbers in broken.items()
    ]
    total = sum(len(numbers) for numbers in broken.values())
    summary = ValidatedContract(contract.name, event_type, language.NAME, contract.file, count, total)
    return summary, sorted(violations, key=lambda one: -one.events)


def judged(store: Store, event_type: str, judge: Judge) -> tuple[int, dict[Problem, list[int]]]:
    """How many events there are, and those that are not what they should be, by what is wrong."""
    count = 0
    broken: dict[Problem, list[int]] = {}
    for batch in events.payloads(store, event_type):
        count += len(batch)
        for number, payload in batch:
            problem = judge(payload)
            if problem is not None:
                broken.setdefault(problem, []).append(number)
    return count, broken


def _violation(
    store: Store, contract: Contract, event_type: str, broken: tuple[Problem, Sequence[int]]
) -> Violation:
    problem, numbers = broken
    known = events.known(store, numbers)
    sentence = f"{event_type} breaks its contract {contract.name}: {problem.message}"
    if not store.read_only:
        events.keep(store, problem.rule, sentence, numbers)
    return Violation(
        contract.name, event_type, problem.rule, problem.path, known.events, known.flows, known.producers,
        known.first_id, known.first_ts, problem.message,
    )  # fmt: skip


def _registry(path: Path | None) -> Mapping[int, Source]:
    """Schemas by number: files that are called so, or a dump as the registry's API gives it."""
    if path is None:
        return {}
    if path.is_dir():
        files = [file for file in sorted(path.iterdir()) if file.stem.isdecimal() and file.is_file()]
        return {
            int(file.stem): Source(file.name, {file.name: file.read_bytes()}, name=str(file))
            for file in files
        }
    try:
        entries = json.loads(own_files.text(path))
        return {int(one["id"]): _dumped(path, one) for one in entries}
    except (ValueError, KeyError, TypeError) as problem:
        raise UnreadableError(
            f'{path}:1: no dump of a registry, a list of {{"id", "schema"}}: {problem}'
        ) from problem


def _dumped(path: Path, entry: Mapping[str, object]) -> Source:
    name = f"{entry['id']}{'.proto' if entry.get('schemaType') == 'PROTOBUF' else '.avsc'}"
    return Source(name, {name: str(entry["schema"])}, name=f"{path}#{entry['id']}")
