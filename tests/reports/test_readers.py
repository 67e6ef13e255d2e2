"""Who reads what: what a group does not take is counted in messages, however many dumps show them."""

from __future__ import annotations

from tests.reports.cases import Logs, Record
from tests.reports.own_cases import got, pub

_KINDS = ("Placed", "Paid", "Sent", "Paid")


def _published(copies: int = 1) -> list[Record]:
    return [pub(n, n, type=_KINDS[n % 4]) for n in range(20) for _ in range(copies)]


def test_a_note_on_subscriptions_counts_messages(logs: Logs) -> None:
    logs.add([*_published(copies=3), *(got(n + 0.5, n, "mail") for n in range(20) if n % 4 == 2)])
    notes = logs.ask("lost")["data"]["notes"]
    assert "mail got none of 2 types of events on orders (15 messages): taken as not subscribed" in notes


def test_one_message_in_three_dumps_is_no_habit(logs: Logs) -> None:
    """A group that passed one message of a type has lost it, however often it is shown."""
    odd = [pub(4, 4, "odd", type="Odd")] * 3
    good = [pub(n, n, type="Placed") for n in range(10) if n != 4]
    logs.add([*good, *odd, *(got(n + 0.5, n, "mail") for n in range(10) if n != 4)])
    assert [row["pos"] for row in logs.rows("lost") if row["rule"] == "lost"] == [4]


def test_the_audit_of_a_flow_is_of_that_flow(logs: Logs) -> None:
    logs.add(
        [
            *(pub(n, n, corr_id=f"c{n % 2}") for n in range(10)),
            *(got(n + 0.5, n, corr_id=f"c{n % 2}") for n in range(10) if n != 3),
        ]
    )
    (all_of_it,) = logs.ask("lost")["data"]["audit"]
    (of_one,) = logs.ask("lost", "--flow", "c1")["data"]["audit"]
    (late,) = logs.ask("lost", "--since", "2026-03-01T12:00:05Z")["data"]["audit"]
    assert (all_of_it["published"], all_of_it["received"]) == (10, 9)
    assert (of_one["published"], of_one["received"]) == (5, 4)
    assert (late["published"], late["received"]) == (5, 5)
