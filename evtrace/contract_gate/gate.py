"""Every contract against its older versions: the whole answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

from evtrace.changes import (
    DIRECTIONS,
    FAILING,
    Change,
    ContractChange,
    ContractDiff,
    ContractGate,
    ContractState,
    Rule,
)
from evtrace.contract_gate import baseline, migration
from evtrace.contract_gate.against import Against, against
from evtrace.contract_gate.contracts import Contract, contracts
from evtrace.contract_gate.matching import Match, matches
from evtrace.contract_gate.names import by_type
from evtrace.contract_gate.place import Place, place, settings_of
from evtrace.contract_gate.terms import Asked
from evtrace.contracts.check import Terms, check, fingerprint
from evtrace.contracts.languages import policy, shared
from evtrace.contracts.source import Source
from evtrace.errors import UsageError
from evtrace.observed import Replay

DELETED = Rule(
    "contract/deleted", "a contract is gone", DIRECTIONS, "breaking",
    "contract {contract} is gone: nothing says any more what its events look like",
)  # fmt: skip

#: So many names are told of many.
_TOLD = 5


@dataclass(frozen=True)
class Request:
    """What is asked on the command line; None: evtrace.toml decides."""

    paths: tuple[str, ...] = ()
    against: str | None = None
    mode: str | None = None
    policy: str | None = None
    config: Path | None = None
    baseline: Path | None = None
    history: Path | None = None  # a store, whose events are judged by both versions


def gate(request: Request, today: date) -> ContractGate:
    """Compare every contract with its older versions."""
    where = place(request.paths, request.config)
    asked = Asked(request.mode, request.policy, where.settings)
    wish = request.against or where.settings.against
    if wish is None:
        raise UsageError("nothing to compare with; name a git ref or a folder: --against main")
    older = against(wish, where.here, where.paths)
    new, passed = contracts(where.here, where.paths, where.settings)
    old, _ = contracts(older.tree, older.paths(), where.settings, is_older=True)
    matched = matches(where.here, new, older, old)
    judged = [_judge(match, where, older, asked) for match in matched]
    unsent: tuple[str, ...] = ()
    if request.history is not None:
        replays, unsent = _replayed(request.history, where, older, matched)
        judged = [
            (replace(state, history=replays.get(state.contract, ())), changes) for state, changes in judged
        ]
    notes: tuple[str, ...] = (
        *(f"{file}: no schema; passed over" for file in passed),
        *migration.notes(where.here, new, asked),
        *unsent,
    )
    answer = replace(_answer(judged, older.label), notes=notes)
    return _accepted(answer, baseline_file(request), today)


def baseline_file(request: Request) -> Path | None:
    """The file of accepted changes."""
    settings = settings_of(request.config)
    return request.baseline or (settings.root / settings.baseline if settings.baseline else None)


def _judge(
    match: Match, where: Place, older: Against, asked: Asked
) -> tuple[ContractState, Sequence[ContractChange]]:
    if match.new is None:
        assert match.old is not None
        return _deleted(match.old, older, asked.terms(match.old))
    terms, new = asked.terms(match.new), match.new.source(where.here, "")
    before = list(_older(match, where, older, terms))
    if not before:
        return _fresh(new, terms), ()
    diff = check(before, new, terms)
    status = {True: "moved" if match.is_moved else "compatible", False: "broken", None: "undecided"}[
        diff.compatible
    ]
    return _state(diff, status), [_of(diff, change) for change in diff.changes]


def _older(match: Match, where: Place, older: Against, terms: Terms) -> Iterator[Source]:
    """The latest version, for transitive modes those before it, and those that evtrace.toml names."""
    assert match.new is not None
    if match.old is not None:
        yield older.source(match.old)
        if terms.mode.is_transitive:
            yield from older.before(match.old)
    for file in match.new.declared.history if match.new.declared else ():
        yield replace(match.new, file=file).source(where.here, "")


def _fresh(new: Source, terms: Terms) -> ContractState:
    """A contract without older versions must be a schema all the same."""
    language = shared([new], terms.language)
    language.parse(new)
    chosen = policy(language, terms.policy)
    return ContractState(terms.contract, new.label, language.NAME, "new", terms.mode.name, chosen, (), ())


def _replayed(
    store: Path, where: Place, older: Against, matched: Sequence[Match]
) -> tuple[Mapping[str, tuple[Replay, ...]], tuple[str, ...]]:
    """For every contract that has an older version: its stored events, judged by both. And what has none."""
    from evtrace.contract_gate.history import (
        History,  # brings the store, which checks without a history need not load
    )

    pairs = {match.new.name: (match.new, match.old) for match in matched if match.new and match.old}
    with closing(History(store)) as history:
        types = by_type(where.here, [new for new, _ in pairs.values()], history.event_types)
        found: dict[str, tuple[Replay, ...]] = {}
        for event_type, contract in types.items():
            new, old = pairs[contract.name]
            replay = history.replay(event_type, older.source(old), new.source(where.here, ""), new.language)
            found[contract.name] = (*found.get(contract.name, ()), replay)
        silent = [name for name in pairs if name not in found]
        return found, tuple(_unsent(list(pairs), silent, history.event_types))


def _unsent(names: Sequence[str], silent: Sequence[str], event_types: Sequence[str]) -> Iterator[str]:
    """Contracts of which the history says nothing, and why."""
    if not names:
        yield "--history: no contract has an older version that what was sent could be held against"
    elif not event_types:
        yield "--history: the store holds no payloads, so nothing is said of what was really sent"
    elif silent:
        how = "where the names differ, [schema.contracts] in evtrace.toml says which file is the contract of which type"
        yield f"--history: no stored event is of {_few(silent)}; the store holds {_few(event_types)}; {how}"


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return ", ".join(names[:_TOLD]) + more


def _deleted(old: Contract, older: Against, terms: Terms) -> tuple[ContractState, Sequence[ContractChange]]:
    is_promised, label = bool(terms.mode.directions), older.source(old).label
    change = ContractChange(
        rule=DELETED.id,
        path="",
        breaks=DIRECTIONS,
        severity=DELETED.severity if is_promised else "safe",
        file=old.file,
        line=1,
        message=DELETED.message.format(contract=old.name),
        example=None,
        against=label,
        fingerprint=fingerprint(old.name, DELETED.id, "", *DIRECTIONS),
        contract=old.name,
    )
    state = ContractState(old.name, old.file, "", "deleted", terms.mode.name, "", (label,), ())
    return state, [change]


def _state(diff: ContractDiff, status: str) -> ContractState:
    return ContractState(
        diff.contract, diff.file, diff.language, status, diff.mode, diff.policy, diff.against, diff.undecided
    )


def _of(diff: ContractDiff, change: Change) -> ContractChange:
    values = {one.name: getattr(change, one.name) for one in fields(change)}
    return ContractChange(**values, contract=diff.contract)


def _answer(judged: Sequence[tuple[ContractState, Sequence[ContractChange]]], label: str) -> ContractGate:
    states = tuple(state for state, _ in judged)
    broken = {
        "broken",
        *(("deleted",) if any(one.mode != "NONE" for one in states if one.status == "deleted") else ()),
    }
    statuses = {state.status for state in states}
    return ContractGate(
        compatible=False if statuses & broken else None if "undecided" in statuses else True,
        mode=_one_or_mixed({state.mode for state in states}),
        policy=_one_or_mixed({state.policy for state in states if state.policy}),
        against=label,
        changes=tuple(change for _, changes in judged for change in changes),
        contracts=states,
        notes=(),
    )


def _one_or_mixed(words: set[str]) -> str:
    return next(iter(words)) if len(words) == 1 else "mixed" if words else ""


def _accepted(answer: ContractGate, path: Path | None, today: date) -> ContractGate:
    if path is None:
        return answer
    if not path.exists():
        missing = f"{path}: no such baseline; accept what fails with --update-baseline --reason TEXT"
        return replace(answer, notes=(*answer.notes, missing))
    marked = baseline.apply(answer.changes, baseline.load(path), today)
    failing = [change for change in marked.changes if change.severity in FAILING]
    all_accepted = {change.contract for change in failing} - {
        change.contract for change in failing if change.accepted is None
    }
    states = tuple(
        replace(state, status="accepted")
        if state.status == "broken" and state.contract in all_accepted and not state.undecided
        else state
        for state in answer.contracts
    )
    return replace(answer, changes=marked.changes, contracts=states, notes=(*answer.notes, *marked.notes))
