"""Real logs: no crash, no silent loss, and every unit is accounted for."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from evtrace.ingest import Options, ingest
from evtrace.results import IngestSummary
from evtrace.store import Store

REAL = Path(__file__).parents[3] / "shared" / "real"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not REAL.is_dir(), reason="the real logs (../shared/real) are not here"),
]

ORDER = "593565fd-de12-4a26-aa4d-22063866b534"
USER = "4d2a46c7-71cb-4cf1-b5bb-b68406d9da6f"


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[IngestSummary, Store]]:
    path = str(tmp_path_factory.mktemp("real") / "real.duckdb")
    summary = ingest(path, [str(REAL)], Options())
    with Store.open(path, read_only=True) as store:
        yield summary, store


def test_every_file_is_read_or_skipped_with_a_reason(ingested) -> None:
    summary, _ = ingested
    files = [
        path
        for path in REAL.rglob("*")
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(REAL).parts)
    ]
    assert len(summary.sources) == len(files)
    assert {source.status for source in summary.sources} <= {"new", "skipped"}
    assert all(source.notes for source in summary.sources if source.status == "skipped")


def test_the_counts_add_up(ingested) -> None:
    summary, store = ingested
    for source in summary.sources:
        assert source.units == source.records + source.parts + source.skipped + source.rejects
    assert store.value("SELECT count(*) FROM records") == summary.records
    assert store.value("SELECT count(*) FROM rejects") == summary.rejects


def test_train_ticket_rows_are_all_there(ingested) -> None:
    summary, _ = ingested
    for source in summary.sources:
        if source.uri.endswith(("_log.csv", "_trace.csv")):
            with Path(source.uri).open(newline="") as file:
                csv.field_size_limit(1 << 24)
                rows = sum(1 for _ in csv.reader(file))
            assert (source.records, source.skipped, source.rejects) == (rows - 1, 1, 0)


def test_otlp_units_are_spans_logs_and_skipped_metrics(ingested) -> None:
    summary, _ = ingested
    (source,) = [source for source in summary.sources if source.uri.endswith("otel-demo/test_data.json")]
    spans = logs = metrics = 0
    for line in Path(source.uri).read_text().splitlines():
        request = json.loads(line)
        spans += sum(len(s["spans"]) for r in request.get("resourceSpans", ()) for s in r["scopeSpans"])
        logs += sum(len(s["logRecords"]) for r in request.get("resourceLogs", ()) for s in r["scopeLogs"])
        metrics += sum(
            len(s["metrics"]) for r in request.get("resourceMetrics", ()) for s in r["scopeMetrics"]
        )
    assert (source.records, source.skipped) == (spans + logs, metrics)


def test_the_order_is_six_traces(ingested) -> None:
    _, store = ingested
    flows = store.rows("SELECT DISTINCT flow_id FROM identities WHERE kind = 'order' AND value = ?", [ORDER])
    assert len(flows) == 1
    traces = store.value(
        "SELECT count(DISTINCT trace_id) FROM records JOIN record_flows USING (record_id) WHERE flow_id = ?",
        list(flows[0]),
    )
    assert traces == 6


def test_a_user_id_logged_once_as_an_order_id_glues_nothing(ingested) -> None:
    _, store = ingested
    as_order = store.rows("SELECT flow_id FROM identities WHERE kind = 'order' AND value = ?", [USER])
    assert len(as_order) == 1
    traces = store.value(
        "SELECT count(DISTINCT trace_id) FROM records JOIN record_flows USING (record_id) WHERE flow_id = ?",
        list(as_order[0]),
    )
    assert traces == 1
    assert store.value("SELECT count(DISTINCT flow_id) FROM identities WHERE value = ?", [USER]) > 20


def test_no_flow_swallows_the_traces(ingested) -> None:
    _, store = ingested
    largest = store.value(
        "SELECT max(n) FROM (SELECT count(DISTINCT trace_id) AS n FROM records JOIN record_flows USING (record_id) GROUP BY flow_id)"
    )
    assert largest <= 16


def test_otlp_logs_and_spans_of_a_trace_share_a_flow(ingested) -> None:
    _, store = ingested
    rows = store.rows(
        """SELECT r.trace_id, count(DISTINCT f.flow_id), count(DISTINCT r.kind)
           FROM records AS r JOIN record_flows AS f ON f.record_id = r.record_id
           WHERE r.source_id = (SELECT source_id FROM sources WHERE uri LIKE '%otel-demo%') AND r.trace_id IS NOT NULL
           GROUP BY r.trace_id"""
    )
    assert {flows for _, flows, _ in rows} == {1}
    assert any(kinds == 2 for *_, kinds in rows), "no trace has both logs and spans"


def test_a_second_ingest_adds_nothing(ingested, tmp_path: Path) -> None:
    path = str(tmp_path / "twice.duckdb")
    folder = str(REAL / "zipkin"), str(REAL / "wikimedia"), str(REAL / "cloud")
    first, second = ingest(path, folder, Options()), ingest(path, folder, Options())
    assert first.records > 0
    assert second.records == 0
    assert {source.status for source in second.sources} <= {"known", "skipped"}
