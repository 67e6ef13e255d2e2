"""The ids of a message in its headers: as CloudEvents writes them, and as NServiceBus does."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from tests.shop import styles
from tests.shop.transport import Delivery

Dialect = Literal["cloudevents", "nservicebus"]
_NSB = "NServiceBus."


@dataclass(frozen=True)
class Envelope:
    """Who says what, and because of what."""

    event_id: str
    event_type: str
    correlation_id: str
    causation_id: str | None


@dataclass(frozen=True)
class Sender:
    """The service that speaks, by its own clock."""

    service: str
    version: str
    at_ns: int


def cloudevents(prefix: str, event: Envelope, sender: Sender, sequence: int | None) -> dict[str, str]:
    """Write the binary binding; extension attributes for the ids."""
    shown = {
        "specversion": "1.0",
        "id": event.event_id,
        "type": event.event_type,
        "source": f"/shop/{sender.service}",
        "time": styles.iso(sender.at_ns, 6),
        "dataschema": f"https://schemas.shop.example/{event.event_type}/1.json",
        "correlationid": event.correlation_id,
        "producerversion": sender.version,
    }
    shown |= {"causationid": event.causation_id} if event.causation_id else {}
    shown |= {"sequence": str(sequence)} if sequence else {}
    return {prefix + name: value for name, value in shown.items()} | {"content-type": "application/json"}


def nservicebus(event: Envelope, sender: Sender) -> dict[str, str]:
    sent = datetime.fromtimestamp(sender.at_ns // 1000 / 1_000_000, UTC)
    shown = {
        "MessageId": event.event_id,
        "MessageIntent": "Publish",
        "ConversationId": event.correlation_id,
        "CorrelationId": event.correlation_id,
        "EnclosedMessageTypes": f"Shop.Messages.{event.event_type}, Shop.Messages, Version={sender.version}.0, "
        "Culture=neutral, PublicKeyToken=null",
        "OriginatingEndpoint": sender.service,
        "ContentType": "application/json",
        "TimeSent": f"{sent:%Y-%m-%d %H:%M:%S:%f} Z",
    }
    shown |= {"RelatedTo": event.causation_id} if event.causation_id else {}
    return {_NSB + name: value for name, value in shown.items()}


def read(headers: dict[str, str], prefix: str) -> Envelope:
    """Read either of them."""
    if kinds := headers.get(f"{_NSB}EnclosedMessageTypes"):
        names = ("MessageId", "ConversationId", "RelatedTo")
        event_id, conversation, cause = (headers.get(_NSB + name) for name in names)
        return Envelope(event_id or "", kinds.split(",")[0].split(".")[-1], conversation or "", cause)
    fields = ("id", "type", "correlationid", "causationid")
    event_id, kind, correlation, cause = (headers.get(prefix + name) for name in fields)
    return Envelope(event_id or "", kind or "", correlation or "", cause)


def buried(dialect: Dialect, delivery: Delivery, service: str, error: str) -> dict[str, str]:
    """Write what a framework adds to a message that it gives up: NServiceBus, and Spring on Kafka."""
    first = error.splitlines()[0]
    kind, _, words = first.partition(": ")
    if dialect == "nservicebus":
        shown = {"FailedQ": service, "ExceptionInfo.ExceptionType": kind, "ExceptionInfo.Message": words}
        return {_NSB + name: value for name, value in shown.items()} | {
            f"{_NSB}ExceptionInfo.StackTrace": error
        }
    if "offset" in delivery.place:
        return _spring(delivery) | {"kafka_dlt-exception-fqcn": kind, "kafka_dlt-exception-message": words}
    return {"x-dead-letter-reason": first} | {
        f"x-original-{name}": str(at) for name, at in delivery.place.items()
    }


def _spring(delivery: Delivery) -> dict[str, str]:
    """Spring for Kafka writes numbers as big-endian bytes."""
    at = delivery.place
    return {
        "kafka_dlt-original-topic": at["topic"],
        "kafka_dlt-original-partition": _text(struct.pack(">i", at["partition"])),
        "kafka_dlt-original-offset": _text(struct.pack(">q", at["offset"])),
        "kafka_dlt-original-consumer-group": at["group"],
    }


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
