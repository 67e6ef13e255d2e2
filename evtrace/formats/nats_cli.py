"""The nats tool's `consumer info` and `stream info` as text, one or several."""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.sql import let, lines_of, literal, named_groups, object_of

NAME = "nats_cli"
SHAPE = "table"
UNIT = "line"
INNER = None
SAMPLES = (
    """Information for Consumer ORDERS > billing created 2026-11-20T14:02:11+01:00

State:

  Last Delivered Message: Consumer sequence: 1,234 Stream sequence: 100 Last delivery: 1m53s ago
    Acknowledgment Floor: Consumer sequence: 1,230 Stream sequence: 98 Last Ack: 1m50s ago
        Outstanding Acks: 2 out of maximum 1,000
    Redelivered Messages: 1
    Unprocessed Messages: 7
""",
    """Information for Stream ORDERS created 2026-11-20 14:02:11

             Subjects: orders.>

State:

             Messages: 1,000
       First Sequence: 1 @ 2026-11-20 14:02:12 UTC
        Last Sequence: 1,000 @ 2026-11-20 15:02:12 UTC
""",
)

_HEAD = r"^Information for (?:Consumer|Stream) \S"
_CONSUMER = r"^Information for Consumer (?P<stream>\S+) > (?P<consumer>\S+)(?: created (?P<created>\S+.*))?"
_STREAM = r"^Information for Stream (?P<stream>\S+)(?: created (?P<created>\S+.*))?"


def detect(sample: Sample) -> float:
    return 0.97 if any(re.match(_HEAD, line) for line in sample.lines[:3]) else 0.0


def rows(path: str, sample: Sample) -> str:
    """SQL: of each report its figures as item 1, and the position or the end as item 2."""
    numbered = f"""
        SELECT line, text, SUM(CASE WHEN regexp_matches(text, {literal(_HEAD)}) THEN 1 ELSE 0 END) OVER (ORDER BY line) AS no
        FROM ({lines_of(path)})"""
    reports = f"""
        SELECT MIN(line) AS line, string_agg(text, chr(10) ORDER BY line) AS text, COUNT(*) FILTER (text <> '') AS filled,
               COUNT(*) AS lines, MAX(no) AS no
        FROM ({numbered}) GROUP BY no, CASE WHEN no = 0 THEN line END"""
    told = f"""
        SELECT line, text, filled, lines, no, CASE WHEN {_place()} IS NULL THEN 1 ELSE 2 END AS docs,
               unnest(CASE WHEN no = 0 THEN [NULL] ELSE [{_figures()}, {_place()}] END) AS doc,
               unnest(CASE WHEN no = 0 THEN [1] ELSE [1, 2] END) AS item
        FROM ({reports})"""
    return f"""
        SELECT line, CAST(item AS INTEGER) AS item, text, doc, filled = 0 AS skipped,
               CASE WHEN item = 1 THEN greatest(filled - docs, 0) ELSE 0 END AS parts,
               CASE WHEN item = 1 THEN lines - filled ELSE 0 END AS blanks
        FROM ({told}) WHERE item = 1 OR doc IS NOT NULL ORDER BY line, item"""


def _number(label: str) -> str:
    """SQL: the number behind the label, whose thousands are parted by commas; NULL where there is none."""
    found = f"regexp_extract(text, {literal(label + ':? *([0-9][0-9,]*)')}, 1)"
    return f"TRY_CAST(replace({found}, ',', '') AS BIGINT)"


_DELIVERED, _FLOOR = "Last Delivered Message: ", "Acknowledg[e]?ment Floor: "


def _figures() -> str:
    info = {
        "delivered_consumer_seq": _number(_DELIVERED + "Consumer sequence"),
        "delivered_stream_seq": _number(_DELIVERED + ".*Stream sequence"),
        "ack_floor_consumer_seq": _number(_FLOOR + "Consumer sequence"),
        "ack_floor_stream_seq": _number(_FLOOR + ".*Stream sequence"),
        "num_ack_pending": _number("Outstanding Acks"),
        "num_redelivered": _number("Redelivered Messages"),
        "num_pending": _number("Unprocessed Messages"),
        "messages": _number("(?m)^ *Messages"),
        "first_seq": _number("First Sequence"),
        "last_seq": _number("Last Sequence"),
        "text": "text",
    }
    return _named({"observed": "'gauge'", "info": f"CAST({object_of(info)} AS JSON)"})


def _place() -> str:
    floor, last = _number(_FLOOR + ".*Stream sequence"), _number("Last Sequence")
    position = _named({"observed": "'commit'", "next_seq": f"{floor} + 1"})
    end = _named({"observed": "'end_offset'", "next_seq": f"{last} + 1"})
    return f"CASE WHEN {floor} > 0 THEN {position} WHEN {last} IS NOT NULL THEN {end} END"


def _named(values: dict[str, str]) -> str:
    def told(pattern: str, *names: str) -> str:
        members = {name: f"nullif(m.{name}, '')" for name in names}
        return let(named_groups("text", pattern), "m", object_of(members | values))

    is_consumer = f"regexp_matches(text, {literal(_CONSUMER)})"
    return f"CASE WHEN {is_consumer} THEN {told(_CONSUMER, 'stream', 'consumer')} ELSE {told(_STREAM, 'stream')} END"
