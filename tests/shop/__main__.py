"""`python -m tests.shop BROKER OUT`: run the shop once and keep its logs; `install`: obtain the brokers."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from tests.shop import conductor, install, transport
from tests.shop.conductor import Wish
from tests.shop.plan import USUAL_SEED

_LIMIT_S = 300


def main() -> None:
    asked = _parser().parse_args()
    if asked.broker == "install":
        sys.exit(install.run(asked.only))
    if lacks := transport.missing(asked.broker):
        raise SystemExit(lacks)
    signal.signal(signal.SIGALRM, _too_long)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.alarm(asked.limit)
    conductor.run(Wish(asked.broker, asked.folder.resolve(), asked.orders, asked.seed, asked.truth))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.shop", description=__doc__)
    commands = parser.add_subparsers(dest="broker", required=True, metavar="BROKER | install")
    for name in transport.NAMES:
        run = commands.add_parser(name, help=f"run the shop on {name}")
        run.add_argument("folder", type=Path, metavar="OUT")
        run.add_argument("--orders", type=int, default=80)
        run.add_argument("--seed", type=int, default=USUAL_SEED)
        run.add_argument("--truth", type=Path, metavar="FILE", help="where to write what really happened")
        run.add_argument(
            "--limit", type=int, default=_LIMIT_S, metavar="SECONDS", help="give up after so long"
        )
    wanted = commands.add_parser("install", help="obtain the brokers and their tools: Maven, apt (as root)")
    wanted.add_argument("only", nargs="*", default=transport.NAMES, metavar="BROKER")
    return parser


def _too_long(_: int, __: FrameType | None) -> None:
    raise SystemExit("the shop took too long and was ended")


if __name__ == "__main__":
    main()
