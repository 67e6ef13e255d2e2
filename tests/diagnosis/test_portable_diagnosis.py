"""What the diagnosis asks of all flows is SQL that other engines run as well; writing the answers down need not be."""

from __future__ import annotations

import re

import pytest

from evtrace.diagnosis import causes, cohort, departures, effects, habits, missing, sample, waits
from tests.reports.portable import refusals

#: What texts are filled with before they run.
_FILLED = {
    "input": 0.5,
    "least_flows": 20,
    "material": 0.5,
    "tells": 0.9,
    "sure": 0.8,
    "rare": 0.02,
    "long": 1,
}
_SELECT = re.compile(
    r"^\s*(?:CREATE OR REPLACE TEMP TABLE \w+ AS|INSERT INTO \w+)?\s*((?:WITH|SELECT)\b.*)", re.DOTALL
)


def _texts() -> dict[str, str]:
    """Every query of these modules; of statements that keep the rows of a query, the query."""
    found = {}
    for module in (sample, cohort, effects, habits, waits, missing, departures, causes):
        for name, value in vars(module).items():
            for nth, one in (
                enumerate(value.split(";\n")) if isinstance(value, str) and name.startswith("_") else ()
            ):
                match = _SELECT.match(one)
                if match and "batch" not in one:
                    text = match[1]
                    for word, filling in _FILLED.items():
                        text = text.replace(f"{{{word}}}", str(filling))
                    found[f"{module.__name__.rpartition('.')[2]}.{name}.{nth}"] = text
    return found


TEXTS = _texts()


def test_every_query_is_there() -> None:
    assert len(TEXTS) >= 20


@pytest.mark.parametrize("name", TEXTS)
def test_a_query_is_portable(name: str) -> None:
    assert refusals(TEXTS[name]) == []
