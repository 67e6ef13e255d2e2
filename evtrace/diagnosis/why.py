"""Puts the answer together: flow, verdict, cause, chain, and what is not seen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, overload

from evtrace.diagnosis.cause import Pick, alone, pick
from evtrace.diagnosis.chain import chain_of, story_order, telling_lines
from evtrace.diagnosis.evidence import Material, load, with_records
from evtrace.diagnosis.expected import expected
from evtrace.diagnosis.find import Found, find, one_flow
from evtrace.diagnosis.frontier import EventShape, FlowShape, shape_of
from evtrace.diagnosis.interrupted import with_interruptions
from evtrace.diagnosis.problems import Problem, problems_of
from evtrace.diagnosis.recount import Counted, recounts
from evtrace.diagnosis.ruled import Case, consequences, ruled_out
from evtrace.diagnosis.sentence import sentence
from evtrace.diagnosis.timing import account
from evtrace.diagnosis.undoing import ledger, recall
from evtrace.diagnosis.unseen import not_seen
from evtrace.diagnosis.verdict import verdict_of
from evtrace.diagnosis.waiting import with_lag
from evtrace.results import Cause, ChainEvent, Evidence, Finding, Flow, LedgerLine, SameCause, WhyAnswer
from evtrace.store import Store

_FINDINGS = """
SELECT rule, severity, event_id, channel, part, pos, grp, sentence
FROM findings
WHERE flow_id = ?
ORDER BY severity, rule, event_id, channel, part, pos, grp, sentence
"""


@dataclass(frozen=True)
class _Asked:
    """How much the answer is to hold."""

    with_text: bool
    recounted: bool


@overload
def why(
    store: Store,
    query: str,
    *,
    all: Literal[False] = False,
    with_text: bool = False,
    recounted: bool = False,
) -> WhyAnswer: ...
@overload
def why(
    store: Store, query: str, *, all: Literal[True], with_text: bool = False, recounted: bool = False
) -> tuple[WhyAnswer, ...]: ...


def why(
    store: Store, query: str, *, all: bool = False, with_text: bool = False, recounted: bool = False
) -> WhyAnswer | tuple[WhyAnswer, ...]:
    """Say what happened to whatever `query` names.

    Raises UnknownId when nothing is found and, unless `all`, SeveralFlows when several flows are.
    `with_text` keeps the text of each piece of evidence, `recounted` the SQL behind each number.
    """
    found = find(store, query) if all else one_flow(store, query)
    asked = _Asked(with_text, recounted)
    answers = tuple(_answer(store, query, found, flow_id, asked) for flow_id in found.flow_ids)
    return answers if all else answers[0]


def _answer(store: Store, query: str, found: Found, flow_id: int, asked: _Asked) -> WhyAnswer:
    material = load(store, flow_id, found.value, with_text=asked.with_text)
    problems = problems_of(store, flow_id, judged=material.flow["verdict"] is not None)
    material = with_interruptions(store, with_records(store, material, problems))
    chain, shape = chain_of(material), _shape(material)
    picks = pick(problems, shape)
    steps = dict(zip(story_order(material), chain, strict=True))
    causes = [_cause(one, material, steps) for one in picks]
    if causes:
        causes[0] = replace(causes[0], consequences=_consequences(problems, picks, steps))
    usual = expected(store, material.flow, chain, picks[0].first if picks else None)
    same, time = _same_cause(store, flow_id, picks), with_lag(store, account(chain), chain)
    return WhyAnswer(
        query=query,
        found_as=found.kinds,
        flow=_flow(material, chain),
        verdict=material.flow["verdict"] or verdict_of(problems, len(chain), None),
        cause=causes[0] if causes else None,
        other_causes=tuple(causes[1:]),
        expected=usual,
        chain=chain,
        other_logs=telling_lines(material, material.records_by_event().get(None, [])),
        time=time,
        ledger=_ledger(store, shape, steps, material.flow["verdict"]),
        findings=tuple(Finding(*row) for row in store.rows(_FINDINGS, [flow_id])),
        ruled_out=ruled_out(store, Case(problems, picks, material, usual)),
        same_cause=same,
        not_seen=not_seen(store, material, problems, usual),
        next=_next(query, flow_id, asked.with_text, picks),
        recounts=recounts(Counted(material, chain, picks), usual, same, time) if asked.recounted else (),
    )


_SAME = """
SELECT COUNT(DISTINCT CASE WHEN flow_id <> ? THEN flow_id END) AS flows, MIN(seen_ts) AS since_ts
FROM flow_causes
WHERE signature = ?
"""


def _same_cause(store: Store, flow_id: int, picks: Sequence[Pick]) -> SameCause | None:
    if not picks or picks[0].kind == "unknown":
        return None
    signature = picks[0].signature
    flows, since_at = store.row(_SAME, [flow_id, signature])
    return SameCause(flows, since_at, signature)


def _consequences(
    problems: Sequence[Problem], picks: Sequence[Pick], steps: dict[int, ChainEvent]
) -> tuple[str, ...]:
    """What went wrong because of the cause, in the same words as a cause."""
    return tuple(
        sentence(alone(problem), steps.get(problem.event_no) if problem.event_no is not None else None)
        for problem in consequences(problems, picks)
    )


def _ledger(
    store: Store, shape: FlowShape, steps: dict[int, ChainEvent], verdict: str | None
) -> tuple[LedgerLine, ...]:
    """What was done and taken back; only where the verdict says that something was."""
    if verdict not in ("compensated", "partly_compensated"):
        return ()
    lines = []
    for entry in ledger(shape, recall(store)):
        done, undone = steps[entry.done_no], steps[entry.undone_no] if entry.undone_no is not None else None
        lines.append(
            LedgerLine(
                done=done.event_type or done.event_id,
                done_step=done.step,
                undone=undone.event_type if undone else None,
                undone_step=undone.step if undone else None,
                is_owed=undone is None,
            )
        )
    return tuple(lines)


def _shape(material: Material) -> FlowShape:
    """The flow as the frontier sees it: the same rows in the same order as `causes` reads them."""
    events = {
        row["event_no"]: EventShape(
            row["kind"], row["event_type"], row["service"], row["published_ts"], row["end_ts"]
        )
        for row in material.events
    }
    return shape_of(events, [(row["parent_no"], row["child_no"]) for row in material.edges])


#: Places named under the cause; the chain has the rest.
_NAMED = 8

#: Kinds of record that tell of a handling.
_HANDLING = ("receive", "process", "ack", "nack", "dead_letter", "drop")


def _cause(one: Pick, material: Material, steps: dict[int, ChainEvent]) -> Cause:
    first = one.first
    step = steps.get(first.event_no) if first.event_no is not None else None
    return Cause(
        kind=one.kind,
        service=first.service,
        event_id=step.event_id if step else None,
        event_type=step.event_type if step else None,
        channel=step.channel if step else None,
        part=step.part if step else None,
        pos=step.pos if step else None,
        grp=first.grp,
        step=step.step if step else None,
        at=first.at,
        sentence=sentence(one, step),
        confidence=one.confidence,
        times=sum(problem.what == first.what for problem in one.same),
        evidence=_evidence(one, material, step),
    )


def _evidence(one: Pick, material: Material, step: ChainEvent | None) -> tuple[Evidence, ...]:
    ids = dict.fromkeys(record_id for problem in one.same for record_id in _records(problem, material))
    places = [material.evidence(record_id) for record_id in ids]
    known = dict.fromkeys(place for place in (*places, step.evidence if step else None) if place)
    return tuple(known)[:_NAMED]


def _records(problem: Problem, material: Material) -> list[int]:
    """What shows a candidate: of a handling every line that tells of it, those of its failure first."""
    shown = [number for number in (problem.record_id, problem.other_id) if number is not None]
    if problem.delivery_id is None:
        return shown
    told = [
        number
        for number, record in material.records.items()
        if material.event_of[number] == problem.event_no
        and record["service"] == problem.service
        and record["kind"] in _HANDLING
    ]
    return [*sorted(told, key=lambda number: not material.records[number]["error"]), *shown]


def _flow(material: Material, chain: tuple[ChainEvent, ...]) -> Flow:
    records = material.records.values()
    acting = {record["service"] for record in records} | {step.service for step in chain}
    naming = Counter(record["service"] for record in records if record["names_id"])
    return Flow(
        flow_id=material.flow["flow_id"],
        root_type=material.flow["root_type"],
        started_at=material.flow["started_ts"],
        last_at=material.flow["last_ts"],
        events=len(chain),
        services=tuple(sorted(service for service in acting if service)),
        services_naming=tuple(sorted(service for service in naming if service)),
        traces=len({record["trace_id"] for record in records if record["trace_id"]}),
        records=len(material.records),
        identities=material.identities,
    )


def _next(query: str, flow_id: int, with_text: bool, picks: Sequence[Pick]) -> tuple[str, ...]:
    commands = [] if with_text else [f"evtrace why {_quoted(query)} --evidence"]
    if picks:
        commands.append(f"evtrace flows --cause {picks[0].kind}")
    listing = (
        f"SELECT * FROM records JOIN record_flows USING (record_id) WHERE flow_id = {flow_id} ORDER BY ts"
    )
    return (*commands, f'evtrace sql "{listing}"')


def _quoted(word: str) -> str:
    """The id as a shell takes it."""
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else "'" + word.replace("'", "'\"'\"'") + "'"
