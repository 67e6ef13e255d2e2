"""What the words of a log line say happened."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("message", "more", "kind"),
    [
        ("published OrderPlaced", {}, "publish"),
        ("sent to billing.wait for 150 ms", {"redelivered": False}, "nack"),
        ("sent OrderPlaced", {}, "publish"),
        ("received OrderPlaced", {"redelivered": True}, "receive"),
        ("failed to publish", {}, "log"),
        ("processing failed", {}, "nack"),
        ("handling of OrderPlaced failed, giving up", {}, "nack"),
        ("processing OrderPlaced, 3 errors so far", {}, "receive"),
    ],
)
def test_words_tell_the_kind(message: str, more: dict[str, object], kind: str, reader: Any) -> None:
    line = {
        "timestamp": "2026-11-20T14:02:11Z",
        "message": message,
        "event_id": "e-1",
        "service": "pay",
        **more,
    }
    reader.read(reader.write("a.jsonl", json.dumps(line) + "\n"))
    assert reader.rows("SELECT kind FROM records") == [(kind,)]


def test_names_in_a_brokers_log_are_no_business_ids(reader: Any) -> None:
    line = "2026-11-21 02:42:14.395866+00:00 [info] <0.8.0> connection <0.8.0> (127.0.0.1:4 -> 127.0.0.1:5) has a client-provided name: payment-0\n"
    reader.read(reader.write("server.log", line))
    assert reader.rows("SELECT consumer, ids FROM records") == [("payment-0", None)]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_field_that_comes_late_is_known(name: str, reader: Any) -> None:
    usual = {"stream": "S", "subject": "s", "time": "2026-11-20T14:02:11Z", "data": {"pad": "x" * 1000}}
    lines = [json.dumps(usual | {"seq": n, "headers": {"Nats-Msg-Id": f"e-{n}"}}) + "\n" for n in range(400)]
    dead = {"Nats-Msg-Id": "e-1", "x-dead-letter-reason": "no"}
    lines.append(json.dumps(usual | {"stream": "DLQ", "seq": 1, "headers": dead}) + "\n")
    data = "".join(lines).encode()
    reader.read(reader.write(name, gzip.compress(data) if name.endswith(".gz") else data))
    assert reader.rows("SELECT channel, hop FROM records WHERE hop IS NOT NULL") == [("DLQ", "dead_letter")]
