"""What did the events of one flow carry, and how does that stand to what events of their types usually carry?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from evtrace.case import ABSENT, AS_USUAL, NEW, OTHER_TYPE, Part, Payload
from evtrace.errors import UsageError
from evtrace.observed import ObservedContract, ObservedField
from evtrace.reports import observed
from evtrace.results import ChainEvent
from evtrace.store import Store

#: Events of a type that it takes to call something usual, and the share of them that makes a part so.
ENOUGH, USUAL = 5, 0.95

_SENT = """
SELECT event_no, event_id, payload, schema_ref
FROM (
    SELECT f.event_no AS event_no, e.event_id AS event_id, r.payload AS payload, r.schema_ref AS schema_ref,
           ROW_NUMBER() OVER (
               PARTITION BY f.event_no ORDER BY CASE WHEN r.kind = 'publish' THEN 0 ELSE 1 END, r.record_id
           ) AS nth
    FROM record_flows AS f
    JOIN records AS r ON r.record_id = f.record_id
    JOIN events AS e ON e.event_no = f.event_no
    WHERE f.flow_id = ? AND r.payload IS NOT NULL AND e.kind = 'message'
) AS sent
WHERE nth = 1
ORDER BY event_no
"""


def run(store: Store, flow_id: int, chain: Sequence[ChainEvent]) -> tuple[Payload, ...]:
    """The payloads in the order of the story."""
    sent = {event_id: (text, ref) for _, event_id, text, ref in store.rows(_SENT, [flow_id])}
    steps = [step for step in chain if step.event_id in sent]
    usual = _contracts(store, {step.event_type for step in steps if step.event_type})
    return tuple(_payload(step, *sent[step.event_id], usual.get(step.event_type or "")) for step in steps)


def _contracts(store: Store, event_types: Iterable[str]) -> dict[str, ObservedContract]:
    wanted = tuple(sorted(event_types))
    try:
        found = observed.run(store, observed.Wanted(wanted)) if wanted else ()
    except UsageError:  # none of them has a payload that is stored
        found = ()
    return {contract.event_type: contract for contract in found}


def _payload(step: ChainEvent, text: str, ref: str | None, contract: ObservedContract | None) -> Payload:
    try:
        parts = tuple(_parts(json.loads(text), contract)) if contract else ()
    except (ValueError, RecursionError):  # no JSON: there are no parts to tell
        parts = ()
    events = contract.events if contract else 0
    return Payload(step.step, step.event_id, step.event_type, text, ref, step.schema_version, events, parts)


def _parts(value: Any, contract: ObservedContract) -> Iterator[Part]:
    here: dict[str, list[Any]] = {}
    _walk(value, "", here)
    known = {field.path: field for field in contract.fields if not field.path.startswith("(")}
    is_enough = contract.events >= ENOUGH
    for path in dict.fromkeys([*here, *known]):
        field, found = known.get(path), here.get(path)
        if found is None and (around := _around(path)) and around not in here:
            continue  # what is around it is absent, and said to be
        yield _part(path, field, found, is_enough=is_enough)


def _part(path: str, field: ObservedField | None, found: list[Any] | None, *, is_enough: bool) -> Part:
    kinds = sorted({_kind(value) for value in found or ()})
    usual = tuple(field.types) if field else ()
    return Part(
        path=path,
        here=" or ".join(kinds) if found is not None else None,
        usual=usual,
        share=field.share if field else 0.0,
        values=tuple(map(str, field.values)) if field else (),
        format=field.format if field else None,
        stands=_stands(field, found, kinds) if is_enough else AS_USUAL,
    )


def _stands(field: ObservedField | None, found: list[Any] | None, kinds: Sequence[str]) -> str:
    """What is rare among all events departs, though some have it: this one does at least."""
    if found is None:
        return ABSENT if field and field.share >= USUAL else AS_USUAL
    if field is None or field.share <= 1 - USUAL:
        return NEW
    whole = sum(field.types.values())
    if any(field.types.get(kind, 0) / whole <= 1 - USUAL for kind in kinds):
        return OTHER_TYPE
    return AS_USUAL


def _walk(value: Any, path: str, here: dict[str, list[Any]]) -> None:
    if path:
        here.setdefault(path, []).append(value)
    if isinstance(value, dict):
        for key, inner in value.items():
            _walk(inner, f"{path}.{key}" if path else key, here)
    elif isinstance(value, list):
        for inner in value:
            _walk(inner, f"{path}[]", here)


def _around(path: str) -> str:
    """The part that holds this one; '' is the payload."""
    return path.removesuffix("[]") if path.endswith("[]") else path.rpartition(".")[0]


def _kind(value: Any) -> str:
    kinds = (
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (str, "string"),
        (dict, "object"),
        (list, "array"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")
