"""One flow as a graph."""

from __future__ import annotations

import networkx as nx

from evtrace.diagnosis.find import one_flow
from evtrace.diagnosis.graph import graph
from evtrace.store import Store


def test_a_flow_is_a_graph_of_events_and_deliveries(shop: Store) -> None:
    flow = graph(shop, one_flow(shop, "8105").flow_ids[0])
    events = {data["event_id"]: node for node, data in flow.nodes(data=True) if data["node"] == "event"}
    assert nx.is_directed_acyclic_graph(flow)
    assert {"paid-8105", "reserved-8105"} <= {
        flow.nodes[node]["event_id"] for node in nx.ancestors(flow, events["shipped-8105"])
    }
    assert sum(data["node"] == "delivery" for _, data in flow.nodes(data=True)) == 4
    assert all({"rule", "confidence"} <= data.keys() for *_, data in flow.edges(data=True))
