"""Whether two shares differ by more than chance, and how to ask that many times over."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

#: Above so many flows in the table the exact test gives way to the approximation, which is as good there.
_EXACT_UP_TO = 20_000

#: Probabilities that differ by rounding alone count as equal, as in R's fisher.test.
_SLACK = 1 + 1e-7


def difference(with_a: int, all_a: int, with_b: int, all_b: int) -> float:
    """The p-value that both groups have the same share.

    Fisher's exact test, two-sided: the sum over all tables with these margins that are no likelier
    (R. A. Fisher, Statistical Methods for Research Workers, 5th ed. 1934, §21.02). For large tables with no
    small expected count Pearson's chi-squared test with one degree of freedom.
    """
    without, of = all_a + all_b - with_a - with_b, all_a + all_b
    if not (all_a and all_b and with_a + with_b and without):
        return 1.0
    least_expected = min(all_a, all_b) * min(with_a + with_b, without) / of
    if of > _EXACT_UP_TO and least_expected >= 5:
        return _chi_squared(with_a, all_a, with_b, all_b)
    return _fisher(with_a, all_a, with_b, all_b)


def _fisher(with_a: int, all_a: int, with_b: int, all_b: int) -> float:
    having, of = with_a + with_b, all_a + all_b
    low, high = max(0, having - all_b), min(all_a, having)
    whole = _log_choose(of, having)

    def likelihood(count: int) -> float:
        return math.exp(_log_choose(all_a, count) + _log_choose(all_b, having - count) - whole)

    seen = likelihood(with_a)
    rarer = (likely for count in range(low, high + 1) if (likely := likelihood(count)) <= seen * _SLACK)
    return min(1.0, math.fsum(rarer))


def _chi_squared(with_a: int, all_a: int, with_b: int, all_b: int) -> float:
    of, having = all_a + all_b, with_a + with_b
    apart = with_a * (all_b - with_b) - with_b * (all_a - with_a)
    statistic = of * apart**2 / (all_a * all_b * having * (of - having))
    return math.erfc(math.sqrt(statistic / 2))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct for many comparisons, whatever depends on what: the chance of even one false claim stays below the level.

    S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6 (1979) 65–70.
    """
    order = sorted(range(len(p_values)), key=lambda nth: p_values[nth])
    corrected, highest = [1.0] * len(p_values), 0.0
    for place, nth in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[nth]))
        corrected[nth] = highest
    return corrected


def can_tell(least_p_values: Sequence[float], level: float) -> list[bool]:
    """Which comparisons can be significant at all, by the least p-value that their margins allow.

    What cannot need not be corrected for. R. E. Tarone, A modified Bonferroni method for discrete data,
    Biometrics 46 (1990) 515–522.
    """
    ordered, count = sorted(least_p_values), 1
    while bisect_right(ordered, level / count) > count:
        count += 1
    return [least <= level / count for least in least_p_values]


def least_p(having: int, all_a: int, all_b: int) -> float:
    """The p-value if as many as can be of those that have something were in the first group."""
    with_a = min(having, all_a)
    return difference(with_a, all_a, having - with_a, all_b)
