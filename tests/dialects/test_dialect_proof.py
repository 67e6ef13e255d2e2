"""What the data proves about ambiguous names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evtrace.dialects import Mapping

Learned = Callable[..., Mapping]


def test_parent_id_that_hits_spans_is_a_span(learned: Learned, told: Any) -> None:
    docs = [
        {"trace_id": "ab" * 16, "span_id": f"{n:016x}", "parent_id": f"{n - 1:016x}"} for n in range(2, 9)
    ]
    mapping = learned(*docs)
    assert told(mapping, "parent_span_id") == "parent_id"
    assert told(mapping, "causation_id") is None


def test_parent_id_that_hits_events_is_a_cause(learned: Learned, told: Any) -> None:
    docs = [{"event_id": f"e-{n}", "type": "A", "parent_id": f"e-{n - 1}"} for n in range(1, 8)]
    mapping = learned(*docs)
    assert told(mapping, "causation_id") == "parent_id"
    assert told(mapping, "parent_span_id") is None
    assert [use.refers_to for use in mapping.uses if use.role == "causation_id"] == ["event_id"]


def test_correlation_id_that_points_at_the_event_before_is_a_cause(learned: Learned, told: Any) -> None:
    docs = [
        {"messageId": f"e-{n}", "correlationId": f"e-{max(n - 1, 0)}", "traceId": "e-0"} for n in range(8)
    ]
    mapping = learned(*docs)
    assert told(mapping, "causation_id") == "correlationId"
    assert told(mapping, "correlation_id") == "traceId"


def test_cause_that_hits_flows_says_so(learned: Learned) -> None:
    docs = [
        {"event_id": f"e-{n}", "correlation_id": f"c-{n}", "causation_id": f"c-{n - 1}"} for n in range(1, 9)
    ]
    [cause] = [use for use in learned(*docs).uses if use.role == "causation_id"]
    assert cause.refers_to == "correlation_id"


def test_alias_whose_values_do_not_fit_is_dropped(learned: Learned, told: Any) -> None:
    mapping = learned({"timestamp": "2026-11-20T14:02:11Z", "action": "clicked", "time": 35, "status": 200})
    assert told(mapping, "operation") is None
    assert told(mapping, "outcome") is None
    assert [use.path for use in mapping.uses if use.role == "ts"] == [("timestamp",)]


def test_constant_correlation_id_ranks_behind_a_telling_one(learned: Learned, told: Any) -> None:
    docs = [
        {"correlation_id": "batch", "topic": "o", "offset": n, "payload": {"correlation_id": f"c-{n}"}}
        for n in range(5)
    ]
    assert told(learned(*docs), "correlation_id") == "payload.correlation_id"


def test_ids_of_different_key_spaces_are_not_mixed(learned: Learned) -> None:
    docs = [{"correlation_id": "c-1"}, {"saga_id": "s-1"}, {"transaction_id": "t-1"}]
    mapping = learned(*docs)
    assert [use.path for use in mapping.uses if use.role == "correlation_id"] == [("correlation_id",)]
    assert mapping.ids == (("saga", ("saga_id",)), ("transaction", ("transaction_id",)))


def test_transport_id_yields_to_the_payloads_event_id(learned: Learned, told: Any) -> None:
    mapping = learned(
        {"messageId": "m-1", "receiptHandle": "r", "md5OfBody": "x", "body": '{"event_id": "e-1"}'}
    )
    assert [use.path for use in mapping.uses if use.role == "event_id"] == [
        ("body", "@json", "event_id"),
        ("messageId",),
    ]
    assert ("message", ("messageId",)) in mapping.ids
