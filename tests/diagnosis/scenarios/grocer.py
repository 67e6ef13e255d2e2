"""The grocer: the shop that the diagnosis was tried on while it was built."""

from __future__ import annotations

from tests.diagnosis.scenarios.shop import Service, Shop, readers

_TOPICS = {
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

_SERVICES = {
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

_ANNOUNCING = (
    ("pricing", "BasketOrdered"),
    ("stock", "BasketPriced"),
    ("pay", "BasketPriced"),
    ("riders", "ParcelPacked"),
    ("letters", "ChargeTaken"),
    ("letters", "ParcelDelivered"),
    ("points", "ParcelDelivered"),
)

GROCER = Shop(
    name="grocer",
    partitions=12,
    topics=_TOPICS,
    append_time=frozenset({"grocer.parcels", "grocer.rides"}),
    services=_SERVICES,
    handles={
        ("pricing", "BasketOrdered"): ("BasketPriced",),
        ("pricing", "BasketChanged"): (),
        ("stock", "BasketPriced"): ("GoodsHeld",),
        ("stock", "BasketCancelled"): ("GoodsReleased",),
        ("pay", "BasketPriced"): ("ChargeTaken",),
        ("pay", "BasketCancelled"): ("ChargeReturned",),
        ("picking", "GoodsHeld"): ("ParcelPacked",),
        ("picking", "ChargeTaken"): ("ParcelPacked",),
        ("riders", "ParcelPacked"): ("RiderSent",),
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
    },
    asks="web",
    root="BasketOrdered",
    changed="BasketChanged",
    joined={"picking": ("GoodsHeld", "ChargeTaken")},
    other_way=("riders", "ShelfAssigned"),
    timer=(frozenset({"RiderSent", "ShelfAssigned"}), "ParcelDelivered"),
    cancelled="BasketCancelled",
    undoes={"stock": "GoodsHeld", "pay": "ChargeTaken"},
    refusals={
        "ChargeRefused": ("pay", "BasketPriced"),
        "GoodsShort": ("stock", "BasketPriced"),
        "DeliveryImpossible": ("riders", "ParcelPacked"),
    },
    amounts={
        "BasketOrdered": "estimate",
        "BasketPriced": "total",
        "ChargeTaken": "amount",
        "ChargeReturned": "amount",
    },
    copied=("BasketPriced", "ChargeTaken"),
    needs_amount=(("pay", "BasketPriced"), ("letters", "ChargeTaken")),
    hangs=("picking", "grocer.charges"),
    gone="points",
    always=(*_ANNOUNCING, ("picking", "ChargeTaken"), ("picking", "GoodsHeld")),
    announcing=_ANNOUNCING,
    join_inputs=(("picking", "GoodsHeld"), ("picking", "ChargeTaken")),
    duplicable=(("pay", "ChargeTaken"), ("points", "PointsGiven"), ("letters", "ReceiptMailed")),
    apart=(
        (("letters", "ChargeTaken"), ("riders", "ParcelPacked")),
        (("letters", "ChargeTaken"), ("stock", "BasketPriced")),
        (("letters", "ChargeTaken"), ("points", "ParcelDelivered")),
        (("points", "ParcelDelivered"), ("letters", "ParcelDelivered")),
    ),
    silent=("invoices", "ChargeTaken"),
    readers=readers(_SERVICES, _TOPICS),
)
