"""Flows that a project declares: the tables [flows.TYPE] of evtrace.toml. What is declared beats what is learned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evtrace import own_files
from evtrace.errors import UsageError
from evtrace.store import Store

_FLOW_WORDS = ("ends_well", "ends_badly", "within", "steps")
_STEP_WORDS = ("after", "by", "expect", "within", "optional")

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_NS = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}

# the type that a declared flow may end badly with is a refusal, whatever its name
_REFUSED = """
INSERT INTO flow_problems (flow_id, what, event_no, record_id, seen_ts, service, words, repaired)
SELECT f.flow_id, 'rejected', e.event_no, e.record_id, e.published_ts, e.service, e.event_type, FALSE
FROM judged AS j
JOIN flows AS f ON f.flow_id = j.flow_id
JOIN stored_events AS e ON e.flow_id = f.flow_id
LEFT JOIN flow_problems AS p ON p.event_no = e.event_no AND p.what = 'rejected'
WHERE e.kind = 'message' AND f.root_type = ? AND e.event_type IN (SELECT UNNEST(?::VARCHAR[])) AND p.event_no IS NULL
"""
_WELL = """
DELETE FROM flow_problems
WHERE what = 'rejected' AND words IN (SELECT UNNEST(?::VARCHAR[]))
  AND flow_id IN (SELECT j.flow_id FROM judged AS j JOIN flows AS f ON f.flow_id = j.flow_id WHERE f.root_type = ?)
"""
_STEP = """
UPDATE usual_effects SET expected = ?, declared = TRUE, limit_ns = COALESCE(?, limit_ns)
WHERE root_type = ? AND event_type = ? AND service = ? AND child_type = ?
RETURNING root_type
"""
_COHORT = "UPDATE cohorts SET limit_ns = ?, declared = TRUE WHERE root_type = ? RETURNING root_type"


@dataclass(frozen=True)
class Step:
    """After one event a service publishes another."""

    after: str
    by: str
    expect: str
    within_ns: int | None = None
    optional: bool = False  # its absence is fine, whatever the cohort does


@dataclass(frozen=True)
class DeclaredFlow:
    """What flows that begin with one type should do."""

    root_type: str
    ends_well: tuple[str, ...] = ()
    ends_badly: tuple[str, ...] = ()
    within_ns: int | None = None
    steps: tuple[Step, ...] = ()


Declared = tuple[DeclaredFlow, ...]


def read(path: Path | None = None) -> Declared:
    """Read the declared flows; by default of evtrace.toml here, where there is one."""
    path = path or Path("evtrace.toml")
    if not path.exists():
        return ()
    tables = own_files.toml(path).get("flows", {})
    if not isinstance(tables, dict):
        raise UsageError(f"{path}: [flows] is no table; write [flows.OrderPlaced]")
    return tuple(_flow(path, name, table) for name, table in sorted(tables.items()))


def _flow(path: Path, name: str, table: Any) -> DeclaredFlow:
    where = f"{path}: [flows.{name}]"
    if not isinstance(table, dict):
        raise UsageError(f"{where} is no table")
    _check(where, table, _FLOW_WORDS)
    steps = table.get("steps", [])
    if not (isinstance(steps, list) and all(isinstance(step, dict) for step in steps)):
        raise UsageError(f"{where}: steps is a list of tables: {{ after = …, by = …, expect = … }}")
    return DeclaredFlow(
        name,
        _types(where, table, "ends_well"),
        _types(where, table, "ends_badly"),
        _span(where, table),
        tuple(_step(where, step) for step in steps),
    )


def _step(where: str, table: Mapping[str, Any]) -> Step:
    _check(f"{where} steps", table, _STEP_WORDS)
    texts = [table.get(word) for word in ("after", "by", "expect")]
    after, by, expect = (text if isinstance(text, str) and text else None for text in texts)
    if after is None or by is None or expect is None:
        raise UsageError(f"{where}: a step needs the texts after, by and expect")
    return Step(after, by, expect, _span(where, table), bool(table.get("optional", False)))


def _check(where: str, table: Mapping[str, Any], known: Sequence[str]) -> None:
    for word in table:
        if word not in known:
            raise UsageError(f"{where} knows no {word}; it knows {', '.join(known)}")


def _types(where: str, table: Mapping[str, Any], word: str) -> tuple[str, ...]:
    names = table.get(word, [])
    if not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
        raise UsageError(f"{where}: {word} is a list of event types")
    return tuple(names)


def _span(where: str, table: Mapping[str, Any]) -> int | None:
    text = table.get("within")
    if text is None:
        return None
    found = _SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise UsageError(f"{where}: within = {text!r} is no span of time; write 500ms, 30s, 5m, 2h or 1d")
    return int(float(found[1]) * _NS[found[2]])


def as_rows(declared: Declared) -> list[Any]:
    """The same as plain data, to see whether it has changed."""
    return [asdict(flow) for flow in declared]


def refuse(store: Store, declared: Declared) -> None:
    """Say of the flows of `judged` which events are refusals: before the cohorts are learned."""
    for flow in declared:
        store.execute(_WELL, [list(flow.ends_well), flow.root_type])
        store.execute(_REFUSED, [flow.root_type, list(flow.ends_badly)])


def end(store: Store, declared: Declared) -> None:
    """Put the declared good ends in the place of those that were learned."""
    for flow in declared:
        if flow.ends_well:
            store.execute("DELETE FROM usual_ends WHERE root_type = ?", [flow.root_type])
            store.append("usual_ends", [(flow.root_type, name, 0) for name in flow.ends_well])


def expect(store: Store, declared: Declared) -> None:
    """Put the declared steps and deadlines in the place of those that were learned."""
    for flow in declared:
        if flow.within_ns is not None and not store.rows(_COHORT, [flow.within_ns, flow.root_type]):
            store.append("cohorts", [(flow.root_type, 0, 0, 0, 0, 0.0, 1.0, None, flow.within_ns, True)])
        store.append("usual_effects", list(_unknown_steps(store, flow)))


def _unknown_steps(store: Store, flow: DeclaredFlow) -> Iterator[tuple[Any, ...]]:
    """Steps that no flow took yet."""
    for step in flow.steps:
        place = (flow.root_type, step.after, step.by, step.expect)
        if not store.rows(_STEP, [not step.optional, step.within_ns, *place]):
            yield (*place, 0, 0, 0, 0, 0, 0, None, None, None, step.within_ns, not step.optional, True, False)
