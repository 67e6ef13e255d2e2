"""XES: a trace per flow, for process mining. Times have milliseconds, as its readers expect; all digits stand beside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import quoteattr

from evtrace.bridges import activities
from evtrace.bridges.jsontext import by_flow
from evtrace.present.terminal import clean
from evtrace.present.times import rfc3339
from evtrace.store import Store

NAME = "xes"
TITLE = "XES, for process mining"
ENDING = ".xes"

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="nested-attributes" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event"><string key="concept:name" value=""/><date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/></global>
<classifier name="Activity" keys="concept:name"/>
"""

#: A delivery begins and ends; an announcement is over at once.
_ROWS = """
WITH moments AS (
    SELECT a.*, began_ts AS ts, CASE WHEN ended_ts IS NULL OR node = 'event' AND ended_ts = began_ts THEN 'complete' ELSE 'start' END AS transition
    FROM activities AS a
    UNION ALL
    SELECT a.*, ended_ts AS ts, 'complete' AS transition
    FROM activities AS a
    WHERE ended_ts IS NOT NULL AND NOT (node = 'event' AND ended_ts = began_ts)
)
SELECT m.flow_id, t.verdict, t.root_type, m.activity, m.ts, m.transition, m.service, m.instance, m.activity_id, m.event_id,
       m.caused_by, m.grp, m.channel, m.part, m.pos, m.attempt, m.outcome, m.error
FROM moments AS m
JOIN traces AS t ON t.flow_id = m.flow_id
ORDER BY m.flow_id, m.ts, CASE m.transition WHEN 'start' THEN 0 ELSE 1 END, m.activity_id
"""

_KEYS = ("concept:instance", "evtrace:event_id", "evtrace:caused_by", "evtrace:group", "evtrace:channel", "evtrace:partition",
         "evtrace:position", "evtrace:attempt", "evtrace:outcome", "evtrace:error")  # fmt: skip


def pieces(store: Store) -> Iterator[str]:
    activities.prepare(store)
    yield _HEAD
    for flow_id, found in by_flow(store.stream(_ROWS)):
        _, verdict, root_type, *_ = found[0]
        yield "<trace>\n" + _told(
            {"concept:name": f"flow:{flow_id}", "evtrace:verdict": verdict, "evtrace:root_type": root_type}
        )
        yield "".join(_event(row) for row in found)
        yield "</trace>\n"
    yield "</log>\n"


def _event(row: tuple[Any, ...]) -> str:
    _, _, _, activity, ts, transition, service, instance, *rest = row
    moment = (rfc3339(ts) or "")[:23]
    told = {
        "concept:name": activity,
        "lifecycle:transition": transition,
        "org:resource": service,
        "org:group": instance,
    }
    when = f'<date key="time:timestamp" value="{moment}+00:00"/><int key="evtrace:ts" value="{ts}"/>'
    return f"<event>{when}{_told(told | dict(zip(_KEYS, rest, strict=True)))}</event>\n"


def _told(values: dict[str, Any]) -> str:
    """Attributes; characters that XML cannot hold are made visible."""
    return "".join(
        f'<{"int" if isinstance(value, int) else "string"} key="{key}" value={quoteattr(clean(value))}/>'
        for key, value in values.items()
        if value is not None
    )
