"""Protobuf: the verdicts are what real round trips do, and a schema that is none is refused by protoc's word."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import message_factory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evtrace.changes import BACKWARD, DIRECTIONS, FORWARD, ContractDiff
from evtrace.contracts.check import Terms, check
from evtrace.contracts.modes import mode
from evtrace.contracts.protobuf import compare, parse
from evtrace.contracts.source import Source
from evtrace.errors import UnreadableError
from tests.contracts.suites import Case, judge, suite

CASES = suite("buf-atomic")
_TRIPS = {BACKWARD: "old->new", FORWARD: "new->old"}
_DAMAGE = {"value-lost", "value-changed", "parse-error"}

#: The round trips of the suite fill every field, so they never send an event without the one that a reader requires.
REQUIRED = {
    ("buf-atomic/proto2/001", BACKWARD),
    ("buf-atomic/proto2/002", FORWARD),
    ("buf-atomic/proto2/003", BACKWARD),
    ("buf-atomic/proto2/004", FORWARD),
}


def proto(body: str, name: str = "order.proto", *, syntax: str = "proto3", **files: str) -> Source:
    text = f'syntax = "{syntax}";\npackage shop.v1;\n{body}'
    return Source(name, {name: text, **{f"{path}.proto": content for path, content in files.items()}})


def diff(
    old: str, new: str, asked: str = "FULL", policy: str = "wire", syntax: str = "proto3"
) -> ContractDiff:
    sources = (proto(old, "old.proto", syntax=syntax), proto(new, syntax=syntax))
    return check([sources[0]], sources[1], Terms(mode(asked), policy))


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_every_verdict_is_what_the_measured_round_trip_did(direction: str) -> None:
    for case in CASES:
        is_damaged = bool(set(case["decode"][_TRIPS[direction]]) & _DAMAGE)
        expected = is_damaged or (case["id"], direction) in REQUIRED
        assert judge(case, asked=direction).compatible is not expected, (case["id"], case["description"])


def test_events_without_what_a_reader_requires_are_refused() -> None:
    for case in CASES:
        for direction in DIRECTIONS:
            if (case["id"], direction) in REQUIRED:
                sides = {BACKWARD: ("old", "new"), FORWARD: ("new", "old")}[direction]
                writer, reader = (message_class(case, side) for side in sides)
                (change,) = [
                    one for one in judge(case, asked=direction).changes if one.severity == "breaking"
                ]
                read = reader.FromString(writer(**change.example).SerializeToString())
                assert not read.IsInitialized()


def message_class(case: Case, side: str) -> Any:
    schema = parse(Source(case[side]["entry"], case[side]["files"]))
    return message_factory.GetMessageClass(schema.pool.FindMessageTypeByName("t.v1.M"))


@pytest.mark.parametrize("policy", ["wire", "json"])
def test_a_schema_is_compatible_with_itself_and_full_is_both_directions(policy: str) -> None:
    for case in CASES[::5]:
        same: Case = {**case, "old": case["new"]}
        verdict = judge(same, asked="FULL_TRANSITIVE", policy=policy)
        assert (verdict.compatible, verdict.changes) == (True, ())
        both = [judge(case, asked=one, policy=policy).compatible for one in DIRECTIONS]
        assert judge(case, asked="FULL", policy=policy).compatible is all(both), case["id"]


def test_rules_break_only_what_they_may() -> None:
    for case in CASES:
        old, new = (parse(Source(case[side]["entry"], case[side]["files"])) for side in ("old", "new"))
        for policy in ("wire", "json"):
            for found in compare(old, new, policy).found:
                broken = {one for one, effect in found.effects.items() if effect in ("breaking", "lossy")}
                assert broken <= set(found.rule.breaks) and broken == set(found.examples), (case["id"], found)


def test_nested_changes_are_said_by_the_way_from_the_event() -> None:
    line = "message Line { %s price = 1; }\nmessage Order { string id = 1; repeated Line lines = 2; map<string, Line> by = 3; }"
    (change,) = diff(line % "int32", line % "string", "BACKWARD").changes
    assert (
        change.message
        == "lines[].price was int32 and is now string; the new schema loses values; old readers lose values"
    )
    assert (change.path, change.line, change.severity) == ("shop.v1.Line.price", 3, "lossy")
    assert change.example == {"lines": [{"price": 1}]}


def test_changes_in_a_map_are_those_of_its_values_and_keys() -> None:
    changes = diff(
        "message M { map<int32, string> names = 1; }", "message M { map<int64, bytes> names = 1; }"
    ).changes
    assert {change.message.partition(" was ")[0]: change.example for change in changes} == {
        "the key of names": {"names": {"9223372036854775807": "YQ=="}},
        "names{}": {"names": {"1": "//4="}},
    }


def test_a_message_that_holds_itself_is_walked_once() -> None:
    (change,) = diff(
        "message R { R next = 1; int64 v = 2; }", "message R { R next = 1; int32 v = 2; }"
    ).changes
    assert (change.rule, change.breaks) == ("protobuf/type-changed", (BACKWARD,))


@pytest.mark.parametrize(
    ("old", "new", "rule", "wire", "json"),
    [
        ("int32 a = 1;", "int32 z = 1;", "field-renamed", "risky", "lossy"),
        ("int32 a = 1;", "int32 a = 1 [json_name = 'x'];", "json-name-changed", "risky", "lossy"),
        ("enum E { Z = 0; A = 1; } E e = 1;", "enum E { Z = 0; B = 1; } E e = 1;", "enum-value-renamed", "risky", "lossy"),
        ("int64 a = 1;", "int32 a = 1;", "type-changed", "lossy", "breaking"),
        ("sint32 a = 1;", "int32 a = 1;", "type-changed", "lossy", "safe"),
        ("int32 a = 1;", "int64 b = 2; reserved 1;", "field-removed", "safe", "safe"),
    ],
)  # fmt: skip
def test_wire_and_json_are_other_contracts(old: str, new: str, rule: str, wire: str, json: str) -> None:
    for policy, severity in (("wire", wire), ("json", json)):
        changes = diff(f"message M {{ {old} }}", f"message M {{ {new} }}", policy=policy).changes
        assert [change.severity for change in changes if change.rule == f"protobuf/{rule}"] == [severity]


def test_one_message_of_a_file_may_be_the_contract() -> None:
    old, new = (
        "message A { int64 v = 1; }\nmessage B { int32 v = 1; }",
        "message A { int32 v = 1; }\nmessage B { int32 v = 1; }",
    )
    for only, is_compatible in (("shop.v1.A", False), ("shop.v1.B", True)):
        sources = [Source("o.proto", proto(text, "o.proto").files, only=only) for text in (old, new)]
        assert check(sources[:1], sources[1], Terms(mode("backward"))).compatible is is_compatible
    with pytest.raises(UnreadableError, match=r"no message shop.v1.C; there are shop.v1.A, shop.v1.B"):
        parse(Source("o.proto", proto(old, "o.proto").files, only="shop.v1.C"))


def test_imports_are_found_from_the_folders_above() -> None:
    money = 'syntax = "proto3"; package shop.v1; message Money { int64 cents = 1; }'
    body = 'syntax = "proto3";\nimport "shop/money.proto";\nmessage O { shop.v1.Money total = 1; }'
    files = {"api/shop/order.proto": body, "api/shop/money.proto": money}
    changed = {**files, "api/shop/money.proto": money.replace("int64", "int32")}
    sources = [
        Source("api/shop/order.proto", one, name=name)
        for one, name in ((files, "main:api/shop/order.proto"), (changed, ""))
    ]
    (change,) = check(sources[:1], sources[1], Terms(mode("backward"))).changes
    assert (change.file, change.message[:12], change.example) == ("api/shop/money.proto", "total.cents ", {"total": {"cents": "9223372036854775807"}})  # fmt: skip


def test_a_descriptor_set_is_as_good_as_its_text() -> None:
    from evtrace.contracts.protobuf.compile import descriptors

    sets = []
    for kind in ("int64", "int32"):
        raw, _ = descriptors(proto(f"message M {{ {kind} v = 1; }}", "m.proto"))
        sets.append(Source("m.binpb", {"m.binpb": raw}))
    verdict = check(sets[:1], sets[1], Terms(mode("backward")))
    assert (verdict.language, verdict.compatible) == ("protobuf", False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("message A { int64 v = 1 }", 'order.proto:3: Expected ";".'),
        ("message A {\n Foo v = 1; }", 'order.proto:4: "Foo" is not defined.'),
        ('\nimport "nope.proto";', 'order.proto:4: Import "nope.proto" was not found'),
        ('import "../secret.proto";', "order.proto:3: "),
        ("message A { int32 a = 1; int32 b = 1; }", "order.proto:3: Field number 1 has already been used"),
        ("message A { int32 a = 0; }", "order.proto:3: "),
    ],
)
def test_what_is_no_schema_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(UnreadableError) as problem:
        parse(proto(text))
    assert str(problem.value).startswith(said)


def test_what_is_no_descriptor_set_is_refused() -> None:
    for raw in (b"\xff\xff\xff", b""):
        with pytest.raises(UnreadableError, match=r"^x.binpb:1: "):
            parse(Source("x.binpb", {"x.binpb": raw}))


# -- on schemas that nobody wrote

_KINDS = {
    "int32": st.integers(-(2**31), 2**31 - 1), "sint32": st.integers(-(2**31), 2**31 - 1),
    "int64": st.integers(-(2**63), 2**63 - 1), "sint64": st.integers(-(2**63), 2**63 - 1),
    "uint32": st.integers(0, 2**32 - 1), "uint64": st.integers(0, 2**64 - 1),
    "fixed32": st.integers(0, 2**32 - 1), "sfixed64": st.integers(-(2**63), 2**63 - 1),
    "bool": st.booleans(), "double": st.floats(allow_nan=False), "string": st.text("a\u00e9", max_size=3),
    "bytes": st.binary(max_size=3),
}  # fmt: skip


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, tuple[str, str]]:
    """Fields by name: label and kind."""
    label = st.sampled_from(["", "optional ", "repeated "])
    return draw(
        st.dictionaries(st.sampled_from("abc"), st.tuples(label, st.sampled_from(sorted(_KINDS))), min_size=1)
    )


def body(fields: dict[str, tuple[str, str]]) -> str:
    lines = (f"{label}{kind} {name} = {ord(name)};" for name, (label, kind) in fields.items())
    return f"message M {{ {' '.join(lines)} }}"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), old=bodies(), new=bodies())
def test_what_is_called_compatible_travels_unharmed(data: st.DataObject, old: Any, new: Any) -> None:
    versions = [parse(proto(body(fields))) for fields in (old, new)]
    if diff(body(old), body(new), "BACKWARD").compatible is False:
        return
    writer, reader = (
        message_factory.GetMessageClass(one.pool.FindMessageTypeByName("shop.v1.M")) for one in versions
    )
    values = {}
    for name, (label, kind) in old.items():
        values[name] = data.draw(st.lists(_KINDS[kind], max_size=3) if label == "repeated " else _KINDS[kind])
    read = reader.FromString(writer(**values).SerializeToString())
    for name in old.keys() & new.keys():
        got = getattr(read, name)
        got = list(got) if new[name][0] == "repeated " else got
        assert _same(values[name], got), (name, old[name], new[name])


def _same(sent: Any, got: Any) -> bool:
    if isinstance(got, list) and not isinstance(sent, list):
        return got == [sent] or (not sent and got in ([], [sent]))
    return (sent.encode() if isinstance(sent, str) and isinstance(got, bytes) else sent) == got
