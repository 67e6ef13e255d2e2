"""A call whose trace lost its parent is still the inner one: its failure explains the work around it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import evtrace

REAL = Path(__file__).parents[3] / "shared" / "real" / "otel-demo" / "test_data.json"
START_US = 1_700_000_000_000_000


def _span(
    trace: str, number: int, parent: int | None, service: str, at_ms: int, took_ms: int
) -> dict[str, Any]:
    span = {
        "traceId": trace * 32, "id": f"{number:016x}", "name": f"work {number}", "timestamp": START_US + at_ms * 1000,
        "duration": took_ms * 1000, "localEndpoint": {"serviceName": service},
        "tags": {"error": f"work {number} broke", "order_id": "order-1"},
    }  # fmt: skip
    return span if parent is None else {**span, "parentId": f"{parent:016x}"}


def _causes(folder: Path, spans: Sequence[dict[str, Any]]) -> list[tuple[str | None, str | None]]:
    (folder / "spans.json").write_text(json.dumps(spans))
    with evtrace.open(folder / "t.duckdb") as store:
        store.ingest(str(folder / "spans.json"))
        answer = store.why("order-1")
        return [(one.service, one.event_type) for one in (answer.cause, *answer.other_causes) if one]


def test_a_trace_that_begins_inside_other_work_of_its_service_is_a_call(tmp_path: Path) -> None:
    spans = [
        _span("a", 1, None, "web", 0, 100),
        _span("a", 2, 1, "shop", 10, 80),
        _span("b", 3, None, "shop", 20, 60),
        _span("b", 4, 3, "stock", 30, 20),
    ]
    assert _causes(tmp_path, spans) == [("stock", "work 4")]


@pytest.mark.parametrize(("service", "at_ms"), [("stock", 20), ("shop", 95)])
def test_another_service_or_a_later_time_is_a_failure_of_its_own(
    tmp_path: Path, service: str, at_ms: int
) -> None:
    spans = [
        _span("a", 1, None, "web", 0, 100),
        _span("a", 2, 1, "shop", 10, 80),
        _span("b", 3, None, service, at_ms, 4),
    ]
    assert len(_causes(tmp_path, spans)) == 2


@pytest.mark.skipif(not REAL.is_file(), reason="the real traces (../shared/real/otel-demo) are not here")
def test_real_traces_name_the_innermost_failure(tmp_path: Path) -> None:
    with evtrace.open(tmp_path / "t.duckdb") as store:
        store.ingest(str(REAL))
        causes = store.sql("SELECT flow_id, service, event_type FROM flow_causes ORDER BY ALL").rows
    assert len({flow_id for flow_id, *_ in causes}) == len(causes)  # one each, however many calls failed
    assert [row for row in causes if row[1] == "checkoutservice"]
    assert not [row for row in causes if row[1] == "frontend" and not row[2].startswith("HTTP ")]
