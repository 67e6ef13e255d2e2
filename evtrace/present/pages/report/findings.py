"""What delivery reports found, rule by rule; and drifts of contracts."""

from __future__ import annotations

from collections.abc import Sequence

from evtrace.anomalies import Anomaly, Report, RuleTotal
from evtrace.observed import Drift
from evtrace.present.folders import common
from evtrace.present.pages.markup import Html, details, join, table, tag
from evtrace.present.pages.page import badge
from evtrace.present.times import clock
from evtrace.present.words import counted, spot

_STYLE = {"error": "bad", "warning": "warn", "info": "good"}

#: Rows of a rule that the page shows.
_ROWS = 10


def body(found: Report, *, nothing: str) -> Html:
    """A part for each rule, the worst first."""
    if not found.evaluated:
        return tag("p", "Not evaluated: the logs hold no evidence for any of these rules.")
    if not found.totals:
        return tag("p", nothing)
    folder = common(place.source for row in found.rows for place in row.evidence)
    told = tag("p", f"Files are under {folder}", cls="soft") if folder else None
    return join((told, *(_rule(found, total, folder) for total in found.totals)))


def _rule(found: Report, total: RuleTotal, folder: str) -> Html:
    rows = [row for row in found.rows if (row.rule, row.severity) == (total.rule, total.severity)][:_ROWS]
    more = total.rows - len(rows)
    head = join(
        (
            badge(total.severity, _STYLE.get(total.severity, "warn")),
            f" {total.rule.replace('_', ' ')}: {total.rows:,}",
        )
    )
    return details(
        head,
        tag("p", total.means),
        table(("when", "what", "evidence"), (_row(row, folder) for row in rows), cls="roomy"),
        tag("p", f"{more:,} more", cls="soft") if more > 0 else None,
        is_open=total.severity == "error",
    )


def _row(row: Anomaly, folder: str) -> tuple[object, ...]:
    return (
        "" if row.at is None else clock(row.at),
        row.sentence,
        ", ".join(spot(place).removeprefix(folder) for place in row.evidence),
    )


def drifts(found: Sequence[Drift] | None) -> Html:
    """What producers changed in what they send."""
    if found is None:
        return tag("p", "Not evaluated: no payload is stored.")
    if not found:
        return tag("p", "What producers send kept its shape.")
    head = ("severity", "event type", "producer", "what changed", "since", "reach", "failed on it")
    return table(head, ([
        badge(one.severity, _STYLE.get(one.severity, "warn")),
        one.event_type,
        one.producer or "",
        one.sentence,
        "" if one.since_at is None else clock(one.since_at),
        f"{counted(one.events, 'event')}, {counted(one.flows, 'flow')}",
        ", ".join(f"{reader.reader} ({reader.failed:,} of {reader.read:,})" for reader in one.failed),
    ] for one in found))  # fmt: skip
