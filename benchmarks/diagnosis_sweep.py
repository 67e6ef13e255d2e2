"""Measure how large a share of all orders a fault may touch and still be named, and write the table.

    python -m benchmarks.diagnosis_sweep [--orders 1000] [--seed 7] [--jobs 2] [--only slow ...] [--out benchmarks/diagnosis_sweep.md]

One kind of fault at one place, without any other, in a growing share of the orders: what is usual is learned from the
same logs, so there is a share from which on the fault itself looks usual.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import duckdb

from benchmarks.diagnosis import shown
from tests.diagnosis.scenarios.faults import FAULTS, places
from tests.diagnosis.scenarios.measuring import measure
from tests.diagnosis.scenarios.scoring import Score
from tests.diagnosis.scenarios.settings import SHOPS, Setting

SHARES = (0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3)


@dataclass(frozen=True)
class Sweep:
    """A fault at a place of a shop."""

    shop: str
    fault: str
    place: int

    @property
    def title(self) -> str:
        service, event_type = places(SHOPS[self.shop], self.fault)[self.place]
        return f"{self.fault} ({service}, {event_type})"


def sweeps(only: list[str] | None) -> Iterator[Sweep]:
    """Each kind at its first place; what is missing at its last place as well, where nothing else waits for it."""
    for fault in FAULTS:
        for shop in SHOPS if not only or fault in only else ():
            count = len(places(SHOPS[shop], fault))
            last = fault in ("missing_event", "lost_delivery", "slow")
            yield from (Sweep(shop, fault, place) for place in ((0, count - 1) if last else (0,)))


def run(folder: Path, orders: int, seed: int, which: tuple[Sweep, float]) -> Score:
    """What becomes of one share."""
    sweep, share = which
    number = seed + round(share * 100_000) + list(FAULTS).index(sweep.fault)
    setting = Setting(
        orders,
        number,
        faulty=share,
        out_of_design=sweep.fault,
        place=sweep.place,
        stops=False,
        shop_name=sweep.shop,
    )
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        return measure(Path(scratch), setting, ask=0).score


_HEAD = """# How large a share of all orders a fault may touch

Written by `python -m benchmarks.diagnosis_sweep` on {day}, Python {python}, DuckDB {duckdb}; {orders:,} orders a cell.

One kind of fault at one place, no other, with causation ids, in the two made-up shops of [diagnosis.md](diagnosis.md). What
is usual is learned from the same logs, so a fault that touches enough orders becomes what is usual. A cell says how
many of the orders at fault have the right first cause, and in brackets how many healthy ones are given a cause.

"""


def page(found: dict[Sweep, list[Score]], shares: Sequence[float], orders: int) -> str:
    """The whole page as Markdown."""
    head = _HEAD.format(
        day=date.today(), python=platform.python_version(), duckdb=duckdb.__version__, orders=orders
    )
    return head + "\n".join([*_table(found, shares), ""])


def _table(found: dict[Sweep, list[Score]], shares: Sequence[float]) -> Iterator[str]:
    yield f"| fault | {' | '.join(f'{share:.1%}' for share in shares)} |"
    yield "|---" * (len(shares) + 1) + "|"
    for sweep, scores in found.items():
        yield f"| {sweep.title} | {' | '.join(_cell(score) for score in scores)} |"


def _cell(score: Score) -> str:
    top = score.top1
    accused = f" ({score.accused.good} of {score.accused.of:,})" if score.accused.good else ""
    return f"{top.good} of {top.of}{accused}" if top.of else "–"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time")
    parser.add_argument("--shares", nargs="*", type=float, default=SHARES)
    parser.add_argument("--only", nargs="*", help="kinds of fault")
    parser.add_argument("--out", type=Path, help="where the page goes; else to stdout")
    chosen = parser.parse_args()
    wanted = list(sweeps(chosen.only))
    cells = [(sweep, share) for sweep in wanted for share in chosen.shares]
    found: dict[Sweep, list[Score]] = {sweep: [] for sweep in wanted}
    with tempfile.TemporaryDirectory() as scratch, ProcessPoolExecutor(chosen.jobs) as pool:
        one = partial(run, Path(scratch), chosen.orders, chosen.seed)
        for (sweep, share), score in zip(cells, pool.map(one, cells), strict=True):
            found[sweep].append(score)
            print(f"{sweep.shop} {sweep.title} {share:.1%}: {shown(score.top1)}", flush=True)
            whole = {sweep: scores for sweep, scores in found.items() if len(scores) == len(chosen.shares)}
            if chosen.out and whole:
                chosen.out.write_text(page(whole, chosen.shares, chosen.orders), encoding="utf-8")
    if not chosen.out:
        print(page(found, chosen.shares, chosen.orders))


if __name__ == "__main__":
    main()
