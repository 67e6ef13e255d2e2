"""Times for people and machines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtrace.present.times import clock, duration, offset, rfc3339

S = 1_000_000_000


@pytest.mark.parametrize(
    ("ns", "shown"),
    [
        (1_772_366_400_000_000_001, "2026-03-01T12:00:00.000000001Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (None, None),
        (2**63 - 1, "2262-04-11T23:47:16.854775807Z"),
        (10**23, None),
    ],
)
def test_json_has_rfc3339_with_nanoseconds(ns: int | None, shown: str | None) -> None:
    assert rfc3339(ns) == shown


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_stored_time_can_be_shown(ns: int) -> None:
    assert (rfc3339(ns) or "").endswith("Z")
    assert clock(ns).endswith(" UTC")


@pytest.mark.parametrize(
    ("ns", "shown"),
    [(1_204 * 1_000_000, "+1.204 s"), (0, "+0.000 s"), (-5_000_000, "-0.005 s"), (7384 * S, "+2h03m04.000s")],
)
def test_offsets_count_from_the_start(ns: int, shown: str) -> None:
    assert offset(S + ns, S) == shown


@pytest.mark.parametrize(
    ("ns", "shown"),
    [(5, "5 ns"), (1500, "1.5 µs"), (12_300_000, "12.3 ms"), (2_310_000_000, "2.31 s"), (7384 * S, "2h03m04.000s"),
     (None, "unknown"), (1800 * S, "1800.0 s")],
)  # fmt: skip
def test_durations_have_the_unit_that_suits_them(ns: int | None, shown: str) -> None:
    assert duration(ns) == shown
