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
_GROUP = re.compile(r"\(\?P<(\w+)>")
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
        return _groups(self.text)

    @property
    def each_groups(self) -> list[str]:
        return _groups(self.each)


@dataclass(frozen=True)
class Messages:
    """What the log lines of one system say."""

    dialect: str
    says: tuple[Saying, ...]
    speaker: str = ""  # a pattern whose groups are roles of whatever a line says
    constants: tuple[tuple[str, str], ...] = ()

    @property
    def speaker_groups(self) -> list[str]:
        return _groups(self.speaker)

    @property
    def roles(self) -> set[str]:
        """Every role that a line of these may fill."""
        found = {name for saying in self.says for name in (*saying.groups, *saying.each_groups)}
        return (found | set(self.speaker_groups) | {name for name, _ in self.constants}) - {EACH}


def messages(dialect: str, table: Any, *, is_ours: bool) -> Messages | None:
    """Check the table [messages] of a dialect; None where it has none.

    Compiling every pattern takes long: ours are compiled by a test.
    """
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
    if not is_ours:
        for pattern in (speaker, *(one for saying in says for one in (saying.text, saying.each))):
            compiled(pattern)
    return Messages(dialect, says, speaker, tuple(constants.items()))


def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern as Python's. Raises BadDialectError for what is none, and for what RE2 does not know."""
    try:
        found = re.compile(pattern)
    except re.error as problem:
        raise BadDialectError(f"[messages]: no regular expression: {pattern}: {problem}") from problem
    if _UNKNOWN_TO_RE2.search(pattern):
        raise BadDialectError(f"[messages]: looking around and back references are not possible: {pattern}")
    return found


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
        if bool(each) != (EACH in _groups(text)):
            raise BadDialectError(
                f"{where}: `each` needs a group (?P<each>…) in the text, and the other way round"
            )
        yield Saying(entry["kind"], hint, text or _quoted(hint), each, entry.get("otherwise") is True)


def _pattern(text: Any, *, where: str) -> str:
    if not isinstance(text, str):
        raise BadDialectError(f"{where}: a pattern must be a text")
    strange = [name for name in _groups(text) if name not in ROLES and name != EACH]
    if strange:
        raise BadDialectError(f"{where}: no role {strange[0]!r}; roles are {', '.join(ROLES)}")
    return text


def _groups(pattern: str) -> list[str]:
    return _GROUP.findall(pattern)


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
