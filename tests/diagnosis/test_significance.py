"""The tests of significance give the values of the textbooks."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evtrace.diagnosis.significance import can_tell, difference, holm, least_p

KNOWN = [
    ((3, 4, 1, 4), 0.48571428571),  # the lady tasting tea
    ((2, 17, 10, 13), 0.00053672411),  # Fisher's twins
    ((0, 10, 0, 90), 1.0),  # nobody has it
    ((10, 10, 90, 90), 1.0),  # all have it
    ((0, 0, 3, 9), 1.0),  # nobody to compare
    ((5, 5, 0, 5), 2 / 252),
]


@pytest.mark.parametrize(("table", "p_value"), KNOWN)
def test_fishers_test_is_exact(table: tuple[int, int, int, int], p_value: float) -> None:
    assert difference(*table) == pytest.approx(p_value, rel=1e-6)


def test_large_tables_are_approximated_as_well() -> None:
    exact, large = difference(560, 10_000, 500, 10_000), difference(560, 10_001, 500, 10_000)
    assert large == pytest.approx(exact, rel=0.15)
    assert difference(60_000, 100_000, 500_000, 1_000_000) == 0.0


def test_holm_multiplies_the_smallest_most() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


#: A busy machine is no reason to fail.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@CALM
@given(st.lists(st.floats(0, 1), max_size=30))
def test_a_correction_makes_nothing_surer_and_keeps_the_order(p_values: list[float]) -> None:
    corrected = holm(p_values)
    assert all(after >= before for before, after in zip(p_values, corrected, strict=True))
    pairs = sorted(zip(p_values, corrected, strict=True))
    assert [after for _, after in pairs] == sorted(corrected)


@CALM
@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_the_groups_can_be_named_the_other_way_round(a: int, b: int, c: int, d: int) -> None:
    assert difference(a, a + b, c, c + d) == pytest.approx(difference(c, c + d, a, a + b), rel=1e-6)


def test_what_can_never_be_significant_is_not_corrected_for() -> None:
    least = [least_p(having, 2, 58) for having in (2, 2, 1, 1, 1, 1, 40)]
    assert can_tell(least, 0.05) == [True, True, False, False, False, False, False]


@CALM
@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 30), st.integers(0, 30))
def test_no_table_of_these_margins_is_surer(with_a: int, all_a: int, with_b: int, all_b: int) -> None:
    with_a, with_b = min(with_a, all_a), min(with_b, all_b)
    if with_a * all_b >= with_b * all_a:  # commoner in the first group
        assert least_p(with_a + with_b, all_a, all_b) <= difference(with_a, all_a, with_b, all_b) * (1 + 1e-6)
