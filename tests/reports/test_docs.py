"""Every rule has its page, and every page its rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evtrace.contract_gate.config import load
from evtrace.contracts.modes import mode
from evtrace.reports.check.metrics import is_metric
from evtrace.reports.check.settings import read
from evtrace.reports.delivery.rules import BY_ID, RULES, Rule

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_has_a_page(rule: Rule) -> None:
    page = (DOCS / "rules" / f"{rule.id}.md").read_text()
    assert page.startswith(f"# {rule.id}\n")
    means = re.sub(r"\s+", " ", page)
    assert f"{rule.means[0].upper()}{rule.means[1:]}." in means
    assert [line for line in page.splitlines() if line.startswith("## ")] == [
        "## What it means",
        "## How it is computed",
        "## What to do",
    ]


def test_there_are_no_other_pages() -> None:
    assert {page.stem for page in (DOCS / "rules").iterdir()} == set(BY_ID)


PAGES = [*(DOCS / "rules").iterdir(), DOCS / "check.md", DOCS / "schema.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_the_settings_in_the_docs_are_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (DOCS / "check.md").read_text(), re.S)
    (tmp_path / "evtrace.toml").write_text(text)
    settings = read(tmp_path / "evtrace.toml")
    assert [one.text for one in settings.thresholds] == [
        "lag.seconds <= 60", "duplicates.effect == 0", "lost.share >= 0.999", "lag.seconds <= 3600 for reporting",
    ]  # fmt: skip


def test_the_measures_in_the_docs_are_measured() -> None:
    table = (DOCS / "check.md").read_text().partition("| measure |")[2].partition("\n\n")[0]
    names = re.findall(r"`([a-z]+\.[a-z_]+)`", table)
    assert len(names) >= 12 and all(is_metric(name) for name in names)


def test_the_settings_for_schemas_in_the_docs_are_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (DOCS / "schema.md").read_text(), re.S)
    (tmp_path / "evtrace.toml").write_text(text)
    settings = load(tmp_path / "evtrace.toml")
    assert (settings.paths, settings.against, settings.mode) == (("schemas",), "origin/main", "backward")
    assert {name: (one.file, one.mode) for name, one in settings.contracts.items()} == {
        "OrderPlaced": ("schemas/order.json", None),
        "PaymentTaken": ("schemas/payment.avsc", "full_transitive"),
    }


def test_the_modes_in_the_docs_are_modes() -> None:
    table = (DOCS / "schema.md").read_text().partition("| mode |")[2].partition("\n\n")[0]
    names = re.findall(r"^\| `([a-z_]+)`", table, re.M)
    assert [mode(name).name for name in names] == [
        "BACKWARD",
        "FORWARD",
        "FULL",
        "BACKWARD_TRANSITIVE",
        "NONE",
    ]
