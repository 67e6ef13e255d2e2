"""Write a store of N million delivery records straight by SQL: a shop on a broker, with known faults.

    python benchmarks/delivery_store.py --millions 20 delivery.duckdb

Ten records an order, as in generate.py: five events, each published by one service and received by the
next, over six partitions; commits on top. One receive in a thousand comes twice, one publish in two thousand
is written twice, one in two thousand has a second effect, one receive in ten thousand is missing, one event
time in five thousand is late. The linked tables are written too, as linking would leave them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from evtrace.store import Store

#: step, event type, service, reader, step of the cause, channel
STEPS = (
    (0, "OrderPlaced", "order-service", None, None, "orders"),
    (1, "OrderPlaced", "payment-service", "payment", 0, "orders"),
    (2, "PaymentProcessed", "payment-service", None, 0, "payments"),
    (3, "PaymentProcessed", "inventory-service", "inventory", 2, "payments"),
    (4, "InventoryReserved", "inventory-service", None, 2, "inventory"),
    (5, "InventoryReserved", "fulfilment-service", "fulfilment", 4, "inventory"),
    (6, "ShipmentCreated", "fulfilment-service", None, 4, "shipments"),
    (7, "ShipmentCreated", "notification-service", "notification", 6, "shipments"),
    (8, "EmailDelivered", "notification-service", None, 6, "emails"),
    (9, "EmailDelivered", "analytics-service", "analytics", 8, "emails"),
)

COLUMNS = (
    "source_id", "ts", "kind", "service", "instance", "channel", "part", "pos", "grp", "consumer", "event_id",
    "event_type", "message_key", "version", "event_ts", "correlation_id", "causation_id", "payload",
)  # fmt: skip

START = 1_760_000_000_000_000_000

#: `o` is the order; 700 µs between orders, 35 ms between the steps of one. `copy` 1 is the second of a pair.
_RECORDS = f"""
INSERT INTO record_rows ({", ".join(COLUMNS)})
WITH said AS (
    SELECT r.o AS o, s.*, UNNEST(CASE
        WHEN s.grp IS NULL AND r.o % 2000 = 7 AND s.step = 2 THEN [0, 1]        -- published twice
        WHEN s.grp IS NULL AND r.o % 2000 = 11 AND s.step = 4 THEN [0, 2]       -- a second effect
        WHEN s.grp IS NOT NULL AND r.o % 1000 = 3 THEN [0, 3]                   -- received twice
        WHEN s.grp IS NOT NULL AND r.o % 10000 = 13 THEN CAST([] AS INTEGER[])  -- never received
        ELSE [0] END) AS copy
    FROM range({{orders}}) AS r(o), steps AS s
), placed AS (
    SELECT *, {START} + o * 700000 + step * 35000000 + copy * 1000 AS ts,
           CAST(o % 6 AS INTEGER) AS part, (o // 6) * 2 + CASE WHEN copy IN (1, 2) THEN 1 ELSE 0 END AS pos,
           md5('e' || o || '-' || (step - step % 2) || CASE WHEN copy = 2 THEN 'b' ELSE '' END) AS event_id
    FROM said
)
SELECT 1, ts, CASE WHEN grp IS NULL THEN 'publish' ELSE 'receive' END, service, service || '-' || (part % 3), channel,
       part, pos, grp, CASE WHEN grp IS NOT NULL THEN grp || '-' || (part % 3) END, event_id, event_type,
       'order-' || (o % {{keys}}), CASE WHEN grp IS NULL THEN o // {{keys}} + CASE WHEN o % 40000 = 23 THEN 0 ELSE 2 END END,
       CASE WHEN grp IS NULL THEN ts - CASE WHEN o % 5000 = 17 THEN 90000000000 ELSE 1000000 END END,
       md5('c' || o), CASE WHEN cause IS NOT NULL AND grp IS NULL THEN md5('e' || o || '-' || cause) END,
       CASE WHEN grp IS NULL THEN '{{{{"order":' || o || ',"amount":' || (o % 10000) / 100.0 || '}}}}' END
FROM placed
ORDER BY ts, step, copy
"""

#: Every group commits each partition every 1,200 orders; the last group stops in the middle.
_COMMITS = f"""
INSERT INTO record_rows (source_id, ts, kind, service, channel, part, pos, grp)
SELECT 1, {START} + (o + 6 + p) * 700000 + s.step * 35000000 + 2000000, 'commit', s.service, s.channel, p,
       (o // 6) * 2 + 1, s.grp
FROM range(1200, {{orders}}, 1200) AS r(o), range(6) AS q(p), steps AS s
WHERE s.grp IS NOT NULL AND (s.grp <> 'analytics' OR o < {{orders}} // 2)
ORDER BY ALL
"""

_LINKS = """
CREATE TEMP TABLE nos AS
SELECT record_id, MIN(record_id) OVER (PARTITION BY event_id) AS event_no, MIN(record_id) OVER (PARTITION BY correlation_id) AS flow_id
FROM records WHERE event_id IS NOT NULL;
INSERT INTO record_flows (record_id, flow_id, event_no) SELECT record_id, flow_id, event_no FROM nos ORDER BY record_id;
INSERT INTO stored_events (event_no, kind, event_type, service, channel, published_ts, record_id, flow_id)
SELECT n.event_no, 'message', r.event_type, r.service, r.channel, r.ts, n.event_no, n.flow_id
FROM nos AS n JOIN records AS r ON r.record_id = n.event_no WHERE n.record_id = n.event_no ORDER BY 1;
INSERT INTO event_details (event_no, part, pos, message_key, instance, copies, flow_id)
SELECT n.event_no, ANY_VALUE(r.part), MIN(r.pos), ANY_VALUE(r.message_key), MIN_BY(r.instance, r.record_id), COUNT(DISTINCT r.pos),
       ANY_VALUE(n.flow_id)
FROM records AS r JOIN nos AS n ON n.record_id = r.record_id WHERE r.kind = 'publish'
GROUP BY n.event_no HAVING COUNT(*) > 1 ORDER BY 1;
INSERT INTO stored_deliveries (delivery_id, event_no, grp, service, attempt, received_ts, record_id, flow_id)
SELECT r.record_id, n.event_no, r.grp, r.service, ROW_NUMBER() OVER (PARTITION BY n.event_no, r.grp ORDER BY r.ts, r.record_id), r.ts,
       r.record_id, n.flow_id
FROM records AS r JOIN nos AS n ON n.record_id = r.record_id
WHERE r.kind = 'receive'
ORDER BY 1;
INSERT INTO stored_edges (parent_no, child_no, kind, rule, confidence, rivals, flow_id)
SELECT DISTINCT p.event_no, n.event_no, 'causes', 'E1', 1.0, 0, n.flow_id
FROM records AS r
JOIN nos AS n ON n.record_id = r.record_id
JOIN records AS c ON c.event_id = r.causation_id AND c.kind = 'publish'
JOIN nos AS p ON p.record_id = c.record_id
WHERE r.kind = 'publish'
ORDER BY 1, 2;
INSERT INTO flows (flow_id, root_type, started_ts, last_ts, records, events, verdict)
SELECT flow_id, 'OrderPlaced', MIN(ts), MAX(ts), COUNT(*), COUNT(DISTINCT n.event_no), 'completed'
FROM records JOIN nos AS n USING (record_id)
GROUP BY flow_id ORDER BY flow_id;
INSERT INTO sources (source_id, uri, format, dialect, records, notes, mapping, first_ts, last_ts)
SELECT 1, 'benchmark', 'jsonl', 'evtrace', COUNT(*), '[]', '{{}}', MIN(ts), MAX(ts) FROM records;
DROP TABLE nos
"""


def write(path: Path, *, records: int) -> None:
    """Make a store at `path` with about `records` records, linked."""
    orders = records // len(STEPS)
    with Store.open(str(path)) as store:
        store.execute(f"SET temp_directory = '{str(path).replace(chr(39), chr(39) * 2)}.tmp'")
        store.ensure_record_columns(COLUMNS)
        store.execute(
            "CREATE TEMP TABLE steps (step INTEGER, event_type VARCHAR, service VARCHAR, grp VARCHAR, cause INTEGER, "
            "channel VARCHAR)"
        )
        store.con.executemany("INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?)", STEPS)
        store.execute(_RECORDS.format(orders=orders, keys=max(1, orders // 120) * 6))
        store.execute(_COMMITS.format(orders=orders))
        store.execute(_LINKS.format())
        store.set_meta("linked_rows", str(store.next_row()))
        store.execute("CHECKPOINT")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--millions", type=float, default=20.0)
    chosen = parser.parse_args()
    write(chosen.path, records=round(chosen.millions * 1_000_000))
    print(f"{chosen.path}: {chosen.path.stat().st_size / 2**20:,.0f} MiB")


if __name__ == "__main__":
    main()
