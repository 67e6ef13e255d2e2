"""Flows that evtrace.toml declares: what is declared beats what is learned."""

from __future__ import annotations

from pathlib import Path

import pytest

from evtrace.diagnosis.declared import DeclaredFlow, Step, read
from evtrace.errors import UsageError
from tests.diagnosis.small_shop import good, ingested, order, shop


def _declare(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "evtrace.toml").write_text(text)
    monkeypatch.chdir(folder)


def test_it_is_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "evtrace.toml"
    path.write_text("""
        [flows.OrderPlaced]
        ends_well = ["MailSent"]
        ends_badly = ["OrderDropped"]
        within = "30s"
        steps = [
            { after = "PaymentTaken", by = "stock", expect = "StockReserved", within = "500ms" },
            { after = "ParcelSent", by = "mail", expect = "MailSent", optional = true },
        ]
    """)
    steps = (
        Step("PaymentTaken", "stock", "StockReserved", 500_000_000),
        Step("ParcelSent", "mail", "MailSent", optional=True),
    )
    assert read(path) == (
        DeclaredFlow("OrderPlaced", ("MailSent",), ("OrderDropped",), 30_000_000_000, steps),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[flows.A]\nend = ['B']", "[flows.A] knows no end; it knows ends_well, ends_badly, within, steps"),
        (
            "[flows.A]\nwithin = '30 parsecs'",
            "within = '30 parsecs' is no span of time; write 500ms, 30s, 5m",
        ),
        ("[flows.A]\nsteps = [{ after = 'B' }]", "a step needs the texts after, by and expect"),
        ("[flows.A]\nends_well = 'B'", "ends_well is a list of event types"),
        ("flows = 3", "[flows] is no table"),
    ],
)
def test_what_is_wrong_in_it_is_said(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "evtrace.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=r".") as problem:
        read(path)
    assert reason in str(problem.value) and str(path) in str(problem.value)


def test_no_file_declares_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "evtrace.toml") == ()


def test_a_declared_step_is_missed_without_a_cohort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = '{ after = "PaymentTaken", by = "stock", expect = "StockReserved" }'
    _declare(tmp_path, f"[flows.OrderPlaced]\nsteps = [{step}]\n", monkeypatch)
    one = good(order(), until="PaymentTaken")
    one.receive("PaymentTaken", "stock")
    one.ack("PaymentTaken", "stock")
    one.say("log", "stock", message="goes on", after_ms=5_000)
    answer = ingested(tmp_path / "logs", one.lines).why(one.name)
    assert (answer.verdict, answer.cause and answer.cause.kind) == ("stuck", "missing_event")
    assert answer.cause and "as evtrace.toml declares" in answer.cause.sentence


def test_an_optional_step_is_not_missed_though_all_others_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = good(order(), until="ParcelSent")
    one.receive("ParcelSent", "mail")
    one.ack("ParcelSent", "mail")
    lines = shop(one)
    learned = ingested(tmp_path / "learned", lines).why(one.name)
    assert learned.cause and learned.cause.kind == "missing_event"
    step = '{ after = "ParcelSent", by = "mail", expect = "MailSent", optional = true }'
    _declare(tmp_path, f"[flows.OrderPlaced]\nsteps = [{step}]\n", monkeypatch)
    declared = ingested(tmp_path / "declared", lines).why(one.name)
    assert (declared.verdict, declared.cause) == ("completed", None)


def test_a_declared_bad_end_is_a_refusal_and_a_good_end_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelved, rejected = order(900), order(901)
    for one, name in ((shelved, "OrderShelved"), (rejected, "OfferRejected")):
        good(one, until="OrderPlaced")
        one.receive("OrderPlaced", "payment")
        one.publish(name, "payment", "OrderPlaced")
        one.ack("OrderPlaced", "payment")
    _declare(
        tmp_path,
        '[flows.OrderPlaced]\nends_badly = ["OrderShelved"]\nends_well = ["MailSent", "OfferRejected"]\n',
        monkeypatch,
    )
    logs = ingested(tmp_path / "logs", [*shelved.lines, *rejected.lines])
    cause = logs.why(shelved.name).cause
    assert cause and (cause.kind, cause.event_type) == ("rejected", "OrderShelved")
    assert logs.why(rejected.name).cause is None


def test_a_declared_deadline_makes_a_flow_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _declare(tmp_path, '[flows.OrderPlaced]\nwithin = "1s"\n', monkeypatch)
    one = good(order(), until="OrderPlaced")
    one.receive("OrderPlaced", "payment", after_ms=1_500)
    one.publish("PaymentTaken", "payment", "OrderPlaced")
    one.ack("OrderPlaced", "payment")
    answer = ingested(tmp_path / "logs", one.lines).why(one.name)
    assert (answer.verdict, answer.cause and answer.cause.kind) == ("completed_late", "slow")
    assert answer.cause and "the whole flow may take 1.0 s by evtrace.toml" in answer.cause.sentence


def test_new_declarations_judge_what_was_judged_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = good(order(), until="ParcelSent")
    one.receive("ParcelSent", "mail")
    one.ack("ParcelSent", "mail")
    lines = shop(one)
    assert ingested(tmp_path / "logs", lines).why(one.name).verdict == "stuck"
    step = '{ after = "ParcelSent", by = "mail", expect = "MailSent", optional = true }'
    _declare(tmp_path, f"[flows.OrderPlaced]\nsteps = [{step}]\n", monkeypatch)
    assert ingested(tmp_path / "logs", lines).why(one.name).verdict == "completed"
