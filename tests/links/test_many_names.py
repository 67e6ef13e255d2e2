"""Names stand in the tables as they were written, few or many, plain or odd."""

from __future__ import annotations

import pytest

from evtrace.links.names import MOST_FLAGS
from tests.links.linked_logs import Logs, published, received

_ODD = ("it's", "a\nb", "{x}", "%s", "ünï", "\x00")


@pytest.mark.parametrize("count", [1, 3, MOST_FLAGS, MOST_FLAGS + 1, 200])
def test_services_of_a_flow_are_counted(logs: Logs, count: int) -> None:
    logs.add(*[published(f"e{n}", n, f"s{n % count}", correlation_id="c") for n in range(2 * count)])
    logs.add(published("other", 1, "s0", correlation_id="d")).link()
    assert logs.store.rows("SELECT services FROM flows ORDER BY flow_id") == [(count,), (1,)]


@pytest.mark.parametrize("more", [0, 100])
def test_names_are_kept_as_they_were_written(logs: Logs, more: int) -> None:
    names = [*_ODD, *(f"n{n}" for n in range(more))]
    for n, name in enumerate(names):
        logs.add(
            published(f"e{n}", n, name, event_type=name, channel=name, correlation_id=f"c{n}"),
            received(f"e{n}", n + 1, name, grp=name, channel=name, correlation_id=f"c{n}"),
        )
    logs.link()
    events = logs.store.rows("SELECT service, event_type, channel FROM events ORDER BY event_no")
    deliveries = logs.store.rows("SELECT service, grp FROM deliveries ORDER BY event_no")
    assert events == [(name,) * 3 for name in names]
    assert deliveries == [(name,) * 2 for name in names]


def test_publisher_that_only_a_reader_names_counts(logs: Logs) -> None:
    logs.add(received("a", 1, "pay", producer="shop", correlation_id="c")).link()
    assert logs.store.value("SELECT services FROM flows") == 2


def test_flow_whose_events_all_have_causes_elsewhere_has_a_root(logs: Logs) -> None:
    """They cause one another: a circle loses an edge, and the earliest of its events begins the flow."""
    logs.add(
        published("a", 1, "shop", causation_id="b", correlation_id="c"),
        published("b", 2, "pay", causation_id="a", correlation_id="c"),
    ).link()
    assert logs.store.value("SELECT root_event_id FROM flows") == "a"
    assert logs.edges() == {("a", "b", "E1")}
