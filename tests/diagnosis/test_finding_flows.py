"""Any id finds its flow."""

from __future__ import annotations

import pytest

from evtrace.diagnosis.find import HASH, SeveralFlows, UnknownId, find, place
from evtrace.diagnosis.why import why
from evtrace.errors import UsageError
from evtrace.links.keys import hashed
from evtrace.store import Store


@pytest.mark.parametrize(
    ("query", "how", "kinds"),
    [
        ("8123", "id", ("order",)),
        ("corr-8123", "id", ("correlation",)),
        ("reserved-8123", "id", ("event",)),
        ("order=8123", "id", ("order",)),
        ("order-8123", "id", ("order",)),
        ("orders/0/20", "place", ("place",)),
        ("gave up order 8123", "text", ("text",)),
        ("flow:40", "flow", ("flow",)),
    ],
)
def test_an_id_finds_its_flow(shop: Store, query: str, how: str, kinds: tuple[str, ...]) -> None:
    found = find(shop, query)
    assert (found.flow_ids, found.how, found.kinds) == ((40,), how, kinds)


def test_a_channel_may_hold_slashes(shop: Store) -> None:
    assert place("payments/eu/1/3") == ("payments/eu", 1, 3)
    assert find(shop, "payments/eu/1/3").flow_ids == (24,)


@pytest.mark.parametrize("query", ["", "a/b", "a/1/-2", "/1/2", "a/1/99999999999999999999"])
def test_what_is_no_place_is_none(query: str) -> None:
    assert place(query) == ("", 0, 0)


def test_an_unknown_id_names_the_nearest(shop: Store) -> None:
    with pytest.raises(UnknownId) as caught:
        why(shop, "corr-812")
    assert caught.value.nearest[0].value == "corr-8123"
    assert "unknown id" in str(caught.value) and caught.value.exit_code == 2


@pytest.mark.parametrize("query", ["", " ", "'; DROP TABLE flows; --", "%", "\x00", "x" * 100_000])
def test_no_query_does_harm(shop: Store, query: str) -> None:
    with pytest.raises(UnknownId if query.strip() else UsageError):
        why(shop, query)


def test_an_id_of_several_flows_asks(shop: Store) -> None:
    with pytest.raises(SeveralFlows) as caught:
        why(shop, "c-7")
    assert (caught.value.total, caught.value.kinds) == (11, ("customer",))
    assert len(why(shop, "c-7", all=True)) == 11


def test_an_id_is_hashed_as_the_links_hash_it(shop: Store) -> None:
    linked = hashed("'8123'", "order")
    assert shop.row(f"SELECT {HASH}", ["8123", "order"]) == shop.row(f"SELECT {linked}")
