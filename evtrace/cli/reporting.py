"""What the commands of the delivery reports share: reading the question, showing the answer, the exit code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evtrace.anomalies import NEVER, SEVERITIES, Report, rank
from evtrace.cli.output import Output, caution, show
from evtrace.errors import FINDINGS, HEALTHY, INCOMPLETE, UsageError
from evtrace.model import NS_PER_S
from evtrace.present import anomalies, csv, json, markdown
from evtrace.reports.delivery.asked import ROWS, Asked
from evtrace.reports.window import moment, window
from evtrace.store import Store

#: Rows of one rule that people are shown where they do not say how many.
SHOWN = 10

FORMS = ("text", "json", "jsonl", "csv", "markdown")

_UNITS = {"": NS_PER_S, "ns": 1, "us": 1000, "ms": 1_000_000, "s": NS_PER_S, "m": 60 * NS_PER_S, "h": 3600 * NS_PER_S,
          "d": 86_400 * NS_PER_S}  # fmt: skip
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)")


@dataclass(frozen=True)
class Wanted:
    """The filters as the user typed them."""

    grp: str | None = None
    channel: str | None = None
    flow: str | None = None
    since: str | None = None
    until: str | None = None
    at: str | None = None
    limit: int | None = None

    @property
    def is_whole(self) -> bool:
        """Nothing is filtered, so that the answer is all there is."""
        return self == Wanted(limit=self.limit)


def asked(store: Store, wanted: Wanted, **limits: int) -> Asked:
    """Read the filters against the store."""
    _known(store, "--group", wanted.grp, "grp", "service")
    _known(store, "--channel", wanted.channel and re.split(r"[@\[]", wanted.channel)[0], "channel")
    flow_id = None
    if wanted.flow is not None:
        from evtrace.diagnosis.find import one_flow

        flow_id = one_flow(store, wanted.flow).flow_ids[0]
    return Asked(
        window=window(store, wanted.since, wanted.until),
        grp=wanted.grp,
        channel=wanted.channel,
        flow_id=flow_id,
        at=moment(store, "--at", wanted.at),
        limit=ROWS if wanted.limit is None else wanted.limit,
        **limits,
    )


def _known(store: Store, option: str, name: str | None, *columns: str) -> None:
    """A name that no record has would find nothing, and nothing found reads like good news."""
    if name is None:
        return
    said = " OR ".join(f"{column} = ?" for column in columns)
    empty = not store.rows("SELECT 1 AS one FROM records LIMIT 1")
    if empty or store.rows(f"SELECT 1 AS one FROM records WHERE {said} LIMIT 1", [name] * len(columns)):
        return
    seen = f"SELECT DISTINCT {columns[0]} AS name FROM records WHERE {columns[0]} IS NOT NULL"
    names = [found for (found,) in store.rows(f"SELECT name FROM ({seen}) AS known ORDER BY name LIMIT 12")]
    raise UsageError(f"{option} {name}: no record names it; there are {', '.join(names) or 'none'}")


def length(option: str, text: str) -> int:
    """A length of time in nanoseconds: '60', '60s', '500ms', '1m'."""
    found = _LENGTH.fullmatch(text.strip().lower())
    if found is None or found[2] not in _UNITS:
        raise UsageError(f"{option} {text}: no length of time; try 60s, 500ms or 1m")
    return int(float(found[1]) * _UNITS[found[2]])


def step(option: str, text: str | None) -> int | None:
    """As `length`, for steps in time: none, or more than nothing."""
    ns = None if text is None else length(option, text)
    if ns is not None and ns <= 0:
        raise UsageError(f"{option} {text}: a step takes some time; try 1m")
    return ns


def severity(option: str, text: str | None) -> str | None:
    """A severity in any case, 'never', or None."""
    if text is not None and text.lower() not in (*SEVERITIES, NEVER):
        raise UsageError(f"{option} {text}: no such severity; there are {', '.join(SEVERITIES)} and {NEVER}")
    return text and text.lower()


def answer(
    name: str,
    found: Report,
    to: Output,
    *,
    limit: int | None,
    next: Sequence[str] = (),
    more: Sequence[str] = (),
) -> None:
    """Show a report in the form that is wanted; `more` are lines of text that stand under its rows."""
    caution(found.undone)
    shown = SHOWN if limit is None else limit
    show(to, {
        "text": lambda: anomalies.report(found, to.screen, limit=shown, next=next, more=more),
        "json": lambda: json.envelope(name, found, status=found.status, diagnostics=(*found.undone, *found.notes, *found.cut)),
        "jsonl": lambda: json.lines(found.rows),
        "csv": lambda: csv.rows(found.rows),
        "markdown": lambda: markdown.report(name, found, limit=shown),
    })  # fmt: skip


def exit_code(found: Report, *, fail_on: str | None, strict: bool) -> int:
    """1 for findings at or above `fail_on`, 4 for evidence that leaves something open with `strict`."""
    if fail_on is not None and any(rank(total.severity) >= rank(fail_on) for total in found.totals):
        return FINDINGS
    is_open = bool(found.not_evaluated) or not found.evaluated
    return INCOMPLETE if strict and is_open else HEALTHY
