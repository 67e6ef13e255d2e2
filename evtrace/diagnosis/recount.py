"""How to count again what an answer says: each number with the SQL that gives it from the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evtrace.diagnosis.cause import Pick
from evtrace.diagnosis.chain import story_order
from evtrace.diagnosis.evidence import Material
from evtrace.diagnosis.problems import DUPLICATE, MISSING, REJECTED, SLOW_WAIT, SLOW_WORK, Problem
from evtrace.diagnosis.timing import spans
from evtrace.diagnosis.waiting import behind_sql, quoted
from evtrace.results import ChainEvent, Expected, Recount, SameCause, TimeAccount


@dataclass(frozen=True)
class Counted:
    """The flow that the numbers are about."""

    material: Material
    chain: Sequence[ChainEvent]
    picks: Sequence[Pick]

    @property
    def flow_id(self) -> int:
        return int(self.material.flow["flow_id"])


def recounts(
    flow: Counted, expected: Expected | None, same: SameCause | None, time: TimeAccount | None
) -> tuple[Recount, ...]:
    """The numbers of an answer, in its order."""
    return (
        *_of_flow(flow),
        *_of_cohort(expected),
        *_of_cause(flow.flow_id, flow.picks),
        *_of_same(flow.flow_id, same),
        *_of_time(flow, time),
    )


def _of_flow(flow: Counted) -> Iterator[Recount]:
    chosen = f"WHERE flow_id = {flow.flow_id}"
    sql = f"SELECT COUNT(*) AS n FROM stored_events {chosen}"
    yield Recount("events of this flow", len(flow.chain), sql)
    tables = ("record_flows", "stored_events", "stored_deliveries")
    members = " UNION ".join(
        f"SELECT record_id FROM {table} {chosen} AND record_id IS NOT NULL" for table in tables
    )
    sql = f"SELECT COUNT(*) AS n FROM ({members}) AS shown"
    yield Recount("records of this flow", len(flow.material.records), sql)
    sql = f"SELECT COUNT(*) AS n FROM stored_deliveries {chosen}"
    yield Recount("deliveries of this flow", len(flow.material.deliveries), sql)


def _of_cohort(expected: Expected | None) -> Iterator[Recount]:
    if expected is None or expected.root_type is None:
        return
    root = quoted(expected.root_type)
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
            f"root_type = {root} AND event_type = {quoted(step.event_type)} AND service = {quoted(step.service)} "
            f"AND child_type = {quoted(step.effect)}"
        )
        what = f"{step.event_type} → {step.effect} by {step.service}"
        yield Recount(
            f"share of {what}", step.share, f"SELECT led * 1.0 / causes AS n FROM usual_effects WHERE {rule}"
        )
        yield Recount(f"cases of {what}", step.cases, f"SELECT causes AS n FROM usual_effects WHERE {rule}")
        if step.usual_ns is not None:
            sql = f"SELECT q50_ns AS n FROM usual_effects WHERE {rule}"
            yield Recount(f"usual handling before {what} in ns", step.usual_ns, sql)


def _of_cause(flow_id: int, picks: Sequence[Pick]) -> Iterator[Recount]:
    for nth, pick in enumerate(picks, start=1):
        first = pick.first
        where = f"flow_id = {flow_id} AND what = {quoted(first.what)} AND event_no = {first.event_no}"
        yield Recount(
            f"confidence of cause {nth}",
            pick.confidence,
            f"SELECT confidence AS n FROM flow_causes WHERE flow_id = {flow_id} AND nth = {nth}",
        )
        if first.what in (MISSING, DUPLICATE, REJECTED) and first.share is not None:
            sql = f"SELECT MAX(share) AS n FROM flow_problems WHERE {where}"
            yield Recount(f"share of the cohort against cause {nth}", first.share, sql)
        if first.what in (SLOW_WORK, SLOW_WAIT) and first.measured_ns is not None and first.cases is not None:
            yield from _of_slow(nth, first)


def _of_slow(nth: int, first: Problem) -> Iterator[Recount]:
    """From receiving to publishing; where an event waited, from publishing to receiving."""
    took = "c.published_ts - d.received_ts" if first.what == SLOW_WORK else "d.received_ts - c.published_ts"
    sql = (
        f"SELECT {took} AS n FROM stored_events AS c, stored_deliveries AS d "
        f"WHERE c.record_id = {first.other_id} AND d.delivery_id = {first.delivery_id} AND d.event_no = {first.event_no}"
    )
    yield Recount(f"how long cause {nth} took in ns", first.measured_ns, sql)
    if first.what == SLOW_WAIT and first.usual_ns is not None:
        sql = (
            "SELECT w.q50_ns AS n FROM usual_waits AS w JOIN flows AS f ON f.root_type = w.root_type "
            "JOIN stored_events AS e ON e.flow_id = f.flow_id AND COALESCE(e.event_type, e.channel) = w.event_type "
            f"WHERE e.event_no = {first.event_no} AND w.reader = {quoted(first.grp or first.service or '')}"
        )
        yield Recount(f"how long it waits usually before cause {nth} in ns", first.usual_ns, sql)


def _of_same(flow_id: int, same: SameCause | None) -> Iterator[Recount]:
    if same is None:
        return
    alike = f"SELECT flow_id FROM flow_causes WHERE signature = {quoted(same.signature)}"
    sql = f"SELECT COUNT(DISTINCT flow_id) AS n FROM ({alike}) AS alike WHERE flow_id <> {flow_id}"
    yield Recount("other flows with the same cause", same.flows, sql)
    if same.since is not None:
        sql = f"SELECT MIN(seen_ts) AS n FROM flow_causes WHERE signature = {quoted(same.signature)}"
        yield Recount("since when, in ns", same.since, sql)


def _of_time(flow: Counted, time: TimeAccount | None) -> Iterator[Recount]:
    """Each part lies between times that records tell: of an event its publish or end, of a delivery receipt or end."""
    if time is None:
        return
    told = _Told(flow)
    sums = []
    for part, between in zip(time.parts, spans(flow.chain), strict=True):
        terms = [f"{told.sql(part.step, ended)} - {told.sql(part.step, begun)}" for begun, ended in between]
        sums += terms
        by = f" by {part.who}" if part.who else ""
        yield Recount(
            f"{part.what} of step {part.step}{by} in ns", part.took_ns, f"SELECT {' + '.join(terms)} AS n"
        )
        sql = behind_sql(part, flow.chain[part.step - 1])
        if sql is not None and part.behind is not None:
            yield Recount(f"messages before step {part.step} at {part.who}", part.behind, sql)
    yield Recount("the whole critical path in ns", time.total_ns, f"SELECT {' + '.join(sums)} AS n")


class _Told:
    """Where each time of a flow stands in the store."""

    def __init__(self, flow: Counted) -> None:
        self._places: dict[tuple[int | None, int], str] = {}
        steps = {number: step for step, number in enumerate(story_order(flow.material), start=1)}
        for row in flow.material.deliveries:
            which = f"delivery_id = {row['delivery_id']} AND event_no = {row['event_no']}"
            for column in ("done_ts", "received_ts"):
                self._note(
                    steps[row["event_no"]], row[column], f"{column} FROM stored_deliveries WHERE {which}"
                )
        for row in flow.material.events:
            which = f"WHERE event_no = {row['event_no']}"
            self._note(steps[row["event_no"]], row["end_ts"], f"end_ts FROM event_details {which}")
            self._note(
                steps[row["event_no"]], row["published_ts"], f"published_ts FROM stored_events {which}"
            )

    def _note(self, step: int, at: int | None, place: str) -> None:
        if at is not None:
            self._places[step, at] = self._places[None, at] = f"(SELECT {place})"

    def sql(self, step: int, at: int) -> str:
        """The column that tells that time: of the step itself, where one does."""
        return self._places.get((step, at)) or self._places.get((None, at)) or str(at)
