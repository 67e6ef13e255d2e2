"""Write a JSON lines log of N million records of a shop on a broker, about 440 bytes a line.

    python benchmarks/generate.py --millions 2 shop.jsonl

Ten records an order: five events, each published by one service and received by the next. Ids are
opaque, customers have several orders, orders interleave in time.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

STEPS = (
    ("publish", "OrderPlaced", "order-service", None, 0, None, "orders"),
    ("receive", "OrderPlaced", "payment-service", "payment", 0, None, "orders"),
    ("publish", "PaymentProcessed", "payment-service", None, 2, 0, "payments"),
    ("receive", "PaymentProcessed", "inventory-service", "inventory", 2, None, "payments"),
    ("publish", "InventoryReserved", "inventory-service", None, 4, 2, "inventory"),
    ("receive", "InventoryReserved", "fulfilment-service", "fulfilment", 4, None, "inventory"),
    ("publish", "ShipmentCreated", "fulfilment-service", None, 6, 4, "shipments"),
    ("receive", "ShipmentCreated", "notification-service", "notification", 6, None, "shipments"),
    ("publish", "EmailDelivered", "notification-service", None, 8, 6, "emails"),
    ("receive", "EmailDelivered", "analytics-service", "analytics", 8, None, "emails"),
)

#: `o` is the order, `i` the step; 7 ms between orders, 35 ms between the steps of one.
SQL = """
COPY (
    SELECT strftime(make_timestamp(1760000000000000 + o * 7000 + i * 35000), '%Y-%m-%dT%H:%M:%S.%gZ') AS "timestamp",
           'info' AS level, service, service || '-' || (o % 3) AS instance, kind, channel,
           CAST(o % 6 AS INTEGER) AS "partition", o // 6 AS "offset", grp AS "group",
           md5('e' || o || '-' || event) AS event_id, event_type, md5('c' || o) AS correlation_id,
           CASE WHEN cause IS NOT NULL THEN md5('e' || o || '-' || cause) END AS causation_id,
           'order-' || o AS "key",
           {{'order_id': 'order-' || o, 'customer_id': 'cust-' || (o * 7919 % {customers}),
             'amount': (o % 10000) / 100.0, 'currency': 'EUR'}} AS payload
    FROM range({orders}) AS r(o), steps
    ORDER BY o * 7 + i * 35, i
) TO '{path}' (FORMAT json)
"""


def generate(path: Path, *, records: int) -> None:
    """Write `records` lines to `path`."""
    orders = records // len(STEPS)
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE steps (i INTEGER, kind VARCHAR, event_type VARCHAR, service VARCHAR, grp VARCHAR, "
            "event INTEGER, cause INTEGER, channel VARCHAR)"
        )
        con.executemany(
            "INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [(i, *step) for i, step in enumerate(STEPS)]
        )
        con.execute(
            SQL.format(orders=orders, customers=max(1, orders * 3 // 10), path=str(path).replace("'", "''"))
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--millions", type=float, default=2.0)
    chosen = parser.parse_args()
    generate(chosen.path, records=round(chosen.millions * 1_000_000))
    print(f"{chosen.path}: {chosen.path.stat().st_size / 2**20:,.0f} MiB")


if __name__ == "__main__":
    main()
