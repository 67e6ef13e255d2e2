"""What events carried, side by side with what events of their type carry."""

from __future__ import annotations

import json
from collections.abc import Sequence

from evtrace.case import AS_USUAL, Part, Payload
from evtrace.present.pages.markup import Html, details, facts, join, link, table, tag
from evtrace.present.pages.page import badge
from evtrace.present.words import counted

#: So much of a payload, and so many payloads, are shown; the data of the page holds the rest.
_CHARACTERS, _PAYLOADS = 20_000, 300


def body(payloads: Sequence[Payload]) -> Html:
    """Payloads that depart from the usual are open."""
    shown = [_payload(payload) for payload in payloads[:_PAYLOADS]]
    left = len(payloads) - len(shown)
    more = tag("p", f"… {counted(left, 'more payload')}: in the data of this page") if left else None
    return join((*shown, more))


def _payload(payload: Payload) -> Html:
    departs = badge(counted(payload.departures, "departure"), "warn") if payload.departures else None
    summary = join(
        (
            link(f"step-{payload.step}", f"#{payload.step}"),
            tag("strong", payload.event_type or payload.event_id),
            departs,
        ),
        " ",
    )
    named = facts((("contract", payload.schema_ref), ("version", payload.schema_version)))
    inferred = (
        f"inferred from {counted(payload.events, 'event')} of this type in the store"
        if payload.events
        else "nothing is known of this type"
    )
    sides = tag("div", tag("div", tag("h3", "Sent"), tag("pre", _pretty(payload.text))),
                tag("div", tag("h3", "Contract"), named, tag("p", inferred, cls="soft"), _contract(payload)), cls="sides")  # fmt: skip
    return details(summary, sides, name=f"payload-{payload.step}", is_open=bool(payload.departures))


def _contract(payload: Payload) -> Html | None:
    if not payload.parts:
        return None
    return table(("part", "usually", "in", "here", ""), [_part(part) for part in payload.parts])


def _part(part: Part) -> tuple[object, ...]:
    usual = " or ".join(part.usual) + (f" ({part.format})" if part.format else "")
    values = f": {', '.join(part.values)}" if part.values else ""
    stands = "✓" if part.stands == AS_USUAL else badge(part.stands, "warn")
    return (
        tag("code", part.path),
        usual + values,
        f"{part.share:.0%}" if part.usual else "",
        part.here or "not there",
        stands,
    )


def _pretty(text: str) -> str:
    try:
        shown = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        shown = text
    left = len(shown) - _CHARACTERS
    return shown if left <= 0 else f"{shown[:_CHARACTERS]}\n… {left:,} more characters"
