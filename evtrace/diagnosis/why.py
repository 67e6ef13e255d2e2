"""Puts the answer together: flow, verdict, cause, chain, and what is not seen."""

from __future__ import annotations

import re
from collections import Counter
from typing import Literal, overload

from evtrace.diagnosis.cause import Pick, pick
from evtrace.diagnosis.chain import chain_of, story_order, telling_lines
from evtrace.diagnosis.evidence import Material, load
from evtrace.diagnosis.find import Found, find, one_flow
from evtrace.diagnosis.frontier import EventShape, FlowShape, shape_of
from evtrace.diagnosis.problems import (
    DEAD_LETTER,
    FAILING,
    HANDLER_ERROR,
    LOST,
    REJECTED,
    UNSEEN,
    WAITING,
    Problem,
    problems_of,
)
from evtrace.diagnosis.sentence import sentence
from evtrace.diagnosis.unseen import not_seen
from evtrace.diagnosis.verdict import verdict_of
from evtrace.results import Cause, ChainEvent, Evidence, Finding, Flow, RuledOut, WhyAnswer
from evtrace.store import Store

_FINDINGS = """
SELECT rule, severity, event_id, channel, part, pos, grp, sentence
FROM findings
WHERE flow_id = ?
ORDER BY severity, rule, event_id, channel, part, pos, grp, sentence
"""


@overload
def why(store: Store, query: str, *, all: Literal[False] = False, with_text: bool = False) -> WhyAnswer: ...
@overload
def why(
    store: Store, query: str, *, all: Literal[True], with_text: bool = False
) -> tuple[WhyAnswer, ...]: ...


def why(
    store: Store, query: str, *, all: bool = False, with_text: bool = False
) -> WhyAnswer | tuple[WhyAnswer, ...]:
    """Say what happened to whatever `query` names.

    Raises UnknownId when nothing is found and, unless `all`, SeveralFlows when several flows are.
    `with_text` keeps the text of each piece of evidence.
    """
    found = find(store, query) if all else one_flow(store, query)
    answers = tuple(_answer(store, query, found, flow_id, with_text) for flow_id in found.flow_ids)
    return answers if all else answers[0]


def _answer(store: Store, query: str, found: Found, flow_id: int, with_text: bool) -> WhyAnswer:
    material = load(store, flow_id, found.value, with_text=with_text)
    problems = problems_of(store, flow_id, judged=material.flow["verdict"] is not None)
    chain = chain_of(material)
    shape = _shape(material)
    steps = dict(zip(story_order(material), chain, strict=True))
    causes = tuple(_cause(one, material, steps) for one in pick(problems, shape))
    return WhyAnswer(
        query=query,
        found_as=found.kinds,
        flow=_flow(material, chain),
        verdict=material.flow["verdict"] or verdict_of(problems, len(chain), None),
        cause=causes[0] if causes else None,
        other_causes=causes[1:],
        expected=None,
        chain=chain,
        other_logs=telling_lines(material, material.records_by_event().get(None, [])),
        time=None,
        findings=tuple(Finding(*row) for row in store.rows(_FINDINGS, [flow_id])),
        ruled_out=_ruled_out(problems, material),
        same_cause=None,
        not_seen=not_seen(material, problems),
        next=_next(query, flow_id, with_text, problems),
    )


def _shape(material: Material) -> FlowShape:
    """The flow as the frontier sees it: the same rows in the same order as `causes` reads them."""
    events = {
        row["event_no"]: EventShape(
            row["kind"], row["event_type"], row["service"], row["published_ts"], row["end_ts"]
        )
        for row in material.events
    }
    return shape_of(events, [(row["parent_no"], row["child_no"]) for row in material.edges])


#: Evidence named under the cause; the chain has the rest.
_NAMED = 5


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
    ids = [record_id for problem in one.same for record_id in (problem.record_id, problem.other_id)]
    places = [material.evidence(record_id) for record_id in ids]
    known = dict.fromkeys(place for place in (*places, step.evidence if step else None) if place)
    return tuple(known)[:_NAMED]


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


def _ruled_out(problems: list[Problem], material: Material) -> tuple[RuledOut, ...]:
    """What was looked for and is not there, or was repaired."""
    repaired = len({(problem.event_no, problem.service) for problem in problems if problem.repaired})
    open_whats = {problem.what for problem in problems if not problem.repaired}
    found, seen = [], len(material.deliveries)
    if repaired:
        found.append(RuledOut("repaired", f"failures that a later attempt repaired: {repaired}"))
    if seen and not open_whats & {DEAD_LETTER, HANDLER_ERROR}:
        found.append(
            RuledOut("dead_letter", f"no delivery ended in failure or as a dead letter ({seen} seen)")
        )
    if seen and not open_whats & {LOST, WAITING, UNSEEN}:
        found.append(RuledOut("lost_delivery", "every usual reader was handed its events"))
    if REJECTED not in open_whats and any(event["kind"] == "message" for event in material.events):
        found.append(RuledOut("rejected", "no event announces a refusal"))
    return tuple(found)


def _next(query: str, flow_id: int, with_text: bool, problems: list[Problem]) -> tuple[str, ...]:
    commands = [] if with_text else [f"evtrace why {_quoted(query)} --evidence"]
    if any(problem.what in FAILING and not problem.repaired for problem in problems):
        commands.append("evtrace flows --verdict failed")
    elif any(problem.what == LOST for problem in problems):
        commands.append("evtrace flows --verdict stuck")
    listing = (
        f"SELECT * FROM records JOIN record_flows USING (record_id) WHERE flow_id = {flow_id} ORDER BY ts"
    )
    return (*commands, f'evtrace sql "{listing}"')


def _quoted(word: str) -> str:
    """The id as a shell takes it."""
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else "'" + word.replace("'", "'\"'\"'") + "'"
