"""What a delivery report is asked: which part of the evidence, and with which limits."""

from __future__ import annotations

from dataclasses import dataclass, field

from evtrace.model import NS_PER_S
from evtrace.reports.window import Window

#: Rows of one rule that are fetched where nobody says how many; they are counted all the same.
ROWS = 10_000

#: What stands in SQL for a moment that is not given.
NO_TIME = -(2**62)


@dataclass(frozen=True)
class Asked:
    """Filters choose rows and never change what a row means; `at` cuts the evidence itself."""

    window: Window = field(default_factory=Window)
    grp: str | None = None
    channel: str | None = None
    flow_id: int | None = None
    at: int | None = None  # the evidence ends here; None: where the logs end
    limit: int = ROWS  # rows of each rule; 0: all
    bound_ns: int = 0  # disorder in event time that is allowed
    skew_ns: int = 0  # difference of clocks that is allowed, beside what is measured
    within_ns: int = 300 * NS_PER_S  # an answer or an effect is due within this time

    stuck_ns: int | None = None  # a slot that waits longer is stuck; None: only where its group stands still
    allowed_lag: int = 0  # messages behind that count as none

    @property
    def numbers(self) -> dict[str, int]:
        """The limits by the names that the SQL of analyses uses."""
        return {
            "bound_ns": self.bound_ns,
            "skew_ns": self.skew_ns,
            "within_ns": self.within_ns,
            "allowed_lag": self.allowed_lag,
            "at_ts": NO_TIME if self.at is None else self.at,
        }
