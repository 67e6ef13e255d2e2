"""The grocer: its services, what each reads, announces and keeps in its log."""

from __future__ import annotations

from dataclasses import dataclass

#: Partitions of every topic; messages are keyed by order.
PARTITIONS = 12

#: Event type → its topic.
TOPICS = {
    "BasketOrdered": "grocer.baskets",
    "BasketChanged": "grocer.baskets",
    "BasketCancelled": "grocer.baskets",
    "BasketPriced": "grocer.prices",
    "GoodsHeld": "grocer.stock",
    "GoodsShort": "grocer.stock",
    "GoodsReleased": "grocer.stock",
    "ChargeTaken": "grocer.charges",
    "ChargeRefused": "grocer.charges",
    "ChargeReturned": "grocer.charges",
    "InvoiceIssued": "grocer.invoices",
    "ParcelPacked": "grocer.parcels",
    "RiderSent": "grocer.rides",
    "ShelfAssigned": "grocer.rides",
    "DeliveryImpossible": "grocer.rides",
    "ParcelDelivered": "grocer.rides",
    "ReceiptMailed": "grocer.letters",
    "FeedbackAsked": "grocer.letters",
    "PointsGiven": "grocer.points",
}

#: Topics whose messages carry the broker's time, not the producer's.
APPEND_TIME = {"grocer.parcels", "grocer.rides"}


@dataclass(frozen=True)
class Service:
    """A service: what it reads and how it logs."""

    name: str
    reads: tuple[str, ...]  # topics
    style: str | None  # None: it keeps no log
    wrap: str | None = None  # docker, cri, or as it is
    instances: int = 2
    version: str = "3.1.0"
    logs_handled: bool = True  # says when it is done with a message
    logs_ignored: bool = False  # says what it does not handle
    work_ms: tuple[float, float] = (20.0, 0.5)  # median and spread (sigma of the logarithm) of its handling


SERVICES = {
    service.name: service
    for service in (
        Service("web", ("grocer.charges", "grocer.stock", "grocer.rides"), "logstash", "docker", 3),
        Service("pricing", ("grocer.baskets",), "logback", work_ms=(35, 0.6)),
        Service("stock", ("grocer.prices", "grocer.baskets"), "zap", "cri", work_ms=(60, 0.5)),
        Service("pay", ("grocer.prices", "grocer.baskets"), "clef", work_ms=(300, 0.6), logs_ignored=True),
        Service("picking", ("grocer.stock", "grocer.charges"), "slog", work_ms=(15, 0.4), logs_handled=False),
        Service("riders", ("grocer.parcels",), "logfmt", "cri", 1, work_ms=(80, 0.8)),
        Service("letters", ("grocer.charges", "grocer.rides"), "pino", None, 1, work_ms=(120, 0.7)),
        Service("points", ("grocer.rides",), "python_json", "docker", work_ms=(12, 0.4)),
        Service("archive", ("grocer.baskets", "grocer.charges", "grocer.rides"), "zerolog", None, 1, work_ms=(3, 0.3)),
        Service("invoices", ("grocer.charges",), None, None, 1, work_ms=(200, 0.5)),
    )
}  # fmt: skip

#: Who reads which type → what it announces; several ways through the shop are all well.
HANDLES: dict[tuple[str, str], tuple[str, ...]] = {
    ("pricing", "BasketOrdered"): ("BasketPriced",),
    ("pricing", "BasketChanged"): (),
    ("stock", "BasketPriced"): ("GoodsHeld",),
    ("stock", "BasketCancelled"): ("GoodsReleased",),
    ("pay", "BasketPriced"): ("ChargeTaken",),
    ("pay", "BasketCancelled"): ("ChargeReturned",),
    ("picking", "GoodsHeld"): ("ParcelPacked",),  # a join: with the second of the two
    ("picking", "ChargeTaken"): ("ParcelPacked",),
    ("riders", "ParcelPacked"): ("RiderSent",),  # or ShelfAssigned, where the customer collects
    ("letters", "ChargeTaken"): ("ReceiptMailed",),
    ("letters", "ParcelDelivered"): ("FeedbackAsked",),
    ("points", "ParcelDelivered"): ("PointsGiven",),
    ("invoices", "ChargeTaken"): ("InvoiceIssued",),
    ("web", "ChargeRefused"): ("BasketCancelled",),
    ("web", "GoodsShort"): ("BasketCancelled",),
    ("web", "DeliveryImpossible"): ("BasketCancelled",),
    ("archive", "BasketOrdered"): (),
    ("archive", "ChargeTaken"): (),
    ("archive", "ParcelDelivered"): (),
}

#: Both must have come before the parcel is packed.
JOINED = ("GoodsHeld", "ChargeTaken")

READERS = {
    topic: tuple(name for name, service in SERVICES.items() if topic in service.reads)
    for topic in dict.fromkeys(TOPICS.values())
}
