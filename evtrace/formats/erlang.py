"""Erlang terms as RabbitMQ prints them, as JSON."""

from __future__ import annotations

from evtrace.formats.sql import let, literal

#: A binary (text or bytes), a bracket, a comma, or a word or number.
_TOKEN = r'<<"(?:[^"\\]|\\.)*"(?:/utf8)?>>|<<[\d,\s]*>>|[{}\[\],]|[A-Za-z_][\w@]*|-?[\d.]+(?:e[+-]?\d+)?'

#: Brackets of what is JSON already: in these lists no text holds them, and no raw bracket is left inside.
_DONE = {"{": "\ue000", "}": "\ue001", "[": "\ue002", "]": "\ue003"}
_FINISHED = r"([^{}\[\]]*)"
_LEVELS = 6  # x-death needs five: headers, array, table, array, text


def properties(term: str) -> str:
    """SQL: AMQP properties `[{<<"name">>,type,value}, …]` as a JSON object (VARCHAR); NULL where they are none."""
    flat = _tokens(term)
    for _ in range(_LEVELS):
        # Most terms are finished after two levels; no further one is then worth a look.
        flat = let(flat, "x", f"CASE WHEN contains(x, '{{') THEN {_level('x')} ELSE x END")
    whole = rf"regexp_replace({flat}, '^\[{_FINISHED}\]$', '{_DONE['{']}\1{_DONE['}']}')"
    back = f"translate({whole}, '{''.join(_DONE.values())}', '{''.join(_DONE)}')"
    return let(back, "j", "CASE WHEN json_valid(j) THEN j END")


def texts(term: str) -> str:
    """SQL: a list of binaries `[<<"a">>,<<"b">>]` as a JSON array (VARCHAR); NULL where it is none."""
    return let(_tokens(term), "j", "CASE WHEN json_valid(j) THEN j END")


def _tokens(term: str) -> str:
    found = f"regexp_extract_all({term}, {literal(_TOKEN)})"
    return f"array_to_string(list_transform({found}, lambda t: {_token('t')}), '')"


def _level(text: str) -> str:
    """One level of what is innermost: values of a list, members of a table, then their brackets."""
    rules = (
        (r"\{(\d+),(-?\d+)\}", r'"\1,\2"'),  # a decimal: scale and value
        (r'\{"([^"]*)",[a-z]+,' + _FINISHED + r"\}", r'"\1":\2'),
        (r"\{[a-z]+," + _FINISHED + r"\}", r"\1"),
        (r"array,\[" + _FINISHED + r"\]", f"array,{_DONE['[']}\\1{_DONE[']']}"),
        (r"table,\[" + _FINISHED + r"\]", f"table,{_DONE['{']}\\1{_DONE['}']}"),
    )
    for pattern, by in rules:
        text = f"regexp_replace({text}, {literal(pattern)}, {literal(by)}, 'g')"
    return text


def _token(token: str) -> str:
    """SQL: a binary as a JSON text without any raw quote or bracket in it; a word as JSON knows it."""
    inner = f"CASE WHEN ends_with({token}, '/utf8>>') THEN {token}[4:-9] ELSE {token}[4:-4] END"
    is_plain = f"NOT regexp_matches({token}, '[\\\\{{}}\\[\\]]')"  # of most texts nothing has to be changed
    return (
        f"CASE WHEN starts_with({token}, '<<\"') THEN CASE WHEN {is_plain} THEN '\"' || {inner} || '\"' "
        f"ELSE '\"' || {_escaped(_text(inner))} || '\"' END "
        f"WHEN starts_with({token}, '<<') THEN '\"' || {_escaped(_bytes(token))} || '\"' "
        f"WHEN {token} = 'undefined' THEN 'null' ELSE {token} END"
    )


def _text(inner: str) -> str:
    """SQL: the text with its escapes resolved. A backslash is put aside meanwhile."""
    text = f"replace({inner}, '\\\\', '\ue004')"
    for escape, sign in (
        ("n", "10"),
        ("r", "13"),
        ("t", "9"),
        ("b", "8"),
        ("f", "12"),
        ("v", "11"),
        ("e", "27"),
    ):
        text = f"replace({text}, '\\{escape}', chr({sign}))"
    return f"replace(replace({text}, '\\\"', '\"'), '\ue004', '\\')"


def _bytes(token: str) -> str:
    """SQL: the text that the bytes `<<90,195,188>>` spell; as they stand where that is no UTF-8."""
    numbers = f"regexp_extract_all({token}, '\\d+')"
    hexadecimal = f"array_to_string(list_transform({numbers}, lambda b: lpad(hex(TRY_CAST(b AS UTINYINT)), 2, '0')), '')"
    return f"COALESCE(TRY(decode(unhex({hexadecimal}))), {token})"


def _escaped(text: str) -> str:
    quoted = f"CAST(to_json({text}) AS VARCHAR)"
    inner = f"replace({quoted}[2:-2], '\\\"', '\\u0022')"
    for sign, code in (("{", "7b"), ("}", "7d"), ("[", "5b"), ("]", "5d")):
        inner = f"replace({inner}, '{sign}', '\\u00{code}')"
    return inner
