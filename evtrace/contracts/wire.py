"""Payloads as they are stored: JSON text, or bytes as base64 or hex, perhaps behind a registry's header."""

from __future__ import annotations

import base64
import binascii
import re

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_HEADER = 5  # a zero byte and the schema's number, four bytes, big-endian


def is_json(text: str) -> bool:
    """Is it JSON, and no bytes in disguise?"""
    return text[:1] in ("{", "[", '"') or text in ("null", "true", "false")


def as_bytes(text: str) -> bytes | None:
    """The bytes that a text stands for; None where it stands for none."""
    text = text.strip().removeprefix("0x")
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    if not _BASE64.fullmatch(text):
        return None
    try:
        return base64.b64decode(
            text.replace("-", "+").replace("_", "/")
            + "=" * (-len(text.rstrip("=")) % 4 if "=" not in text else 0)
        )
    except binascii.Error:
        return None


def header(raw: bytes) -> int | None:
    """The number of the schema that a registry's header names; None where there is no header."""
    return int.from_bytes(raw[1:_HEADER], "big") if len(raw) >= _HEADER and raw[0] == 0 else None


def body(raw: bytes) -> bytes:
    """What stands behind the header."""
    return raw[_HEADER:]


def varint(raw: bytes, at: int) -> tuple[int, int]:
    """A zigzag varint and where it ends, as Protobuf's message indexes are written."""
    value = shift = 0
    while at < len(raw):
        byte = raw[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            break
    return (value >> 1) ^ -(value & 1), at
