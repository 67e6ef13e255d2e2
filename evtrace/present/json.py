"""JSON: one envelope, fields in the order of the dataclasses, the same bytes for the same answer."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from evtrace.present.times import rfc3339

#: Raised with every change that a reader of the JSON can notice.
FORMAT = 1

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
    return json.dumps(whole, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace").decode() + "\n"


def lines(rows: Sequence[Any]) -> str:
    """One object a line, for tools that read streams."""
    made = (json.dumps(plain(row), ensure_ascii=False) for row in rows)
    return "".join(line.encode("utf-8", "backslashreplace").decode() + "\n" for line in made)


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
