"""JSON: one envelope, fields in the order of the dataclasses, the same bytes for the same answer."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from evtrace.present.times import rfc3339

#: Raised with every change that a reader of the JSON can notice.
FORMAT = 1

#: Controls beyond ASCII, marks of direction, and signs that nobody sees.
_ACTIVE = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")

_EXACT = (str, bool, int, type(None))


def envelope(command: str, data: Any, *, status: str = "ok", diagnostics: Sequence[str] = ()) -> str:
    """The one object that stands on stdout."""
    whole = {
        "evtrace": FORMAT,
        "command": command,
        "status": status,
        "data": plain(data),
        "diagnostics": list(diagnostics),
    }
    return _text(whole, indent=2) + "\n"


def lines(rows: Sequence[Any]) -> str:
    """One object a line, for tools that read streams."""
    return "".join(_text(plain(row)) + "\n" for row in rows)


def _text(value: Any, indent: int | None = None) -> str:
    """The same JSON, with nothing in it that a terminal obeys: an escape means the same."""
    made = json.dumps(value, ensure_ascii=False, indent=indent).encode("utf-8", "backslashreplace").decode()
    return _ACTIVE.sub(lambda found: f"\\u{ord(found[0]):04x}", made)


def plain(value: Any) -> Any:
    """Turn an answer into what JSON knows; times become RFC 3339."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _field(field.name, getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, _EXACT) else str(value)


def _field(name: str, value: Any) -> Any:
    is_time = name in ("at", "since") or name.endswith(("_at", "_ts"))
    return rfc3339(value) if is_time and isinstance(value, int) else plain(value)
