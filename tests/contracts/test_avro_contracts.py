"""Avro: the verdicts of the specification, an event that shows each break, and what schemas are refused."""

from __future__ import annotations

import io
import json
from typing import Any

import fastavro
import pytest

from evtrace.changes import BACKWARD, DIRECTIONS, FORWARD
from evtrace.contracts.avro import compare, parse
from evtrace.contracts.avro.breaks import Pair
from evtrace.contracts.avro.example import event
from evtrace.contracts.avro.resolve import misfits
from evtrace.contracts.check import Terms, check
from evtrace.contracts.modes import mode
from evtrace.contracts.source import Source
from evtrace.errors import UnreadableError
from tests.contracts.suites import Case, disagreements, judge, suite

SUITES = ("own-avro-rules", "avro-py")


def schema(raw: Any, name: str = "order.avsc") -> Source:
    return Source(name, {name: json.dumps(raw, indent=1)})


def record(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": "Order", "fields": list(fields), **more}


def diff(old: Any, new: Any, asked: str = "FULL"):
    return check([schema(old, "old.avsc")], schema(new), Terms(mode(asked)))


@pytest.mark.parametrize("name", SUITES)
def test_every_verdict_is_right(name: str) -> None:
    assert disagreements(suite(name)) == []


@pytest.mark.parametrize("name", SUITES)
def test_a_schema_is_compatible_with_itself_in_every_mode(name: str) -> None:
    for case in suite(name):
        for side in ("old", "new"):
            same: Case = {**case, "old": case[side], "new": case[side]}
            verdict = judge(same, asked="FULL_TRANSITIVE")
            assert (verdict.compatible, verdict.changes) == (True, ()), case["id"]


@pytest.mark.parametrize("name", SUITES)
def test_full_is_backward_and_forward(name: str) -> None:
    for case in suite(name):
        both = [judge(case, asked=one).compatible for one in DIRECTIONS]
        assert judge(case, asked="FULL").compatible is all(both), case["id"]


def refuses(reader: Any, writer: Any, datum: Any) -> bool:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, writer, datum)
    out.seek(0)
    try:
        fastavro.schemaless_reader(out, writer, reader)
    except Exception:  # fastavro raises many kinds; each is a refusal
        return True
    return False


@pytest.mark.parametrize("name", SUITES)
def test_the_example_of_every_break_is_refused_by_a_real_reader(name: str) -> None:
    shown = 0
    for case in suite(name):
        pair = Pair(parse(schema(case["old"])), parse(schema(case["new"])))
        for direction in DIRECTIONS:
            reader, writer = pair.sides(direction)
            for misfit in misfits(reader, writer) if reader.raw else ():  # fastavro ignores []
                datum = event(writer, misfit.route)
                assert refuses(reader.raw, writer.raw, datum), case["id"]
                shown += 1
    assert shown > 50


@pytest.mark.parametrize(
    "case", [case for case in suite("own-avro-rules") if "semantic_risk" in case], ids=lambda case: case["id"]
)
def test_what_changes_the_meaning_is_risky_in_some_direction(case: Case) -> None:
    old, new = (parse(schema(case[side])) for side in ("old", "new"))
    effects = {effect for found in compare(old, new, "resolution").found for effect in found.effects.values()}
    assert effects & {"risky", "breaking"}


def test_what_breaks_is_said_in_the_words_of_the_data() -> None:
    item = {"type": "record", "name": "Line", "fields": [{"name": "price", "type": "double"}]}
    cheap = {"type": "record", "name": "Line", "fields": [{"name": "price", "type": "int"}]}
    old, new = (record({"name": "lines", "type": {"type": "array", "items": one}}) for one in (item, cheap))
    (change,) = diff(old, new, "BACKWARD").changes
    assert change.message.startswith("lines[].price was double and is now int")
    assert (change.rule, change.severity, change.breaks) == ("avro/type-promoted", "breaking", (BACKWARD,))
    assert change.path == "/fields/0/type/items/fields/0/type"
    assert change.example == {"lines": [{"price": 1.5}]}
    text = json.dumps(new, indent=1).splitlines()
    assert change.line is not None and '"type": "int"' in text[change.line - 1]


def test_a_change_that_breaks_nothing_that_is_asked_is_safe() -> None:
    old, new = record(), record({"name": "id", "type": "string"})
    assert [change.severity for change in diff(old, new, "BACKWARD").changes] == ["breaking"]
    forward = diff(old, new, "FORWARD")
    assert (forward.compatible, [change.severity for change in forward.changes]) == (True, ["safe"])
    assert forward.changes[0].breaks == (BACKWARD,)


def test_a_rename_is_suspected() -> None:
    old, new = record({"name": "total", "type": "int"}), record({"name": "sum", "type": "int"})
    said = [change.message for change in diff(old, new).changes]
    assert len(said) == 2 and all("under a new name" in message for message in said)


def test_what_reads_and_breaks_in_turn_has_both_effects() -> None:
    old, new = record({"name": "n", "type": "int"}), record({"name": "n", "type": "float"})
    (found,) = compare(parse(schema(old)), parse(schema(new)), "resolution").found
    assert found.effects == {BACKWARD: "risky", FORWARD: "breaking"}


@pytest.mark.parametrize(
    ("type", "default", "is_valid"),
    [
        ("int", 1, True), ("int", 2**31, False), ("int", True, False), ("double", 1, True),
        (["null", "int"], 1, True), ({"type": "array", "items": "int"}, [1, "x"], False),
        ({"type": "enum", "name": "E", "symbols": ["A"]}, "B", False), ("bytes", "\u00ff", True), ("null", None, True),
        ({"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]}, {}, False),
    ],
)  # fmt: skip
def test_a_new_default_must_fit_its_field(type: Any, default: Any, is_valid: bool) -> None:
    found = diff(record(), record({"name": "f", "type": type, "default": default}))
    assert ("avro/default-invalid" in {change.rule for change in found.changes}) is not is_valid
    assert found.compatible is True


def test_transitive_asks_every_older_version() -> None:
    field = {"name": "id", "type": "int"}
    versions = [record(), record({**field, "default": 0}), record(field)]
    older = [schema(versions[1], "v2.avsc"), schema(versions[0], "v1.avsc")]
    latest = check(older, schema(versions[2]), Terms(mode("backward")))
    every = check(older, schema(versions[2]), Terms(mode("Backward-Transitive")))
    assert (latest.compatible, latest.against) == (True, ("v2.avsc",))
    assert (every.compatible, every.against) == (False, ("v2.avsc", "v1.avsc"))
    assert [change.against for change in every.changes if change.severity == "breaking"] == ["v1.avsc"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n"type": "record", "name": "A",\n"fields": [\n{"name": "b",\n"type": "Money"}]}', "order.avsc:5: unknown type Money"),
        ('{"type": "record",\n "name": "A", "fields": }', "order.avsc:2: broken JSON"),
        ('{"type": "record", "name": "A"}', "order.avsc:1: fields is missing"),
        ('{"type": "enum", "name": "A",\n "symbols": ["x"],\n "default": "y"}', "order.avsc:3: the default 'y' is no symbol"),
        ('{"type": "enum", "name": "A",\n "symbols": ["not a name"]}', "order.avsc:1: no Avro schema"),
        ('[{"type": "fixed", "name": "A", "size": 1},\n {"type": "fixed", "name": "A", "size": 2}]', "order.avsc:2: A is defined twice"),
        ('{"type": "record", "name": "A",\n "fields": [\n 3]}', "order.avsc:3: a field is an object"),
        ('{"type": "map"}', "order.avsc:1: values is missing"),
        ('{"type": "record", "name": "A",\n "fields": [\n{"name": "b", "type": "int", "default": "x"}]}', "order.avsc:3: no Avro schema: Default value"),
        ("[" * 100_000, "order.avsc:1: nested too deep"),
        (" " * 2_000_001, "order.avsc:1: the schema has 2,000,001 bytes"),
        (b"\n\xff", "order.avsc:2: not UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_schema_is_refused_with_its_line(text: str | bytes, said: str) -> None:
    with pytest.raises(UnreadableError) as problem:
        parse(Source("order.avsc", {"order.avsc": text}))
    assert str(problem.value).startswith(said)


def test_rules_are_told_apart_and_break_only_what_they_may() -> None:
    for name in SUITES:
        for case in suite(name):
            old, new = (parse(schema(case[side])) for side in ("old", "new"))
            for found in compare(old, new, "resolution").found:
                broken = {one for one, effect in found.effects.items() if effect == "breaking"}
                assert broken <= set(found.rule.breaks), (case["id"], found.rule.id)
