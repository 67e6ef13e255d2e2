"""How to count again what an answer says: each number with the SQL that gives it from the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evtrace.diagnosis.cause import Pick
from evtrace.diagnosis.problems import DUPLICATE, MISSING, REJECTED, SLOW_WORK
from evtrace.results import Expected, Recount, SameCause, TimeAccount


@dataclass(frozen=True)
class Counted:
    """The flow that the numbers are about."""

    flow_id: int
    event_nos: Sequence[int]  # of step 1, 2, 3 …
    picks: Sequence[Pick]


def recounts(
    flow: Counted, expected: Expected | None, same: SameCause | None, time: TimeAccount | None
) -> tuple[Recount, ...]:
    """The numbers of an answer, in its order."""
    return (
        *_of_cohort(expected),
        *_of_cause(flow.flow_id, flow.picks),
        *_of_same(flow.flow_id, same),
        *_of_time(flow, time),
    )


def _of_cohort(expected: Expected | None) -> Iterator[Recount]:
    if expected is None or expected.root_type is None:
        return
    root = _text(expected.root_type)
    yield Recount(
        "flows of this root type", expected.flows, f"SELECT COUNT(*) AS n FROM flows WHERE root_type = {root}"
    )
    for says, value, column in (
        ("normal flows among those looked at", expected.normal, "normal"),
        ("their median duration in ns", expected.usual_ns, "median_ns"),
        ("late from so many ns on", expected.limit_ns, "limit_ns"),
        ("share of log lines that are missing", expected.loss, "loss"),
        ("expected from this share on", expected.least_share, "least_share"),
    ):
        yield Recount(says, value, f"SELECT {column} AS n FROM cohorts WHERE root_type = {root}")
    for step in expected.steps:
        rule = (
            f"root_type = {root} AND event_type = {_text(step.event_type)} AND service = {_text(step.service)} "
            f"AND child_type = {_text(step.effect)}"
        )
        what = f"{step.event_type} → {step.effect} by {step.service}"
        yield Recount(
            f"share of {what}", step.share, f"SELECT led * 1.0 / causes AS n FROM usual_effects WHERE {rule}"
        )
        yield Recount(f"cases of {what}", step.cases, f"SELECT causes AS n FROM usual_effects WHERE {rule}")


def _of_cause(flow_id: int, picks: Sequence[Pick]) -> Iterator[Recount]:
    for nth, pick in enumerate(picks, start=1):
        first = pick.first
        where = f"flow_id = {flow_id} AND what = {_text(first.what)} AND event_no = {first.event_no}"
        yield Recount(
            f"confidence of cause {nth}",
            pick.confidence,
            f"SELECT confidence AS n FROM flow_causes WHERE flow_id = {flow_id} AND nth = {nth}",
        )
        if first.what in (MISSING, DUPLICATE, REJECTED) and first.share is not None:
            sql = f"SELECT MAX(share) AS n FROM flow_problems WHERE {where}"
            yield Recount(f"share of the cohort against cause {nth}", first.share, sql)
        if first.what == SLOW_WORK and first.measured_ns is not None:
            sql = (
                "SELECT c.published_ts - d.received_ts AS n FROM stored_events AS c, stored_deliveries AS d "
                f"WHERE c.record_id = {first.other_id} AND d.delivery_id = {first.delivery_id} AND d.event_no = {first.event_no}"
            )
            yield Recount(f"how long cause {nth} took in ns", first.measured_ns, sql)


def _of_same(flow_id: int, same: SameCause | None) -> Iterator[Recount]:
    if same is None:
        return
    alike = f"SELECT flow_id FROM flow_causes WHERE signature = {_text(same.signature)}"
    sql = f"SELECT COUNT(DISTINCT flow_id) AS n FROM ({alike}) AS alike WHERE flow_id <> {flow_id}"
    yield Recount("other flows with the same cause", same.flows, sql)
    if same.since is not None:
        sql = f"SELECT MIN(seen_ts) AS n FROM flow_causes WHERE signature = {_text(same.signature)}"
        yield Recount("since when, in ns", same.since, sql)


def _of_time(flow: Counted, time: TimeAccount | None) -> Iterator[Recount]:
    for part in time.parts if time else ():
        what = _SPANS.get(part.what)
        if what and part.who:
            sql = (
                f"SELECT {what} AS n FROM stored_events AS e JOIN stored_deliveries AS d ON d.event_no = e.event_no "
                f"WHERE e.event_no = {flow.event_nos[part.step - 1]} AND COALESCE(d.service, d.grp) = {_text(part.who)}"
            )
            yield Recount(f"{part.what} of step {part.step} by {part.who} in ns", part.took_ns, sql)


#: What a part of the path is, in the times of one event and one reader.
_SPANS = {
    "queue": "MIN(d.received_ts) - MIN(e.published_ts)",
    "retry": "MAX(d.received_ts) - MIN(d.received_ts)",
}


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
