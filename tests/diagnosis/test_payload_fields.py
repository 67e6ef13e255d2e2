"""What a payload holds is told path by path, whatever stands in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evtrace.diagnosis.fields import LONGEST, fields, shown

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        ({"a": 1}, [("a", "number", 1)]),
        ({"a": None, "b": True}, [("a", "null", None), ("b", "boolean", True)]),
        ({"a": {"b": "x"}}, [("a", "object", {"b": "x"}), ("a.b", "string", "x")]),
        (
            {"l": [{"p": 4}]},
            [("l", "array", [{"p": 4}]), ("l[]", "object", {"p": 4}), ("l[].p", "number", 4)],
        ),
        ({}, []),
        ([], []),
        (7, []),
    ],
)
def test_each_field_has_its_path_and_type(payload: Any, found: list[tuple[str, str, Any]]) -> None:
    assert list(fields(json.dumps(payload))) == found


@pytest.mark.parametrize("text", [None, "", "no json", '{"half": '])
def test_what_is_no_json_has_no_fields(text: str | None) -> None:
    assert list(fields(text)) == []


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JSON)
def test_anything_can_be_told(payload: Any) -> None:
    told = [shown(value) for _, _, value in fields(json.dumps(payload))]
    assert all(text is None or len(text) <= LONGEST for text in told)


def test_a_deep_payload_is_told_to_its_depth() -> None:
    deep = '{"a":' * 500 + "1" + "}" * 500
    assert len(list(fields(deep))) < 20
