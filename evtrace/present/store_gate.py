"""A check as text for people: passed or not, thresholds, what is new, what was let through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from evtrace.anomalies import docs_of
from evtrace.present.anomalies import SEVERITY_STYLE, listed, reasons, row_line
from evtrace.present.folders import common
from evtrace.present.terminal import Screen, Span, clean, columns
from evtrace.present.words import counted
from evtrace.store_gate import Judged, Measured, StoreGate

#: Rules of --design.
DESIGN = frozenset(
    (
        "command_name",
        "fat_event",
        "missing_correlation",
        "missing_causation",
        "missing_schema_version",
        "parallel_shapes",
    )
)

_STATE_STYLE = {"kept": "good", "broken": "bad", "not_evaluated": "warn"}


def report(found: StoreGate, screen: Screen, *, limit: int, next: Sequence[str] = ()) -> str:
    """One screen: the verdict, thresholds, failing findings, other new ones, what was let through."""
    failing = [one for one in found.findings if one.fails]
    new = [one for one in found.findings if one.state == "new" and not one.fails]
    others = [one for one in new if is_told(one)]
    folder = common(place.source for one in found.findings for place in one.finding.evidence)
    parts = [
        [_headline(found, screen), *([f"files are under {clean(folder)}"] if folder else [])],
        list(_thresholds(found.thresholds, screen)),
        list(
            _findings(f"Failing (severity {found.fail_on} or worse)", failing, screen, limit, folder=folder)
        ),
        list(_findings("Noted, not failing", others, screen, limit, folder=folder)),
        [
            *listed("Let through", list(_let_through(found.findings)), screen),
            *listed("Harmless", [_harmless(new)] if len(new) > len(others) else [], screen),
            *listed("Not evaluated", reasons(found.not_evaluated), screen),
            *listed("Note", [*found.notes, *found.cut], screen),
            *listed("Next", next, screen),
        ],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def is_told(one: Judged) -> bool:
    """What is harmless is only counted, but for notes on design, which were asked for."""
    return one.finding.severity != "info" or one.finding.rule in DESIGN


def _harmless(new: Sequence[Judged]) -> str:
    numbers = Counter(one.finding.rule for one in new if not is_told(one))
    return " · ".join(f"{number:,} {rule}" for rule, number in sorted(numbers.items()))


def _headline(found: StoreGate, screen: Screen) -> str:
    if not found.evaluated:
        return screen.line([Span("NOT EVALUATED: nothing in this store can be checked", "warn")])
    broken = sum(one.state == "broken" for one in found.thresholds)
    failing = sum(one.fails for one in found.findings)
    if found.passed:
        kept = f": {len(found.evaluated)} rules judged, {counted(len(found.thresholds), 'threshold')}"
        return screen.line([Span("PASSED", "good"), kept])
    parts = [f"{counted(broken, 'threshold')} broken"] if broken else []
    parts += [f"{counted(failing, 'finding')} of severity {found.fail_on} or worse"] if failing else []
    return screen.line([Span("FAILED", "bad"), f": {', '.join(parts)}"])


def _thresholds(limits: Sequence[Measured], screen: Screen) -> Iterator[str]:
    if not limits:
        return
    yield screen.paint("Thresholds", "bold")
    cells = [[one.state.replace("_", " "), clean(one.threshold), _value(one)] for one in limits]
    lines = columns(screen, ("state", "threshold", "measured"), cells)
    for one, line, cell in zip(limits, lines[1:], cells, strict=True):
        state = cell[0]
        yield f"  {screen.paint(line[: len(state)], _STATE_STYLE[one.state])}{line[len(state) :]}"


def _value(one: Measured) -> str:
    if one.value is None:
        return "nothing to measure"
    return f"{one.value:,.6g}" + (f" ({clean(one.grp)})" if one.grp else "")


def _findings(
    title: str, found: Sequence[Judged], screen: Screen, limit: int, *, folder: str
) -> Iterator[str]:
    if not found:
        return
    yield screen.paint(title, "bold")
    for rule in dict.fromkeys(one.finding.rule for one in found):
        rows = [one.finding for one in found if one.finding.rule == rule]
        yield screen.line(
            [Span(rule, SEVERITY_STYLE[rows[0].severity]), f"  {len(rows):,}  ", Span(docs_of(rule), "dim")]
        )
        yield from (row_line(row, screen, folder=folder) for row in (rows[:limit] if limit else rows))
        if limit and len(rows) > limit:
            yield f"  … {len(rows) - limit:,} more; --limit 0 shows all"


def _let_through(found: Sequence[Judged]) -> Iterator[str]:
    """What is known, allowed or judged by a threshold, counted."""
    words = {"known": "in the baseline", "allowed": "allowed", "limited": "judged by a threshold"}
    numbers = Counter((one.state, one.finding.rule, one.reason) for one in found if one.state in words)
    for (state, rule, reason), number in sorted(numbers.items(), key=str):
        yield f"{number:,} {rule}: {words[state]}" + (f" ({reason})" if reason else "")
