"""Log text in Markdown shows itself and does nothing."""

from __future__ import annotations

import pytest

from evtrace.present.markdown import escape


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>", "\\<script\\>"),
        ("a|b", "a\\|b"),
        ("[x](javascript:1)", "\\[x\\](javascript:1)"),
        ("**bold** `code`", "\\*\\*bold\\*\\* \\`code\\`"),
        ("one\ntwo", "one\\\\ntwo"),
        ("&lt;", "&amp;lt;"),
    ],
)
def test_markup_is_escaped(text: str, shown: str) -> None:
    assert escape(text) == shown
