"""AsyncAPI documents, 2 and 3: which messages they describe, and where each payload's schema stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evtrace.contracts.positions import step, steps


@dataclass(frozen=True)
class Payload:
    """The schema of a message."""

    message: str
    pointer: str
    language: str


def is_asyncapi(raw: Any) -> bool:
    """Is this such a document, of a version that is known here?"""
    return isinstance(raw, dict) and str(raw.get("asyncapi", ""))[:2] in ("2.", "3.")


def payloads(raw: Mapping[str, Any]) -> list[Payload]:
    """The payloads of a document, each message once, in its order."""
    found: dict[str, Payload] = {}
    for name, pointer in _messages(raw):
        message, at = _followed(raw, pointer)
        if isinstance(message, dict) and "payload" in message:
            payload = _payload(raw, name, message, at)
            if payload.pointer not in {one.pointer for one in found.values()}:
                found.setdefault(payload.message, payload)
    return list(found.values())


def _payload(raw: Mapping[str, Any], name: str, message: Mapping[str, Any], at: str) -> Payload:
    schema, pointer = message["payload"], step(at, "payload")
    form = str(message.get("schemaFormat", ""))
    if isinstance(schema, dict) and "schemaFormat" in schema and "schema" in schema:
        form, pointer = str(schema["schemaFormat"]), step(pointer, "schema")
    own = steps(at)
    called = str(message.get("name") or (own[-1] if own[-2:-1] == ["messages"] else name))
    return Payload(called, pointer, "avro" if "avro" in form else "json")


def _messages(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every message: a name for want of a better one, and where it stands."""
    for name in _dict(raw, "components", "messages"):
        yield name, _pointer("components", "messages", name)
    for channel, item in _dict(raw, "channels").items():
        for name in _dict(item, "messages"):
            yield name, _pointer("channels", channel, "messages", name)
        for verb in ("publish", "subscribe"):
            message = _dict(item, verb).get("message") if isinstance(item, dict) else None
            if isinstance(message, dict):
                yield from _of_operation(
                    message, f"{channel}.{verb}", _pointer("channels", channel, verb, "message")
                )


def _of_operation(message: Mapping[str, Any], name: str, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(message.get("oneOf"), list):
        yield from ((f"{name}.{n}", step(step(pointer, "oneOf"), n)) for n in range(len(message["oneOf"])))
    else:
        yield name, pointer


def _followed(raw: Mapping[str, Any], pointer: str) -> tuple[Any, str]:
    """What a message's $ref leads to, within the document."""
    for _ in range(20):
        value: Any = raw
        for key in steps(pointer):
            value = value.get(key) if isinstance(value, dict) else _item(value, key)
        ref = value.get("$ref") if isinstance(value, dict) else None
        if not isinstance(ref, str) or not ref.startswith("#/"):
            return value, pointer
        pointer = ref[1:]
    return None, pointer


def _item(value: Any, key: str) -> Any:
    return value[int(key)] if isinstance(value, list) and key.isdecimal() and int(key) < len(value) else None


def _pointer(*keys: str) -> str:
    pointer = ""
    for key in keys:
        pointer = step(pointer, key)
    return pointer


def _dict(raw: Any, *keys: str) -> Mapping[str, Any]:
    for key in keys:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw if isinstance(raw, dict) else {}
