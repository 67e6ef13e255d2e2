"""The payloads of stored events, type by type, in batches; and what is known of some of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evtrace.store import Store

_BATCH = 20_000
_TYPES = "SELECT event_type, COUNT(*) AS events FROM sent GROUP BY event_type ORDER BY event_type"
_PAYLOADS = "SELECT event_no, payload FROM sent WHERE event_type = ? ORDER BY event_no"
_KNOWN = """
SELECT COUNT(*) AS events, COUNT(DISTINCT flow_id) AS flows, arg_min(event_id, (published_ts, event_no)) AS first_id,
       MIN(published_ts) AS first_ts,
       LIST(DISTINCT producer ORDER BY producer) FILTER (WHERE producer IS NOT NULL) AS producers
FROM sent
WHERE event_no IN (SELECT UNNEST(?::BIGINT[]))
"""
_KEEP = """
INSERT INTO findings
SELECT ? AS rule, ? AS severity, flow_id, event_id, channel, part, pos, NULL AS grp, ? AS sentence,
       '[' || record_id || ']' AS evidence
FROM sent
WHERE event_no IN (SELECT UNNEST(?::BIGINT[]))
"""


@dataclass(frozen=True)
class Known:
    """Some events in figures."""

    events: int
    flows: int
    first_id: str | None
    first_ts: int | None
    producers: tuple[str, ...]


def types(store: Store) -> Mapping[str, int]:
    """How many events of each type are laid out."""
    return dict(store.rows(_TYPES))


def payloads(store: Store, event_type: str) -> Iterator[list[tuple[int, str]]]:
    """The payloads of a type with the numbers of their events, batch by batch; ask nothing else in between."""
    result = store.con.execute(_PAYLOADS, [event_type])
    while batch := result.fetchmany(_BATCH):
        yield batch


def known(store: Store, numbers: Sequence[int]) -> Known:
    """What is known of these events."""
    events, flows, first_id, first_ts, producers = store.row(_KNOWN, [list(numbers)])
    return Known(events, flows, first_id, first_ts, tuple(producers or ()))


def keep(store: Store, rule: str, sentence: str, numbers: Sequence[int]) -> None:
    """Make findings of these events."""
    store.execute(_KEEP, [rule, "error", sentence, list(numbers)])


def forget(store: Store, rules: str) -> None:
    """Drop the findings of rules that begin so."""
    store.execute("DELETE FROM findings WHERE rule LIKE ? || '%'", [rules])
