"""What is enough to compare with, and from when on a duration is late."""

from __future__ import annotations

import math

#: A 95 % interval.
_Z = 1.959963984540054

#: One in 2,000, to one side.
_SURE_Z = 3.29

#: Fewer normal flows than this are no cohort.
LEAST_FLOWS = 20

#: What so many flows came last to is how they end; fewer teach nothing.
LEAST_ENDED = 3

#: Something is expected where at least this share of the cohort has it, less what is lost of the logs.
LEAST_SHARE = 0.98

#: What fewer of the cohort's causes led to is no way of its own.
RARE = 0.02

#: Stands between the types of which one is expected.
OR = " or "

#: So many standard deviations of the logarithm above the median; quartiles are 1.349 of them apart.
_SIGMAS, _APART = 5.0, 1.349

#: How far off the distance of the quartiles of n durations may be, as a share of it times √n: one standard error.
_UNSURE = 1.166

#: Durations that hardly differ may still do so by this factor between their quartiles.
_LEAST_FACTOR = 1.25


def late_from(q25_ns: object, q50_ns: object, q75_ns: object, of: int) -> int | None:
    """The limit in nanoseconds, by factors, for that is how durations spread; None where nothing is known.

    The quartiles are those of so many durations: few may have spread less than their like do.
    """
    if not (isinstance(q25_ns, int) and isinstance(q50_ns, int) and isinstance(q75_ns, int)):
        return None
    factor = max(q75_ns / max(q25_ns, 1), _LEAST_FACTOR)
    limit = max(q50_ns, 1) * factor ** (_SIGMAS * (1 + _Z * _UNSURE / math.sqrt(of)) / _APART)
    return int(min(limit, 2.0**62))


def most_likely(good: int, of: int) -> float:
    """The highest share that so many of so many may well stand for: Wilson's upper bound, 95 %."""
    p = good / of
    middle, half = p + _Z**2 / (2 * of), _Z * math.sqrt(p * (1 - p) / of + _Z**2 / (4 * of**2))
    return min(1.0, (middle + half) / (1 + _Z**2 / of))


def is_less(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """True where one share (so many of so many) is less than another, and chance would hardly make it so: 1 in 2,000."""
    (good, of), (other_good, other_of) = one, other
    together = (good + other_good) / max(1, of + other_of)
    spread = math.sqrt(together * (1 - together) * (1 / max(1, of) + 1 / max(1, other_of)))
    return of > 0 and other_of > 0 and other_good / other_of - good / of > _SURE_Z * spread
