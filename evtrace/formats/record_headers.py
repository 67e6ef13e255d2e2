"""Headers of a Kafka record as tools print them: `name:value` behind one another."""

from __future__ import annotations

from evtrace.formats.sql import let, object_from_pairs

_NAME = r"[A-Za-z_$][\w$.-]*"
_SEPARATORS = (",", "|", ";")
#: More than one header; a single one may as well be a key with a colon in it.
_SEVERAL = r"^" + _NAME + r":(?s:.*?)[,|;]" + _NAME + ":"
#: A single header by what its name says.
_TELLING = (
    r"(?i)^(?:__|ce[-_]|x-|b3:|[\w.$-]*(?:id|type|trace|parent|span|correlation|causation|source|content|schema|"
    r"timestamp|retry|attempt|exception)[\w.$-]*:)"
)


def are_headers(text: str) -> str:
    """SQL, BOOLEAN: the text is headers, not a key."""
    return f"({text} = 'NO_HEADERS' OR regexp_matches({text}, '{_SEVERAL}') OR regexp_matches({text}, '{_TELLING}'))"


def may_be_headers(text: str) -> str:
    """SQL, BOOLEAN: the same where a key follows, so that it can be no key."""
    return f"({text} = 'NO_HEADERS' OR regexp_matches({text}, '^{_NAME}:'))"


def headers(text: str, between: str = ":") -> str:
    """SQL: the headers as an object (VARCHAR); NULL where there are none.

    A separator inside a value is told from one between headers by the name that follows. Of equal names
    the first stays; `null` is how a header without a value is written.
    """
    whens = " ".join(
        f"WHEN regexp_matches({text}, '[{one}]{_NAME}{between}') THEN {_marked(text, one, between)}"
        for one in _SEPARATORS
    )
    listed = f"string_split(CASE {whens} ELSE {text} END, chr(31))"
    value = f"nullif(substr(h, strpos(h, '{between}') + {len(between)}), 'null')"
    pairs = f"list_transform({listed}, lambda h: {{'k': split_part(h, '{between}', 1), 'v': {value}}})"
    is_some = f"{text} <> '' AND {text} <> 'NO_HEADERS'"
    return f"CASE WHEN {is_some} THEN {let(pairs, 'hs', object_from_pairs('hs'))} END"


def _marked(text: str, separator: str, between: str) -> str:
    """In `a:b,http://x` no second header begins."""
    mark = f"regexp_replace({text}, '[{separator}]({_NAME}{between})', chr(31) || '\\1', 'g')"
    return f"regexp_replace({mark}, '\\x1f({_NAME}{between}//)', '{separator}\\1', 'g')"
