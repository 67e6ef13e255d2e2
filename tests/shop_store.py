"""A small shop written straight into a store: the flows that questions are tried on.

Flow by flow: five good orders; 8123 ends as a dead letter; 8124 is repaired by a retry; 8125 is never
handed to payments; 8126 comes after the logs of payments end; 8127 is declined; 8128 holds hostile text;
ticket 593 is six traces of calls without a broker. Customer c-7 is in all orders and joins none.
"""

from __future__ import annotations

from typing import Any

from evtrace.diagnosis.judge import judge
from evtrace.store import Store

START = 1_772_366_400_000_000_000  # 2026-03-01T12:00:00Z
S, MS = 1_000_000_000, 1_000_000

HOSTILE = "card \x1b[31mred\x1b[0m \u202egnirts\u202c \x07 bell\nsecond line"

_TABLES = {
    "stored_events": "event_no event_id kind event_type service channel published_ts record_id flow_id",
    "event_details": "event_no part pos message_key end_ts outcome error copies flow_id",
    "stored_deliveries": "delivery_id event_no grp service attempt received_ts done_ts outcome error observers "
    "record_id flow_id",
    "stored_edges": "parent_no child_no via kind rule confidence evidence rivals flow_id",
    "stored_identities": "h kind value flow_id",
    "record_flows": "record_id flow_id event_no",
}

_RECORD = [
    "source_id",
    "line",
    "ts",
    "kind",
    "service",
    "channel",
    "part",
    "pos",
    "grp",
    "event_id",
    "event_type",
    "correlation_id",
    "causation_id",
    "trace_id",
    "span_id",
    "parent_span_id",
    "outcome",
    "error",
    "level",
    "message",
    "ids",
]

_SOURCES = ("shop.log", "payments.log", "stock.log", "shipping.log", "tickets.log")


class Shop:
    """Collects rows and writes them in the end."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in (*_TABLES, "records")}
        self.lines = dict.fromkeys(_SOURCES, 0)
        self.flow = 0
        self.events: dict[str, dict[str, Any]] = {}

    def record(self, source: str, event_no: int | None = None, **columns: Any) -> int:
        self.lines[source] += 1
        number = len(self.rows["records"])
        place = {"source_id": _SOURCES.index(source) + 1, "line": self.lines[source]}
        self.rows["records"].append({"kind": "log"} | columns | place)
        self.rows["record_flows"].append({"record_id": number, "flow_id": self.flow, "event_no": event_no})
        return number

    def begin(self, **ids: str) -> None:
        """A new flow, and the ids that find it."""
        self.flow = len(self.rows["records"])
        self.identify(**ids)

    def identify(self, **ids: str) -> None:
        for kind, value in ids.items():
            self.rows["stored_identities"].append({"kind": kind, "value": value, "flow_id": self.flow})

    def event(self, name: str, source: str, at: int, **columns: Any) -> int:
        """Publish an event; its causes are given as {event id: (rule, confidence)}."""
        causes = columns.pop("causes", {})
        number = len(self.rows["records"])
        row = {"kind": "message", "service": source.removesuffix(".log"), "copies": 1, "event_no": number}
        row |= {"event_id": name, "published_ts": at, "record_id": number, "flow_id": self.flow} | columns
        shown = {
            key: row[key]
            for key in ("event_id", "event_type", "service", "channel", "part", "pos")
            if key in row
        }
        kind = "publish" if row["kind"] == "message" else "process"
        extra = {"causation_id": columns.pop("causation_id", None) or next(iter(causes), None)}
        self.record(source, number, ts=at, kind=kind, **shown, **extra)
        self.rows["stored_events"].append(row)
        self.rows["event_details"].append(row)
        self.events[name] = row
        self.identify(event=name)
        for cause, (rule, confidence) in causes.items():
            self._edge(self.events[cause], row, rule, confidence)
        return number

    def _edge(self, parent: dict[str, Any], child: dict[str, Any], rule: str, confidence: float) -> None:
        self.rows["stored_edges"].append({
            "parent_no": parent["event_no"], "child_no": child["event_no"], "kind": "causes", "rule": rule,
            "confidence": confidence, "evidence": "", "rivals": 0 if confidence > 0.9 else 1, "flow_id": self.flow,
        })  # fmt: skip

    def delivery(self, name: str, source: str, at: int, **columns: Any) -> None:
        event, service = self.events[name], source.removesuffix(".log")
        row = {
            "grp": service,
            "service": service,
            "attempt": 1,
            "outcome": "ok",
            "received_ts": at,
            "observers": 1,
        }
        row |= {"done_ts": at + 5 * MS, "event_no": event["event_no"], "flow_id": self.flow} | columns
        row["record_id"] = row["delivery_id"] = self.record(
            source, event["event_no"], ts=at, kind="receive", service=service, grp=row["grp"], event_id=name,
            level="error" if row["outcome"] == "error" else None, error=row.get("error"), message=row.get("error"),
        )  # fmt: skip
        self.rows["stored_deliveries"].append(row)

    def write(self, store: Store) -> None:
        store.ensure_record_columns(_RECORD)
        _insert(store, "record_rows", _RECORD, self.rows["records"])
        for table, columns in _TABLES.items():
            _insert(store, table, columns.split(), self.rows[table])
        for number, uri in enumerate(_SOURCES, start=1):
            store.execute(_SOURCE, [number, uri, self.lines[uri], self.lines[uri], number])
        store.execute("INSERT INTO rejects VALUES (2, 999, NULL, 'no JSON', '{\"half\": \x1b[2J')")
        store.execute(
            "INSERT INTO id_kinds VALUES ('order', TRUE, 'joins', 9, 0.9), ('customer', FALSE, 'shared', 1, 0)"
        )
        store.execute(_FLOWS)
        store.set_meta("linked_rows", str(store.next_row()))


_SOURCE = """
INSERT INTO sources (source_id, uri, format, dialect, units, records, parts, skipped, rejects, undated,
                     first_ts, last_ts, notes, mapping)
SELECT ?, ?, 'jsonl', 'generic', ?, ?, 0, 0, 0, 0, MIN(ts), MAX(ts), '[]',
       '{"roles": [{"role": "event_id", "field": "meta.id", "reading": "text", "dialect": "generic", "share": 0.5}],
         "constants": {}, "ids": [{"kind": "order", "field": "orderId"}], "unmapped": ["color"]}'
FROM records WHERE source_id = ?
"""

_FLOWS = """
INSERT INTO flows (flow_id, root_event_id, root_type, started_ts, last_ts, records, events, services, errors)
SELECT f.flow_id, MIN_BY(e.event_id, e.event_no), MIN_BY(e.event_type, e.event_no), MIN(r.ts), MAX(r.ts),
       COUNT(DISTINCT f.record_id), COUNT(DISTINCT e.event_no), COUNT(DISTINCT r.service),
       COUNT(DISTINCT CASE WHEN r.level IN ('error', 'fatal') THEN r.record_id END)
FROM record_flows AS f
JOIN records AS r ON r.record_id = f.record_id
LEFT JOIN events AS e ON e.flow_id = f.flow_id
GROUP BY f.flow_id
"""


def _insert(store: Store, table: str, columns: list[str], rows: list[dict[str, Any]]) -> None:
    if rows:
        places = ", ".join(f"({', '.join('?' * len(columns))})" for _ in rows)
        values = [row.get(column) for row in rows for column in columns]
        store.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {places}", values)


def fill_shop(store: Store) -> None:
    """Write every flow into an empty store and judge it."""
    shop = Shop()
    for number in range(5):
        _order(shop, 8101 + number, START + number * S, number)
    _dead(shop)
    _repaired(shop)
    _lost(shop)
    _declined(shop)
    _hostile(shop)
    _tickets(shop)
    _late(shop)
    shop.write(store)
    judge(store)


def _placed(shop: Shop, order: int, at: int, pos: int) -> str:
    shop.begin(order=str(order), correlation=f"corr-{order}", customer="c-7")
    name = f"placed-{order}"
    shop.event(name, "shop.log", at, event_type="OrderPlaced", channel="orders", part=0, pos=pos)
    return name


def _order(shop: Shop, order: int, at: int, pos: int) -> None:
    """Payment and stock work side by side; shipping waits for both."""
    placed = _placed(shop, order, at, pos)
    shop.delivery(placed, "payments.log", at + 20 * MS)
    shop.delivery(placed, "stock.log", at + 30 * MS)
    cause = {placed: ("E1", 1.0)}
    shop.event(f"paid-{order}", "payments.log", at + 24 * MS, event_type="PaymentTaken", channel="payments/eu",
               part=1, pos=pos, causes=cause)  # fmt: skip
    shop.event(f"reserved-{order}", "stock.log", at + 33 * MS, event_type="StockReserved", channel="stock",
               part=0, pos=pos, causes={placed: ("E4a", 0.98)})  # fmt: skip
    shop.delivery(f"paid-{order}", "shipping.log", at + 40 * MS)
    shop.delivery(f"reserved-{order}", "shipping.log", at + 44 * MS)
    both = {f"paid-{order}": ("E1", 1.0), f"reserved-{order}": ("E4e", 0.9)}
    shop.event(f"shipped-{order}", "shipping.log", at + 50 * MS, event_type="OrderShipped", channel="shipping",
               part=0, pos=pos, causes=both)  # fmt: skip


def _dead(shop: Shop) -> None:
    at = START + 10 * S
    placed = _placed(shop, 8123, at, 20)
    shop.delivery(placed, "stock.log", at + 25 * MS)
    for attempt in (1, 2, 3):
        shop.delivery(placed, "payments.log", at + attempt * 100 * MS, attempt=attempt, outcome="error",
                      error="CardGateway: timed out after 50 ms\n  at Gateway.call")  # fmt: skip
    shop.delivery(placed, "payments.log", at + 400 * MS, attempt=4, outcome="dead_letter")
    shop.event("reserved-8123", "stock.log", at + 33 * MS, event_type="StockReserved", channel="stock", part=0,
               pos=20, causes={placed: ("E4d", 0.6)})  # fmt: skip
    shop.delivery("reserved-8123", "shipping.log", at + 44 * MS, outcome=None, done_ts=None)
    shop.record(
        "payments.log", None, ts=at + 410 * MS, level="warn", service="payments", message="gave up order 8123"
    )


def _repaired(shop: Shop) -> None:
    at = START + 20 * S
    placed = _placed(shop, 8124, at, 21)
    shop.delivery(placed, "stock.log", at + 25 * MS)
    shop.delivery(placed, "payments.log", at + 100 * MS, outcome="error", error="deadlock")
    shop.delivery(placed, "payments.log", at + 200 * MS, attempt=2)
    shop.event("paid-8124", "payments.log", at + 203 * MS, event_type="PaymentTaken", channel="payments/eu", part=1,
               pos=21, causes={placed: ("E1", 1.0)})  # fmt: skip
    shop.delivery("paid-8124", "shipping.log", at + 220 * MS)


def _lost(shop: Shop) -> None:
    at = START + 21 * S
    placed = _placed(shop, 8125, at, 22)
    shop.delivery(placed, "stock.log", at + 25 * MS)


def _declined(shop: Shop) -> None:
    at = START + 30 * S
    placed = _placed(shop, 8127, at, 23)
    shop.delivery(placed, "stock.log", at + 25 * MS)
    shop.delivery(placed, "payments.log", at + 20 * MS)
    shop.event("declined-8127", "payments.log", at + 24 * MS, event_type="PaymentDeclined", channel="payments/eu",
               part=1, pos=23, causes={placed: ("E1", 1.0)})  # fmt: skip


def _hostile(shop: Shop) -> None:
    at = START + 31 * S
    placed = _placed(shop, 8128, at, 24)
    shop.delivery(placed, "stock.log", at + 25 * MS)
    shop.delivery(placed, "payments.log", at + 20 * MS, outcome="error", error=HOSTILE)


def _tickets(shop: Shop) -> None:
    """Pay, fail, pay, fail, fail, pay: calls between services, seen in spans and logs."""
    at = START + 35 * S
    shop.begin(order="593", customer="c-9")
    for number, what in enumerate(("pay", "execute", "pay", "execute", "execute", "pay")):
        begun, trace = at + number * S, f"{number:032x}"
        service = "inside-payment" if what == "pay" else "execute"
        shop.identify(trace=trace)
        shop.event(f"{what}-{number}", "tickets.log", begun, kind="operation", event_type=what, service=service,
                   end_ts=begun + 90 * MS, outcome="error" if what == "execute" else "ok", causation_id=None)  # fmt: skip
        entry = shop.rows["stored_events"][-1]["event_no"]
        shop.record("tickets.log", entry, ts=begun + MS, service=service, trace_id=trace, level="info",
                    message=f"[{what}] order 593", ids="order=593")  # fmt: skip
        shop.event(f"read-{number}", "tickets.log", begun + 10 * MS, kind="operation", event_type="getOrderById",
                   service="order-other", end_ts=begun + 30 * MS, outcome="ok",
                   causes={f"{what}-{number}": ("E2", 0.99)})  # fmt: skip
        shop.record("tickets.log", shop.rows["stored_events"][-1]["event_no"], ts=begun + 12 * MS, service="order-other",
                    trace_id=trace, level="info", message="found order 593", ids="order=593")  # fmt: skip
        if what == "execute":
            shop.record("tickets.log", entry, ts=begun + 40 * MS, service=service, trace_id=trace, level="error",
                        message="execute error: Order Status Wrong, order 593", ids="order=593")  # fmt: skip


def _late(shop: Shop) -> None:
    """The logs of payments end long before; those of stock go on."""
    at = START + 3600 * S
    placed = _placed(shop, 8126, at, 25)
    shop.delivery(placed, "stock.log", at + 25 * MS)
    shop.event("orphan-8126", "stock.log", at + 33 * MS, event_type="StockReserved", channel="stock", part=0,
               pos=25, causation_id="lost-in-time")  # fmt: skip
