"""Delivery reports as text for people: the worst first, then what was judged and what could not be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evtrace.anomalies import Anomaly, NotEvaluated, Report, RuleTotal
from evtrace.present.folders import common
from evtrace.present.terminal import Screen, Span, clean
from evtrace.present.times import clock
from evtrace.present.words import spot

SEVERITY_STYLE = {"error": "bad", "warning": "warn", "info": "dim"}

_INDENT = "  "
_MARGIN = " " * 15  # room for the headings at the left


def report(
    found: Report, screen: Screen, *, limit: int, next: Sequence[str] = (), more: Sequence[str] = ()
) -> str:
    """One screen: the conclusion, the rows of each rule, what was not judged, what to type next."""
    folder = common(place.source for row in found.rows for place in row.evidence)
    under = [f"files are under {clean(folder)}"] if folder else []
    parts = [
        [headline(found, screen), *under],
        *(list(rule_lines(found, total, screen, limit, folder)) for total in found.totals),
        list(more),
        tail(found, screen, next=next),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def headline(found: Report, screen: Screen) -> str:
    """One sentence of conclusion, and what it rests on."""
    spans: list[Span | str] = list(_verdict(found))
    if found.until_at is not None:
        spans.append(f"  (evidence from {clock(found.since_at)} to {clock(found.until_at)})")
    return screen.line(spans)


def _verdict(found: Report) -> Iterator[Span | str]:
    if not found.evaluated:
        yield Span("NOT EVALUATED: nothing here can be judged", "warn")
    elif not found.totals:
        yield Span("Nothing found", "good")
        yield from [" in what could be judged"] if found.not_evaluated else []
    for number, total in enumerate(found.totals):
        yield " · " if number else ""
        yield Span(f"{total.rows:,} {total.rule}", SEVERITY_STYLE[total.severity])


def rule_lines(found: Report, total: RuleTotal, screen: Screen, limit: int, folder: str) -> Iterator[str]:
    """A rule, what it means, and its rows."""
    style = SEVERITY_STYLE[total.severity]
    yield screen.line(
        [Span(total.severity.upper(), style), " ", Span(total.rule, "bold"), f": {total.means}"]
    )
    rows = [row for row in found.rows if (row.rule, row.severity) == (total.rule, total.severity)]
    shown = rows[:limit] if limit else rows
    for row in shown:
        yield row_line(row, screen, folder=folder)
    if len(shown) < total.rows:
        yield f"{_INDENT}… {total.rows - len(shown):,} more; --limit 0 shows all"
    yield screen.line([Span(f"what to do: {total.docs}", "dim")], first=_INDENT)


def row_line(row: Anomaly, screen: Screen, *, folder: str = "") -> str:
    """When, what, and where it is written; `folder` is said elsewhere."""
    when = clock(row.at) if row.at is not None else "-"
    first = f"{_INDENT}{when:<27} "
    places = " · ".join(dict.fromkeys(spot(place).removeprefix(folder) for place in row.evidence))
    return screen.line(
        [clean(row.sentence), Span(f"  {clean(places)}", "dim")], first=first, rest=" " * len(first)
    )


def tail(found: Report, screen: Screen, *, next: Sequence[str]) -> list[str]:
    """What was judged without result, what could not be judged, what is odd, and what to type next."""
    broken = {total.rule for total in found.totals}
    judged = ", ".join(rule for rule in found.evaluated if rule not in broken)
    return [
        *listed("Judged, clean", [judged] if judged else [], screen),
        *listed("Not evaluated", reasons(found.not_evaluated), screen),
        *listed("Note", found.notes, screen),
        *listed("Next", next, screen),
    ]


def reasons(missing: Sequence[NotEvaluated]) -> list[str]:
    """One line per reason, with the rules that it keeps from being judged."""
    rules: dict[str, list[str]] = {}
    for one in missing:
        rules.setdefault(one.reason, []).append(one.rule)
    return [f"{', '.join(names)}: {reason}" for reason, names in rules.items()]


def listed(name: str, lines: Sequence[str], screen: Screen) -> list[str]:
    """Lines under a heading at the left."""
    head = screen.paint(name, "bold") + " " * (len(_MARGIN) - len(name))
    heads = [head] + [_MARGIN] * len(lines)
    return [
        screen.line([clean(line)], first=first, rest=_MARGIN)
        for first, line in zip(heads, lines, strict=False)
    ]
