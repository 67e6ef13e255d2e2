"""The house styles in which the services log: one fact, six ways to write it down."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any


@dataclass(frozen=True)
class Host:
    """Who writes: a service, one instance of it, in a version."""

    service: str
    instance: str
    version: str


#: Host, time, level, words, fields by their plain names → the lines of one record.
Style = Callable[[Host, int, str, str, dict[str, Any]], str]


def structlog(host: Host, at_ns: int, level: str, text: str, fields: dict[str, Any]) -> str:
    shown = {"event": text, "service": host.service, "hostname": host.instance, **fields}
    return _json(shown | {"level": level, "timestamp": iso(at_ns, 6)})


def ecs(host: Host, at_ns: int, level: str, text: str, fields: dict[str, Any]) -> str:
    known = {"event_id": "event.id", "event_type": "event.action", "error": "error.message"}
    shown = {
        "@timestamp": iso(at_ns, 3),
        "log.level": level.upper(),
        "message": text,
        "ecs.version": "8.11.0",
    }
    shown |= {
        "service.name": host.service,
        "service.version": host.version,
        "service.node.name": host.instance,
    }
    shown |= {known[name]: value for name, value in fields.items() if name in known}
    return _json(
        shown | {"labels": {name: _plain(value) for name, value in fields.items() if name not in known}}
    )


def clef(host: Host, at_ns: int, level: str, text: str, fields: dict[str, Any]) -> str:
    fields = dict(fields)
    template = text.replace(fields.get("event_type", "\0"), "{EventType}")
    shown = {"@t": iso(at_ns, 7), "@mt": template} | ({"@l": level.title()} if level != "info" else {})
    if "error" in fields:
        shown["@x"] = fields.pop("error")
    shown |= {_pascal(name): value for name, value in fields.items()}
    return _json(shown | {"Application": host.service, "MachineName": host.instance})


def spring(host: Host, at_ns: int, level: str, text: str, fields: dict[str, Any]) -> str:
    fields = dict(fields)
    stack = fields.pop("error", None)
    pairs = "".join(f" {_camel(name)}={_plain(value)}" for name, value in fields.items())
    when = datetime.fromtimestamp(at_ns // 1_000_000 / 1000, timezone(timedelta(hours=1)))
    shown = f"{when.isoformat(timespec='milliseconds')} {level.upper():>5} 1 --- [{host.service}] [     listener-1] "
    return (
        shown
        + f"c.e.shop.{host.service}.PaymentListener     : {text}{pairs}"
        + (f"\n\n{stack}" if stack else "")
    )


def pino(host: Host, at_ns: int, level: str, text: str, fields: dict[str, Any]) -> str:
    number = {"debug": 20, "info": 30, "warn": 40, "error": 50}[level]
    shown = {
        "level": number,
        "time": at_ns // 1_000_000,
        "pid": 18,
        "hostname": host.instance,
        "name": host.service,
    }
    return _json(shown | {_camel(name): value for name, value in fields.items()} | {"msg": text})


def logfmt(host: Host, at_ns: int, level: str, text: str, fields: dict[str, Any]) -> str:
    shown = {"ts": iso(at_ns, 6), "level": level, "service": host.service, "host": host.instance}
    shown |= {"msg": f'"{text}"'} | fields
    return " ".join(f"{name}={_plain(value)}" for name, value in shown.items())


def iso(at_ns: int, digits: int) -> str:
    second = datetime.fromtimestamp(at_ns // 1_000_000_000, UTC)
    return f"{second:%Y-%m-%dT%H:%M:%S}.{at_ns % 1_000_000_000:09d}"[: 20 + digits] + "Z"


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))


def _pascal(name: str) -> str:
    return "".join(word.title() for word in name.split("_"))


def _camel(name: str) -> str:
    return name[0] + _pascal(name)[1:]
