""".NET's console logger: `info: Category[0]` with the message on the lines below."""

from __future__ import annotations

from evtrace.formats import Sample, headers

NAME = "dotnet"
SHAPE = "text"
UNIT = "line"
INNER = None
SAMPLES = (
    "info: Shop.Orders.OrderConsumer[0]\n      Consumed PlaceOrder order-8123\n"
    "fail: Shop.Billing[12]\n      Declined\n      System.InvalidOperationException: card expired\n"
    "         at Shop.Billing.Charge()\n",
    "warn: Poison event e-17 (delivery attempt 1)\n",
)
_LEVEL = r"(?P<level>trce|dbug|info|warn|fail|crit)"
START = headers.START[:-1] + r"|(?:trce|dbug|info|warn|fail|crit): )"

CATEGORY = r"^" + _LEVEL + r": (?P<logger>[\w.`+<>]+)\[(?P<log_event>-?\d+)\]\s*$"
MESSAGE = r"^" + _LEVEL + r": (?P<message>.*)"
_BELOW = {
    "message": "trim(split_part(t, chr(10), 2))",
    "stack": "nullif(regexp_replace(t, '^[^\\n]*\\n?[^\\n]*\\n?', ''), '')",
    "error": "nullif(trim(regexp_extract(t, '(?m)^\\s+((?:[\\w`]+\\.)*\\w*Exception\\b[^\\n]*)', 1)), '')",
}


def detect(sample: Sample) -> float:
    return 0.9 * headers.share(sample, CATEGORY, MESSAGE, start=START)


def doc(text: str) -> str:
    """SQL; what `_BELOW` says holds for the first pattern, whose message is not on its line."""
    return headers.doc(
        text,
        CATEGORY,
        MESSAGE,
        also={k: f"CASE WHEN m.log_event <> '' THEN {v} END" for k, v in _BELOW.items()},
    )
