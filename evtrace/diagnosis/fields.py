"""What a payload holds: each field with its type, each short value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

#: Values longer than this are texts, not attributes.
LONGEST = 64

_DEEPEST = 8
_KINDS = {
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    type(None): "null",
    dict: "object",
    list: "array",
}


def fields(text: str | None) -> Iterator[tuple[str, str, Any]]:
    """Path, type and value of every field: ('lines[].price', 'number', 4.5); nothing for what is no JSON."""
    try:
        whole = json.loads(text or "null")
    except ValueError:
        return
    if isinstance(whole, (dict, list)):
        yield from _walk(whole, "", 0)


def _walk(value: Any, path: str, depth: int) -> Iterator[tuple[str, str, Any]]:
    if path:
        yield path, _KINDS[type(value)], value
    if depth < _DEEPEST and isinstance(value, dict):
        for name, inner in value.items():
            yield from _walk(inner, f"{path}.{name}" if path else name, depth + 1)
    elif depth < _DEEPEST and isinstance(value, list):
        for inner in value:
            yield from _walk(inner, f"{path}[]", depth + 1)


def shown(value: Any) -> str | None:
    """A scalar as text; None for what is none, or too long to be an attribute."""
    if isinstance(value, (dict, list)) or value is None:
        return None
    text = json.dumps(value) if isinstance(value, (bool, int, float)) else value
    return text if len(text) <= LONGEST else None
