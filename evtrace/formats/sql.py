"""Pieces of SQL that formats share: JSON objects that are valid for any text, names for values."""

from __future__ import annotations

import re

#: A character that separates nothing: where a file is read line by line, it is the CSV delimiter.
_NOWHERE = "\U0010ffff"
_LONGEST_LINE_BYTES = 32 << 20


def literal(text: str) -> str:
    """The SQL literal of `text`."""
    return "'" + text.replace("'", "''") + "'"


def let(value: str, name: str, body: str) -> str:
    """The expression `body`, in which `name` stands for `value`; the value is worked out once.

    DuckDB finds common expressions by itself, but not inside CASE and COALESCE. Each lambda inside
    another doubles the time it takes to bind them: a value that has the name already needs none.
    """
    if value == name:
        return body
    return f"list_transform([{value}], lambda {name}: {body})[1]"


def member(name: str, value: str) -> str:
    """One member of an object as text; NULL where the value is NULL (a JSON null is a value)."""
    return f"{literal(_quoted(name))} || CAST(to_json({value}) AS VARCHAR)"


def members(values: dict[str, str]) -> str:
    """The members that have a value, as text between commas; empty text when there is none."""
    return f"concat_ws(',', {', '.join(member(name, value) for name, value in values.items())})"


def object_of(values: dict[str, str]) -> str:
    """A JSON object (VARCHAR) of the values that are not NULL. `json_object` would keep the NULLs."""
    return f"('{{' || {members(values)} || '}}')"


def extended(document: str, values: dict[str, str]) -> str:
    """The JSON object `document` with members added in front; its own are left as they are.

    `json_merge_patch` would drop the nulls of the document.
    """
    rest = "CASE WHEN b = '{}' OR a = '' THEN '' ELSE ',' END || substr(b, 2)"
    inner = let(members(values), "a", f"'{{' || a || {rest}")
    return let(f"CAST(json({document}) AS VARCHAR)", "b", inner)


def without(document: str, *names: str) -> str:
    """The JSON object `document` without these members."""
    for name in names:
        document = f"json_remove({document}, '$.{name}')"
    return document


def object_from_pairs(pairs: str) -> str:
    """A JSON object (VARCHAR) from a list of structs (k, v); of equal keys the first stays. NULL if empty."""
    keys = let(f"list_transform({pairs}, lambda p: p.k)", "ks", _pairs_body(pairs))
    return f"CASE WHEN len({pairs}) > 0 THEN {keys} END"


def _pairs_body(pairs: str) -> str:
    firsts = f"list_filter({pairs}, lambda p, i: list_position(ks, p.k) = i)"
    one = "CAST(to_json(p.k) AS VARCHAR) || ':' || COALESCE(CAST(to_json(p.v) AS VARCHAR), 'null')"
    texts = f"list_transform({firsts}, lambda p: {one})"
    return f"'{{' || array_to_string({texts}, ',') || '}}'"


def groups(text: str, pattern: str, names: list[str]) -> str:
    """The named groups of the first match of `pattern` as a struct; empty texts where it does not match."""
    listed = ", ".join(literal(name) for name in names)
    return f"regexp_extract({text}, {literal(pattern)}, [{listed}])"


def named_groups(text: str, pattern: str) -> str:
    """The same with every group that `pattern` names."""
    return groups(text, pattern, list(re.compile(pattern).groupindex))


def lines_of(path: str) -> str:
    """SELECT line, text FROM the file at `path` (an SQL literal): its physical lines, numbered from 1."""
    return (
        "SELECT row_number() OVER () AS line, COALESCE(text, '') AS text "
        f"FROM read_csv({path}, columns = {{'text': 'VARCHAR'}}, delim = '{_NOWHERE}', quote = '', escape = '', "
        "header = false, auto_detect = false, strict_mode = false, null_padding = true, "
        f"max_line_size = {_LONGEST_LINE_BYTES})"
    )


def _quoted(name: str) -> str:
    return f'"{name}":'
