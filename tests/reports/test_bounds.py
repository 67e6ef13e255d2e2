"""Bounds of clocks: what messages prove, alone and together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evtrace.reports.order.bounds import SLACK_NS, WINDOW_NS, Bound, composed, hull, stretches

S = 1_000_000_000


def test_both_ways_bound_from_both_sides() -> None:
    assert Bound(None, 5).meet(Bound(3, None)) == Bound(3, 5)
    assert Bound(3, 5).turned() == Bound(-5, -3)
    assert Bound(6, 5).contradicts and not Bound(5, 5).contradicts


def test_hosts_that_never_talk_are_compared_by_way_of_others() -> None:
    upper = composed({("a", "b"): Bound(-1, 2), ("b", "c"): Bound(9, 11)})
    assert (upper["a", "c"], -upper["c", "a"]) == (13, 8)


def test_bounds_that_contradict_in_a_circle_compose_nothing() -> None:
    assert composed({("a", "b"): Bound(5, 6), ("b", "c"): Bound(5, 6), ("a", "c"): Bound(0, 1)}) == {}


def test_a_step_divides_the_time() -> None:
    windows = {n * WINDOW_NS: Bound(-1 * S, 1 * S) if n < 3 else Bound(-9 * S, -7 * S) for n in range(6)}
    assert [(part.since // WINDOW_NS, part.until // WINDOW_NS) for part in stretches(windows)] == [
        (0, 2),
        (3, 5),
    ]


def test_what_logging_takes_is_no_step() -> None:
    """Bounds that miss each other by two milliseconds: a line was written late."""
    before, late, other = Bound(0, 4_000_000), Bound(6_000_000, 7_000_000), Bound(60_000_000, 70_000_000)
    assert len(stretches({0: before, WINDOW_NS: late})) == 1
    assert len(stretches({0: before, WINDOW_NS: other})) == 2
    assert Bound(6_000_000, 4_000_000).settled() == Bound(4_000_000, 6_000_000)
    assert Bound(60_000_000, 4_000_000).settled().contradicts


def test_drift_is_no_step() -> None:
    """50 ppm over an hour, bounds half a millisecond wide."""
    windows = {
        n * WINDOW_NS: Bound(int(n * WINDOW_NS * 50e-6) - 250_000, int(n * WINDOW_NS * 50e-6) + 250_000)
        for n in range(120)
    }
    assert len(stretches({at: bound.widen(SLACK_NS) for at, bound in windows.items()})) == 1


def test_the_hull_holds_all_the_time() -> None:
    assert hull([Bound(1, 2), Bound(None, 9), Bound(-4, 0)]) == Bound(-4, 9)
    assert hull([]) == Bound()


@given(
    offset=st.integers(-10 * S, 10 * S),
    there=st.lists(st.integers(0, S), min_size=1),
    back=st.lists(st.integers(0, S), min_size=1),
)
def test_the_true_difference_lies_within_the_bounds(offset: int, there: list[int], back: list[int]) -> None:
    bound = Bound(None, min(delay + offset for delay in there)).meet(
        Bound(None, min(delay - offset for delay in back)).turned()
    )
    assert bound.low is not None and bound.high is not None and bound.low <= offset <= bound.high
