"""Hides values: each becomes a mark of its own, made with a salt that is thrown away."""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from evtrace.redaction.known import Known
from evtrace.redaction.rules import CARD, HASH, KEEP, PATTERNS, REMOVE, Rules, is_card, is_personal

REMOVED = "[removed]"

#: A text so short stands everywhere by chance: it is hidden where its field is known, not wherever it occurs.
_LEAST = 4

#: What a field that is personal by its name holds is hidden as a word wherever it stands, unless it is a lone sign.
_LEAST_OWN = 2


class Cover:
    """Hides what the rules say, the same value always behind the same mark, for as long as this object lives."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._salt = secrets.token_bytes(32)
        self._known = Known()  # what is hidden wherever it stands
        self._fields: set[str] = set()  # names of payload fields that are hidden
        self._names: frozenset[str] = frozenset()
        self.hidden = 0

    def mark(self, value: str, way: str = HASH) -> str:
        """What stands in place of a value."""
        self.hidden += 1
        if way == REMOVE:
            return REMOVED
        return f"[hidden {hmac.new(self._salt, value.encode('utf-8', 'surrogatepass'), sha256).hexdigest()[:10]}]"

    def learn_id(self, value: str) -> None:
        """Hide this id wherever it stands."""
        self._known.add(value, self.mark(value))

    def learn_payload(self, text: str, known: Iterable[str]) -> None:
        """Hide the values of this payload wherever they stand, but not the names that the flow is told with."""
        value, names = _parsed(text), {name.lower() for name in known}
        if isinstance(value, dict | list):
            self._learn(value, "", names)
        elif self._rules.payload != KEEP:
            for part in _parts(text):
                if part.lower() not in names and len(part) >= _LEAST:
                    self._known.add(part, self.mark(part, self._rules.payload))

    def personal(self, text: str) -> Iterator[str]:
        """The values of a payload that belong to a person: they are no names that a flow is told with."""
        yield from _personal(_parsed(text), "")

    def _learn(self, value: Any, path: str, known: set[str]) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                self._learn(inner, f"{path}.{key}" if path else key, known)
        elif isinstance(value, list):
            for inner in value:
                self._learn(inner, f"{path}[]", known)
        elif self._hides(value, path):
            text = _spoken(value)
            self._fields.add(_leaf(path))
            is_own = is_personal(path)
            if (text.lower() not in known or is_own) and len(text) >= (_LEAST_OWN if is_own else _LEAST):
                self._known.add(text, self.mark(text, self._rules.way(path)))

    def _hides(self, value: Any, path: str) -> bool:
        return value is not None and not isinstance(value, bool) and self._rules.way(path) != KEEP

    def payload(self, text: str) -> str:
        """A payload with its values hidden; one that is no JSON is hidden whole."""
        value = _parsed(text)
        if not isinstance(value, dict | list):
            return text if self._rules.payload == KEEP else self.mark(text, self._rules.payload)
        return json.dumps(self._covered(value, "", is_payload=True), ensure_ascii=False)

    def text(self, text: str) -> str:
        """Any text, with all in it hidden that is known or looks personal."""
        return self._said(self._without_documents(text))

    def _without_documents(self, text: str) -> str:
        """Documents in the text, field by field; the text around them as it is."""
        parts, at = [], 0
        while (start := _start(text, at)) >= 0:
            try:
                value, end = _DECODER.raw_decode(text, start)
            except (ValueError, RecursionError):
                parts.append(text[at : start + 1])
                at = start + 1
                continue
            covered = json.dumps(self._covered(value, "", is_payload=False), ensure_ascii=False)
            parts += [text[at:start], text[start:end] if json.loads(covered) == value else covered]
            at = end
        return "".join((*parts, text[at:]))

    def _covered(self, value: Any, path: str, *, is_payload: bool) -> Any:
        if isinstance(value, dict):
            return {
                self._said(key): self._covered(inner, f"{path}.{key}" if path else key, is_payload=is_payload)
                for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self._covered(inner, f"{path}[]", is_payload=is_payload) for inner in value]
        if value is None or isinstance(value, bool):
            return value
        if is_payload or _leaf(path) in self._fields or is_personal(path):
            way = self._rules.way(path)
            if way != KEEP:
                kept = None if is_personal(path) else self._kept(_spoken(value))
                return kept or self.mark(_spoken(value), way)
        said = self.text(value) if isinstance(value, str) else self._said(_spoken(value))
        return value if said == _spoken(value) else said

    def keep(self, names: Iterable[str]) -> None:
        """Names that the flow is told with: they stay, also where a payload holds them."""
        self._names = frozenset(names)

    def _kept(self, text: str) -> str | None:
        return text if text in self._names and text not in self._known else None

    def _said(self, text: str) -> str:
        """Plain text: known values, fields by name, and what looks personal."""
        text = _PAIR.sub(self._pair, self._known.hidden(text))
        text = CARD.sub(lambda found: self.mark(found[0]) if is_card(found[0]) else found[0], text)
        for pattern in (*PATTERNS, *self._rules.patterns):
            text = pattern.sub(lambda found: self.mark(found[0]), text)
        return text

    def _pair(self, found: re.Match[str]) -> str:
        name, value = found["name"], found["quoted"] or found["plain"] or ""
        bare = value.strip("\"'")
        is_hidden = _leaf(name) in self._fields or is_personal(name)
        if not is_hidden or not bare or bare.startswith("[") or bare in self._names:
            return found[0]
        way = self._rules.way(name)
        return found[0] if way == KEEP else f"{name}{found['sign']}{self.mark(bare, way)}"


_DECODER = json.JSONDecoder()

#: 'name=value' and 'name: value' as logs write them.
_PAIR = re.compile(
    r"(?P<name>[A-Za-z_][\w.-]*)(?P<sign>[=:] ?)(?:(?P<quoted>\"[^\"]*\"|'[^']*')|(?P<plain>[^\s,;&\"'{}]+))"
)


def _start(text: str, at: int) -> int:
    found = [place for place in (text.find("{", at), text.find("[{", at)) if place >= 0]
    return min(found, default=-1)


#: Texts of XML and the values of its attributes; the cells of anything else.
_XML = re.compile(r">\s*([^<>]+?)\s*<|=\s*[\"']([^\"'<>]+)[\"']")
_CELLS = re.compile(r"[\r\n\t,;|&=]+")


def _parts(text: str) -> Iterator[str]:
    """What a payload that is no JSON says: all of it, and piece by piece."""
    yield text
    if text.lstrip().startswith("<"):
        yield from (one or other for one, other in _XML.findall(text))
    else:
        yield from (cell.strip() for cell in _CELLS.split(text))


def _personal(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _personal(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in value:
            yield from _personal(inner, f"{path}[]")
    elif value is not None and not isinstance(value, bool) and is_personal(path):
        yield _spoken(value)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _spoken(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _leaf(path: str) -> str:
    return path.replace("[]", "").rpartition(".")[2].lower()
