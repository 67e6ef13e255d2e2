"""A number within bounds that is a multiple of these and not of those: found, or proved absent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd, lcm

from evtrace.contracts.jsonschema.terms import BROKEN, Bound, Multiple

_MOST_TRIES, _TRIES_OF_A_LENGTH = 5000, 60
_ZERO, _ONE = Fraction(0), Fraction(1)


class Uncertain(Exception):
    """Too many numbers to look at."""


@dataclass
class Numbers:
    """What is known of a number; filled term by term."""

    low: Fraction | None = None
    high: Fraction | None = None
    is_low_open: bool = False
    is_high_open: bool = False
    step: Fraction | None = None  # of which it is a multiple
    not_steps: tuple[Fraction, ...] = ()

    def bound(self, bound: Bound) -> None:
        """It is within the bound."""
        if bound.is_upper:
            if self.high is None or (bound.value, not bound.is_open) < (self.high, not self.is_high_open):
                self.high, self.is_high_open = bound.value, bound.is_open
        elif self.low is None or (bound.value, bound.is_open) > (self.low, self.is_low_open):
            self.low, self.is_low_open = bound.value, bound.is_open

    def multiple(self, multiple: Multiple, is_so: bool) -> None:
        """It is a multiple, or is none."""
        if not is_so:
            self.not_steps = (*self.not_steps, multiple.of)
        else:
            self.step = multiple.of if self.step is None else _common(self.step, multiple.of)

    def holds(self, number: Fraction) -> bool:
        """Is this number within all that is known?"""
        if self.low is not None and (number < self.low or (self.is_low_open and number == self.low)):
            return False
        if self.high is not None and (number > self.high or (self.is_high_open and number == self.high)):
            return False
        if self.step is not None and (number / self.step).denominator != 1:
            return False
        return all((number / step).denominator != 1 for step in self.not_steps)

    def find(self, kind: int, other_than: Iterable[Fraction]) -> Fraction | None:
        """A number of a kind that is within, the plainest first; None: there is none."""
        avoided = set(other_than)
        step = self.step if kind == BROKEN else _common(self.step or _ONE, _ONE)
        tries = self._between() if step is None else self._multiples(step, len(avoided))
        for number in tries:
            is_of_kind = (number.denominator != 1) == (kind == BROKEN)
            if is_of_kind and number not in avoided and self.holds(number):
                return number
        if step is None and self._is_wide():
            raise Uncertain  # there are such numbers, but none of those tried
        return None

    def _multiples(self, step: Fraction, avoided: int) -> Iterator[Fraction]:
        """So many that, if none of them is wanted, none is: what is wanted repeats itself."""
        window = self._period(step) * (avoided + 3)  # open ends are not wanted either
        first = None if self.low is None else ceil(self.low / step)
        last = None if self.high is None else floor(self.high / step)
        begin = max(0, first or 0) if last is None else min(max(0, first if first is not None else 0), last)
        if window > _MOST_TRIES:
            raise Uncertain
        if last is None or last - begin >= window:
            return (step * (begin + n) for n in range(window))
        if first is None or begin - first >= window:
            return (step * (begin - n) for n in range(window))
        return (step * n for n in sorted(range(first, last + 1), key=abs))

    def _period(self, step: Fraction) -> int:
        """After so many multiples, what is whole and what is a multiple of the unwanted repeats itself."""
        period = step.denominator
        for unwanted in self.not_steps:
            period = lcm(period, int(_common(step, unwanted) / step))
        return period

    def _is_wide(self) -> bool:
        return self.low is None or self.high is None or self.low < self.high

    def _between(self) -> Iterator[Fraction]:
        """The ends, and decimals of growing length near 0."""
        yield from (end for end in (self.low, self.high) if end is not None)
        low = self.low if self.low is not None else min(self.high or _ZERO, _ZERO) - 1
        high = self.high if self.high is not None else max(low, _ZERO) + 1
        begin = min(max(_ZERO, low), high)
        for parts in (2, *(10**digits for digits in range(1, 10))):
            numbers = range(ceil(begin * parts), floor(high * parts) + 1)[:_TRIES_OF_A_LENGTH]
            yield from (Fraction(number, parts) for number in numbers)
            numbers = range(floor(begin * parts), ceil(low * parts) - 1, -1)[:_TRIES_OF_A_LENGTH]
            yield from (Fraction(number, parts) for number in numbers)


def _common(one: Fraction, other: Fraction) -> Fraction:
    """The least number that both divide."""
    return Fraction(lcm(one.numerator, other.numerator), gcd(one.denominator, other.denominator))
