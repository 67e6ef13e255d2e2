"""Remora's answer about a consumer group: kafka-consumer-groups --describe as JSON. It tells no time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evtrace.formats import Sample
from evtrace.formats.documents import Element, Node, json_or_null
from evtrace.formats.sql import object_of

NAME = "remora"
SHAPE = "document"
UNIT = "partition"
INNER = None
FANS_OUT = True
SAMPLES = (
    '{"state":"Stable","partition_assignment":[{"group":"billing","coordinator":{"id":0,"host":"k1","port":9092},"topic":"orders-eu-0",'
    '"partition":1,"offset":7,"lag":2,"consumer_id":"c-1-3f2a","host":"/127.0.0.1","client_id":"c-1","log_end_offset":9}],'
    '"lag_per_topic":{"orders-eu-0":2}}\n',
)

#: What stands beside the partitions.
AROUND = {"state": f"json_extract_string({json_or_null('state')}, '$')"}

_KNOWN = re.compile(r'\s*\{.{0,2000}?"partition_assignment"\s*:\s*\[', re.DOTALL)
_NAMES = (
    "group",
    "topic",
    "partition",
    "offset",
    "log_end_offset",
    "lag",
    "consumer_id",
    "host",
    "client_id",
    "leader_epoch",
)


def detect(sample: Sample) -> float:
    return 0.95 if _KNOWN.match(sample.text) and '"log_end_offset"' in sample.text else 0.0


def elements(root: Node) -> Iterator[Element]:
    around = (root.at("state"),)
    return (Element(node, around) for node in root.at("partition_assignment").elements())


def steps() -> tuple[dict[str, str], ...]:
    pointers = ", ".join(f"'/{name}'" for name in _NAMES)
    cells = f"json_extract_string(element, [{pointers}])"
    return ({"cells": f"list_transform({cells}, lambda one: nullif(one, '-'))"},)


def doc() -> str:
    commit = object_of({"recordKind": "'commit'", "offset": _cell("offset"), "lag": _cell("lag")})
    end = object_of({"recordKind": "'end_offset'", "offset": _cell("log_end_offset")})
    found = (
        f"list_filter([CASE WHEN {_cell('offset')} IS NOT NULL THEN {commit} END, CASE WHEN {_cell('log_end_offset')} IS NOT NULL THEN {end} END], "
        "lambda one: one IS NOT NULL)"
    )
    each = f"CASE WHEN COALESCE({_cell('offset')}, {_cell('log_end_offset')}) IS NOT NULL THEN CAST({found} AS JSON[]) END"
    return object_of({
        "recordKind": "'gauge'", "group": _cell("group"), "topic": _cell("topic"), "partition": _cell("partition"),
        "member": _cell("consumer_id"), "host": _cell("host"), "client": _cell("client_id"), "leaderEpoch": _cell("leader_epoch"),
        "state": "state", "@each": each,
    })  # fmt: skip


def _cell(name: str) -> str:
    return f"cells[{_NAMES.index(name) + 1}]"
