"""JSON Schema: the verdicts, an event for each break, the two policies, and what schemas are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from evtrace.changes import BACKWARD, DIRECTIONS, FORWARD, ContractDiff
from evtrace.contracts.check import Terms, check
from evtrace.contracts.jsonschema import compare, parse
from evtrace.contracts.modes import mode
from evtrace.contracts.source import Source
from evtrace.errors import UnreadableError
from tests.contracts.suites import Case, disagreements, judge, suite

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
MODERN = "https://json-schema.org/draft/2020-12/schema"


def source(schema: Any, name: str = "order.json") -> Source:
    return Source(name, {name: json.dumps(schema, indent=1)})


def thing(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def diff(old: Any, new: Any, asked: str = "FULL", policy: str = "strict") -> ContractDiff:
    return check([source(old, "old.json")], source(new), Terms(mode(asked), policy, "json"))


# -- the suites


def test_every_verdict_of_the_own_rules_is_right_and_none_is_left_open() -> None:
    assert disagreements(suite("own-json-rules")) == []
    assert not [case["id"] for case in suite("own-json-rules") if judge(case).undecided]


def test_no_break_that_was_proved_is_called_compatible() -> None:
    for case in suite("sentry-json-schema-diff"):
        for direction in DIRECTIONS:
            is_broken = case["oracle"][direction.lower()]["counterexample_found"]
            assert judge(case, asked=direction).compatible is not is_broken, (case["id"], direction)


@pytest.mark.parametrize("name", ["own-json-rules", "sentry-json-schema-diff"])
@pytest.mark.parametrize("policy", ["strict", "lenient"])
def test_a_schema_is_compatible_with_itself_in_every_mode(name: str, policy: str) -> None:
    for case in suite(name):
        for side in ("old", "new"):
            verdict = judge(
                {**case, "old": case[side], "new": case[side]}, asked="FULL_TRANSITIVE", policy=policy
            )
            assert (verdict.compatible, verdict.changes) == (True, ()), case["id"]


@pytest.mark.parametrize("policy", ["strict", "lenient"])
def test_full_is_backward_and_forward(policy: str) -> None:
    for case in suite("own-json-rules"):
        both = [judge(case, asked=one, policy=policy).compatible for one in DIRECTIONS]
        assert judge(case, asked="FULL", policy=policy).compatible is all(both), case["id"]


_BREAKS = [case for case in suite("own-json-rules") if case["mode"] != "FULL" and not case["compatible"]]


@pytest.mark.parametrize("case", _BREAKS, ids=[case["id"] for case in _BREAKS])
def test_every_break_is_shown_to_another_validator(case: Case) -> None:
    """jsonschema-rs confirmed each example; here python-jsonschema does."""
    writer, reader = (case["old"], case["new"]) if case["mode"] == BACKWARD else (case["new"], case["old"])
    broken = [change for change in judge(case).changes if change.severity == "breaking"]
    assert broken
    for change in broken:
        assert validator(writer).is_valid(change.example)
        assert not validator(reader).is_valid(change.example)


def validator(schema: Any) -> Any:
    default = jsonschema.Draft7Validator
    return (
        jsonschema.validators.validator_for(schema, default=default) if isinstance(schema, dict) else default
    )(schema)


def test_rules_break_only_what_they_may() -> None:
    for name in ("own-json-rules", "sentry-json-schema-diff"):
        for case in suite(name):
            for found in compare(parse(source(case["old"])), parse(source(case["new"])), "strict").found:
                broken = {one for one, effect in found.effects.items() if effect == "breaking"}
                assert broken <= set(found.rule.breaks), (case["id"], found.rule.id)
                assert broken == set(found.examples)


# -- what is said


@pytest.mark.parametrize(
    ("old", "new", "rule", "said"),
    [
        (thing(a=TEXT), thing(a=TEXT, b=WHOLE), "json/property-added", "property b is new: old events may hold it already"),
        (thing(a=TEXT, b=TEXT), thing(a=TEXT, c=TEXT), "json/property-removed", "(is it c under another name?)"),
        (thing(a=thing(b=TEXT)), thing(a=thing(b=WHOLE)), "json/type-changed", "a.b: the type was string and is now integer"),
        (thing(a={"items": thing(b=TEXT)}), thing(a={"items": thing(b={})}), "json/type-changed", "a[].b: the type is gone; it was string"),
        ({"required": ["a"]}, {"required": ["a", "b"]}, "json/required-added", "b is now required, and old events lack it"),
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, "json/enum-value-removed", "the event may no longer be b"),
        ({"maximum": 5}, {"exclusiveMaximum": 5}, "json/limit-tightened", "was maximum 5 and is now exclusiveMaximum 5"),
        ({"additionalProperties": TEXT}, {"additionalProperties": WHOLE}, "json/type-changed", "*: the type was string"),
        ({"oneOf": [TEXT]}, {"oneOf": [TEXT, {"maxLength": 5}]}, "json/branches-overlap", "several now take"),
        ({"$schema": MODERN, "format": "email"}, {"$schema": MODERN, "format": "uri"}, "json/format-changed", "this draft does not check it"),
        ({"default": 1}, {"default": 2}, "json/default-changed", "the default was 1 and is now 2"),
        ({"title": "a"}, {"title": "b"}, "json/annotation-changed", "title changed"),
        ({"enum": ["a"]}, {"const": "a"}, "json/rewritten", "says the same"),
    ],
)  # fmt: skip
def test_a_change_is_said_in_the_words_of_the_data(old: Any, new: Any, rule: str, said: str) -> None:
    messages = [change.message for change in diff(old, new).changes if change.rule == rule]
    assert any(said in message for message in messages), diff(old, new).changes


def test_a_change_has_its_line_in_the_new_file() -> None:
    new = {**thing(a=TEXT, b={"type": "number"}), "additionalProperties": False}
    old = {**thing(a=TEXT, b=WHOLE, c=TEXT), "additionalProperties": False}
    lines = json.dumps(new, indent=1).splitlines()
    changes = {change.rule: change for change in diff(old, new).changes}
    assert "number" in lines[(changes["json/type-changed"].line or 0) - 1]
    removed = changes["json/property-removed"]
    assert '"properties"' in lines[(removed.line or 0) - 1] and removed.path == "/properties/c"


def test_what_lies_in_another_file_has_its_line_there() -> None:
    def version(kind: str) -> Source:
        money = f'{{"definitions":\n {{"amount":\n {{"type": "{kind}"}}}}}}'
        order = {"properties": {"total": {"$ref": "common/money.json#/definitions/amount"}}}
        return Source("s/order.json", {"s/order.json": json.dumps(order), "s/common/money.json": money})

    diffed = check([version("integer")], version("string"), Terms(mode("backward"), "strict"))
    (change,) = diffed.changes
    assert (change.file, change.line, change.message[:5]) == ("s/common/money.json", 3, "total")


def test_an_event_shows_one_change_among_several() -> None:
    old, new = thing(a=TEXT, b=TEXT), thing(a=WHOLE, b={"type": "string", "maxLength": 1})
    shown = {change.path: change.example for change in diff(old, new, "BACKWARD").changes}
    assert shown == {"/properties/a/type": {"a": "a"}, "/properties/b/maxLength": {"b": "aa"}}


# -- policies

LENIENT: dict[str, tuple[Any, Any, bool]] = {
    "a property comes": (thing(a=TEXT), thing(a=TEXT, b=WHOLE), True),
    "a property comes to a closed object": (
        {**thing(a=TEXT), "additionalProperties": False},
        {**thing(a=TEXT, b=WHOLE), "additionalProperties": False},
        True,
    ),
    "a property comes inside": (thing(x=thing(a=TEXT)), thing(x=thing(a=TEXT, b=TEXT)), True),
    "a property comes in another part": (
        {"allOf": [thing(a=TEXT)]},
        {"allOf": [thing(a=TEXT), thing(b=TEXT)]},
        True,
    ),
    "an empty object gains one": ({"type": "object"}, thing(a=TEXT), True),
    "anything at all becomes an object": ({}, {"properties": {"a": TEXT}}, False),
    "a required property comes": (thing(a=TEXT), {**thing(a=TEXT, b=TEXT), "required": ["b"]}, False),
    "a type changes": (thing(a=TEXT), thing(a=WHOLE), False),
    "a map's values change": (
        {"type": "object", "additionalProperties": TEXT},
        {"type": "object", "additionalProperties": WHOLE},
        False,
    ),
    "the tagged member of a union grows": (
        {"oneOf": [thing(k={"const": "a"}), thing(k={"const": "b"})]},
        {"oneOf": [thing(k={"const": "a"}, n=TEXT), thing(k={"const": "b"})]},
        True,
    ),
}


@pytest.mark.parametrize(("old", "new", "is_compatible"), LENIENT.values(), ids=LENIENT)
def test_lenient_lets_optional_properties_come_and_go(old: Any, new: Any, is_compatible: bool) -> None:
    for one, other in ((old, new), (new, old)):
        verdict = diff(one, other, "FULL", "lenient")
        assert (verdict.compatible, verdict.policy) == (is_compatible, "lenient")


# -- recursion


def union(change: Callable[[dict[str, Any]], object] = lambda parts: None) -> dict[str, Any]:
    """Twelve branches of five properties, each of which may be any branch again."""
    parts: dict[str, Any] = {}
    for number in range(12):
        members: dict[str, Any] = {f"p{n}": {"$ref": "#/definitions/node"} for n in range(5)}
        members["kind"] = {"const": f"k{number}"}
        parts[f"t{number}"] = {"type": "object", "properties": members, "required": ["kind"]}
    parts["node"] = {"oneOf": [{"$ref": f"#/definitions/t{number}"} for number in range(12)]}
    change(parts)
    return {"$ref": "#/definitions/node", "definitions": parts}


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (lambda parts: None, ()),
        (lambda parts: parts["t3"]["properties"].update(p2=TEXT), (BACKWARD, FORWARD)),
        (lambda parts: parts["node"]["oneOf"].pop(), (BACKWARD,)),
        (lambda parts: parts["t3"]["properties"].update(title={}), ()),
    ],
)
def test_schemas_that_lead_to_themselves_are_decided(
    change: Callable[[Any], object], broken: tuple[str, ...]
) -> None:
    verdicts = {one: diff(union(), union(change), one).compatible for one in DIRECTIONS}
    assert verdicts == {one: one not in broken for one in DIRECTIONS}


def test_a_list_that_can_have_no_end_is_empty() -> None:
    """No finite value satisfies it, so every reader reads all of its values."""
    endless = {**thing(next={"$ref": "#"}), "required": ["next"]}
    assert diff(endless, False, "BACKWARD").compatible is True
    assert diff(TEXT, endless, "BACKWARD").compatible is False


# -- what the engine cannot decide


def test_what_cannot_be_decided_is_said_with_its_reason() -> None:
    old, new = ({"type": "string", "pattern": regex} for regex in ("^(?=a)[ab]+$", "^(?!b)[ab]+$"))
    verdict = diff(old, new, "BACKWARD")
    assert verdict.compatible is None
    assert [(one.direction, one.reason) for one in verdict.undecided] == [
        (BACKWARD, "the pattern looks ahead or behind")
    ]


def test_a_break_may_be_shown_where_a_proof_would_not_be_found() -> None:
    assert diff(TEXT, {"type": "string", "pattern": "^(?=.*[0-9])"}, "BACKWARD").compatible is False


# -- what is no schema


def loop(text: str) -> str:
    return f"{text} leads back to itself without going into a property or an item"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"type": "object",\n"properties": }', "order.json:2: broken JSON"),
        ('{"properties": {\n"a": {"type": "strin"}}}', "order.json:2: no draft-07 schema"),
        ('{"properties": {"a":\n {"$ref": "#/definitions/no"}}}', "order.json:2: $ref #/definitions/no leads nowhere"),
        ('{"properties": {"a":\n {"$ref": "http://e.com/a.json"}}}', "order.json:2: $ref http://e.com/a.json leads to the network"),
        ('{"properties": {"a":\n {"$ref": "file:///etc/passwd"}}}', "order.json:2: $ref file:///etc/passwd leads to the network"),
        ('{"properties": {"a":\n {"$ref": "other.json"}}}', "order.json:2: $ref other.json leads nowhere"),
        ('{\n"$ref": "#"}', "order.json:2: " + loop("this $ref")),
        ('{"definitions": {"a": {"$ref": "#/definitions/b"},\n"b": {"$ref": "#/definitions/a"}}}', "order.json:2: " + loop("this $ref")),
        ('{"$schema":\n"http://json-schema.org/draft-03/schema#"}', "order.json:1: unknown dialect"),
        ('{\n"pattern": "("}', "order.json:2: no draft-07 schema"),
        ('{\n"minimum": 1e999}', "order.json:2: 1e999 is no number"),
        ("[1, 2]", "order.json:1: a JSON Schema is an object"),
        ('{"not":' * 900 + "{}" + "}" * 900, "order.json:1: "),
    ],
)  # fmt: skip
def test_what_is_no_schema_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(UnreadableError) as problem:
        parse(Source("order.json", {"order.json": text}))
    assert str(problem.value).startswith(said)


def test_recursion_through_a_property_is_no_loop() -> None:
    assert diff(thing(next={"$ref": "#"}), thing(next={"$ref": "#"}, title={}), "BACKWARD").compatible is True


def test_two_languages_under_one_contract_are_refused() -> None:
    avro = Source("old.avsc", {"old.avsc": '"string"'})
    with pytest.raises(UnreadableError, match=r"order.json:1: two schema languages .* avro .* json"):
        check([avro], source({"type": "object"}), Terms(mode("backward")))


@pytest.mark.parametrize(
    ("schema", "draft"),
    [
        ({"$schema": "http://json-schema.org/draft-06/schema"}, "draft-06"),
        ({"$schema": MODERN}, "2020-12"),
        ({}, "draft-07"),
        ({"minimum": 1, "exclusiveMinimum": True}, "draft-04"),
        (True, "draft-07"),
    ],
)
def test_the_draft_is_named_or_found(schema: Any, draft: str) -> None:
    assert parse(source(schema)).dialect.name == draft


def test_yaml_is_read_with_its_lines() -> None:
    text = "type: object\nproperties:\n  on:\n    type: {}\n"
    versions = [Source("o.yaml", {"o.yaml": text.format(kind)}) for kind in ("string", "integer")]
    (change,) = check(versions[:1], versions[1], Terms(mode("backward"), "strict")).changes
    assert (change.path, change.line) == ("/properties/on/type", 4)
    with pytest.raises(UnreadableError, match=r"o.yaml:3: broken YAML"):
        parse(Source("o.yaml", {"o.yaml": "a: b\nc: [\n"}))
