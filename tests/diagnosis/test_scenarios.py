"""The generator plants what its truth says, and the scorer counts as it should."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.diagnosis.scenarios.faults import FAULTS, STOPPED
from tests.diagnosis.scenarios.run import run
from tests.diagnosis.scenarios.scoring import Answer, Share, score
from tests.diagnosis.scenarios.settings import Setting
from tests.diagnosis.scenarios.truth import Cause, Truth

SMALL = Setting(orders=150, seed=7)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_the_seed_decides_everything(tmp_path: Path) -> None:
    for name in ("one", "two"):
        run(tmp_path / name, SMALL)
    assert _bytes(tmp_path / "one") == _bytes(tmp_path / "two")


def test_every_kind_of_fault_is_planted(tmp_path: Path) -> None:
    truth = run(tmp_path, SMALL)
    planted = Counter(one.fault for one in truth)
    assert set(FAULTS) | {STOPPED, None} == set(planted)
    assert planted[None] > 90
    assert sum(one.noise is not None for one in truth) == pytest.approx(0.3 * len(truth), rel=0.4)


def test_lost_lines_are_lines_of_services_only(tmp_path: Path) -> None:
    run(tmp_path / "whole", SMALL)
    run(tmp_path / "lossy", Setting(orders=150, seed=7, loss=0.05))
    whole, lossy = _bytes(tmp_path / "whole"), _bytes(tmp_path / "lossy")
    for name in ("commits.jsonl", "kcat.jsonl"):
        assert whole.pop(name) == lossy.pop(name)
    lines = {name: set(text.splitlines()) for name, text in whole.items()}
    assert all(set(text.splitlines()) <= lines[name] for name, text in lossy.items())
    kept = sum(map(len, (text.splitlines() for text in lossy.values())))
    assert kept == pytest.approx(0.95 * sum(map(len, lines.values())), rel=0.02)


def test_causation_ids_stand_nowhere_where_there_are_none(tmp_path: Path) -> None:
    run(tmp_path, Setting(orders=40, seed=7, causation=False))
    assert not any(b"causation" in text.lower() for text in _bytes(tmp_path).values())


def test_the_silent_service_writes_no_log(tmp_path: Path) -> None:
    run(tmp_path, SMALL)
    assert not list(tmp_path.glob("invoices*"))
    messages = [json.loads(line) for line in (tmp_path / "kcat.jsonl").read_text().splitlines()]
    assert any(message["topic"] == "grocer.invoices" for message in messages)


CAUSE = Cause("dead_letter", ("pay",), ("BasketPriced",))


@pytest.mark.parametrize(
    ("named", "is_right"),
    [
        ([("dead_letter", "pay", "BasketPriced")], True),
        ([("dead_letter", "pay", "GoodsHeld")], False),
        ([("handler_error", "pay", "BasketPriced")], False),
        ([("slow", "pay", "BasketPriced"), ("dead_letter", "pay", "BasketPriced")], False),
        ([], False),
    ],
)
def test_only_the_first_cause_counts(named: list[tuple[str, str, str]], is_right: bool) -> None:
    found = score([Truth("o-1", "dead_letter", (CAUSE,))], {"o-1": Answer("failed", tuple(named))})
    assert found.top1.good == int(is_right)
    assert found.by_fault["dead_letter"].of == 1


def test_an_order_without_an_answer_is_not_named() -> None:
    assert score([Truth("o-1", "dead_letter", (CAUSE,))], {}).top1.share == 0.0


def test_a_healthy_order_with_a_cause_is_accused() -> None:
    truths = [Truth(f"o-{number}", None, ()) for number in range(3)]
    found = score(
        truths, {"o-0": Answer("failed", (("slow", "pay", "BasketPriced"),)), "o-1": Answer("completed", ())}
    )
    assert (found.accused.good, found.accused.of) == (1, 3)
    assert found.not_completed.good == 2


def test_wilsons_interval_is_that_of_the_books() -> None:
    assert Share(8, 10).interval == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert Share(0, 50).interval == pytest.approx((0.0, 0.0713), abs=1e-4)
