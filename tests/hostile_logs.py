"""A flow whose every text tries to act where it is shown."""

from __future__ import annotations

import json
from pathlib import Path

import evtrace

SCRIPT = "<script>alert(1)</script>"
BREAKOUT = "</script><img src=x onerror=alert(1)>"
LINK = "javascript:alert(1)"
RIGHT_TO_LEFT = "exe\u202egpj.\u2066x\u2069"
ANSI = "\x1b[2J\x1b]0;owned\x07"
FORMULA = '=HYPERLINK("http://evil.example","x")'
ENTITY = "&lt;]]><!--\"'`"
ALL = (
    SCRIPT,
    BREAKOUT,
    LINK,
    RIGHT_TO_LEFT,
    ANSI,
    FORMULA,
    ENTITY,
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "a\u2028b\x9b31m",
)

START = 1_772_366_400_000_000_000
MS = 1_000_000


def hostile_store(folder: Path) -> str:
    """A store of flows in which ids, names, errors, payloads and log lines are hostile."""
    records = [record for number, text in enumerate(ALL) for record in _flow(number, text)]
    source = folder / "hostile.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in records))
    path = str(folder / "hostile.duckdb")
    with evtrace.open(path) as logs:
        assert logs.ingest(str(source)).rejects == 0
    return path


def _flow(number: int, text: str) -> list[dict[str, object]]:
    at = START + number * 1000 * MS
    event = {"event_id": f"{text}#{number}", "event_type": f"Placed {text}", "channel": f"{text}-orders", "part": 0, "pos": number,
             "correlation_id": f"corr-{number}", "message_key": text}  # fmt: skip
    effect = {"event_id": f"effect-{number}", "event_type": text, "channel": "effects", "correlation_id": f"corr-{number}",
              "causation_id": event["event_id"]}  # fmt: skip
    shop, work = {"service": f"shop {text}", "instance": text}, {"service": "work", "grp": f"{text}-group"}
    payload = json.dumps({"note": text, "list": [text], text: 1})
    return [
        {"ts": at, "kind": "publish", **shop, **event, "payload": payload},
        {"ts": at + 2 * MS, "kind": "receive", **work, **event, "outcome": "error", "level": "error", "error": text, "message": text},
        {"ts": at + 3 * MS, "kind": "log", **work, "level": "error", "message": f"failed: {text}", "correlation_id": f"corr-{number}", "event_id": event["event_id"]},
        {"ts": at + 4 * MS, "kind": "publish", **work, **effect},
    ]  # fmt: skip
