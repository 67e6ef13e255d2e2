"""`python -m tests.shop OUT_DIR`: run the shop once and keep its logs."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

import nats

from tests.shop import broker
from tests.shop.plan import Plan, plan
from tests.shop.services import KINDS, Service, Truth

_BETWEEN_ORDERS_S = 0.06
_AFTERWARDS_S = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.shop", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="OUT_DIR")
    parser.add_argument("--orders", type=int, default=40)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--truth", type=Path, help="where to write what really happened")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    decided, truth = plan(asked.orders, asked.seed), Truth()
    asyncio.run(_run(asked.folder, decided, truth))
    if asked.truth:
        _tell(asked.truth, decided, truth)


async def _run(folder: Path, decided: Plan, truth: Truth) -> None:
    async with broker.running() as url:
        services = {kind.name: Service(kind, decided, folder, truth) for kind in KINDS}
        for service in services.values():
            await service.start(url)
        for order in decided.orders.values():
            await services["order"].place(order)
            await asyncio.sleep(_BETWEEN_ORDERS_S)
        watcher = await nats.connect(url)
        await asyncio.sleep(_AFTERWARDS_S)
        await broker.quiet(watcher.jetstream(), but="fulfilment")
        await broker.dump(watcher.jetstream(), folder)
        for service in services.values():
            await service.stop()
        await watcher.close()


def _tell(path: Path, decided: Plan, truth: Truth) -> None:
    faults = [
        {"order_id": order.order_id, "fault": order.fault} for order in decided.orders.values() if order.fault
    ]
    lines = [json.dumps(row) for row in (*faults, *truth.edges)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
