"""Every host has a clock of its own: off by up to seconds, and drifting."""

from __future__ import annotations

import random
from dataclasses import dataclass

#: When the run began, on the true clock: 2026-11-20 06:00 UTC.
BEGAN_NS = 1_795_154_400_000_000_000
NS = 1_000_000_000


@dataclass(frozen=True)
class Clock:
    """What a host believes of the time."""

    offset_s: float = 0.0
    drift: float = 0.0  # seconds per second

    def ns(self, at: float) -> int:
        """The moment as this clock shows it."""
        return BEGAN_NS + int((at + self.offset_s + self.drift * at) * NS)


#: The broker's clock is true.
TRUE = Clock()


def clock_of(instance: str, seed: int) -> Clock:
    """Most hosts are off by milliseconds, some by seconds."""
    rng = random.Random(f"{seed}/{instance}/clock")
    width = rng.choice((0.02, 0.02, 0.3, 2.5))
    return Clock(rng.uniform(-width, width), rng.uniform(-20e-6, 20e-6))
