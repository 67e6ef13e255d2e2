"""Measure the diagnosis on generated runs with planted faults, and write the table.

    python -m benchmarks.diagnosis [--orders 4000] [--seed 11] [--only with_ids ...] [--folder DIR] [--out benchmarks/diagnosis.md]

Every setting goes the real way: logs on disk, `evtrace ingest`, then the causes that `evtrace flows` lists, held against
the truth; `why` is asked about a hundred orders of each run as well and must say the same.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from tests.diagnosis.scenarios.faults import OUT_OF_DESIGN
from tests.diagnosis.scenarios.measuring import Measured, measure
from tests.diagnosis.scenarios.scoring import Share
from tests.diagnosis.scenarios.settings import Setting


@dataclass(frozen=True)
class Case:
    """A setting with its name and what is promised of it."""

    name: str
    title: str
    setting: Setting
    least_top1: float | None = None
    least_both: float | None = None


def cases(orders: int, seed: int) -> list[Case]:
    """The settings, each with a seed of its own."""
    of = {"orders": orders}
    ordinary = [
        Case("with_ids", "causation ids", Setting(**of, seed=seed), 0.97),
        Case("without_ids", "no causation ids", Setting(**of, seed=seed + 1, causation=False), 0.95),
        Case("lossy", "causation ids, 5 % of service lines missing", Setting(**of, seed=seed + 2, loss=0.05), 0.90),
        Case("lossy_without_ids", "no causation ids, 5 % of service lines missing",
             Setting(**of, seed=seed + 3, causation=False, loss=0.05), 0.90),
        Case("two_faults", "two faults in one order", Setting(**of, seed=seed + 4, faulty=0.05, two_faults=0.1), None, 0.85),
        Case("two_without_ids", "two faults in one order, no causation ids",
             Setting(**of, seed=seed + 5, faulty=0.05, two_faults=0.1, causation=False), None, 0.85),
    ]  # fmt: skip
    shares = {"sick_cohort": 0.6}
    beyond = [
        Case(f"beyond_{name}", name.replace("_", " "), _beyond(orders // 2, seed + 10 + nth, name, shares.get(name, 0.08)))
        for nth, name in enumerate(OUT_OF_DESIGN)
    ]  # fmt: skip
    return ordinary + beyond


def _beyond(orders: int, seed: int, name: str, share: float) -> Setting:
    return Setting(orders, seed, out_of_design=name, faulty=share, stops=False)


def page(runs: list[tuple[Case, Measured]]) -> str:
    """The whole page as Markdown."""
    ordinary = [run for run in runs if run[0].setting.out_of_design is None]
    beyond = [run for run in runs if run[0].setting.out_of_design is not None]
    return "\n".join(
        [
            _HEAD.format(
                day=date.today(),
                python=platform.python_version(),
                duckdb=duckdb.__version__,
                orders=_orders(runs),
            ),
            *_settings(ordinary),
            "\n## By kind of fault\n",
            "First cause named right: kind, service and event type. Intervals are Wilson's, 95 %.\n",
            *_faults(ordinary),
            "\n## Healthy orders by the noise that they have\n",
            "Accused: a cause is named.\n",
            *_noise(ordinary),
            "\n## What the method was not designed for\n",
            *_beyond_rows(beyond),
            "\n## What is named instead\n",
            *_wrong(runs),
            "",
        ]
    )


_HEAD = """# How good the diagnosis is

Written by `python -m benchmarks.diagnosis` on {day}, Python {python}, DuckDB {duckdb}; {orders} orders in all.

The logs are those of a made-up grocer (`tests/diagnosis/scenarios/`): ten services with nine log dialects and one without any
log, messages as `kcat -J` shows them, commits, clocks that are off by up to 2.5 s and drift, 30 % of the orders with harmless
trouble (retries that succeed, ERROR lines that mean nothing, warnings, 404s, redeliveries, second sends), several ways through
the shop that are all well, a join, a timer. The generator was written from what goes wrong in such systems and
knows nothing of the method; what the method was not designed for is planted as well and told apart below.
Orders that only waited behind another order's trouble are neither healthy nor at fault and are not counted.
"""


def _orders(runs: list[tuple[Case, Measured]]) -> str:
    return f"{sum(case.setting.orders for case, _ in runs):,}"


def _settings(runs: list[tuple[Case, Measured]]) -> Iterator[str]:
    yield "| setting | first cause right | promised | both of two named | promised | healthy accused (≤ 1 %) | healthy not `completed` | `why` differs from `flows` |"
    yield "|---|---|---|---|---|---|---|---|"
    for case, run in runs:
        score = run.score
        cells = (
            case.title, shown(score.top1), promised(case.least_top1, score.top1), shown(score.both),
            promised(case.least_both, score.both), shown(score.accused), shown(score.not_completed),
            f"{len(run.disagreeing)} of {run.asked}",
        )  # fmt: skip
        yield f"| {' | '.join(cells)} |"


def _faults(runs: list[tuple[Case, Measured]]) -> Iterator[str]:
    kinds = sorted({kind for _, run in runs for kind in run.score.by_fault})
    yield f"| fault | {' | '.join(case.title for case, _ in runs)} |"
    yield "|---" * (len(runs) + 1) + "|"
    for kind in kinds:
        yield f"| {kind} | {' | '.join(shown(run.score.by_fault.get(kind, Share())) for _, run in runs)} |"


def _noise(runs: list[tuple[Case, Measured]]) -> Iterator[str]:
    kinds = sorted({kind for _, run in runs for kind in run.score.accused_by_noise})
    yield f"| noise | {' | '.join(case.title for case, _ in runs)} |"
    yield "|---" * (len(runs) + 1) + "|"
    for kind in kinds:
        yield f"| {kind} | {' | '.join(shown(run.score.accused_by_noise.get(kind, Share())) for _, run in runs)} |"


def _beyond_rows(runs: list[tuple[Case, Measured]]) -> Iterator[str]:
    yield "| fault | why the method cannot do it | first cause right | healthy accused |\n|---|---|---|---|"
    for case, run in runs:
        reason = OUT_OF_DESIGN[case.setting.out_of_design or ""]
        yield f"| {case.title} | {reason} | {shown(run.score.top1)} | {shown(run.score.accused)} |"


def _wrong(runs: list[tuple[Case, Measured]]) -> Iterator[str]:
    yield "Planted -> named, the commonest of each run.\n"
    yield "| setting | orders | planted -> named | for example |\n|---|---|---|---|"
    for case, run in runs:
        ways = [(count, kind, way) for kind, ways in run.score.wrong.items() for way, count in ways.items()]
        for count, kind, way in sorted(ways, key=lambda one: (-one[0], one[1:]))[:8]:
            yield f"| {case.title} | {count} | {way} | {run.score.examples[f'{kind}: {way}']} |"


def shown(share: Share) -> str:
    """'0.973 [0.961, 0.982] of 812'."""
    if not share.of:
        return "–"
    low, high = share.interval
    return f"{share.share:.3f} [{low:.3f}, {high:.3f}] of {share.of:,}"


def promised(least: float | None, share: Share) -> str:
    """Whether a promise is kept, by the share itself."""
    if least is None:
        return "–"
    return f"≥ {least:.2f}: {'kept' if share.share >= least else '**missed**'}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--only", nargs="*", help="names of settings")
    parser.add_argument("--folder", type=Path, help="keep the logs and stores here")
    parser.add_argument("--out", type=Path, help="where the page goes; else to stdout")
    chosen = parser.parse_args()
    wanted = [
        case for case in cases(chosen.orders, chosen.seed) if not chosen.only or case.name in chosen.only
    ]
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.folder or Path(scratch)
        runs = []
        for case in wanted:
            run = measure(folder / case.name, case.setting)
            runs.append((case, run))
            told = {
                "setting": case.name,
                "lines": run.lines,
                "ingest_s": round(run.ingest_s, 1),
                "why_s": round(run.why_s, 3),
            }
            print(
                json.dumps(told | {"top1": run.score.top1.share, "accused": run.score.accused.share}),
                flush=True,
            )
    text = page(runs)
    if chosen.out:
        chosen.out.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
