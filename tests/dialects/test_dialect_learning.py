"""Laws of learning, and its cost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtrace.dialects import READINGS, Dialect, Mapping, learn, load
from evtrace.model import KINDS, ROLES

Learned = Callable[..., Mapping]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["id", "type", "ts", "traceId", "headers", "payload", "parent_id", "correlation_id", ""]
)
DOCS = st.lists(st.dictionaries(NAMES | st.text(max_size=6), JSON, max_size=5), max_size=6)


def test_words_of_dialects_are_known(dialects: tuple[Dialect, ...]) -> None:
    for dialect in dialects:
        assert {field.role for field in dialect.fields} <= set(ROLES)
        assert {field.reading for field in dialect.fields} <= set(READINGS)
        assert set(dialect.kinds.values()) <= set(KINDS)


def test_every_reading_is_used(dialects: tuple[Dialect, ...]) -> None:
    in_files = {field.reading for dialect in dialects for field in dialect.fields}
    for_users = {"b64", "bool", "json", "duration_ns", "duration_s"}
    by_values = {"b64_trace", "b64_span", "long_number", "pod_service", "time_of_day"}
    assert set(READINGS) == in_files | for_users | by_values


def test_an_unknown_document_gets_the_generic_mapping(learned: Learned, told: Any) -> None:
    mapping = learned({"when": "2026-11-20T14:02:11Z", "txt": "hi", "colour": "red", "flow_id": "f-1"})
    assert mapping.dialects == ("generic",)
    assert told(mapping, "correlation_id") == "flow_id"
    assert mapping.unmapped == (("colour",), ("txt",))
    assert mapping.constants == {}


def test_nothing_to_learn_from(learned: Learned) -> None:
    assert learned() == Mapping()
    assert learned({}) == Mapping()


def test_shares_tell_how_many_documents_have_the_field(learned: Learned) -> None:
    mapping = learned({"msg": "a", "level": "info"}, {"msg": "b"}, {"msg": ""}, {"msg": None})
    assert {use.role: use.share for use in mapping.uses} == {"message": 0.5, "level": 0.25}


def test_nested_and_dotted_keys_are_the_same(learned: Learned, told: Any) -> None:
    dotted = {"@timestamp": "2026-11-20T14:02:11Z", "log.level": "info", "process.thread.name": "main"}
    nested = {"@timestamp": "2026-11-20T14:02:11Z", "log": {"level": "info"}, "process": {"thread": {"name": "main"}}}  # fmt: skip
    roles = ("ts", "level", "worker")
    for doc in (dotted, nested):
        assert [told(learned(doc), role) for role in roles] == [
            "@timestamp",
            "log.level",
            "process.thread.name",
        ]


def test_outer_time_ranks_between_full_and_time_only(learned: Learned) -> None:
    outer = {"docker": {"time": "2026-11-20T14:02:11.5Z"}, "csv": {"TimeUnixNano": "1", "PodName": "a-6f6cfc45b-h5m2n"}}  # fmt: skip
    names = ("csv", "docker", "text")

    def order(doc: dict[str, Any]) -> list[str]:
        uses = learned({**doc, **outer, "message": "m"}, format_names=names).uses
        return [".".join(use.path) for use in uses if use.role == "ts"]

    assert order({"time": "2026-11-20 14:02:11,5", "thread": "t"}) == [
        "time",
        "docker.time",
        "csv.TimeUnixNano",
    ]
    assert order({"time_of_day": "14:02:11.5"}) == ["docker.time", "csv.TimeUnixNano", "time_of_day"]
    assert order({"time": "14:02:11.5", "thread": "t"})[-1] == "time"


def test_a_dead_letter_names_its_origin(learned: Learned) -> None:
    headers = {
        "kafka_dlt-original-topic": "o",
        "kafka_dlt-original-partition": 1,
        "kafka_dlt-original-offset": 7,
    }
    mapping = learned({"topic": "o.DLT", "partition": 0, "offset": 1, "tstype": "create", "headers": headers})
    readings = [use.reading for use in mapping.uses if use.role == "origin"]
    assert readings == ["origin_channel", "origin_part", "origin_pos"]


@pytest.mark.parametrize(
    ("span", "kind"),
    [
        ({"kind": 4}, "publish"),
        ({"kind": "SPAN_KIND_PRODUCER"}, "publish"),
        ({"kind": 5}, "receive"),
        ({"kind": 5, "attributes": {"messaging.operation.type": "process"}}, "process"),
        ({"kind": 5, "attributes": {"messaging.operation.type": "settle"}}, "ack"),
        ({"kind": 4, "attributes": {"messaging.operation.type": "create"}}, "publish"),
        ({"kind": 2}, "process"),
        ({"kind": "SPAN_KIND_INTERNAL"}, "process"),
    ],
)
def test_kind_of_a_span(span: dict[str, Any], kind: str, learned: Learned) -> None:
    doc = {"signal": "span", "traceId": "a" * 32, "spanId": "b" * 16, "startTimeUnixNano": "1", **span}
    assert kind_told(learned(doc), doc) == kind


@pytest.mark.parametrize(
    ("word", "kind"),
    [("published", "publish"), ("Sent", "publish"), ("produced", "publish"), ("emitted", "publish"), ("received", "receive"), ("consumed", "receive"), ("acked", "ack"), ("failed", "nack"), ("dead_lettered", "dead_letter")],
)  # fmt: skip
def test_plain_words_of_kind(word: str, kind: str, learned: Learned) -> None:
    doc = {"operation": word, "topic": "orders"}
    assert kind_told(learned(doc), doc) == kind


def kind_told(mapping: Mapping, doc: dict[str, Any]) -> str | None:
    """The kind as ingest finds it: the first operation whose value is a known word."""
    for use in mapping.uses:
        value: Any = doc
        for key in use.path if use.role == "operation" else ():
            value = value.get(key) if isinstance(value, dict) else None
        if use.role == "operation" and str(value).lower() in mapping.kinds:
            return mapping.kinds[str(value).lower()]
    return None


@settings(max_examples=60, deadline=None)
@given(docs=DOCS)
def test_learning_never_fails_and_is_deterministic(docs: list[dict[str, Any]]) -> None:
    dialects = load()
    mapping = learn(docs, dialects)
    assert mapping == learn(docs, dialects)
    assert {use.role for use in mapping.uses} <= set(ROLES)
    paths = [use.path for use in mapping.uses] + [path for _, path in mapping.ids]
    assert not set(paths) & set(mapping.unmapped)


def test_the_order_of_keys_does_not_matter(learned: Learned) -> None:
    doc = {"event_id": "e-1", "type": "A", "headers": {"traceparent": "x", "b3": "y"}, "ts": 1700000000}
    assert learned(doc) == learned(dict(reversed(doc.items())))


def test_importing_reads_no_dialect() -> None:
    code = "import tomllib; tomllib.loads = None; import evtrace.dialects"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
