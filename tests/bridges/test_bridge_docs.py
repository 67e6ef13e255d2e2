"""The documentation names every format, and its rules are rules."""

from __future__ import annotations

import re
from pathlib import Path

from evtrace.bridges import Document, Folder, load
from evtrace.redaction.rules import read

DOCS = Path(__file__).parents[2] / "docs"


def test_every_bridge_is_documented_and_keeps_the_protocol() -> None:
    text = (DOCS / "export.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == list(load())
    for bridge in load().values():
        assert isinstance(bridge, Document | Folder)
        assert bridge.TITLE and bridge.ENDING.startswith(".")


def test_the_rules_of_the_documentation_are_rules(tmp_path: Path) -> None:
    text = (DOCS / "case.md").read_text(encoding="utf-8")
    (tmp_path / "evtrace.toml").write_text(
        re.search(r"```toml\n(.*?)```", text, re.DOTALL)[1], encoding="utf-8"
    )  # type: ignore[index]  # or the test fails here
    rules = read(tmp_path / "evtrace.toml")
    assert (rules.payload, rules.keep, rules.evidence) == ("hash", ("amount", "status"), "keep")
    assert rules.way("address.street") == "remove"
    assert rules.hides_kind("order") and rules.hides_kind("customer") and not rules.hides_kind("correlation")
