"""Messages: what the words of a system's log lines say, as patterns. README.md explains them to people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from evtrace.dialects.errors import BadDialectError
from evtrace.model import KINDS, ROLES

TOLD = "told"  # where a document holds what its message says
EACH = "each"  # the group that holds a list; every element of it is a record of its own
_KEYS = {"speaker", "constants", "says"}
_SAYING_KEYS = {"kind", "hint", "text", "each", "otherwise"}
#: A hint is looked for in the line as JSON, where these are written in another way.
_ESCAPED = re.compile(r'["\\\x00-\x1f]')
_UNKNOWN_TO_RE2 = re.compile(r"\(\?[=!]|\(\?<[=!]|\\[1-9]|\(\?P=")


@dataclass(frozen=True)
class Saying:
    """One thing that a log line may say."""

    kind: str
    hint: str  # words that every such line holds: a cheap look spares the others the pattern
    text: str  # what is found in the line; its named groups are roles
    each: str = ""  # what is found in the group `each` of the text, again and again; its groups are roles
    otherwise: bool = False  # it counts only for lines that say nothing else

    @property
    def groups(self) -> list[str]:
        return list(re.compile(self.text).groupindex)

    @property
    def each_groups(self) -> list[str]:
        return list(re.compile(self.each).groupindex)


@dataclass(frozen=True)
class Messages:
    """What the log lines of one system say."""

    dialect: str
    says: tuple[Saying, ...]
    speaker: str = ""  # a pattern whose groups are roles of whatever a line says
    constants: tuple[tuple[str, str], ...] = ()

    @property
    def speaker_groups(self) -> list[str]:
        return list(re.compile(self.speaker).groupindex)

    @property
    def roles(self) -> set[str]:
        """Every role that a line of these may fill."""
        found = {name for saying in self.says for name in (*saying.groups, *saying.each_groups)}
        return (found | set(self.speaker_groups) | {name for name, _ in self.constants}) - {EACH}


def messages(dialect: str, table: Any) -> Messages | None:
    """Check the table [messages] of a dialect; None where it has none."""
    if table is None:
        return None
    where = "[messages]"
    _known(table, _KEYS, where=where)
    speaker = _pattern(table.get("speaker", ""), where="messages.speaker")
    constants = table.get("constants", {})
    for name, value in constants.items():
        if name not in ROLES or not isinstance(value, str):
            raise BadDialectError(f"messages.constants.{name}: must be a role and a text")
    says = tuple(_sayings(table.get("says", [])))
    return Messages(dialect, says, speaker, tuple(constants.items()))


def _sayings(entries: Any) -> Iterator[Saying]:
    for number, entry in enumerate(entries, 1):
        where = f"messages.says, number {number}"
        _known(entry, _SAYING_KEYS, where=where)
        if entry.get("kind") not in KINDS:
            raise BadDialectError(f"{where}: no kind {entry.get('kind')!r}; kinds are {', '.join(KINDS)}")
        hint, text = entry.get("hint", ""), _pattern(entry.get("text", ""), where=where)
        if not isinstance(hint, str) or len(hint) < 4 or _ESCAPED.search(hint):
            raise BadDialectError(
                f"{where}: hint must be at least four characters that each such line holds, no quotes among them"
            )
        each = _pattern(entry.get("each", ""), where=where)
        if bool(each) != (EACH in re.compile(text).groupindex):
            raise BadDialectError(
                f"{where}: `each` needs a group (?P<each>…) in the text, and the other way round"
            )
        yield Saying(entry["kind"], hint, text or _quoted(hint), each, entry.get("otherwise") is True)


def _pattern(text: Any, *, where: str) -> str:
    try:
        groups = re.compile(text).groupindex
    except (TypeError, re.error) as problem:
        raise BadDialectError(f"{where}: no regular expression: {problem}") from problem
    if _UNKNOWN_TO_RE2.search(text):
        raise BadDialectError(f"{where}: looking around and back references are not possible")
    strange = [name for name in groups if name not in ROLES and name != EACH]
    if strange:
        raise BadDialectError(f"{where}: no role {strange[0]!r}; roles are {', '.join(ROLES)}")
    return str(text)


def hints(found: tuple[Messages, ...]) -> str:
    """A pattern that every line with something to say matches."""
    return "|".join(dict.fromkeys(_quoted(saying.hint) for one in found for saying in one.says))


def _quoted(words: str) -> str:
    """Escaped for Python's re and for RE2."""
    return re.sub(r"([^\w\s])", r"\\\1", words)


def _known(table: Any, keys: set[str], *, where: str) -> None:
    if not isinstance(table, dict):
        raise BadDialectError(f"{where}: must be a table")
    unknown = sorted(table.keys() - keys)
    if unknown:
        raise BadDialectError(f"{where}: unknown key {unknown[0]!r}; keys are {', '.join(sorted(keys))}")
