"""JSON documents that hold many units: walked by their brackets, so that no document is ever held as a tree.

DuckDB keeps a parsed document at up to ten times its size, and each call of a JSON function has one of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from evtrace.formats.sql import object_of

_TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_FLAT = rb'[^{}\[\]"]*+(?:' + _TEXT + rb'[^{}\[\]"]*+)*+'
_WORD = rb"(?:-?(?:\d[\d.eE+-]*+|Infinity)|NaN|true|false|null)(?![\w.])"
#: Values that nest no deeper are passed over by one match; deeper ones bracket by bracket.
_DEPTH = 16


def _nested(depth: int) -> bytes:
    pattern = rb"[\[{]" + _FLAT + rb"[\]}]"
    for _ in range(depth - 1):
        pattern = rb"[\[{]" + _FLAT + rb"(?:" + pattern + _FLAT + rb")*+[\]}]"
    return pattern


_VALUE = rb"(?P<value>" + _TEXT + rb"|" + _WORD + rb"|" + _nested(_DEPTH) + rb")\s*+"
_KEY = rb"\s*+(?P<key>" + _TEXT + rb")\s*+:\s*+"
_ELEMENT = re.compile(rb"\s*+" + _VALUE + rb"(?P<then>[,\]])", re.DOTALL)
_MEMBER = re.compile(_KEY + _VALUE + rb"(?P<then>[,}])", re.DOTALL)
_ROOT = re.compile(_VALUE, re.DOTALL)
#: What stands before a value that the patterns above cannot pass over.
_BEFORE = {_ELEMENT: re.compile(rb"\s*+"), _MEMBER: re.compile(_KEY, re.DOTALL)}
_BRACKET = re.compile(_TEXT + rb"|[\[\]{}]", re.DOTALL)
_THEN = re.compile(rb"\s*+([,\]}])")
_SPACE = re.compile(rb"\s++")
_CLOSED = {_ELEMENT: re.compile(rb"\s*+\]"), _MEMBER: re.compile(rb"\s*+}")}
_KINDS = {b"{": "object", b"[": "array", b'"': "text", b"": ""}


class BrokenJsonError(ValueError):
    """The text stops being JSON at `at`."""

    def __init__(self, at: int) -> None:
        super().__init__(f"no JSON at byte {at}")
        self.at = at


class Node:
    """A JSON value where it stands in a text. What is absent is a node of no kind that holds nothing."""

    __slots__ = ("_text", "end", "is_open", "start")

    def __init__(self, text: bytes, start: int, end: int, *, is_open: bool = False) -> None:
        self._text, self.start, self.end = text, start, end
        self.is_open = is_open  # the text ends before the value does

    @property
    def kind(self) -> str:
        """The words object, array and text, or other; empty where there is nothing."""
        return _KINDS.get(self._text[self.start : min(self.start + 1, self.end)], "other")

    @property
    def raw(self) -> bytes:
        """As it is written."""
        return self._text[self.start : self.end]

    @property
    def size_bytes(self) -> int:
        return self.end - self.start

    def told(self) -> str | None:
        """What a text says; None where this is none."""
        return _unquoted(self.raw) if self.kind == "text" else None

    def members(self) -> Iterator[tuple[str, Node]]:
        """The members of an object in their order, of a repeated key each; none where this is no object."""
        if self.kind == "object":
            yield from ((_unquoted(key), value) for key, value in self._children(_MEMBER))

    def elements(self) -> Iterator[Node]:
        """The elements of an array; none where this is no array."""
        if self.kind == "array":
            yield from (value for _, value in self._children(_ELEMENT))

    def at(self, *keys: str) -> Node:
        """The value below these keys; a node of no kind where there is none."""
        node = self
        for key in keys:
            node = next((value for name, value in node.members() if name == key), NOTHING)
        return node

    def _children(self, pattern: re.Pattern[bytes]) -> Iterator[tuple[bytes, Node]]:
        at, has_more = self.start + 1, not _CLOSED[pattern].match(self._text, self.start + 1, self.end)
        while has_more and (child := self._child(pattern, at)):
            yield child.key, Node(self._text, child.start, child.stop or self.end, is_open=not child.stop)
            at, has_more = child.next_at, child.then == b","

    def _child(self, pattern: re.Pattern[bytes], at: int) -> _Child | None:
        found = pattern.match(self._text, at, self.end)
        if not found:
            return self._odd_child(pattern, at)
        start, stop = found.span("value")
        return _Child(found[1] if pattern is _MEMBER else b"", start, stop, found["then"], found.end())

    def _odd_child(self, pattern: re.Pattern[bytes], at: int) -> _Child | None:
        """A child that nests too deep for the pattern or that the text breaks off in; None where there is none."""
        text, end = self._text, self.end
        if _CLOSED[pattern].match(text, at, end):  # behind a last comma, which DuckDB takes as well
            return None
        before = _BEFORE[pattern].match(text, at, end)
        opens = before is not None and text[before.end() : before.end() + 1] in (b"[", b"{")
        if before and opens:
            start, key = before.end(), before[1] if pattern is _MEMBER else b""
            stop = _closing(text, start, end)
            if stop and (then := _THEN.match(text, stop, end)):
                return _Child(key, start, stop, then[1], then.end())
            if not stop and self.is_open:
                return _Child(key, start, None, b"", end)
        if self.is_open:
            return None
        raise BrokenJsonError(at)


class _Child(NamedTuple):
    key: bytes
    start: int
    stop: int | None  # None: the text ends before it does
    then: bytes  # the comma or bracket behind it
    next_at: int


NOTHING = Node(b"", 0, 0)


class Element(NamedTuple):
    """A unit of a document; `around` holds what the format tells with it, in the order of its AROUND."""

    node: Node
    around: tuple[Node | str, ...] | None = None
    is_skipped: bool = False  # it is no observation


def whole(root: Node) -> Iterator[Element]:
    """The document as the one unit that is cut out of it."""
    yield Element(root)


def roots(text: bytes, *, is_open: bool = False) -> Iterator[Node]:
    """The values that stand one after the other in a text. Raises BrokenJsonError where something else does.

    `is_open` allows for a text that was cut: then the last value may be open.
    """
    at = _past_space(text, 0)
    while at < len(text):
        found = _ROOT.match(text, at)
        opens = text[at : at + 1] in (b"[", b"{")
        stop = found.end("value") if found else _closing(text, at, len(text)) if opens else None
        if not stop and not is_open:
            raise BrokenJsonError(at)
        yield Node(text, at, stop or len(text), is_open=not stop)
        at = found.end() if found else _past_space(text, stop or len(text))


def _past_space(text: bytes, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _closing(text: bytes, start: int, end: int) -> int | None:
    """Where the value that opens at `start` ends; None where it does not."""
    depth = 0
    for found in _BRACKET.finditer(text, start, end):
        depth += (found[0] in (b"[", b"{")) - (found[0] in (b"]", b"}"))
        if not depth:
            return found.end()
    return None


def _unquoted(raw: bytes) -> str:
    if b"\\" not in raw:
        return raw[1:-1].decode("utf-8", "replace")
    try:
        return str(json.loads(raw))
    except ValueError:
        return raw[1:-1].decode("utf-8", "replace")


def as_object(element: str) -> str:
    """SQL: the element as an object (VARCHAR); anything else becomes one with the key `value`."""
    return (
        f"CASE WHEN json_type({element}) = 'OBJECT' THEN CAST({element} AS VARCHAR) "
        f"ELSE {object_of({'value': element})} END"
    )


def json_or_null(text: str) -> str:
    """SQL: the text as JSON; NULL where it is none."""
    return f"CASE WHEN json_valid({text}) THEN CAST({text} AS JSON) END"


def units(docs: str, elements: str, doc: str = "", *, about: str = "NULL") -> str:
    """SELECT line, item, doc, skipped: a unit for each element of the documents in `docs(line, doc)`.

    `elements` is SQL over `root`, the document as JSON, and gives a JSON[]; where it is empty the
    document is one skipped unit. `doc` is SQL over `element` and `about`, which is worked out once for
    a document, over `root`. A document that is no JSON is one unit without a doc: a reject.
    """
    return (
        f"SELECT line, item, CASE WHEN element IS NOT NULL THEN {doc or as_object('element')} END AS doc, "
        "is_read AND element IS NULL AS skipped "
        "FROM (SELECT line, is_read, about, unnest(found) AS element, "
        "CAST(generate_subscripts(found, 1) AS INTEGER) AS item "
        "FROM (SELECT line, is_read, about, "
        "CASE WHEN len(found) > 0 THEN found ELSE [CAST(NULL AS JSON)] END AS found "
        f"FROM (SELECT line, root IS NOT NULL AS is_read, {about} AS about, "
        f"{elements} AS found FROM (SELECT line, doc, {json_or_null('doc')} AS root FROM {docs}))))"
    )
