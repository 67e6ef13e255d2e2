"""Is the store as its owners want it? All reports, held against thresholds, exceptions and a baseline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from evtrace.anomalies import Anomaly, NotEvaluated, Report, rank
from evtrace.reports import design, duplicates, lag, lost, order
from evtrace.reports.check.baseline import fingerprint
from evtrace.reports.check.metrics import Measures, measure, rules_of
from evtrace.reports.check.settings import Allowed, Settings
from evtrace.reports.delivery.asked import Asked
from evtrace.reports.delivery.rules import BY_ID
from evtrace.reports.delivery.words import counted
from evtrace.reports.lag.behind import LagRow
from evtrace.store import Store
from evtrace.store_gate import Judged, Measured, StoreGate


def run(
    store: Store, settings: Settings, *, known: frozenset[str] = frozenset(), with_design: bool = False
) -> StoreGate:
    """Ask every report and judge what it found; `known` are the fingerprints of the baseline."""
    return judge(ask(store, with_design=with_design), settings, known=known)


def ask(store: Store, *, with_design: bool = False) -> tuple[Report, ...]:
    """What every report finds in the whole store."""
    return _reports(store, Asked(), with_design=with_design)


def fingerprints(reports: Sequence[Report]) -> frozenset[str]:
    """Of all findings."""
    return frozenset(fingerprint(row) for report in reports[1:] for row in report.rows)


def judge(reports: Sequence[Report], settings: Settings, *, known: frozenset[str] = frozenset()) -> StoreGate:
    """Hold what the reports found against the settings and the baseline."""
    limited = {(rule, one.grp) for one in settings.thresholds for rule in rules_of(one.metric)}
    judged = [_judge(row, settings, known, limited) for report in reports[1:] for row in report.rows]
    passing = frozenset(id(one.finding) for one in judged if one.state in ("known", "allowed"))
    limits = _limits(settings, reports, passing)
    broken = any(one.state == "broken" for one in limits)
    return StoreGate(
        passed=not broken and not any(one.fails for one in judged),
        settings=settings.source,
        fail_on=settings.fail_on,
        thresholds=limits,
        findings=tuple(sorted(judged, key=_worst_first)),
        evaluated=tuple(dict.fromkeys(rule for report in reports for rule in report.evaluated)),
        not_evaluated=_merged(one for report in reports for one in report.not_evaluated),
        notes=tuple(
            dict.fromkeys(
                [*_troubled(reports, settings), *(note for report in reports for note in report.notes)]
            )
        ),
        undone=reports[0].undone,
        cut=tuple(dict.fromkeys(line for report in reports[1:] for line in report.cut)),
    )


def _troubled(reports: Sequence[Report], settings: Settings) -> list[str]:
    """Groups in trouble that nothing is said about, as lag fails by thresholds only."""
    rows = [row for report in reports if isinstance(report, lag.LagReport) for row in report.rows]
    held = any(one.metric.startswith("lag.") for one in settings.thresholds)
    bad = [row.status for row in rows if isinstance(row, LagRow) and row.severity == "error"]
    if held or not bad:
        return []
    told = ", ".join(f"{bad.count(status)} {status}" for status in dict.fromkeys(bad))
    worst = bad[0].lower()
    return [
        f"evtrace lag says {told} of {counted(len(rows), 'partition')}; lag fails by thresholds only, "
        f'such as "lag.{worst} = 0"'
    ]


def _reports(store: Store, asked: Asked, *, with_design: bool) -> tuple[Report, ...]:
    """Lag first: its rows are measures, not findings."""
    found: list[Report] = [
        lag.run(store, asked),
        duplicates.run(store, asked),
        order.run(store, asked),
        lost.run(store, asked),
    ]
    return (*found, design.run(store, asked)) if with_design else tuple(found)


def _limits(settings: Settings, reports: Sequence[Report], passing: frozenset[int]) -> tuple[Measured, ...]:
    """Every threshold, measured. A group with a limit of its own is not held to that of all."""
    (lags,) = (report for report in reports if isinstance(report, lag.LagReport))
    (losses,) = (report for report in reports if isinstance(report, lost.LostReport))
    measures = Measures(lags, losses, tuple(reports[1:]), passing)
    return tuple(
        measure(
            one,
            {other.grp for other in settings.thresholds if other.grp and other.metric == one.metric},
            measures,
        )
        for one in settings.thresholds
    )


def _judge(
    row: Anomaly, settings: Settings, known: frozenset[str], limited: set[tuple[str, str | None]]
) -> Judged:
    mark = fingerprint(row)
    allowed = _allowance(row, settings.allow)
    if allowed is not None:
        return Judged(row, "allowed", False, mark, allowed.reason)
    if mark in known:
        return Judged(row, "known", False, mark)
    if {(row.rule, None), (row.rule, row.grp)} & limited:
        return Judged(row, "limited", False, mark)
    return Judged(row, "new", rank(row.severity) >= rank(settings.fail_on), mark)


def _allowance(row: Anomaly, allow: Iterable[Allowed]) -> Allowed | None:
    return next((one for one in allow if one.fits(row)), None)


def _merged(missing: Iterable[NotEvaluated]) -> tuple[NotEvaluated, ...]:
    return tuple(dict.fromkeys(missing))


def _worst_first(one: Judged) -> tuple[object, ...]:
    return (
        not one.fails,
        one.state != "new",
        -rank(one.finding.severity),
        list(BY_ID).index(one.finding.rule),
    )


def failing_on(settings: Settings, severity: str | None) -> Settings:
    """The settings with another --fail-on."""
    return settings if severity is None else replace(settings, fail_on=severity)
