"""What reaches a terminal is harmless and fits."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtrace.present.terminal import Screen, Span, cells, clean, columns


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("\x9b31mred", "\\x9b31mred"),
        ("a\u202eb", "a\\u202eb"),
        ("bell\x07 back\x08", "bell\\x07 back\\x08"),
        ("one\r\ntwo\tthree", "one\\r\\ntwo three"),
        ("zero\u200bwidth \ufeff", "zero\\u200bwidth \\ufeff"),
        ("lone \ud800", "lone \\ud800"),
        ("grüße 注文 🛒", "grüße 注文 🛒"),
    ],
)
def test_hostile_text_is_made_visible(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(st.text())
def test_no_control_or_direction_mark_survives(text: str) -> None:
    shown = clean(text)
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
    assert not [
        char
        for char in shown
        if unicodedata.bidirectional(char) in ("RLO", "LRO", "RLE", "LRE", "PDF", "RLI")
    ]
    assert clean(shown) == shown


def test_lines_wrap_at_the_width_and_keep_their_margin() -> None:
    line = Screen(width=20).line(["one two three four five six"], first="* ", rest="  ")
    assert line.split("\n") == ["* one two three four", "  five six"]


def test_nothing_is_wrapped_or_cut_without_a_terminal() -> None:
    assert Screen().line(["word " * 500]) == ("word " * 500).rstrip()


def test_a_word_wider_than_the_screen_is_kept_whole() -> None:
    assert Screen(width=10).line(["a", " ", "b" * 30]).split("\n") == ["a", "b" * 30]


def test_colour_says_nothing_that_the_text_does_not() -> None:
    spans = [Span("FAILED", "bad"), " order"]
    assert Screen(colour=True).line(spans) == "\x1b[1;31mFAILED\x1b[0m order"
    assert Screen().line(spans) == "FAILED order"


def test_columns_line_up_for_wide_characters() -> None:
    lines = columns(Screen(), ("id", "n"), [("注文", "1"), ("ab", "2")])
    assert [cells(line) for line in lines] == [7 - 0, 7, 7]
