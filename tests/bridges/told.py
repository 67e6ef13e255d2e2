"""What a store holds, and what is exported of it, in words that both share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evtrace.cli.run import run
from evtrace.store import Store

#: A step of a flow as every format can name it: what is done to which event by which group, and the attempt.
Step = tuple[str, str, str, int]


@dataclass(frozen=True)
class Seen:
    """A span as a reader of an export sees it."""

    flow: str
    key: str
    step: Step
    start: int
    end: int
    parent: str | None
    links: tuple[str, ...]


def exported(store_path: str, name: str, to: Path, *args: str) -> Path:
    """The file that the command writes."""
    assert run(["export", "--to", name, "--store", store_path, "-o", str(to), *args]) == 0
    return to


def steps(store_path: str) -> dict[Step, tuple[int | None, int | None]]:
    """Every event and delivery with its times; of several alike the first."""
    found: dict[Step, tuple[int | None, int | None]] = {}
    with Store.open(store_path, read_only=True) as store:
        rows = store.rows(
            "SELECT 'event', event_id, '', 1, published_ts, end_ts, event_no AS no FROM events UNION ALL "
            "SELECT 'delivery', event_id, COALESCE(grp, service), attempt, received_ts, done_ts, delivery_id AS no FROM deliveries "
            "ORDER BY ALL"
        )
    for *step, start, end, _ in rows:
        found.setdefault((step[0], step[1], step[2], step[3]), (start, end))
    return found


def causes(store_path: str) -> dict[str, set[str]]:
    """Event id → ids of its causes."""
    found: dict[str, set[str]] = defaultdict(set)
    with Store.open(store_path, read_only=True) as store:
        for child, parent in store.rows("SELECT child_event_id, parent_event_id FROM edges"):
            found[child].add(parent)
    return dict(found)


def vias(store_path: str) -> set[tuple[str, Step]]:
    """Event id, and the delivery during which it was produced."""
    with Store.open(store_path, read_only=True) as store:
        rows = store.rows(
            "SELECT e.child_event_id, d.event_id, COALESCE(d.grp, d.service), d.attempt FROM edges AS e JOIN deliveries AS d ON d.delivery_id = e.via"
        )
    return {(child, ("delivery", event_id, reader, attempt)) for child, event_id, reader, attempt in rows}


def check(spans: list[Seen], store_path: str, *, precision: int = 1) -> None:
    """Ids, parents and times are those of the store, times to a multiple of `precision` nanoseconds."""
    by_key = {(span.flow, span.key): span for span in spans}
    assert len(by_key) == len(spans), "ids of spans are unique within their flow"
    truth = steps(store_path)
    assert {span.step for span in spans} == set(truth)
    _check_times(spans, truth, precision)
    _check_parents(spans, by_key, store_path)


def _check_times(spans: list[Seen], truth: dict[Step, Any], precision: int) -> None:
    firsts = {
        span.step: span for span in sorted(spans, key=lambda span: (span.start, span.end), reverse=True)
    }
    dated = {step: times for step, times in truth.items() if times[0] is not None}
    assert dated
    for step, (start, end) in dated.items():
        assert firsts[step].start == start // precision * precision
        if end is not None and end >= start:
            assert abs(firsts[step].end - end) <= precision


def _check_parents(spans: list[Seen], by_key: dict[tuple[str, str], Seen], store_path: str) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    through: set[tuple[str, Step]] = set()
    for span, cause in _causes(spans, by_key):
        if span.step[0] == "delivery":
            assert cause.step[:2] == ("event", span.step[1])
            continue
        found[span.step[1]].add(cause.step[1])
        if cause.step[0] == "delivery":
            through.add((span.step[1], cause.step))
    assert found == causes(store_path)
    assert through == vias(store_path)


def _causes(spans: list[Seen], by_key: dict[tuple[str, str], Seen]) -> Iterator[tuple[Seen, Seen]]:
    for span in spans:
        for key in (*([span.parent] if span.parent else []), *span.links):
            yield span, by_key[span.flow, key]
