"""Verdicts and causes of the shop's flows."""

from __future__ import annotations

import re

import pytest

from evtrace.diagnosis.why import why
from evtrace.store import Store

CASES = [
    ("8101", "completed", None, ""),
    ("8123", "failed", "dead_letter", "OrderPlaced at orders/0/20 ended as a dead letter of group payments after 4 failed "
     "attempts: CardGateway: timed out after 50 ms"),
    ("8124", "unknown", None, ""),  # it went no further than PaymentProcessed, and too few teach what comes then
    ("8125", "stuck", "lost_delivery", "OrderPlaced was published at orders/0/22, but group payments was never handed it, "
     "though it reads such events and its logs go on"),
    ("8126", "unknown", "unknown", "OrderPlaced was published at orders/0/25, but the logs of group payments end before; "
     "whether it was handled is not seen"),
    ("8127", "failed", "rejected", "payments announced PaymentDeclined at payments/eu/1/23: the business said no"),
    ("593", "failed", "handler_error", "execute failed in execute 3 times, first at step 3: execute error: Order Status "
     "Wrong, order 593"),
]  # fmt: skip


@pytest.mark.parametrize(("order", "verdict", "kind", "sentence"), CASES, ids=[case[0] for case in CASES])
def test_each_flow_has_its_verdict_and_cause(
    shop: Store, order: str, verdict: str, kind: str | None, sentence: str
) -> None:
    answer = why(shop, order)
    assert answer.verdict == verdict
    assert (answer.cause.kind if answer.cause else None) == kind
    assert (answer.cause.sentence if answer.cause else "") == sentence


def test_one_statement_for_all_gives_what_each_question_gives(shop: Store) -> None:
    stored = dict(shop.rows("SELECT flow_id, verdict FROM flows ORDER BY flow_id"))
    assert stored == {flow_id: why(shop, f"flow:{flow_id}").verdict for flow_id in stored}


def test_a_repaired_failure_is_context(shop: Store) -> None:
    answer = why(shop, "8124")
    assert answer.cause is None
    assert "failures that a later attempt repaired: 1" in [ruled.sentence for ruled in answer.ruled_out]


def test_every_cause_can_be_read_again(shop: Store) -> None:
    for (flow_id,) in shop.rows("SELECT flow_id FROM flows WHERE verdict = 'failed' ORDER BY flow_id"):
        cause = why(shop, f"flow:{flow_id}").cause
        assert cause is not None and cause.evidence
        assert all(evidence.line for evidence in cause.evidence)


def test_an_absent_cause_and_silent_readers_are_named(shop: Store) -> None:
    answer = why(shop, "8126")
    assert [absent.what for absent in answer.not_seen] == ["parent", "reader", "reader"]
    assert answer.not_seen[0].sentence == "StockReserved was caused by lost-in-time, which is not in the logs"
    assert answer.not_seen[1].until_at == 1_772_366_431_025_000_000


def test_the_ticket_reads_as_pay_fail_pay_fail_fail_pay(shop: Store) -> None:
    answer = why(shop, "593")
    entries = [step for step in answer.chain if not step.parents]
    assert [step.event_type for step in entries] == ["pay", "execute", "pay", "execute", "execute", "pay"]
    failed = [any("Order Status Wrong" in line.message for line in step.logs) for step in entries]
    assert failed == [False, True, False, True, True, False]
    assert (answer.flow.traces, len(answer.flow.services_naming)) == (6, 3)


def test_the_same_question_has_the_same_answer(shop: Store) -> None:
    assert why(shop, "8123") == why(shop, "8123")


def test_every_number_can_be_counted_again_from_records(shop: Store) -> None:
    """Calls within calls and waits alike: no time of the account stands in the SQL itself."""
    for (flow_id,) in shop.rows("SELECT flow_id FROM flows ORDER BY flow_id"):
        answer = why(shop, f"flow:{flow_id}", recounted=True)
        told = [(one.says, one.value) for one in answer.recounts]
        assert [(one.says, shop.value(one.sql)) for one in answer.recounts] == told
        spans = [one.sql for one in answer.recounts if " of step " in one.says]
        assert len(spans) >= (len(answer.time.parts) if answer.time else 0)
        assert not [sql for sql in spans if re.search(r"\d{15}", re.sub(r"= \d+", "", sql))]
