"""What analyses found becomes a report: rows in order, totals, what could not be judged, what is odd."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce

from evtrace.anomalies import Anomaly, Report, RuleTotal, docs_of, rank
from evtrace.reports.delivery import evidence, notes
from evtrace.reports.delivery.analysis import EXCUSES, Analysis, Found, find
from evtrace.reports.delivery.asked import Asked
from evtrace.reports.delivery.evidence import Oddities
from evtrace.reports.delivery.places import with_evidence
from evtrace.reports.delivery.rules import BY_ID, RULES
from evtrace.reports.delivery.words import counted
from evtrace.reports.pending import pending
from evtrace.store import Store

_PLACE = {rule.id: number for number, rule in enumerate(RULES)}


def run(store: Store, analyses: Sequence[Analysis], asked: Asked) -> Report:
    """Ask every analysis."""
    odd = evidence.prepare(store, at=asked.at)
    found = find_all(store, analyses, asked)
    return assemble(store, found, rules=rules_of(analyses), odd=odd)


def find_all(store: Store, analyses: Sequence[Analysis], asked: Asked) -> Found:
    """What all of them found."""
    return reduce(lambda whole, analysis: whole + find(store, analysis, asked), analyses, Found())


def rules_of(analyses: Sequence[Analysis]) -> tuple[str, ...]:
    return tuple(rule for analysis in analyses for rule in analysis.rules)


def assemble(
    store: Store, found: Found, *, rules: Sequence[str], odd: Oddities, said: Iterable[str] = ()
) -> Report:
    """Order the rows and say what they rest on."""
    open_rules = {one.rule for one in found.missing}
    begin, end = store.row("SELECT MIN(ts) AS first_ts, MAX(ts) AS last_ts FROM evidence")
    return Report(
        rows=tuple(with_evidence(store, sorted(found.rows, key=_worst_first))),
        totals=tuple(_totals(found)),
        evaluated=tuple(rule for rule in dict.fromkeys(rules) if rule not in open_rules),
        not_evaluated=found.missing,
        notes=(*notes.of(store, odd), *said, *_excused(found)),
        cut=tuple(_cut(found)),
        undone=pending(store),
        since_at=begin,
        until_at=end,
    )


def _totals(found: Found) -> Iterator[RuleTotal]:
    counts: dict[tuple[str, str], int] = {}
    for (rule, severity), number in found.totals.items():
        named = (rule, severity or BY_ID[rule].severity)
        counts[named] = counts.get(named, 0) + number
    for rule, severity in sorted(counts, key=lambda key: (-rank(key[1]), _PLACE[key[0]])):
        yield RuleTotal(rule, severity, counts[rule, severity], BY_ID[rule].means, docs_of(rule))


def _excused(found: Found) -> Iterator[str]:
    for (rule, why), number in sorted(found.excused.items()):
        reason = EXCUSES[why].format(them="it" if number == 1 else "them")
        yield f"{counted(number, 'row')} of {rule} not counted: {reason}"


def _cut(found: Found) -> Iterator[str]:
    shown: dict[str, int] = {}
    for row in found.rows:
        shown[row.rule] = shown.get(row.rule, 0) + 1
    for rule in sorted({rule for rule, _ in found.totals}):
        number = sum(count for (name, _), count in found.totals.items() if name == rule)
        if shown.get(rule, 0) < number:
            yield f"{rule}: {shown.get(rule, 0):,} of {counted(number, 'row')} given; --limit 0 gives all"


def _worst_first(row: Anomaly) -> tuple[object, ...]:
    place = (row.grp or "", row.channel or "", _number(row.part), _number(row.pos), row.event_id or "")
    return (-rank(row.severity), _PLACE[row.rule], _number(row.at), *place, row.record_ids)


def _number(value: int | None) -> int:
    return -1 if value is None else value
