"""On a terminal that lacks our signs plainer ones stand in; what is a log's stays readable as an escape."""

from __future__ import annotations

import pytest

from evtrace.cli import plain


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("└─ #2 → ok ✓ · done…", "ascii", b"`- #2 -> ok + - done..."),
        ("▁▄█", "ascii", b".=#"),
        ("é 日→", "ascii", rb"\xe9 \u65e5->"),
        ("é ± →", "latin-1", b"\xe9 \xb1 ->"),
        ("→ \udcff", "utf-8", "→ ".encode() + rb"\udcff"),
    ],
)
def test_signs_have_plain_forms(text: str, encoding: str, shown: bytes) -> None:
    plain.register()
    assert text.encode(encoding, plain.ERRORS) == shown
