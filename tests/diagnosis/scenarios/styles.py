"""How each service writes a line: the dialects of common loggers, each with words of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

#: Time in ns, level, words, fields by their plain names, service, instance, worker → a line.
Line = tuple[int, str, str, dict[str, Any], str, str, str]
Style = Callable[[Line], str]

#: What is said of an act; '{}' is the type.
WORDS = {
    "received": "received {}",
    "published": "published {}",
    "handled": "handled {}",
    "failed": "failed to handle {}",
    "gave_up": "failed to handle {} for good, skipping it",
    "dead_lettered": "dead-lettered {}",
    "ignored": "received {}, nothing to do",
    "repeated": "{} was handled before, skipping",
}
_OTHER_WORDS = {
    "zap": {"received": "message consumed", "published": "event published", "handled": "message handled"},
    "pino": {"received": "consumed {}", "published": "sent {}", "failed": "error while processing {}"},
    "clef": {"received": "Handling {}", "handled": "Handled {}", "published": "Published {}", "failed": "Failed to handle {}"},
    "python_json": {"received": "processing {}", "handled": "processed {}", "published": "emitted {}"},
}  # fmt: skip


def words(style: str, act: str, event_type: str) -> str:
    """What a service of this style says of an act."""
    return _OTHER_WORDS.get(style, {}).get(act, WORDS.get(act, "{}")).format(event_type)


def logstash(line: Line) -> str:
    at, level, text, fields, service, instance, worker = line
    shown = {"@timestamp": iso(at, 3), "@version": "1", "message": text, "logger_name": "shop.grocer.Web"}
    shown |= {"thread_name": worker, "level": level.upper(), "HOSTNAME": instance, "service": service}
    return _json(shown | {_camel(name): value for name, value in fields.items()})


def logback(line: Line) -> str:
    at, level, text, fields, _, _, worker = line
    error = fields.get("error")
    pairs = "".join(f" {_camel(name)}={value}" for name, value in fields.items() if name != "error")
    when = iso(at, 3)[:-1].replace("T", " ")
    shown = f"{when} {level.upper():<5} [{worker}] s.g.pricing.Listener - {text}{pairs}"
    return shown + (
        f"\njava.lang.IllegalStateException: {error}\n\tat shop.grocer.Listener.on(Listener.java:41)"
        if error
        else ""
    )


def zap(line: Line) -> str:
    at, level, text, fields, service, instance, worker = line
    shown = {"level": level, "ts": at / 1e9, "caller": "consumer/loop.go:88", "msg": text, "service": service}
    return _json(shown | {"pod": instance, "worker": worker} | fields)


def clef(line: Line) -> str:
    at, level, text, fields, service, instance, worker = line
    fields = dict(fields)
    shown: dict[str, Any] = {
        "@t": iso(at, 7),
        "@mt": text.replace(fields.get("event_type", "\0"), "{EventType}"),
    }
    shown |= {"@l": {"warn": "Warning"}.get(level, level.title())} if level != "info" else {}
    if "error" in fields:
        shown["@x"] = f"System.InvalidOperationException: {fields.pop('error')}"
    shown |= {_camel(name)[0].upper() + _camel(name)[1:]: value for name, value in fields.items()}
    return _json(shown | {"Application": service, "MachineName": instance, "ThreadId": worker})


def slog(line: Line) -> str:
    at, level, text, fields, service, instance, _ = line
    return _json(
        {"time": iso(at, 9), "level": level.upper(), "msg": text, "service": service, "host": instance}
        | fields
    )


def logfmt(line: Line) -> str:
    at, level, text, fields, service, instance, _ = line
    shown = {"ts": iso(at, 6), "level": level, "service": service, "host": instance, "msg": text} | fields
    return " ".join(f"{name}={_quoted(value)}" for name, value in shown.items())


def pino(line: Line) -> str:
    at, level, text, fields, service, instance, _ = line
    number = {"debug": 20, "info": 30, "warn": 40, "error": 50}[level]
    fields = {_camel(name): value for name, value in fields.items() if name != "error"} | (
        {"err": {"type": "Error", "message": fields["error"]}} if "error" in fields else {}
    )
    return _json(
        {"level": number, "time": at // 1_000_000, "pid": 7, "hostname": instance, "name": service}
        | fields
        | {"msg": text}
    )


def python_json(line: Line) -> str:
    at, level, text, fields, service, instance, worker = line
    shown = {
        "asctime": iso(at, 3)[:-1].replace("T", " ").replace(".", ","),
        "levelname": {"warn": "WARNING"}.get(level, level.upper()),
    }
    fields = {"exc_info" if name == "error" else name: value for name, value in fields.items()}
    return _json(
        shown
        | {
            "name": "grocer.points",
            "threadName": worker,
            "message": text,
            "service": service,
            "host": instance,
        }
        | fields
    )


def zerolog(line: Line) -> str:
    at, level, text, fields, service, instance, _ = line
    return _json(
        {"level": level, "service": service, "instance": instance}
        | fields
        | {"time": iso(at, 3), "message": text}
    )


STYLES: dict[str, Style] = {
    style.__name__: style
    for style in (logstash, logback, zap, clef, slog, logfmt, pino, python_json, zerolog)
}


def docker(line: str, at_ns: int) -> str:
    """As docker's json-file driver keeps it."""
    return "\n".join(
        _json({"log": one + "\n", "stream": "stdout", "time": iso(at_ns, 9)}) for one in line.split("\n")
    )


def cri(line: str, at_ns: int) -> str:
    """As Kubernetes keeps it."""
    return "\n".join(f"{iso(at_ns, 9)} stdout F {one}" for one in line.split("\n"))


WRAPS: dict[str | None, Callable[[str, int], str]] = {
    "docker": docker,
    "cri": cri,
    None: lambda line, _: line,
}


def iso(at_ns: int, digits: int) -> str:
    second = datetime.fromtimestamp(at_ns // 1_000_000_000, UTC)
    return f"{second:%Y-%m-%dT%H:%M:%S}.{at_ns % 1_000_000_000:09d}"[: 20 + digits] + "Z"


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)


def _quoted(value: Any) -> str:
    text = str(value)
    return f'"{text}"' if " " in text or not text else text
