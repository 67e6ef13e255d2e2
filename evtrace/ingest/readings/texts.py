"""Texts, numbers and names."""

from __future__ import annotations

from collections.abc import Callable


def one_of(x: str, *words: str) -> str:
    """Whether `x` is one of the words; NULL is none.

    Neither IN nor list_contains: DuckDB makes a join of either when there are several values, and a join
    loses the order of the rows, which is what line numbers rest on.
    """
    return one_of_values(x, *map(repr, words))


def one_of_values(x: str, *values: str) -> str:
    """The same for SQL expressions."""
    return f"CASE {x} {' '.join(f'WHEN {value} THEN TRUE' for value in values)} ELSE FALSE END"


def _bool(x: str) -> str:
    number = f"TRY_CAST({x} AS DOUBLE)"
    return (
        f"CASE WHEN {one_of(f'lower({x})', 'true', 'yes', 't', 'y')} THEN TRUE "
        f"WHEN {one_of(f'lower({x})', 'false', 'no', 'f', 'n')} THEN FALSE WHEN {number} IS NOT NULL THEN {number} <> 0 END"
    )


def _decoded(x: str) -> str:
    return f"TRY(decode(from_base64({x})))"


def _b64_or_text(x: str) -> str:
    """Short plain words can be valid base64 too; what decodes to control characters was none."""
    return (
        f"CASE WHEN length({x}) >= 4 AND length({x}) % 4 = 0 AND regexp_full_match({x}, '[A-Za-z0-9+/]+=*') "
        f"AND regexp_full_match({_decoded(x)}, '[^\\x00-\\x08\\x0e-\\x1f]*') THEN {_decoded(x)} ELSE {x} END"
    )


def first(x: str) -> str:
    return f"CASE WHEN starts_with({x}, '[') THEN TRY(json_extract_string({x}, '/0')) ELSE {x} END"


def last_part(x: str) -> str:
    return f"NULLIF(regexp_extract({x}, '([^/:]*)[/:]*$', 1), '')"


def _type_name(x: str) -> str:
    """'Shop.Orders+Placed, Shop, Version=1' → 'Placed'; 'urn:message:Shop:OrderPlaced' → 'OrderPlaced'."""
    whole = f"regexp_extract({first(x)}, '^([^;,]*)', 1)"
    return f"NULLIF(regexp_extract({whole}, '([^.:+/]*)$', 1), '')"


READINGS: dict[str, Callable[[str], str]] = {
    "text": lambda x: x,
    # An empty id must join nothing; elsewhere an empty text is kept as what it is, which is cheaper too.
    "id": lambda x: f"NULLIF({x}, '')",
    "json": lambda x: x,
    "optional": lambda x: f"CASE WHEN NOT {one_of(f'lower({x})', 'none', 'null', '-', '')} THEN {x} END",
    "number": lambda x: f"TRY_CAST({x} AS BIGINT)",
    "long_number": lambda x: (
        f"CASE WHEN TRY_CAST({x} AS BIGINT) IS NULL AND regexp_full_match({x}, '[0-9]+') THEN {x} END"
    ),
    "bool": _bool,
    "b64": _decoded,
    "b64_or_text": _b64_or_text,
    "first": first,
    "zero": lambda x: f"CASE WHEN {x} <> '' THEN 0 END",
    "template": lambda x: x,  # needs the whole document: extract.py fills it
    "last_part": last_part,
    "first_part": lambda x: f"NULLIF(regexp_extract({x}, '^([^./:]*)', 1), '')",
    "type_name": _type_name,
    "compose_service": lambda x: f"regexp_replace({x}, '[-_][0-9]+$', '')",
    "pod_service": lambda x: f"regexp_replace({x}, '(-[0-9a-z]{{8,10}})?-[0-9a-z]{{5}}$', '')",
}
