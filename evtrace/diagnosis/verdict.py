"""The verdict: what the candidates of a flow come to."""

from __future__ import annotations

from collections.abc import Iterable

from evtrace.diagnosis.problems import FAILING, SLOW_WAIT, SLOW_WORK, STANDING, UNSEEN, WAITING, Problem

VERDICTS = (
    "completed",
    "completed_late",
    "failed",
    "stuck",
    "compensated",
    "partly_compensated",
    "running",
    "unknown",
)

#: Kinds of cause.
KINDS = (
    "handler_error",
    "dead_letter",
    "lost_delivery",
    "consumer_stopped",
    "missing_event",
    "rejected",
    "contract_break",
    "duplicate_effect",
    "out_of_order",
    "slow",
    "unknown",
)


def verdict_of(problems: Iterable[Problem], events: int, undone: bool | None) -> str:
    """The verdict of one flow: what is worst among its candidates decides. `undone` as `undoing.is_undone` says."""
    whats = {problem.what for problem in problems if not problem.repaired}
    if whats & set(FAILING):
        return {True: "compensated", False: "partly_compensated", None: "failed"}[undone]
    if whats & set(STANDING):
        return "stuck"
    if WAITING in whats:
        return "running"
    if UNSEEN in whats or not events:
        return "unknown"
    return "completed_late" if whats & {SLOW_WORK, SLOW_WAIT} else "completed"
