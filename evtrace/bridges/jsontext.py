"""JSON texts made by DuckDB, and made harmless: the same JSON, with nothing in it that acts where it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

#: What a terminal or a page may obey: controls, marks of direction, and the bracket that begins a tag. In JSON they
#: stand in texts only, where an escape means the same.
_ACTIVE = re.compile("[<\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")


def harmless(text: str) -> str:
    """The same JSON, every active character written as an escape."""
    return _ACTIVE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def listed(items: Iterable[str], *, before: str = "[", after: str = "]\n") -> Iterator[str]:
    """JSON values as the elements of one array, a line each."""
    separator = before + "\n"
    for item in items:
        yield separator + harmless(item)
        separator = ",\n"
    yield (separator if separator == before + "\n" else "\n") + after


def by_flow(found: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, list[tuple[Any, ...]]]]:
    """Rows of one flow together; the first column names it, and rows come in its order."""
    for flow, group in groupby(found, key=lambda row: row[0]):
        yield flow, list(group)


def entries(items: Sequence[tuple[str | None, str]], *, brackets: str = "[]") -> str:
    """SQL: the JSON texts whose condition holds, as an array or an object. None: always."""
    texts = [
        f"',' || {text}" if when is None else f"CASE WHEN {when} THEN ',' || {text} ELSE '' END"
        for when, text in items
    ]
    return (
        f"'{brackets[0]}' || substr({' || '.join(texts)}, 2) || '{brackets[1]}'" if texts else f"'{brackets}'"
    )


def member(name: str, value: str) -> str:
    """SQL: a member of an object; `value` is JSON text."""
    return f"'\"{name}\":' || {value}"


def text(value: str) -> str:
    """SQL: a value as JSON text."""
    return f"CAST(to_json({value}) AS VARCHAR)"


def quoted(value: str) -> str:
    """SQL: a number as a JSON string, for readers that lose digits."""
    return f"'\"' || ({value}) || '\"'"


def joined(values: str, item: Callable[[str], str], name: str) -> str:
    """SQL: the JSON texts of a list's items, joined by commas; '' for no list."""
    return f"COALESCE(array_to_string(list_transform({values}, lambda {name}: {item(name)}), ','), '')"
