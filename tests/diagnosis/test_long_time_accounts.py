"""The time of a long chain is accounted for in no time."""

from __future__ import annotations

import os

from evtrace.diagnosis.timing import account
from tests.pictures.made import event


def test_ten_thousand_steps_in_a_row_take_no_time() -> None:
    chain = tuple(event(n, (n - 1,) if n > 1 else ()) for n in range(1, 10_001))
    began = sum(os.times()[:4])  # of the processor, its children included: the machine may be busy
    told = account(chain)
    assert told is not None
    assert told.path == tuple(range(1, 10_001))
    assert sum(os.times()[:4]) - began < 5
