"""What is exported: the chosen flows, as the temporary tables and views that every bridge reads."""

from __future__ import annotations

from collections.abc import Sequence

from evtrace.reports.flows import Wanted, condition
from evtrace.store import Store

#: The tables of the store that other tools may have, each with the columns that give its rows an order.
TABLES = {
    "records": "record_id",
    "events": "event_no",
    "deliveries": "delivery_id",
    "edges": "child_no, parent_no, rule, via",
    "flows": "flow_id",
    "identities": "flow_id, kind, value",
    "record_flows": "record_id, flow_id, event_no",
    "findings": "rule, severity, flow_id, event_id, channel, part, pos, grp, sentence",
    "sources": "source_id",
    "rejects": "source_id, line, item, reason",
}

_CHOSEN = """
CREATE OR REPLACE TEMP TABLE chosen_flows AS
SELECT flow_id FROM flows WHERE {condition} ORDER BY flow_id
"""

_OF_FLOWS = "flow_id IN (SELECT flow_id FROM chosen_flows)"
_RECORDS = f"record_id IN (SELECT record_id FROM record_flows WHERE {_OF_FLOWS})"
_SOURCES = f"source_id IN (SELECT source_id FROM records WHERE {_RECORDS})"

#: What a choice of flows leaves of the tables that name no flow. What could not be read belongs to none.
_PARTS = {"records": _RECORDS, "sources": _SOURCES, "rejects": "FALSE"}


def choose(store: Store, wanted: Wanted, flow_ids: Sequence[int] | None = None) -> int:
    """Keep for the bridges which flows are asked for; gives their number.

    The views exported_records, exported_events … hold what belongs to them, or the whole store where nothing
    was chosen.
    """
    text, params = condition(wanted)
    if flow_ids is not None:
        text, params = f"{text} AND flow_id IN (SELECT UNNEST(?::BIGINT[]))", [*params, list(flow_ids)]
    store.execute(_CHOSEN.format(condition=text), params)
    is_whole = text == "TRUE"
    store.execute("CREATE OR REPLACE TEMP TABLE chosen_all AS SELECT ? AS is_whole", [is_whole])
    for name in TABLES:
        part = "TRUE" if is_whole else _PARTS.get(name, _OF_FLOWS)
        store.execute(f"CREATE OR REPLACE TEMP VIEW exported_{name} AS SELECT * FROM {name} WHERE {part}")
    count: int = store.value("SELECT COUNT(*) FROM chosen_flows")
    return count


def order_of(store: Store, name: str) -> str:
    """SQL: the order of a table's rows. The records of a whole store stand in theirs, and sorting them is dear."""
    if name == "records" and store.value("SELECT is_whole FROM chosen_all"):
        return ""
    return "ORDER BY " + ", ".join(f"t.{key}" for key in TABLES[name].split(", "))
