"""CloudEvents in JSON: one, a batch (an array) or one a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evtrace.formats import Sample
from evtrace.formats.documents import Element, Node, as_object

NAME = "cloudevents"
SHAPE = "document"
UNIT = "event"
INNER = None
SAMPLES = (
    '{\n  "specversion": "1.0",\n  "id": "e-17",\n  "source": "/shop/orders",\n  "type": "OrderPlaced",\n'
    '  "data": {"order_id": "order-8123", "note": null}\n}\n',
    '[{"specversion":"1.0","id":"e-17","source":"/shop","type":"OrderPlaced","traceparent":"00-9f1c-2b4d-01"},'
    '{"specversion":"1.0","id":"e-18","source":"/shop","type":"OrderPaid","data_base64":"aGk="}]\n',
    '{"specversion":"1.0","id":"e-17","source":"/shop","type":"OrderPlaced"}\n'
    '{"specversion":"1.0","id":"e-18","source":"/shop","type":"OrderPaid"}\n',
)

_BEGIN = re.compile(r"\s*(?:\[\s*)?\{")
_MEMBERS = tuple(re.compile(rf'"{name}"\s*:\s*"') for name in ("specversion", "id", "source", "type"))


def detect(sample: Sample) -> float:
    keys = ("specversion", "id", "source", "type")
    if sample.objects:
        return 0.93 * sample.share_of_objects(*keys)
    head = sample.text[:20_000]
    return 0.93 if _BEGIN.match(head) and all(member.search(head) for member in _MEMBERS) else 0.0


def elements(root: Node) -> Iterator[Element]:
    return map(Element, root.elements() if root.kind == "array" else (root,))


def doc() -> str:
    return as_object("element")
