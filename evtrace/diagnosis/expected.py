"""What the cohort of a flow does, beside what the flow did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evtrace.diagnosis.problems import MISSING, REJECTED, SLOW_WAIT, SLOW_WORK, UNENDED, UNHANDLED, Problem
from evtrace.diagnosis.spread import LEAST_FLOWS, OR
from evtrace.results import ChainEvent, Expected, UsualStep
from evtrace.store import Store

_COHORT = """
SELECT flows, normal, loss, least_share, median_ns, limit_ns FROM cohorts WHERE root_type = ? ORDER BY root_type
"""
_STEPS = """
SELECT event_type, service, child_type, led, causes, q50_ns
FROM usual_effects
WHERE expected AND root_type = ?
ORDER BY event_type, service, child_type
"""


def expected(
    store: Store, flow: dict[str, Any], chain: Sequence[ChainEvent], first: Problem | None
) -> Expected | None:
    """Say what flows of the same root type do; None where the type of the root is not known."""
    root_type = flow["root_type"]
    rows = store.rows(_COHORT, [root_type]) if root_type is not None else []
    if not rows:
        return None
    flows, normal, loss, least, usual_ns, limit_ns = rows[0]
    steps = _steps(store, root_type, chain)
    begun, ended = flow["started_ts"], flow["last_ts"]
    return Expected(
        root_type=root_type,
        flows=flows,
        normal=normal,
        is_enough=normal >= LEAST_FLOWS,
        sentence=_sentence(root_type, normal, steps, first),
        took_ns=None if begun is None or ended is None else ended - begun,
        usual_ns=usual_ns,
        limit_ns=limit_ns,
        loss=loss,
        least_share=least,
        steps=steps,
    )


def _steps(store: Store, root_type: str, chain: Sequence[ChainEvent]) -> tuple[UsualStep, ...]:
    """The usual steps in the order of this flow's events; those that it never reached come last."""
    places = {(step.event_type or step.channel): step.step for step in reversed(chain)}
    emitted = {(step.event_type or step.channel, step.service) for step in chain}
    found = []
    for event_type, service, effect, led, causes, usual_ns in store.rows(_STEPS, [root_type]):
        is_seen = any((name, who) in emitted for name in effect.split(OR) for who in (service, None))
        here = "seen" if is_seen else "missing" if event_type in places else "not_reached"
        share = led / causes if causes else None
        found.append(UsualStep(event_type, service, effect, share, causes, usual_ns, here))
    return tuple(
        sorted(found, key=lambda one: (places.get(one.event_type, 1 << 30), one.service, one.effect))
    )


def _sentence(root_type: str, normal: int, steps: Sequence[UsualStep], first: Problem | None) -> str:
    if normal < LEAST_FLOWS and steps:
        missing = [step for step in steps if step.here == "missing"]
        return (
            f"{missing[0].effect} by {missing[0].service} after {missing[0].event_type}, as evtrace.toml declares"
            if missing
            else "all that evtrace.toml declares was done"
        )
    if normal < LEAST_FLOWS:
        return (
            f"too few normal flows of {root_type} to compare with ({normal}, {LEAST_FLOWS} are needed): only what fails by "
            "itself is named"
        )
    if first and first.what in (MISSING, UNENDED, UNHANDLED, REJECTED) and first.cases:
        led = round((first.share or 0) * first.cases)
        return f"{first.words} by {first.service}, as in {led:,} of {first.cases:,} cases in {normal:,} normal flows; it never came"
    if first and first.what == SLOW_WORK:
        return f"{first.service} is done in {(first.usual_ns or 0) / 1e6:.0f} ms, the median of {first.cases or 0:,} cases"
    if first and first.what == SLOW_WAIT and first.cases:
        reader = first.grp or first.service
        return f"{reader} takes it up within {max(first.usual_ns or 0, 0) / 1e6:.0f} ms, the median of {first.cases:,} cases"
    waiting = {(step.effect, step.service) for step in steps if step.here == "not_reached"}
    missing = [
        step for step in steps if step.here == "missing" and (step.effect, step.service) not in waiting
    ]
    if missing:
        step = missing[0]
        if step.share is None:
            return f"{step.effect} by {step.service} after {step.event_type}, as evtrace.toml declares; it never came"
        led = round(step.share * step.cases)
        return (
            f"{step.effect} by {step.service} after {step.event_type}, as in {led:,} of {step.cases:,} cases in {normal:,} normal "
            "flows; it never came"
        )
    seen = [step for step in steps if step.here == "seen"]
    if steps and len(seen) == len(steps):
        return f"all that {normal:,} normal flows of {root_type} do was done"
    if seen:
        return f"{len(seen)} of the {len(steps)} steps that {normal:,} normal flows of {root_type} take were taken, none is missing"
    return f"nothing follows from {root_type} in so many of {normal:,} normal flows that it could be missed"
