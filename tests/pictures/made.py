"""Answers and stores that pictures are tried on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from evtrace.results import ChainEvent, DeliveryStep, Expected, Flow, ParentEdge, UsualStep, WhyAnswer

START = 1_772_366_400_000_000_000
MS = 1_000_000


def event(step: int, causes: tuple[int, ...] = (), **facts: Any) -> ChainEvent:
    """One step of a chain; what is not named is usual."""
    usual: dict[str, Any] = {
        "event_id": f"ev-{step}", "event_type": "Thing", "kind": "message", "service": "shop", "instance": None,
        "channel": "things", "part": 0, "pos": step, "message_key": None, "schema_version": None, "trace_id": None,
        "at": START + step * MS, "end_at": None, "outcome": None, "error": None, "copies": 1, "hop": None,
        "deliveries": (), "logs": (), "records": 1, "evidence": None,
        "parents": tuple(ParentEdge(f"ev-{one}", one, "E1", 1.0, "causes", 0, ()) for one in causes),
    }  # fmt: skip
    return ChainEvent(step=step, **(usual | facts))


def delivery(
    reader: str, outcome: str | None = "ok", attempt: int = 1, error: str | None = None
) -> DeliveryStep:
    at = START + 50 * MS * attempt
    return DeliveryStep(reader, None, reader, attempt, at, at + MS, outcome, error, 1, None)


def answer(*chain: ChainEvent, query: str = "order-1", verdict: str = "completed") -> WhyAnswer:
    """An answer that says nothing but the chain."""
    flow = Flow(1, "Thing", START, START + len(chain) * MS, len(chain), (), (), 0, len(chain), ())
    return WhyAnswer(
        query=query, found_as=("order",), flow=flow, verdict=verdict, cause=None, other_causes=(), expected=None, chain=chain,
        other_logs=(), time=None, ledger=(), findings=(), ruled_out=(), same_cause=None, not_seen=(), next=(),
    )  # fmt: skip


def expecting(told: WhyAnswer, *steps: tuple[str, str, str, str]) -> WhyAnswer:
    """The same answer beside a cohort; a step is (cause, service, effect, where it is here)."""
    usual = tuple(
        UsualStep(cause, service, effect, 1.0, 40, MS, here) for cause, service, effect, here in steps
    )
    cohort = Expected("Thing", 50, 40, True, "", None, None, None, 0.0, 0.98, usual)
    return replace(told, expected=cohort)


def write(path: Path, records: list[dict[str, Any]]) -> str:
    """Records as evtrace's own JSON lines."""
    path.write_text("".join(json.dumps(one) + "\n" for one in records))
    return str(path)
