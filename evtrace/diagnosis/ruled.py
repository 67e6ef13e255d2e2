"""Which other explanations were tested, and by which fact each fell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from evtrace.diagnosis import problems as what
from evtrace.diagnosis.cause import Pick, kind_of, rank
from evtrace.diagnosis.evidence import Material
from evtrace.diagnosis.frontier import BIRTH
from evtrace.diagnosis.problems import Problem
from evtrace.diagnosis.shapes import LEAST_EVENTS
from evtrace.results import Expected, RuledOut
from evtrace.store import Store

# how many usual readers the messages have, and how many of these were handed them
_HANDED = """
SELECT COUNT(*) AS usual, COUNT(d.reader) AS handed
FROM stored_events AS e
JOIN usual_readers AS u ON u.event_type = COALESCE(e.event_type, '') AND u.channel = COALESCE(e.channel, '')
LEFT JOIN (
    SELECT DISTINCT event_no, COALESCE(grp, service) AS reader FROM stored_deliveries WHERE flow_id = {flow_id}
) AS d ON d.event_no = e.event_no AND d.reader = u.reader
WHERE e.flow_id = {flow_id} AND e.kind = 'message'
"""

# whether the shape of any of its payloads is known from normal flows
_SHAPED = """
SELECT e.event_no
FROM stored_events AS e
JOIN record_flows AS f ON f.event_no = e.event_no AND f.flow_id = {flow_id}
JOIN records AS r ON r.record_id = f.record_id
JOIN usual_fields AS u ON u.event_type = COALESCE(e.event_type, e.channel) AND u.total >= {least}
WHERE e.flow_id = {flow_id} AND r.payload IS NOT NULL
LIMIT 1
""".replace("{least}", str(LEAST_EVENTS))

# whether any of its deliveries is one of which it is known how long it takes
_TIMED = """
SELECT d.delivery_id
FROM stored_deliveries AS d
JOIN stored_events AS e ON e.event_no = d.event_no
JOIN flows AS f ON f.flow_id = e.flow_id
JOIN cohorts AS c ON c.root_type = f.root_type AND c.limit_ns IS NOT NULL
LEFT JOIN usual_waits AS w
  ON w.root_type = f.root_type AND w.event_type = COALESCE(e.event_type, e.channel) AND w.reader = COALESCE(d.grp, d.service)
LEFT JOIN usual_effects AS u
  ON u.root_type = f.root_type AND u.event_type = COALESCE(e.event_type, e.channel) AND u.service = COALESCE(d.service, d.grp)
  AND u.limit_ns IS NOT NULL
WHERE d.flow_id = {flow_id} AND d.received_ts IS NOT NULL AND (w.reader IS NOT NULL OR u.service IS NOT NULL)
LIMIT 1
"""

_FAILED = {what.DEAD_LETTER, what.HANDLER_ERROR, what.DROPPED}
_CONTEXT = (what.UNLOGGED, what.ANOTHER, what.OTHER_WAY)
_UNREAD = {what.LOST, what.STOPPED, what.WAITING, what.UNSEEN, what.UNHANDLED}


@dataclass(frozen=True)
class Case:
    """What there is to say something about."""

    problems: Sequence[Problem]
    picks: Sequence[Pick]
    material: Material
    expected: Expected | None

    @property
    def open_whats(self) -> set[str]:
        """The kinds of candidates that nothing repaired."""
        return {problem.what for problem in self.problems if not problem.repaired}


def ruled_out(store: Store, case: Case) -> tuple[RuledOut, ...]:
    """What was looked for and is not the cause: not there, repaired, or a consequence of the cause.

    What nothing was there to test by is not ruled out.
    """
    found = (
        *_repaired(case.problems),
        *_consequences(case.problems, case.picks),
        *_absent(store, case),
        *_beside_cohort(store, case),
    )
    return tuple(found)


def consequences(problems: Sequence[Problem], picks: Sequence[Pick]) -> list[Problem]:
    """What went wrong and is no cause: of each event and service what says most."""
    named = {_place(one) for pick in picks for one in (pick.first, *pick.same)}
    found: dict[tuple[object, ...], Problem] = {}
    for problem in sorted((problem for problem in problems if not problem.repaired), key=rank):
        if _place(problem) not in named:
            found.setdefault(_place(problem), problem)
    return sorted(found.values(), key=lambda problem: (problem.at or 0, problem.event_no or 0))


def _place(problem: Problem) -> tuple[object, ...]:
    return (problem.what in BIRTH, problem.event_no, problem.service)


def _repaired(problems: Sequence[Problem]) -> Iterator[RuledOut]:
    repaired = len(
        {
            (problem.event_no, problem.service)
            for problem in problems
            if problem.repaired and problem.what not in _CONTEXT
        }
    )
    if repaired:
        yield RuledOut("repaired", f"failures that a later attempt repaired: {repaired}")


def _consequences(problems: Sequence[Problem], picks: Sequence[Pick]) -> Iterator[RuledOut]:
    if not picks:
        return
    kinds = {kind_of(problem) for problem in consequences(problems, picks)} - {pick.kind for pick in picks}
    for kind in sorted(kinds - {"unknown"}):
        yield RuledOut(
            kind, f"the {kind.replace('_', ' ')} comes after the cause in causal order: a consequence"
        )


def _absent(store: Store, case: Case) -> Iterator[RuledOut]:
    deliveries = len(case.material.deliveries)
    told = sum(row["outcome"] is not None for row in case.material.deliveries)
    if told and not case.open_whats & _FAILED:
        of_them = f"{told} seen" if told == deliveries else f"the ends of {told} of {deliveries} are told"
        yield RuledOut("dead_letter", f"no delivery ended in failure or as a dead letter ({of_them})")
    if not case.open_whats & _UNREAD:
        yield from _handed(store, case)
    messages = [event for event in case.material.events if event["kind"] == "message"]
    if what.REJECTED not in case.open_whats and messages and all(event["event_type"] for event in messages):
        ways = sum(problem.what == what.OTHER_WAY for problem in case.problems)
        rare = "; what came instead of the usual led to the usual ends" if ways else ""
        yield RuledOut("rejected", f"no event announces a refusal{rare}")


def _handed(store: Store, case: Case) -> Iterator[RuledOut]:
    usual, handed = store.row(_HANDED.format(flow_id=int(case.material.flow["flow_id"])))
    if usual and handed == usual:
        yield RuledOut("lost_delivery", f"every usual reader was handed its events ({usual} of {usual})")
    elif usual and any(problem.what == what.UNLOGGED for problem in case.problems):
        yield RuledOut(
            "lost_delivery",
            f"{handed} of {usual} usual deliveries are seen; of the others only the lines are missing, by what followed or "
            "by how many lines are",
        )


def _beside_cohort(store: Store, case: Case) -> Iterator[RuledOut]:
    expected, open_whats = case.expected, case.open_whats
    if expected is None or not expected.is_enough:
        return
    seen = [step for step in expected.steps if step.here == "seen"]
    if seen and len(seen) == len(expected.steps):
        yield RuledOut("missing_event", f"all {len(seen)} effects that normal flows have are there")
    flow_id = int(case.material.flow["flow_id"])
    if what.DUPLICATE not in open_whats and _has_effects(case.material):
        others = sum(problem.what == what.ANOTHER for problem in case.problems)
        differ = f"; {others} that look so hold something else" if others else ""
        yield RuledOut("duplicate_effect", f"no cause had the same effect twice{differ}")
    shaped = _has_failed(open_whats) and what.CONTRACT not in open_whats
    if shaped and store.rows(_SHAPED.format(flow_id=flow_id)):
        yield RuledOut("contract_break", "no payload departs from the shape that those of normal flows have")
    if not open_whats & {what.SLOW_WORK, what.SLOW_WAIT} and store.rows(_TIMED.format(flow_id=flow_id)):
        yield RuledOut("slow", "no handling and no wait took longer than normal flows let expect")


def _has_effects(material: Material) -> bool:
    named = {event["event_no"] for event in material.events if event["service"]}
    return any(edge["rule"] != "D1" and edge["child_no"] in named for edge in material.edges)


def _has_failed(whats: Collection[str]) -> bool:
    return bool(set(whats) & {*_FAILED, what.MISSING, what.UNENDED})
