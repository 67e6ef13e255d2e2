"""What the delivery reports are made of: anomalies by rule, what could not be judged, and why."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from evtrace.results import Evidence

#: From harmless to harmful.
SEVERITIES = ("info", "warning", "error")

#: What nothing is as bad as.
NEVER = "never"
_RANK = {name: place for place, name in enumerate((*SEVERITIES, NEVER))}

_DOCS = "https://github.com/evtrace/evtrace/blob/main/docs/rules"


@dataclass(frozen=True, kw_only=True)
class Anomaly(ABC):
    """One place where a delivery went otherwise than it should. Each analysis adds what it knows more."""

    rule: str  # stable id; docs/rules/ID.md says what it means
    severity: str
    grp: str | None = None
    channel: str | None = None
    part: int | None = None
    pos: int | None = None
    event_id: str | None = None
    event_type: str | None = None
    message_key: str | None = None
    service: str | None = None
    at: int | None = None
    flow_id: int | None = None
    sentence: str = ""
    evidence: tuple[Evidence, ...] = ()
    record_ids: tuple[int, ...] = ()  # the records behind the evidence

    @abstractmethod
    def told(self) -> str:
        """What is wrong, in one sentence."""


@dataclass(frozen=True)
class RuleTotal:
    """How often one rule was broken."""

    rule: str
    severity: str
    rows: int
    means: str  # the rule in one sentence
    docs: str


@dataclass(frozen=True)
class NotEvaluated:
    """A rule that the evidence does not let anybody judge."""

    rule: str
    reason: str


@dataclass(frozen=True)
class Report:
    """The answer of one delivery report."""

    rows: tuple[Anomaly, ...]  # the worst rule first
    totals: tuple[RuleTotal, ...]
    evaluated: tuple[str, ...]  # rules that were judged, broken or not
    not_evaluated: tuple[NotEvaluated, ...]
    notes: tuple[str, ...]  # what in the evidence is odd, and what was made of it
    cut: tuple[str, ...]  # rules of which not all rows are given
    undone: tuple[str, ...]  # what an interrupted ingest left undone: links, verdicts
    since_at: int | None  # where the evidence begins
    until_at: int | None  # and where it ends

    @property
    def status(self) -> str:
        """As the envelope says it. No evidence is never 'ok'."""
        if any(total.severity != "info" for total in self.totals):
            return "findings"
        if not self.evaluated:
            return "not_evaluated"
        return "incomplete" if self.not_evaluated or self.undone else "ok"


def rank(severity: str) -> int:
    """0 for info, more for worse."""
    return _RANK[severity]


def docs_of(rule: str) -> str:
    """Where a rule is explained."""
    return f"{_DOCS}/{rule}.md"
