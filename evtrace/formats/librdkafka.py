"""librdkafka's log, `%LEVEL|seconds|FACILITY|client| [thrd:…]: text`, and kcat's own lines, `% text`."""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.sql import groups, object_of

NAME = "librdkafka"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    '%7|1795183331.513|CGRPJOINSTATE|billing-0#consumer-1| [thrd:main]: Group "billing" changed join state init -> wait-join (state up)\n'
    "%7|1795183331.513|ASSIGNMENT|billing-0#consumer-1| [thrd:main]:  orders-eu [0] offset 7\n",
    "% Group billing rebalanced (memberid 0x7f1e): assigned: orders-eu [0], orders-eu [1]\n"
    "% Reached end of topic orders-eu [0] at offset 7: exiting\n",
)
START = r"^%(?:\d\|\d+\.\d+\|| )"

LINE = r"^%(?P<level>\d)\|(?P<time>\d+\.\d+)\|(?P<message>(?P<facility>[A-Z_]+)\|(?P<client>[^|]*)\| .*)"
_KNOWN = re.compile(r"^%(?:\d\|\d+\.\d+\|[A-Z_]+\|[^|]*\| | (?:[A-Z][a-z]+|ERROR|FATAL)\b)")


def detect(sample: Sample) -> float:
    return 0.95 * sample.share(_KNOWN.match(line) is not None for line in sample.lines[:100])


def steps(text: str) -> tuple[dict[str, str], ...]:
    return (
        {
            "cells": groups(
                f"split_part({text}, chr(10), 1)", LINE, ["level", "time", "message", "facility", "client"]
            )
        },
    )


def doc(text: str) -> str:
    """SQL; facility and client stay in the message: the dialect knows the line by them."""
    below = f"nullif(substr({text}, length(split_part({text}, chr(10), 1)) + 2), '')"
    line = object_of({
        "time": "cells.time", "syslog": "cells.level", "facility": "cells.facility", "client": "cells.client",
        "message": f"concat_ws(chr(10), cells.message, {below})",
    })  # fmt: skip
    plain = object_of(
        {
            "kcat": f"CASE WHEN starts_with({text}, '% ERROR') THEN 'error' ELSE 'info' END",
            "message": f"ltrim({text}, '% ')",
        }
    )
    return f"CASE WHEN cells.time <> '' THEN {line} WHEN regexp_matches({text}, '\\S') THEN {plain} END"
