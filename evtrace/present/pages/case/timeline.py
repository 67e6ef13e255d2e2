"""When what happened: a row per step and per delivery, waiting and handling drawn apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evtrace.present.pages.markup import Html, join, link, tag
from evtrace.present.times import duration, offset
from evtrace.results import ChainEvent, DeliveryStep, Flow

_WIDTH, _LEAST = 1000.0, 2.0  # of a bar, and what can still be seen of it

#: Rows that stand in one table, and its columns.
_TOGETHER = 100
_HEAD = (
    ("step", "number"),
    ("what", "name"),
    ("at", "time"),
    ("waited", "time"),
    ("took", "time"),
    ("ended", "end"),
)
_BAD = ("error", "rejected", "dropped", "dead_letter")


@dataclass(frozen=True)
class _Scale:
    """From when until when the bars reach."""

    start: int
    end: int

    def at(self, ns: int) -> float:
        return round((ns - self.start) / max(self.end - self.start, 1) * (_WIDTH - _LEAST), 2)

    def bar(self, kind: str, begin: int, end: int) -> Html:
        width = max(self.at(end) - self.at(begin), _LEAST)
        return tag("rect", cls=kind, x=f"{self.at(begin):g}", y="3", width=f"{width:g}", height="14")


def body(chain: Sequence[ChainEvent], flow: Flow) -> Html:
    """The timeline; nothing where nothing has a time."""
    times = list(_times(chain))
    if not times:
        return Html("")
    scale = _Scale(min(times), max(times))
    rows = [
        row
        for step in chain
        for row in (_step(step, scale, flow), *(_delivery(step, one, scale, flow) for one in step.deliveries))
    ]
    starts = range(0, len(rows), _TOGETHER)
    return join(_rows(rows[start : start + _TOGETHER], scale, is_first=start == 0) for start in starts)


def _rows(rows: Sequence[Html], scale: _Scale, *, is_first: bool) -> Html:
    """Some rows: a browser lays out no more than those in sight."""
    heads = (*_HEAD[:2], (f"over {duration(scale.end - scale.start)}", "bar"), *_HEAD[2:])
    head = tag("tr", *(tag("th", name, scope="col", cls=kind) for name, kind in heads))
    shown = tag(
        "table", tag("thead", head), tag("tbody", *rows), cls="timeline" if is_first else "timeline on"
    )
    return tag("div", shown, cls="wide apart", tabindex="0", role="group", aria_label="Timeline")


def _times(chain: Sequence[ChainEvent]) -> Iterator[int]:
    for step in chain:
        yield from (at for at in (step.at, step.end_at) if at is not None)
        for delivery in step.deliveries:
            yield from (at for at in (delivery.received_at, delivery.done_at) if at is not None)


def _step(step: ChainEvent, scale: _Scale, flow: Flow) -> Html:
    bars = []
    if step.at is not None:
        bars = [scale.bar("sent", step.at, step.at)]
        if step.kind == "operation" and step.end_at is not None:
            bars = [scale.bar("failed" if step.outcome == "error" else "work", step.at, step.end_at)]
    took = duration(step.end_at - step.at) if step.at is not None and step.end_at is not None else ""
    name = join((tag("strong", step.event_type or step.event_id), " ", step.service or ""))
    cells = (
        link(f"step-{step.step}", f"#{step.step}"),
        name,
        bars,
        offset(step.at, flow.started_at),
        "",
        took,
        _ended(step.outcome),
    )
    return _row(cells, "step")


def _delivery(step: ChainEvent, delivery: DeliveryStep, scale: _Scale, flow: Flow) -> Html:
    received, done, bars, waited, took = delivery.received_at, delivery.done_at, [], "", ""
    if received is not None and step.at is not None and received >= step.at:
        bars, waited = [scale.bar("wait", step.at, received)], duration(received - step.at)
    if received is not None:
        kind = "failed" if delivery.outcome in _BAD else "work"
        bars.append(scale.bar(kind, received, received if done is None else max(done, received)))
        took = duration(done - received) if done is not None else ""
    nth = f" attempt {delivery.attempt}" if delivery.attempt > 1 else ""
    name = f"→ {delivery.grp or delivery.service or 'unknown reader'}{nth}"
    return _row(
        ("", name, bars, offset(received, flow.started_at), waited, took, _ended(delivery.outcome)),
        "delivery",
    )


def _row(cells: tuple[object, ...], kind: str) -> Html:
    number, name, bars, *rest = cells
    box = f"0 0 {_WIDTH:g} 20"
    drawn = tag("svg", *bars, viewBox=box, preserveAspectRatio="none", aria_hidden="true")  # type: ignore[misc]  # a list
    return tag("tr", tag("td", number), tag("td", name, cls="name"), tag("td", drawn, cls="bar"), *(tag("td", one) for one in rest),
               cls=kind, data_row=True)  # fmt: skip


def _ended(outcome: str | None) -> str:
    if outcome is None:
        return ""
    return f"✗ {outcome.replace('_', ' ')}" if outcome in _BAD else f"✓ {outcome}"
