"""Write a run: python -m tests.diagnosis.scenarios FOLDER [--orders 4000] [--seed 1] [--no-causation] [--loss 0.05]."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.diagnosis.scenarios.run import run
from tests.diagnosis.scenarios.settings import SHOPS, Setting


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--orders", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-causation", action="store_true")
    parser.add_argument("--loss", type=float, default=0.0)
    parser.add_argument("--two-faults", type=float, default=0.0)
    parser.add_argument("--out-of-design", default=None)
    parser.add_argument("--shop", default="grocer", choices=SHOPS)
    chosen = parser.parse_args()
    setting = Setting(
        chosen.orders,
        chosen.seed,
        causation=not chosen.no_causation,
        loss=chosen.loss,
        two_faults=chosen.two_faults,
        out_of_design=chosen.out_of_design,
        shop_name=chosen.shop,
    )
    truth = run(chosen.folder / "logs", setting, truth_path=chosen.folder / "truth.jsonl")
    faulty = sum(one.fault is not None for one in truth)
    print(f"{len(truth):,} orders, {faulty:,} with a fault")


if __name__ == "__main__":
    main()
