"""What a type is called says that something was refused, or taken back: in any spelling, with or without a version."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import evtrace
from evtrace.diagnosis.undoing import is_back


@pytest.mark.parametrize(("event_type", "kind"), [
    ("PaymentDeclined", "rejected"), ("payment.declined.v1", "rejected"), ("PaymentFailedV2", "rejected"),
    ("payment_failed_event", "rejected"), ("PaymentRejectedEventV12", "rejected"), ("payment-refused-v2", "rejected"),
    ("PaymentTaken", None), ("FailedPaymentRepaired", None), ("payment.taken.v1", None),
])  # fmt: skip
def test_a_refusal_is_known_by_its_last_word(event_type: str, kind: str | None, tmp_path: Path) -> None:
    told = {"kind": "publish", "channel": "shop", "part": 0, "correlation_id": "c-1"}
    records = [
        {**told, "ts": 1_000_000_000, "pos": 0, "event_id": "e-1", "event_type": "OrderPlaced", "service": "shop"},
        {**told, "ts": 2_000_000_000, "pos": 1, "event_id": "e-2", "event_type": event_type, "service": "till", "causation_id": "e-1"},
    ]  # fmt: skip
    (tmp_path / "shop.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    with evtrace.open(str(tmp_path / "shop.duckdb")) as logs:
        logs.ingest(str(tmp_path / "shop.jsonl"))
        cause = logs.why("e-1").cause
    assert (cause.kind if cause else None) == kind


@pytest.mark.parametrize(
    "event_type", ["SeatReleased", "seat.released.v1", "SeatReleasedEventV2", "seat_released_event"]
)
def test_what_takes_back_is_known_with_its_version(event_type: str) -> None:
    assert is_back(event_type)
