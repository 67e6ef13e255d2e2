"""One flow as a networkx graph: events and deliveries are nodes, rule and confidence are on the edges."""

from __future__ import annotations

import networkx as nx  # type: ignore[import-untyped]  # networkx ships no types

from evtrace.store import Store

_EVENTS = "SELECT * FROM events WHERE flow_id = ? ORDER BY published_ts, event_no"
_DELIVERIES = "SELECT * FROM deliveries WHERE flow_id = ? ORDER BY received_ts, delivery_id"
_EDGES = "SELECT * FROM edges WHERE flow_id = ? ORDER BY child_no, parent_no, rule, via"


def graph(store: Store, flow_id: int) -> nx.DiGraph:
    """Build the graph of a flow.

    A node is ('event', event_no) or ('delivery', delivery_id) and carries the columns of its table.
    An event leads to its deliveries; a delivery leads to the events produced while handling it.
    """
    flow: nx.DiGraph = nx.DiGraph(flow_id=flow_id)
    for event in store.dicts(_EVENTS, [flow_id]):
        flow.add_node(("event", event["event_no"]), node="event", **event)
    for delivery in store.dicts(_DELIVERIES, [flow_id]):
        node = ("delivery", delivery["delivery_id"])
        flow.add_node(node, node="delivery", **delivery)
        flow.add_edge(("event", delivery["event_no"]), node, kind="handed", rule="identity", confidence=1.0)
    for edge in store.dicts(_EDGES, [flow_id]):
        via = ("delivery", edge["via"])
        cause = via if via in flow else ("event", edge["parent_no"])
        flow.add_edge(
            cause,
            ("event", edge["child_no"]),
            **{name: edge[name] for name in ("kind", "rule", "confidence", "evidence", "rivals")},
        )
    return flow
