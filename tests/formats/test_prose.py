"""What is no log is known by what it says; no log is taken for it."""

from __future__ import annotations

import pytest

from evtrace.formats import Sample, load
from evtrace.formats.prose import is_prose

PROSE = [
    ("README.md", "# Shop\n\nWhat it does: [see](https://example.org).\n\n- one\n- two\n"),
    ("LICENSE", "MIT License\n\nPermission is hereby granted, free of charge, to any person\n"),
    ("values.yaml", "image:\n  name: billing\n  tags:\n    - a\n"),
    ("no-ending", "---\nimage:\n  name: billing\nport: 80\n"),
    ("orders.feature", "Feature: orders\n  Scenario: place\n    Given a cart\n    Then an order\n"),
    ("order.schema.json", '{"$schema": "https://json-schema.org/draft-07/schema#", "properties": {}}\n'),
    ("pyproject.toml", '[project]\nname = "shop"\nversion = "1"\n'),
]


@pytest.mark.parametrize(("name", "text"), PROSE, ids=[name for name, _ in PROSE])
def test_prose_is_known(name: str, text: str) -> None:
    assert is_prose(name, Sample(text, whole=True)) is not None


@pytest.mark.parametrize("text", [text for format in load().values() for text in format.SAMPLES])
def test_log_is_no_prose_by_any_name(text: str) -> None:
    for name in ("app.log", "README", "x.json"):
        assert is_prose(name, Sample(text, whole=True)) is None
