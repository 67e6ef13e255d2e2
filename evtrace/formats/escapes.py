"""Texts with C's escapes, as Redis prints them: bytes that are no printable ASCII are written in hex."""

from __future__ import annotations

from evtrace.formats.sql import let

_SIGNS = {r"\n": "0a", r"\r": "0d", r"\t": "09", r"\a": "07", r"\b": "08"}
_TOKEN = r"\\x[0-9a-f]{2}|\\.|[^\\]+"


def unescaped(text: str) -> str:
    """SQL: the text that is meant (UTF-8); as it is written where its bytes are no text."""
    signs = " ".join(f"WHEN '{sign}' THEN '{code}'" for sign, code in _SIGNS.items())
    plain = r"CASE WHEN t[1] = '\' THEN t[2:] ELSE t END"
    one = rf"CASE WHEN starts_with(t, '\x') THEN t[3:] ELSE CASE t {signs} ELSE hex(encode({plain})) END END"
    joined = f"array_to_string(list_transform(regexp_extract_all(s, '{_TOKEN}'), lambda t: {one}), '')"
    meant = rf"CASE WHEN contains(s, '\') THEN COALESCE(TRY(decode(unhex({joined}))), s) ELSE s END"
    return let(text, "s", meant)
