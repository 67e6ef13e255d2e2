"""The six services: what each reads, how it keeps its log, whose clock it has."""

from __future__ import annotations

from dataclasses import dataclass

from tests.shop import styles
from tests.shop.envelope import Dialect
from tests.shop.styles import Style
from tests.shop.transport import Reader


@dataclass(frozen=True)
class Kind:
    """A service, before it runs."""

    name: str
    reads: tuple[str, ...]
    style: Style
    ending: str  # of its log's name
    clock_ms: float  # how far its clock is off; the second instance's is further off
    version: str = "1.4.0"
    instances: int = 1
    logs_acks: bool = False
    names_causes: bool = True
    dialect: Dialect = "cloudevents"
    debug: bool = False

    def readers(self) -> list[Reader]:
        return [
            Reader(self.name, f"{self.name}-{number}", self.reads, self.debug)
            for number in range(self.instances)
        ]


KINDS = {
    kind.name: kind
    for kind in (
        Kind("order", ("payments.declined", "shipments.failed"), styles.structlog, "jsonl", 12.0, debug=True),
        Kind(
            "payment",
            ("orders.placed", "orders.cancelled"),
            styles.ecs,
            "json",
            -31.0,
            version="2.3.1",
            instances=2,
        ),
        Kind(
            "inventory",
            ("payments.processed", "orders.cancelled"),
            styles.spring,
            "log",
            38.0,
            logs_acks=True,
        ),
        Kind(
            "fulfilment",
            ("inventory.reserved",),
            styles.clef,
            "clef",
            -7.0,
            logs_acks=True,
            dialect="nservicebus",
        ),
        Kind(
            "notification",
            ("payments.processed", "shipments.created"),
            styles.pino,
            "log",
            22.0,
            logs_acks=True,
            names_causes=False,
        ),
        Kind("analytics", (), styles.logfmt, "log", -19.0),
    )
}
#: The payment service's next version says amounts as text; it gets the orders of the broken contract.
NEXT_PAYMENT = "2.4.0"


def readers() -> list[Reader]:
    return [reader for kind in KINDS.values() for reader in kind.readers()]
