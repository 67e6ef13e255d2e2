"""A check of a store as CI systems see it: a case for each rule and threshold, a mark for each finding."""

from __future__ import annotations

from collections.abc import Iterator

from evtrace.anomalies import docs_of
from evtrace.present.store_gate import is_told
from evtrace.present.verdict import LEVELS, Case, Mark, RuleNote, Spot, Verdict
from evtrace.present.words import counted, spot
from evtrace.store_gate import Judged, Measured, StoreGate

_THRESHOLD = RuleNote("threshold", "error", "a limit that evtrace.toml sets")


def verdict(found: StoreGate) -> Verdict:
    """Thresholds first: they are what the project asked for."""
    broken = [limit for limit in found.thresholds if limit.state == "broken"]
    rules = dict.fromkeys((one.finding.rule, one.finding.severity) for one in found.findings)
    notes = {rule: RuleNote(rule, LEVELS[severity], docs=docs_of(rule)) for rule, severity in rules}
    return Verdict(
        command="check",
        passed=found.passed,
        marks=(*(_limit_mark(limit, found) for limit in broken), *map(_mark, found.findings)),
        cases=(*_rule_cases(found), *map(_limit_case, found.thresholds)),
        rules=(*([_THRESHOLD] if broken else []), *notes.values()),
        notes=tuple(f"{one.rule} not evaluated: {one.reason}" for one in found.not_evaluated),
    )


def _mark(one: Judged) -> Mark:
    row = one.finding
    return Mark(
        rule=row.rule,
        severity=row.severity,
        sentence=row.sentence,
        spots=tuple(Spot(place.source, place.line) for place in row.evidence),
        fingerprint=one.fingerprint,
        fails=one.fails,
        is_told=one.state == "new" and (one.fails or is_told(one)),
        is_known=one.state == "known",
        accepted=(one.reason or "allowed by evtrace.toml") if one.state == "allowed" else None,
    )


def _limit_mark(limit: Measured, found: StoreGate) -> Mark:
    place = () if found.settings is None else (Spot(found.settings, None),)
    return Mark("threshold", "error", _broken(limit), place, f"threshold|{limit.threshold}", fails=True)


def _broken(limit: Measured) -> str:
    whom = f" ({limit.grp})" if limit.grp else ""
    return f"threshold broken: {limit.threshold}, measured {limit.value:g}{whom}"


def _rule_cases(found: StoreGate) -> Iterator[Case]:
    reasons = {one.rule: one.reason for one in found.not_evaluated}
    for rule in dict.fromkeys((*found.evaluated, *reasons)):
        failing = [one.finding for one in found.findings if one.fails and one.finding.rule == rule]
        if failing:
            said = f"{counted(len(failing), 'finding')}; {docs_of(rule)}"
            told = "\n".join(
                f"{row.sentence} ({', '.join(spot(place) for place in row.evidence)})" for row in failing
            )
            yield Case("evtrace.rules", rule, "failure", said, told, failing[0].severity)
        elif rule not in found.evaluated:
            yield Case("evtrace.rules", rule, "skipped", f"not evaluated: {reasons[rule]}")
        else:
            yield Case("evtrace.rules", rule, "passed")


def _limit_case(limit: Measured) -> Case:
    room = "evtrace.thresholds"
    if limit.state == "broken":
        return Case(room, limit.threshold, "failure", _broken(limit), kind="threshold")
    if limit.state == "not_evaluated":
        return Case(room, limit.threshold, "skipped", "not evaluated: nothing to measure")
    return Case(room, limit.threshold, "passed")
