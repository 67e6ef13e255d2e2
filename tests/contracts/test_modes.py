"""Modes, languages and rules: what they are called, and what the room may import."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import evtrace
from evtrace.changes import BACKWARD, FORWARD, SEVERITIES
from evtrace.contracts.extras import library
from evtrace.contracts.languages import MODULES, language_of, load, policy
from evtrace.contracts.modes import MODES, mode
from evtrace.contracts.positions import Lines, places, step, steps
from evtrace.contracts.source import Source
from evtrace.errors import UsageError

ROOM = Path(evtrace.__file__).parent / "contracts"


@pytest.mark.parametrize("name", ["full_transitive", "FULL-TRANSITIVE", " Full Transitive "])
def test_a_mode_is_read_in_any_case(name: str) -> None:
    assert mode(name) is MODES["FULL_TRANSITIVE"]
    assert mode(name).directions == (BACKWARD, FORWARD) and mode(name).is_transitive


def test_there_are_seven_modes_and_no_other() -> None:
    assert len(MODES) == 7 and MODES["NONE"].directions == ()
    with pytest.raises(UsageError, match="no such mode; there are BACKWARD"):
        mode("sideways")


@pytest.mark.parametrize(
    ("entry", "text", "language"),
    [
        ("a.avsc", "{}", "avro"),
        ("a.proto", "", "protobuf"),
        ("a.json", '{"type": "record", "name": "A", "fields": []}', "avro"),
        ("a.json", '{"type": "array", "items": "int"}', "avro"),
        ("a.json", '["null", "int"]', "avro"),
        ("a.json", '{"type": "array", "items": {"type": "string"}}', "json"),
        ("a.json", '{"type": ["null", "string"]}', "json"),
        ("a.json", "true", "json"),
        ("a.json", "{", "json"),
    ],
)
def test_the_language_is_found_by_name_or_content(entry: str, text: str, language: str) -> None:
    assert language_of(Source(entry, {entry: text})) == language


@pytest.mark.parametrize("name", MODULES)
def test_rules_are_rows_with_forever_ids(name: str) -> None:
    rules = load(name).RULES
    assert len({rule.id for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.id.startswith(f"{name}/") and rule.id == rule.id.lower()
        assert rule.severity in SEVERITIES and rule.says and rule.message


def test_a_policy_of_another_language_falls_back_and_an_unknown_one_is_refused() -> None:
    assert policy(load("avro"), "strict") == policy(load("avro"), None) == "resolution"
    with pytest.raises(UsageError, match="no such policy"):
        policy(load("avro"), "loose")


def test_an_absent_library_is_named_with_what_installs_it() -> None:
    with pytest.raises(UsageError, match=r"this needs no_such_library, .* pip install 'evtrace\[schemas\]'"):
        library("no_such_library")


def test_lines_are_those_of_keys_and_of_items() -> None:
    text = '{\n "a~/b": [\n  1,\n  {"x" :\n "\\"{[,:"}\n ],\n "": 2}'
    lines = Lines(text)
    assert [lines.line(p) for p in ("", "/a~0~1b", "/a~0~1b/0", "/a~0~1b/1/x", "/")] == [1, 2, 3, 4, 7]
    assert lines.line("/a~0~1b/1/gone/deeper") == 4
    assert steps(step(step("", "a~/b"), 1)) == ["a~/b", "1"]
    assert places(" [1]") == {"": 1, "/0": 2}


def test_the_room_imports_only_the_ground_floor() -> None:
    ground = {"errors", "model", "results", "changes", "contracts"}
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                parts = (name or "").split(".")
                assert parts[0] != "evtrace" or parts[1] in ground, f"{path}: {name}"
