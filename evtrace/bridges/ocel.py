"""OCEL 2.0 JSON: what happened, and every business object it happened to, for object-centric process mining."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from evtrace.bridges import activities
from evtrace.bridges.jsontext import entries, listed, member, text
from evtrace.store import Store

NAME = "ocel"
TITLE = "OCEL 2.0 JSON, for object-centric process mining"
ENDING = ".json"

#: What is told of an event: name, SQL, type in OCEL.
_EVENT = (("service", "service", "string"), ("instance", "instance", "string"), ("group", "grp", "string"),
          ("channel", "channel", "string"), ("partition", "part", "integer"), ("position", "pos", "integer"),
          ("event_id", "event_id", "string"), ("caused_by", "caused_by", "string"), ("attempt", "attempt", "integer"),
          ("outcome", "outcome", "string"), ("error", "error", "string"))  # fmt: skip
_FLOW = (("verdict", "verdict", "string"), ("root_type", "root_type", "string"))

_OBJECTS = """
CREATE OR REPLACE TEMP TABLE objects AS
SELECT DISTINCT 'flow:' || t.flow_id AS object_id, 'flow' AS object_type, t.flow_id AS flow_id
FROM traces AS t
UNION
SELECT DISTINCT i.kind || ':' || i.value AS object_id, i.kind AS object_type, CAST(NULL AS BIGINT) AS flow_id
FROM identities AS i
JOIN chosen_flows AS c ON c.flow_id = i.flow_id
JOIN id_kinds AS k ON k.kind = i.kind
WHERE i.value IS NOT NULL
"""

#: A record names its business ids itself; an event without a record that names one has its flow only.
_RELATIONS = """
CREATE OR REPLACE TEMP TABLE relations AS
WITH lines AS (
    SELECT a.node AS node, a.no AS no, unnest(string_split(r.ids, chr(10))) AS told
    FROM activities AS a
    JOIN records AS r ON r.record_id = a.record_id
    WHERE r.ids IS NOT NULL
),
named AS (
    SELECT DISTINCT node, no, split_part(told, '=', 1) || ':' || substr(told, strpos(told, '=') + 1) AS object_id
    FROM lines
)
SELECT n.node AS node, n.no AS no, list({'id': o.object_id, 'type': o.object_type} ORDER BY o.object_id) AS objects
FROM named AS n
JOIN objects AS o ON o.object_id = n.object_id
GROUP BY n.node, n.no
"""


def pieces(store: Store) -> Iterator[str]:
    activities.prepare(store)
    store.execute(_OBJECTS)
    store.execute(_RELATIONS)
    yield from chain(
        listed(_types(store, "SELECT DISTINCT object_type FROM objects ORDER BY object_type"), before='{"objectTypes":[', after="],\n"),
        listed(_types(store, "SELECT DISTINCT activity FROM activities ORDER BY activity"), before='"eventTypes":[', after="],\n"),
        listed((row[0] for row in store.stream(_objects())), before='"objects":[', after="],\n"),
        listed((row[0] for row in store.stream(_events())), before='"events":[', after="]}\n"),
    )  # fmt: skip


def _types(store: Store, sql: str) -> Iterator[str]:
    """The types with the attributes that they may have."""
    of_flow, of_event = _declared(_FLOW), _declared(_EVENT)
    is_object = "objects" in sql
    told = f"CASE WHEN name = 'flow' THEN '{of_flow}' ELSE '[]' END" if is_object else f"'{of_event}'"
    made = entries([(None, member("name", text("name"))), (None, member("attributes", told))], brackets="{}")
    return (row[0] for row in store.stream(f"SELECT {made} AS made FROM ({sql}) AS t(name) ORDER BY name"))


def _declared(attributes: tuple[tuple[str, str, str], ...]) -> str:
    return "[" + ",".join(f'{{"name":"{name}","type":"{kind}"}}' for name, _, kind in attributes) + "]"


def _objects() -> str:
    told = [
        (f"t.{value} IS NOT NULL", entries([
            (None, f"'\"name\":\"{name}\"'"), (None, member("time", activities.moment("t.started_ts"))), (None, member("value", text(f"t.{value}"))),
        ], brackets="{}"))
        for name, value, _ in _FLOW
    ]  # fmt: skip
    made = entries([(None, member("id", text("o.object_id"))), (None, member("type", text("o.object_type"))),
                    (None, member("attributes", entries(told)))], brackets="{}")  # fmt: skip
    return f"SELECT {made} AS made FROM objects AS o LEFT JOIN traces AS t ON t.flow_id = o.flow_id ORDER BY o.object_type, o.object_id"


def _events() -> str:
    told = [(f"{value} IS NOT NULL", entries([(None, f"'\"name\":\"{name}\"'"), (None, member("value", text(value)))], brackets="{}"))
            for name, value, _ in _EVENT]  # fmt: skip
    related = "list_transform(objects, lambda o: '{\"objectId\":' || CAST(to_json(o.id) AS VARCHAR) || ',\"qualifier\":' || CAST(to_json(o.type) AS VARCHAR) || '}')"
    relations = entries([(None, "'{\"objectId\":\"flow:' || flow_id || '\",\"qualifier\":\"flow\"}'"),
                         ("objects IS NOT NULL", f"array_to_string({related}, ',')")])  # fmt: skip
    made = entries([
        (None, member("id", text("activity_id"))), (None, member("type", text("activity"))),
        (None, member("time", activities.moment("COALESCE(began_ts, 0)"))), (None, member("attributes", entries(told))),
        (None, member("relationships", relations)),
    ], brackets="{}")  # fmt: skip
    return f"""
SELECT {made} AS made
FROM (
    SELECT a.*, r.objects AS objects FROM activities AS a LEFT JOIN relations AS r ON r.node = a.node AND r.no = a.no
) AS a
ORDER BY began_ts, activity_id
"""
