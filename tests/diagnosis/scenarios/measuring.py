"""Runs a setting through the real path: logs on disk → ingest → what is said of every order."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import evtrace
from evtrace.errors import UsageError
from tests.diagnosis.scenarios.run import run
from tests.diagnosis.scenarios.scoring import Answer, Named, Score, causes, score
from tests.diagnosis.scenarios.settings import Setting
from tests.diagnosis.scenarios.truth import Truth

#: What `evtrace flows` lists of each order; an order in several flows has no answer.
_JUDGED = """
SELECT i.value AS order_id, f.flow_id AS flow_id, f.verdict AS verdict
FROM (SELECT DISTINCT value, flow_id FROM identities WHERE kind = 'order') AS i
JOIN flows AS f ON f.flow_id = i.flow_id
ORDER BY i.value, f.flow_id
"""
_CAUSES = """
SELECT flow_id AS flow_id, kind AS kind, COALESCE(service, grp) AS service, event_type AS event_type
FROM flow_causes
ORDER BY flow_id, nth
"""


@dataclass(frozen=True)
class Measured:
    """A run, how it did, and how long it took."""

    setting: Setting
    score: Score
    lines: int
    ingest_s: float  # with verdicts
    asked: int  # orders that `why` was asked about as well
    disagreeing: tuple[str, ...]  # those of them where `why` says otherwise than the list
    why_s: float  # per question


def measure(folder: Path, setting: Setting, *, ask: int = 100) -> Measured:
    """Generate, ingest, hold the list of flows against the truth, and `why` of some orders against the list."""
    truth = run(folder / "logs", setting, truth_path=folder / "truth.jsonl")
    with evtrace.open(str(folder / "store.duckdb")) as logs:
        summary = logs.ingest(str(folder / "logs"))
        listed = answers(logs)
        chosen = random.Random(setting.seed).sample(truth, min(ask, len(truth)))
        began = time.monotonic()
        differ = _disagreeing(logs, chosen, listed)
        took = (time.monotonic() - began) / max(1, len(chosen))
    return Measured(
        setting, score(truth, listed), summary.records, summary.seconds, len(chosen), differ, took
    )


def answers(logs: evtrace.Answers) -> dict[str, Answer]:
    """Of each order verdict and causes, as the list of flows has them."""
    named: dict[int, list[Named]] = defaultdict(list)
    for flow_id, kind, service, event_type in logs.sql(_CAUSES).rows:
        named[flow_id].append((kind, service, event_type))
    flows: dict[str, list[Answer]] = defaultdict(list)
    for order_id, flow_id, verdict in logs.sql(_JUDGED).rows:
        flows[order_id].append(Answer(verdict, tuple(named[flow_id])))
    return {order_id: found[0] for order_id, found in flows.items() if len(found) == 1}


def _disagreeing(
    logs: evtrace.Answers, chosen: Sequence[Truth], listed: dict[str, Answer]
) -> tuple[str, ...]:
    found = []
    for truth in chosen:
        one = listed.get(truth.order_id)
        said = _ask(logs, truth.order_id)
        if (one is None) != (said is None) or (one and said and _main(one) != _main(said)):
            found.append(truth.order_id)
    return tuple(found)


def _main(answer: Answer) -> tuple[object, ...]:
    return (answer.verdict, answer.causes[:1])


def _ask(logs: evtrace.Answers, order_id: str) -> Answer | None:
    """None where the order has no flow, or several."""
    try:
        said = logs.why(order_id)
    except UsageError:
        return None
    return Answer(said.verdict, tuple(causes(said)))
