"""How far groups are behind as text: a table of partitions, the groups, and lines that rise and fall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from evtrace.anomalies import Report
from evtrace.present.anomalies import listed, reasons
from evtrace.present.terminal import Screen, Span, clean, columns
from evtrace.present.times import clock, rfc3339
from evtrace.present.words import counted

STATUS_STYLE = {
    "OK": "good",
    "WARN": "warn",
    "STOP": "bad",
    "STALL": "bad",
    "REWIND": "bad",
    "UNKNOWN": "warn",
}

_HEAD = ("status", "group", "channel", "part", "behind", "age", "position", "end", "per s", "catch up", "")
#: What is said beside queues that no group is expected to read.
_ROLES = {"dead_letter": "dead letters", "retry": "waiting for another try", "temporary": "of one connection"}

_BARS = "▁▂▃▄▅▆▇█"

#: Columns of a terminal that a line over time may take.
_WIDE = 40


def report(
    found: Report, groups: Sequence[Any], screen: Screen, *, limit: int, next: Sequence[str] = ()
) -> str:
    """One screen: the conclusion, partitions with the worst first, what is not known, what to type next."""
    shown: Sequence[Any] = found.rows[:limit] if limit else found.rows
    parts = [
        [_headline(found, groups, screen)],
        list(_table(shown, screen)),
        [f"… {len(found.rows) - len(shown):,} more; --limit 0 shows all"]
        if len(shown) < len(found.rows)
        else [],
        list(_worst(found.rows, screen)),
        [
            *listed("Not evaluated", reasons(found.not_evaluated), screen),
            *listed("Note", found.notes, screen),
            *listed("Next", next, screen),
        ],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _headline(found: Report, groups: Sequence[Any], screen: Screen) -> str:
    if not groups and found.rows:
        return screen.line(["These queues are no group's to read"])
    if not groups:
        return screen.line([Span("NOT EVALUATED: no group's position is known", "warn")])
    bad = [group for group in groups if group.status not in ("OK", "UNKNOWN")]
    open_ones = sum(group.status == "UNKNOWN" for group in groups)
    spans: list[Span | str] = [_verdict(bad, len(groups))]
    if open_ones:
        spans.append(f", {open_ones} cannot be judged")
    at = next((row.at for row in found.rows if row.at is not None), None)
    return screen.line([*spans, f"  (at {clock(at)})" if at is not None else ""])


def _verdict(bad: Sequence[Any], total: int) -> Span:
    if not bad:
        return Span(f"No group of {total} is in trouble", "good")
    worst = "; ".join(
        f"{clean(group.grp or 'unnamed')} {group.status}, {_number(group.lag_messages)} behind"
        for group in bad[:3]
    )
    more = f"; {len(bad) - 3} more" if len(bad) > 3 else ""
    return Span(
        f"{len(bad)} of {counted(total, 'group')} {'is' if len(bad) == 1 else 'are'} in trouble: {worst}{more}",
        STATUS_STYLE[bad[0].status],
    )


def _table(rows: Sequence[Any], screen: Screen) -> Iterator[str]:
    if not rows:
        return
    lines = columns(screen, _HEAD, [_cells(row) for row in rows])
    yield lines[0]
    for row, line in zip(rows, lines[1:], strict=True):
        status = _status(row)
        yield screen.paint(line[: len(status)], STATUS_STYLE.get(status, "dim")) + line[len(status) :]


def _status(row: Any) -> str:
    return str(row.status) if row.role == "group" else "-"


def _cells(row: Any) -> list[str]:
    part = "-" if row.part is None else str(row.part)
    numbers = (_number(row.lag_messages), _length(row.lag_seconds), _number(row.position), _number(row.end))
    speed = ("?" if row.rate_per_s is None else f"{row.rate_per_s:,.1f}", _length(row.catch_up_s))
    marks = [_line(row.series)] if row.series else []
    marks += ["hot"] if row.is_hot else []
    marks += ["part of the channel"] if row.is_filtered else []
    marks += ["nobody reads"] if row.is_unattended and row.role == "group" and row.lag_messages else []
    marks += [_ROLES[row.role]] if row.role != "group" else []
    marks += [f"by {row.source}s"] if row.source != "commit" else []
    marks += [f"{row.in_flight:,} in flight"] if row.in_flight else []
    return [
        clean(cell)
        for cell in (
            _status(row),
            row.grp or "-",
            row.channel or "-",
            part,
            *numbers,
            *speed,
            " · ".join(marks),
        )
    ]


def _number(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def _length(seconds: float | None) -> str:
    """'1.3 s', '4 min', '2 h'."""
    if seconds is None:
        return "?"
    for name, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if abs(seconds) >= 2 * size:
            return f"{seconds / size:,.1f} {name}"
    return f"{seconds:,.3g} s" if seconds else "0"


def _line(series: Sequence[Any]) -> str:
    """The lag over time as one line of blocks; unknown is a dot."""
    step = max(1, -(-len(series) // _WIDE))
    values = [_highest(series[at : at + step]) for at in range(0, len(series), step)]
    top = max((value for value in values if value is not None), default=0)
    return "".join("·" if value is None else _BARS[min(7, value * 8 // (top + 1))] for value in values)


def _highest(points: Sequence[Any]) -> int | None:
    return max((point.lag_messages for point in points if point.lag_messages is not None), default=None)


def _worst(rows: Sequence[Any], screen: Screen) -> Iterator[str]:
    """A sentence on each partition in trouble, with where it is written."""
    for row in [row for row in rows if row.severity != "info"][:5]:
        places = " · ".join(
            place.source if place.line is None else f"{place.source}:{place.line}" for place in row.evidence
        )
        yield screen.line(
            [Span("! ", STATUS_STYLE[row.status]), clean(row.sentence), Span(f"  {clean(places)}", "dim")],
            rest="  ",
        )


def points(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """The series of all rows as flat rows, for CSV."""
    return [
        {
            "rule": row.rule, "grp": row.grp, "channel": row.channel, "part": row.part, "at": rfc3339(point.at),
            "lag_messages": point.lag_messages, "position": point.position, "end": point.end,
        }
        for row in rows
        for point in row.series
    ]  # fmt: skip


def table(rows: Sequence[Any]) -> tuple[tuple[str, ...], list[list[str]]]:
    """Head and cells, for Markdown."""
    return _HEAD, [_cells(row) for row in rows]
