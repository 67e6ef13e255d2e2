"""Laws: whatever the text, no format fails and no line is lost."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evtrace.formats import Format, Sample, load
from evtrace.formats.prose import is_prose

from .running import run

FORMATS = load()
BY_LINE = [f for f in FORMATS.values() if f.SHAPE in ("line", "text")]
OTHER = [f for f in FORMATS.values() if f.SHAPE in ("document", "table")]

#: Pieces that formats look for, between any characters that a decoded file can hold.
_PIECES = st.sampled_from(
    ["2026-11-20 14:02:11.513 INFO ", "[2026-11-20 14:02:11,513] WARN ", '{"a":', "}", "{", "\n", "\n\tat a.B", "a=",
     '"', "\\", "'", "\x00", "\x1b", "%s", "[x: ", "<34>1 ", "I1120 14:02:11 1 a.go:1] ", "data: ", "id: ", ",", "null",
     '"resourceLogs":[', "\ufeff", "\u2028", "stdout F ", ";", "}{", '\\"', "\\u0000"]
)  # fmt: skip
_TEXT = st.lists(
    st.one_of(_PIECES, st.text(st.characters(codec="utf-8", exclude_characters="\r\U0010ffff"))), max_size=12
)
_LOOSE = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("format", BY_LINE, ids=lambda f: f.NAME)
@given(pieces=_TEXT)
@_LOOSE
def test_no_line_is_lost(format: Format, pieces: list[str]) -> None:
    text = "".join(pieces)
    units = run(format, text)
    lines = text.removesuffix("\n").split("\n")
    if format.SHAPE == "line":
        assert [line for line, _, _, _ in units] == list(range(1, len(lines) + 1))
        return
    assert units[0][0] == 1
    kept = [doc is not None or skipped for _, _, doc, skipped in units]
    assert all(kept)


@pytest.mark.parametrize("format", OTHER, ids=lambda f: f.NAME)
@given(pieces=_TEXT)
@_LOOSE
def test_anything_gives_units(format: Format, pieces: list[str]) -> None:
    text = "".join(pieces)
    units = run(format, text)
    assert units or not text.removeprefix("\ufeff").strip()  # a mark of the byte order alone is an empty file


@given(pieces=_TEXT, whole=st.booleans())
@settings(max_examples=60, deadline=None)
def test_detection_never_fails(pieces: list[str], whole: bool) -> None:
    text = "".join(pieces)
    assert all(0 <= format.detect(Sample(text, whole=whole)) <= 1 for format in FORMATS.values())
    is_prose("a.log", Sample(text, whole=whole))
