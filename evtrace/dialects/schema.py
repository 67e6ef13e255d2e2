"""A dialect as it is written in a TOML file, and its checks. README.md explains it to people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from evtrace.dialects.errors import BadDialectError
from evtrace.dialects.messages import Messages, messages
from evtrace.dialects.names import plain
from evtrace.dialects.readings import READINGS, usual
from evtrace.model import KINDS, ROLES

CONSTANTS = (*ROLES, "clock", "kind")
USUAL_PRIORITY = 50
_KEYS = {"title", "priority", "zone", "prefixes", "at", "ignore", "detect", "roles", "constants", "kinds"}
_KEYS |= {"clock", "ids", "messages"}
_ENTRY_KEYS = {"name", "names", "reading", "refers_to", "last"}
_DETECT_KEYS = {"all", "any", "none", "values", "text"}


@dataclass(frozen=True)
class Field:
    """Names of one key space that fill a role."""

    role: str
    names: tuple[str, ...]  # plain
    reading: str
    refers_to: str = ""
    is_last: bool = False  # only where nothing else, not even an alias, gives the role


@dataclass(frozen=True)
class Fingerprint:
    """What must be seen at a place; names are plain, a trailing '*' stands for any rest."""

    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()
    text: bool | None = None  # whether a text format found the names; None: it may have


@dataclass(frozen=True)
class Dialect:
    """One system's field names."""

    name: str
    title: str = ""
    priority: int = USUAL_PRIORITY  # the lower ranks first
    prefixes: tuple[str, ...] = ("",)  # plain; the names may stand with any of them, tried in this order
    at: tuple[str, ...] = ()  # plain names of the objects where it may stand, 'top'; () = anywhere
    ignore: tuple[str, ...] = ()  # names it knows to play no role
    detect: tuple[Fingerprint, ...] = ()  # one of them must match; () = wherever `at` allows
    fields: tuple[Field, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    clock: dict[str, dict[str, str]] = field(default_factory=dict)  # field → its value → 'host' or 'broker'
    zone: str | None = None
    ids: dict[str, str] = field(default_factory=dict)  # plain name → kind of business id
    joins: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    messages: Messages | None = None
    is_user: bool = False


def dialect(name: str, table: dict[str, Any], *, is_user: bool = False) -> Dialect:
    """Check a parsed TOML table and make it a dialect."""
    _known(table, _KEYS, where="the file")
    ids = _table(table, "ids")
    _known(ids, {"join", "never", "names"}, where="[ids]")
    return Dialect(
        name=name,
        title=str(table.get("title", name)),
        priority=_priority(table),
        prefixes=_plains(table, "prefixes") or ("",),
        at=_plains(table, "at"),
        ignore=_plains(table, "ignore"),
        detect=tuple(_fingerprints(table.get("detect", []))),
        fields=tuple(_fields(_table(table, "roles"))),
        constants=_constants(_table(table, "constants")),
        kinds=_kinds(_table(table, "kinds")),
        clock={
            plain(name): _words(values, where=f"clock.{name}")
            for name, values in _table(table, "clock").items()
        },
        zone=_zone(table.get("zone")),
        ids={plain(name): kind for name, kind in _words(_table(ids, "names"), where="ids.names").items()},
        joins=_list(ids.get("join", []), where="ids.join"),
        never=_list(ids.get("never", []), where="ids.never"),
        messages=messages(name, table.get("messages"), is_ours=not is_user),
        is_user=is_user,
    )


def _zone(name: Any) -> str | None:
    if name is None:
        return None
    try:
        ZoneInfo(name)
    except (TypeError, ValueError, OSError, KeyError):
        # A machine without a zone database knows none; there every name is taken as it is.
        if not isinstance(name, str) or available_timezones():
            raise BadDialectError(f"zone: no time zone {name!r}; write one like 'Europe/Berlin'") from None
    return str(name)


def _priority(table: dict[str, Any]) -> int:
    priority = table.get("priority", USUAL_PRIORITY)
    if not isinstance(priority, int):
        raise BadDialectError("priority must be a whole number")
    return priority


def _fields(roles: dict[str, Any]) -> Iterator[Field]:
    for role, entries in roles.items():
        if role not in ROLES:
            raise BadDialectError(f"roles.{role}: no such role; roles are {', '.join(ROLES)}")
        for entry in entries if isinstance(entries, list) else [entries]:
            yield _field(role, {"name": entry} if isinstance(entry, str) else entry)


def _field(role: str, entry: Any) -> Field:
    where = f"roles.{role}"
    if not isinstance(entry, dict) or not entry.keys() & {"name", "names"}:
        raise BadDialectError(f"{where}: write a field name, or {{ name = …, reading = … }}")
    _known(entry, _ENTRY_KEYS, where=where)
    reading = entry.get("reading", usual(role))
    if reading not in READINGS:
        raise BadDialectError(f"{where}: no reading {reading!r}; readings are {', '.join(READINGS)}")
    names = _list(entry.get("names", entry.get("name")), where=where)
    plains = tuple(plain(name) for name in names)
    return Field(role, plains, reading, str(entry.get("refers_to", "")), entry.get("last") is True)


def _fingerprints(detect: Any) -> Iterator[Fingerprint]:
    for one in detect if isinstance(detect, list) else [detect]:
        if not isinstance(one, dict):
            raise BadDialectError("detect must be a table: [detect] or [[detect]]")
        _known(one, _DETECT_KEYS, where="[detect]")
        values = one.get("values", {})
        yield Fingerprint(
            all=_plains(one, "all"),
            any=_plains(one, "any"),
            none=_plains(one, "none"),
            values=tuple(
                (plain(name), _list(value, where=f"values.{name}")) for name, value in values.items()
            ),
            text=_claim(one, "text"),
        )


def _claim(table: dict[str, Any], key: str) -> bool | None:
    value = table.get(key)
    if value is not None and not isinstance(value, bool):
        raise BadDialectError(f"{key}: write true or false")
    return value


def _constants(table: dict[str, Any]) -> dict[str, str]:
    for name in table:
        if name not in CONSTANTS:
            raise BadDialectError(f"constants.{name}: no such role; roles are {', '.join(CONSTANTS)}")
    return _words(table, where="constants")


def _kinds(table: dict[str, Any]) -> dict[str, str]:
    for value, kind in table.items():
        if kind not in KINDS:
            raise BadDialectError(f"kinds.{value}: no kind {kind!r}; kinds are {', '.join(KINDS)}")
    return {value.lower(): kind for value, kind in table.items()}


def _known(table: dict[str, Any], keys: set[str], *, where: str) -> None:
    unknown = sorted(table.keys() - keys)
    if unknown:
        raise BadDialectError(f"{where}: unknown key {unknown[0]!r}; keys are {', '.join(sorted(keys))}")


def _table(table: dict[str, Any], key: str) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise BadDialectError(f"{key} must be a table: [{key}]")
    return value


def _words(table: Any, *, where: str) -> dict[str, str]:
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise BadDialectError(f"{where}: every value must be a text")
    return dict(table)


def _plains(table: dict[str, Any], key: str) -> tuple[str, ...]:
    return tuple(plain(name) for name in _list(table.get(key, []), where=key))


def _list(value: Any, *, where: str) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadDialectError(f"{where}: must be a text or a list of texts")
    return tuple(texts)
