"""Writes a run down as logs: one file per instance, the broker's messages, the commits, and the truth apart."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.diagnosis.scenarios.clocks import TRUE, clock_of
from tests.diagnosis.scenarios.facts import Message, Said, Told
from tests.diagnosis.scenarios.settings import Setting
from tests.diagnosis.scenarios.styles import STYLES, WRAPS, iso, words

#: Lines that are about no order come so often.
_IDLE_S = 60.0
_IDLE = ("GET /health 200", "flushed metrics", "GET /favicon.ico 404", "connection pool: 3 of 20 in use")


def write(folder: Path, told: Told, setting: Setting) -> None:
    """Write every log of the run into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(f"{setting.seed}/lost lines")
    for (service, instance), lines in _by_instance(told, setting).items():
        style = setting.shop.services[service].style
        if style is None:
            continue
        kept = [line for _, line in sorted(lines, key=lambda one: one[0]) if rng.random() >= setting.loss]
        (folder / f"{instance}.log").write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
    _lines(folder / "kcat.jsonl", (_stored(message, setting) for message in told.stored))
    _lines(folder / "commits.jsonl", (_commit(one) for one in told.commits))


def _lines(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)


def _by_instance(told: Told, setting: Setting) -> dict[tuple[str, str], list[tuple[int, str]]]:
    found: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for said in (*told.said, *_idle(told, setting)):
        style = setting.shop.services[said.service].style
        if style is not None:
            at = clock_of(said.instance, setting.seed).ns(said.at)
            found[(said.service, said.instance)].append((at, _line(said, style, at, setting)))
    return found


def _idle(told: Told, setting: Setting) -> Iterator[Said]:
    """What instances say while nothing happens; one that is gone says nothing."""
    last: dict[tuple[str, str], float] = {}
    for said in told.said:
        last[(said.service, said.instance)] = said.at
    for (service, instance), until in last.items():
        rng = random.Random(f"{instance}/idle")
        end = until if service == setting.shop.gone and setting.stops else told.ended + _IDLE_S
        at = rng.uniform(0, _IDLE_S)
        while at < end:
            yield Said(at, service, instance, "main", "info", "remark", None, rng.choice(_IDLE))
            at += _IDLE_S


def _line(said: Said, style: str, at: int, setting: Setting) -> str:
    message = said.message
    text = said.words or words(style, said.act, message.event_type if message else "")
    fields = _fields(said, message, setting) if message else {}
    line = (at, said.level, text, fields, said.service, said.instance, said.worker)
    return WRAPS[setting.shop.services[said.service].wrap](STYLES[style](line), at)


def _fields(said: Said, message: Message, setting: Setting) -> dict[str, Any]:
    if said.order_id:
        return {"order_id": said.order_id} | ({"error": said.error} if said.error else {})
    if said.act == "remark":
        return {"correlation_id": message.correlation_id, "order_id": message.order_id}
    fields: dict[str, Any] = {
        "event_id": message.event_id,
        "event_type": message.event_type,
        "topic": message.topic,
    }
    if said.act != "published":
        fields |= {"partition": message.part, "offset": message.pos, "group": said.service}
    fields["correlation_id"] = message.correlation_id
    if setting.causation and said.act == "published" and message.cause:
        fields["causation_id"] = message.cause.event_id
    fields["order_id"] = message.order_id
    fields |= {"attempt": said.attempt} if said.attempt else {}
    return fields | ({"error": said.error} if said.error else {})


def _stored(message: Message, setting: Setting) -> dict[str, Any]:
    """A message as kcat -J shows it."""
    by_broker = message.topic in setting.shop.append_time
    appended = float(message.headers["appended"])
    clock = clock_of(message.instance, setting.seed)
    at = TRUE.ns(appended) if by_broker else clock.ns(message.sent)
    headers = {"ce_specversion": "1.0", "ce_id": message.event_id, "ce_type": message.event_type}
    headers |= {
        "ce_source": f"/{setting.shop_name}/{message.producer}",
        "ce_time": iso(clock.ns(message.sent), 6),
    }
    headers |= {"ce_correlationid": message.correlation_id, "ce_sequence": str(message.sequence)}
    headers |= {"ce_producerversion": message.version, "content-type": "application/json"}
    if setting.causation and message.cause:
        headers["ce_causationid"] = message.cause.event_id
    headers |= {name: value for name, value in message.headers.items() if name != "appended"}
    return {
        "topic": message.topic,
        "partition": message.part,
        "offset": message.pos,
        "tstype": "append" if by_broker else "create",
        "ts": at // 1_000_000,
        "broker": 1,
        "headers": [part for pair in headers.items() for part in pair],
        "key": message.order_id,
        "payload": json.dumps(message.payload),
    }


def _commit(one: Any) -> dict[str, Any]:
    return {
        "ts": TRUE.ns(one.at), "clock": "broker", "kind": "commit", "broker": "kafka",
        "channel": one.topic, "part": one.part, "pos": one.pos, "grp": one.grp,
    }  # fmt: skip
