"""Puts the answer together: flow, verdict, cause, chain, and what is not seen."""

from __future__ import annotations

import re
from collections import Counter
from typing import Literal, overload

from evtrace.diagnosis import readers
from evtrace.diagnosis.cause import pick
from evtrace.diagnosis.chain import chain_of, telling_lines
from evtrace.diagnosis.evidence import Material, load
from evtrace.diagnosis.find import Found, find, one_flow
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
from evtrace.diagnosis.unseen import not_seen
from evtrace.diagnosis.verdict import verdict_of
from evtrace.results import ChainEvent, Finding, Flow, RuledOut, WhyAnswer
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
    readers.recall(store)
    answers = tuple(_answer(store, query, found, flow_id, with_text) for flow_id in found.flow_ids)
    return answers if all else answers[0]


def _answer(store: Store, query: str, found: Found, flow_id: int, with_text: bool) -> WhyAnswer:
    material = load(store, flow_id, found.value, with_text=with_text)
    problems = problems_of(store, flow_id, list(material.records))
    chain = chain_of(material)
    compensated = any(edge["kind"] == "compensates" for edge in material.edges)
    return WhyAnswer(
        query=query,
        found_as=found.kinds,
        flow=_flow(material, chain),
        verdict=verdict_of(problems, len(chain), compensated),
        cause=pick(problems, material, chain),
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
