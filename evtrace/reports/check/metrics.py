"""What thresholds can be about, and its value: of each group, or of the whole store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evtrace.anomalies import Report
from evtrace.reports.delivery.rules import BY_ID, RULES
from evtrace.reports.lag import LagReport
from evtrace.reports.lag.behind import LagRow
from evtrace.reports.lost import LostReport
from evtrace.store_gate import Measured, Threshold

#: '=' is what people write.
OPERATORS = {"=": "=="}

_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": lambda value, limit: value <= limit,
    ">=": lambda value, limit: value >= limit,
    "<": lambda value, limit: value < limit,
    ">": lambda value, limit: value > limit,
    "==": lambda value, limit: value == limit,
}

_STATUSES = ("warn", "stop", "stall", "rewind")
_LAG = ("lag.seconds", "lag.messages", *(f"lag.{status}" for status in _STATUSES))
_SHARE = "lost.share"

#: Short names for rules of a report: duplicates.effect is duplicates.duplicate_effect.
_SHORT = {
    "duplicates.effect": ("duplicate_effect",),
    "duplicates.publish": ("duplicate_publish",),
    "duplicates.conflict": ("conflicting_slot",),
    "duplicates.redelivery": tuple(
        rule.id
        for rule in RULES
        if rule.id.startswith("redelivery_") and rule.id != "redelivery_first_unseen"
    ),
}


@dataclass(frozen=True)
class Measures:
    """What the reports found, to be measured."""

    lag: LagReport
    lost: LostReport
    reports: tuple[Report, ...]  # every report with findings
    passing: frozenset[int] = (
        frozenset()
    )  # ids of the rows that are known or allowed, and so count for nothing


def is_metric(name: str) -> bool:
    """Whether a threshold can be about it."""
    return name in _LAG or name == _SHARE or bool(rules_of(name))


def rules_of(name: str) -> tuple[str, ...]:
    """The rules that a metric counts; none for measures of lag."""
    if name in _SHORT:
        return _SHORT[name]
    report, _, rule = name.partition(".")
    return (rule,) if rule in BY_ID and BY_ID[rule].report == report and report != "lag" else ()


def measure(limit: Threshold, own: Iterable[str], of: Measures) -> Measured:
    """The worst value of a metric against its limit; groups in `own` have limits of their own."""
    apart = frozenset(own)
    values = [(value, grp) for value, grp in _values(limit, apart, of) if _concerns(limit, grp, apart)]
    if not values:
        return Measured(limit.text, "not_evaluated", None, limit.grp)
    holds = _HOLDS[limit.operator]
    value, grp = (min if limit.operator in (">=", ">") else max)(values, key=lambda pair: pair[0])
    return Measured(
        limit.text, "kept" if all(holds(one, limit.limit) for one, _ in values) else "broken", value, grp
    )


def _concerns(limit: Threshold, grp: str | None, own: frozenset[str]) -> bool:
    return grp == limit.grp if limit.grp is not None else grp not in own


def _values(limit: Threshold, own: frozenset[str], of: Measures) -> Iterator[tuple[float, str | None]]:
    """Each group's value; of rules the value of all groups but those with limits of their own."""
    if limit.metric in _LAG:
        yield from _lags(limit, of.lag)
    elif limit.metric == _SHARE:
        yield from ((one.share, one.grp) for one in of.lost.audit)
    else:
        yield from _counts(rules_of(limit.metric), limit.grp, own, of)


def _lags(limit: Threshold, report: LagReport) -> Iterator[tuple[float, str | None]]:
    """A queue that is no group's to read is held to a limit of its own alone."""
    what = limit.metric.removeprefix("lag.")
    lags = (row for row in report.rows if isinstance(row, LagRow))
    rows = [row for row in lags if row.role == "group" or row.grp == limit.grp]
    for row in rows:
        if what == "seconds" and row.lag_seconds is not None:
            yield row.lag_seconds, row.grp
        elif what == "messages" and row.lag_messages is not None:
            yield row.lag_messages, row.grp
    if what in _STATUSES:
        for grp in dict.fromkeys(row.grp for row in rows if row.status != "UNKNOWN"):
            yield sum(row.grp == grp and row.status == what.upper() for row in rows), grp


def _counts(
    rules: Sequence[str], grp: str | None, own: frozenset[str], of: Measures
) -> Iterator[tuple[float, str | None]]:
    """How many findings the rules have, beside those let through; nothing where they could not be judged."""
    for report in of.reports:
        if not set(rules) & set(report.evaluated):
            continue
        rows = [row for row in report.rows if row.rule in rules]
        if grp is not None:
            yield sum(row.grp == grp and id(row) not in of.passing for row in rows), grp
        else:
            total = sum(total.rows for total in report.totals if total.rule in rules)
            yield total - sum(id(row) in of.passing or row.grp in own for row in rows), None
