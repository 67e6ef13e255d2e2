"""What a check of a store comes to: thresholds kept or broken, findings new, known or allowed."""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly, NotEvaluated


@dataclass(frozen=True)
class Threshold:
    """One limit: 'lag.seconds <= 60', for all groups or for one."""

    metric: str
    operator: str
    limit: float
    grp: str | None = None

    @property
    def text(self) -> str:
        limit = f"{self.limit:g}"
        return f"{self.metric} {self.operator} {limit}" + (f" for {self.grp}" if self.grp else "")


@dataclass(frozen=True)
class Measured:
    """A threshold and what was measured."""

    threshold: str
    state: str  # kept, broken, not_evaluated
    value: float | None
    grp: str | None  # the group with the worst value


@dataclass(frozen=True)
class Judged:
    """A finding and what the gate makes of it."""

    finding: Anomaly
    state: (
        str  # new, known (in the baseline), allowed (by the settings), limited (a threshold judges its rule)
    )
    fails: bool
    fingerprint: str  # the same for the same finding in the next run
    reason: str | None = None  # why it is allowed


@dataclass(frozen=True)
class StoreGate:
    """The answer of a check."""

    passed: bool
    settings: str | None  # the file that says what is asked for
    fail_on: str
    thresholds: tuple[Measured, ...]
    findings: tuple[Judged, ...]  # failing ones first
    evaluated: tuple[str, ...]  # rules that were judged
    not_evaluated: tuple[NotEvaluated, ...]
    notes: tuple[str, ...]
    cut: tuple[str, ...]  # rules of which not all findings are given
    undone: tuple[str, ...]  # what an interrupted ingest left undone

    @property
    def status(self) -> str:
        """As the envelope says it."""
        if not self.passed:
            return "findings"
        if not self.evaluated:
            return "not_evaluated"
        open_limits = any(one.state == "not_evaluated" for one in self.thresholds)
        is_open = self.not_evaluated or open_limits or self.undone or self.cut
        return "incomplete" if is_open else "ok"
