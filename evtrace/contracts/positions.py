"""Where in a JSON text each value stands: JSON pointer → line and column of its key or first character."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_TOKEN = re.compile(r'[ \t\r\n]*("(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+)', re.S)


def step(pointer: str, key: str | int) -> str:
    """The pointer of a part."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"


def steps(pointer: str) -> list[str]:
    """The keys that a pointer goes through."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


@dataclass
class _Level:
    """An object or array that is being read."""

    pointer: str
    is_object: bool
    index: int = 0
    key: str | None = None
    has_key: bool = field(default=False)


def places(text: str) -> Mapping[str, int]:
    """The offset of every key (of items: of the value) in well-formed JSON."""
    found: dict[str, int] = {"": len(text) - len(text.lstrip())}
    levels: list[_Level] = []
    for match in _TOKEN.finditer(text):
        token, at = match[1], match.start(1)
        level = levels[-1] if levels else None
        if token in "]}":
            levels.pop()
        elif token == ":" and level:
            level.has_key = True
        elif token == "," and level:
            level.index, level.has_key = level.index + 1, False
        elif level and level.is_object and not level.has_key:
            level.key = json.loads(token, strict=False)
            found[step(level.pointer, level.key or "")] = at
        else:
            pointer = _pointer(level)
            found.setdefault(pointer, at)
            if token in "[{":
                levels.append(_Level(pointer, token == "{"))
    return found


def _pointer(level: _Level | None) -> str:
    if level is None:
        return ""
    return step(level.pointer, level.key or "" if level.is_object else level.index)


class Lines:
    """Lines of one text, looked up by pointer; nothing is read before the first question."""

    def __init__(self, text: str, places: Mapping[str, int] | None = None) -> None:
        self._text = text
        self._places = places

    def line(self, pointer: str) -> int:
        """The line of a value, or of its nearest parent that is there."""
        if self._places is None:
            self._places = places(self._text)
        while pointer and pointer not in self._places:
            pointer = pointer.rpartition("/")[0]
        return self._text.count("\n", 0, self._places.get(pointer, 0)) + 1
