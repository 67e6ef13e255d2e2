"""Readings: what dialects ask for exists and does what its name says."""

from __future__ import annotations

import pytest

from evtrace.dialects import READINGS
from evtrace.ingest.readings import NAMES, read
from evtrace.store import Store

CASES = [
    ("level", "Warning", "warn"),
    ("level", "50", "error"),
    ("level", "Information", "info"),
    ("level_syslog", "3", "error"),
    ("level_otel", "17", "error"),
    ("level_insights", "4", "fatal"),
    ("bool", "yes", True),
    ("bool", "0", False),
    ("number", "12", 12),
    ("number", "99999999999999999999", None),
    ("optional", "none", None),
    ("first", '["a","b"]', "a"),
    ("first", "a", "a"),
    ("last_part", "queue://shop/orders", "orders"),
    ("first_part", "publish.orders", "publish"),
    ("type_name", "Shop.Orders+Placed, Shop, Version=1.0.0.0;Shop.IEvent", "Placed"),
    ("type_name", '["urn:message:Shop.Contracts:OrderPlaced"]', "OrderPlaced"),
    ("b64", "eyJhIjoxfQ==", '{"a":1}'),
    ("b64_or_text", "eyJhIjoxfQ==", '{"a":1}'),
    ("b64_or_text", "not base64!", "not base64!"),
    ("hex_trace", "ABCDEF0123456789", "0000000000000000abcdef0123456789"),
    ("hex_trace", "00000000000000000000000000000000", None),
    ("hex_span", "root", None),
    (
        "traceparent_trace",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "4bf92f3577b34da6a3ce929d0e0e4736",
    ),
    ("traceparent_span", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00f067aa0ba902b7"),
    ("b3_trace", "e457b5a2e4d86bd1-05e3ac9a4f6e3b90-1", "0000000000000000e457b5a2e4d86bd1"),
    ("b3_parent", "e457b5a2e4d86bd1-05e3ac9a4f6e3b90-1-4ad2db84ac76def7", "4ad2db84ac76def7"),
    (
        "xray_trace",
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8",
        "5759e988bd862e3fe1be46a994272793",
    ),
    ("xray_span", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8", "53995c3f42cd8ad8"),
    ("dd_trace", "255", "000000000000000000000000000000ff"),
    ("b64_trace", "S/kvNXezTaajzpKdDg5HNg==", "4bf92f3577b34da6a3ce929d0e0e4736"),
    ("gcp_trace", "projects/p/traces/4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4736"),
    ("links", '[{"traceId":"AB","spanId":"CD"}]', '[{"trace_id":"ab","span_id":"cd"}]'),
    ("links", "[]", None),
    (
        "jaeger_parent",
        '[{"refType":"CHILD_OF","traceID":"1","spanID":"05e3ac9a4f6e3b90"}]',
        "05e3ac9a4f6e3b90",
    ),
    (
        "jaeger_links",
        '[{"refType":"FOLLOWS_FROM","traceID":"1","spanID":"2"}]',
        '[{"trace_id":"1","span_id":"2"}]',
    ),
    ("plus_one", "0", 1),
    ("redis_pos", "1795228743045-3", 1795228743045 * 2**20 + 3),
    ("redis_pos", "1-9999999", None),
    ("shard", "shardId-000000000002:4956", 2),
    ("shard", "shard", None),
    ("outcome_http", "202", "ok"),
    ("outcome_http", "503", "error"),
    ("outcome_http", "301", None),
    ("received", "e-1", "receive"),
    ("received", "", None),
    ("death_count", '[{"count":2},{"count":1}]', 4),
    ("death_count", '[{"count":3,"reason":"expired"},{"count":1,"reason":"rejected"}]', 2),
    ("death_count", '[{"count":3,"reason":"expired"}]', None),
    ("death_count", '[{"count":1,"reason":"rejected"},{"count":1,"reason":"expired"}]', None),
    ("hop_count", "2", "retry"),
    ("hop_count", "0", None),
    ("js_ack_part", "$JS.ACK.ORDERS.billing.2.7.9.1700000000000000000.0", 0),
    ("js_ack_part", "_INBOX.1", None),
    ("hop_death", '[{"reason":"expired"}]', "retry"),
    ("hop_death", '[{"reason":"rejected"}]', "dead_letter"),
    ("hop_dead_letter", "x", "dead_letter"),
    ("outcome", "Succeeded", "ok"),
    ("outcome", "strange", None),
    ("outcome_otel", "STATUS_CODE_ERROR", "error"),
    ("outcome_error", "false", None),
    ("origin_channel", "arn:aws:sqs:eu-west-1:123:orders", "orders"),
    ("origin_pos", "17", 17),
    ("pod_service", "ts-order-service-5b67c48447-mv5hb", "ts-order-service"),
    ("compose_service", "shop-payment-1", "shop-payment"),
    ("js_ack_channel", "$JS.ACK.ORDERS.payment.2.17.18.1795183331123456789.3", "ORDERS"),
    ("js_ack_pos", "$JS.ACK.ORDERS.payment.2.17.18.1795183331123456789.3", 17),
    ("js_ack_attempt", "$JS.ACK.ORDERS.payment.2.17.18.1795183331123456789.3", 2),
    ("js_ack_time", "$JS.ACK.dom.acc.ORDERS.payment.2.17.18.1795183331123456789.3.tok", 1795183331123456789),
    ("instant", '{"epochSecond":1795183331,"nanoOfSecond":5}', 1795183331000000005),
    ("redis_ms", "1795183331123-4", 1795183331123000000),
    ("epoch_ns", "0", None),
    ("duration_us", "5", 5000),
    ("time_of_day", "14:02:11", None),
]


@pytest.fixture(scope="module")
def store():
    with Store.memory() as store:
        yield store


def test_every_reading_that_dialects_know_is_implemented() -> None:
    assert set(READINGS) - NAMES == set()


@pytest.mark.parametrize(("reading", "text", "expected"), CASES)
def test_a_reading(store: Store, reading: str, text: str, expected: object) -> None:
    sql = f"SELECT {read('t', reading, zone=None, year=2026)} FROM (SELECT CAST(? AS VARCHAR) AS t)"
    assert store.value(sql, [text]) == expected


@pytest.mark.parametrize("reading", sorted(NAMES))
def test_a_reading_survives_any_text(store: Store, reading: str) -> None:
    expression = read("t", reading, zone="Europe/Berlin", year=2026)
    texts = ["", " ", "[", "{}", "[]", "[{}]", "null", "\x00", "-", "'", "9" * 40, "1-", "=", "☃" * 50, None]
    store.rows(f"SELECT {expression} FROM (SELECT unnest(CAST(? AS VARCHAR[])) AS t)", [texts])


@pytest.mark.parametrize("reading", sorted(NAMES))
def test_a_reading_keeps_the_order_of_rows(store: Store, reading: str) -> None:
    """A join would not; DuckDB makes one of IN with several values, for instance."""
    expression = read("t", reading, zone="Europe/Berlin", year=2026)
    ((_, plan),) = store.rows(
        f"EXPLAIN SELECT {expression} FROM (SELECT CAST(range AS VARCHAR) AS t FROM range(10))"
    )
    assert "Join" not in plan
