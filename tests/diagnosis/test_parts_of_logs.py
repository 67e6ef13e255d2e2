"""However many runs bring the logs, what is said of them is the same."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import evtrace
from evtrace.diagnosis.judge import judge
from evtrace.store import Store
from tests.diagnosis.scenarios.run import run
from tests.diagnosis.scenarios.settings import Setting
from tests.diagnosis.small_shop import GOOD, START_MS, Line, Order, good, rest

Rows = list[tuple[Any, ...]]

#: What is said of each flow, by names that do not depend on the order of the records.
_VERDICTS = """
SELECT i.value AS name, f.verdict, f.normal
FROM flows AS f JOIN (SELECT DISTINCT flow_id, value FROM identities WHERE kind = 'correlation') AS i USING (flow_id)
ORDER BY ALL
"""
_CAUSES = """
SELECT c.nth, c.kind, c.service, c.grp, e.event_id, c.event_type, c.seen_ts, c.confidence, c.signature
FROM flow_causes AS c LEFT JOIN events AS e USING (event_no) ORDER BY ALL
"""
_PROBLEMS = """
SELECT p.what, e.event_id, p.seen_ts, p.service, p.grp, p.words, p.repaired, p.share, p.cases, p.measured_ns, p.usual_ns,
       p.watermark, r.service AS teller, r.ts AS told_ts, r.kind
FROM flow_problems AS p
LEFT JOIN events AS e USING (event_no)
LEFT JOIN records AS r ON r.record_id = p.record_id
ORDER BY ALL
"""


def _said(store: Store) -> dict[str, Rows]:
    return {sql: store.rows(sql) for sql in (_VERDICTS, _CAUSES, _PROBLEMS)}


def _way(rng: random.Random) -> Callable[[Order], None]:
    """A flow as it goes: mostly well, else late, refused, stuck, doubled, failed or without a reader."""

    def well(one: Order) -> None:
        good(one)

    def stuck(one: Order) -> None:
        good(one, until="PaymentTaken")
        one.receive("PaymentTaken", "stock")
        one.ack("PaymentTaken", "stock")

    def unread(one: Order) -> None:
        good(one, until="StockReserved")

    def late(one: Order) -> None:
        good(one, until="OrderPlaced")
        one.receive("OrderPlaced", "payment")
        one.publish("PaymentTaken", "payment", "OrderPlaced", after_ms=rng.choice((40, 90, 200, 9_000)))
        one.ack("OrderPlaced", "payment")
        rest(one)

    def doubled(one: Order) -> None:
        good(one)
        one.publish("MailSent", "mail", "ParcelSent")
        one.lines[-1]["event_id"] += "-again"

    def refused(one: Order) -> None:
        good(one, until="OrderPlaced")
        one.receive("OrderPlaced", "payment")
        one.publish("ReviewWanted", "payment", "OrderPlaced")
        one.ack("OrderPlaced", "payment")

    def broken(one: Order) -> None:
        good(one, until="OrderPlaced")
        one.receive("OrderPlaced", "payment")
        one.publish("PaymentTaken", "payment", "OrderPlaced", payload={"amount": "912.50"})
        one.receive("PaymentTaken", "stock")
        one.say("nack", "stock", "PaymentTaken", group="stock", outcome="error", error="amount is no number")

    return rng.choice((well, well, well, well, well, late, late, stuck, unread, doubled, refused, broken))


def _lines(rng: random.Random) -> list[Line]:
    lines: list[Line] = []
    for number in range(GOOD + 40):
        one = Order(number, START_MS + number * 400)
        _way(rng)(one)
        lines += one.lines
    return sorted(lines, key=lambda line: line["timestamp"])


def _parts(rng: random.Random, lines: list[Line]) -> Iterator[list[Line]]:
    """Cut by time, by service, or anyhow."""
    how = rng.choice(("time", "service", "anyhow"))
    count = rng.randint(2, 4)
    services = sorted({line["service"] for line in lines})
    part_of = {service: rng.randrange(count) for service in services}
    for part in range(count):
        if how == "time":
            yield lines[len(lines) * part // count : len(lines) * (part + 1) // count]
        elif how == "service":
            yield [line for line in lines if part_of[line["service"]] == part]
        else:
            yield [line for nth, line in enumerate(lines) if nth * 7919 % 101 % count == part]


def _ingested(folder: Path, parts: list[list[Line]]) -> dict[str, Rows]:
    folder.mkdir()
    logs = evtrace.open(str(folder / "store.duckdb"))
    for nth, part in enumerate(parts):
        path = folder / f"{nth}.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in part))
        logs.ingest(str(path))
    logs.close()
    with Store.open(folder / "store.duckdb", read_only=True) as store:
        return _said(store)


@pytest.mark.parametrize("seed", (1, 3, 7))
def test_several_runs_say_what_one_says(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    lines = _lines(rng)
    parts = [part for part in _parts(rng, lines) if part]
    whole = _ingested(tmp_path / "whole", [lines])
    assert len({row[1] for row in whole[_VERDICTS]}) >= 3  # something is the matter in this log
    assert _ingested(tmp_path / "parts", parts) == whole


@pytest.mark.parametrize("seed", (31,))
def test_judged_by_and_by_is_judged_at_once(tmp_path: Path, seed: int) -> None:
    """Every format at once: whatever linking made of the runs, the verdicts are those of a first judgement."""
    rng = random.Random(seed)
    run(tmp_path / "logs", Setting(orders=90, seed=seed, faulty=0.3, loss=rng.choice((0.0, 0.05))))
    files = {
        path: path.read_bytes().splitlines(keepends=True) for path in sorted((tmp_path / "logs").iterdir())
    }
    path = str(tmp_path / "store.duckdb")
    for share in (0.3, 0.8, 1.0):
        for file, lines in files.items():
            file.write_bytes(b"".join(lines[: int(len(lines) * share)]))
        evtrace.open(path).ingest(str(tmp_path / "logs"))
    with Store.open(path) as store:
        by_and_by = _said(store)
        store.execute(
            "UPDATE flows SET verdict = NULL; DELETE FROM flow_problems; DELETE FROM flow_causes; DELETE FROM meta WHERE name LIKE 'judged_%'"
        )
        judge(store, ())
        assert by_and_by[_PROBLEMS] and _said(store) == by_and_by
