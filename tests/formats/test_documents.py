"""Walking a document finds what parsing it finds."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtrace.formats.documents import BrokenJsonError, Node, roots

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
_VALUES = st.recursive(_SCALARS, lambda v: st.lists(v) | st.dictionaries(st.text(), v), max_leaves=30)


def walked(node: Node) -> Any:
    match node.kind:
        case "object":
            return {key: walked(value) for key, value in node.members()}
        case "array":
            return [walked(value) for value in node.elements()]
        case "text":
            return node.told()
    return json.loads(node.raw)


@given(value=_VALUES, indent=st.sampled_from([None, 0, 2]), ascii_only=st.booleans())
@settings(max_examples=200, deadline=None)
def test_walking_finds_what_was_written(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    (root,) = roots(text)
    assert walked(root) == json.loads(text)


@given(values=st.lists(st.lists(_SCALARS) | st.dictionaries(st.text(), _SCALARS), max_size=5))
@settings(deadline=None)
def test_values_one_after_the_other_come_apart(values: list[Any]) -> None:
    text = "".join(map(json.dumps, values)).encode()
    assert [walked(root) for root in roots(text)] == json.loads(json.dumps(values))


@pytest.mark.parametrize("depth", [1, 15, 16, 17, 18, 200])
def test_depth_does_not_matter(depth: int) -> None:
    text = b'{"a":' * depth + b'["]"]' + b"}" * depth
    (root,) = roots(text)
    assert root.at(*["a"] * depth).raw == b'["]"]'


@pytest.mark.parametrize(
    "text", ['{"a":', "[1, 2", "[1}", '"open', "{]", "[" * 100_000, '{"a":1}}', "hello", "[1] x", "tru", "-"]
)
def test_what_does_not_end_is_broken(text: str) -> None:
    with pytest.raises(BrokenJsonError):
        for root in roots(text.encode()):
            walked(root)


@pytest.mark.parametrize("text", ["[1 2]", '{"a" 1}', '{"a":1 "b":2}', "[1,,2]", "{1:2}", '[{"a":1},x]'])
def test_what_stands_between_values_is_broken(text: str) -> None:
    (root,) = roots(text.encode())
    with pytest.raises(BrokenJsonError) as problem:
        walked(root)
    assert 0 < problem.value.at < len(text)


def test_of_a_text_that_was_cut_the_whole_elements_are_found() -> None:
    text = b'{"n":1,"data":[{"id":1},{"id":2,"x":[1,2]},{"id":3,"x":"cut he'
    (root,) = roots(text, is_open=True)
    found = list(root.at("data").elements())
    assert [node.is_open for node in found] == [False, False, True]
    assert [walked(node)["id"] for node in found[:2]] == [1, 2]


def test_nothing_is_read_that_is_not_asked_for() -> None:
    text = b"[" + b'{"a":[1,2,3]},' * 200_000 + b"broken"
    (root,) = roots(text, is_open=True)
    assert [walked(node) for node in islice(root.elements(), 2)] == [{"a": [1, 2, 3]}] * 2
