"""The evidence that every delivery analysis reads: the temp view `evidence` over the records.

One row is one record that tells something about deliveries. Names are made equal here, so that the analyses
need not care: the reader has a name, partitions are numbers, clusters are told apart, what cannot be a position
or a time is none. What a store does not need costs nothing: each step looks first whether there is anything to do.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from evtrace.store import Store

#: Sorting and joining whole streams wants more memory than reading logs, or much of it goes to disk; below 2 GB in all.
_MB = 1200

#: `grp` is the reader: the group, else the service; '' where neither is known. `part` is -1 where the channel
#: has none. `item` names a message without a position: its text position, event id or content.
_VIEW = """
CREATE OR REPLACE TEMP VIEW {name} AS
SELECT r.record_id AS record_id, r.source_id AS source_id, {ts} AS ts, r.kind AS kind, {side} AS side,
       CASE WHEN r.clock = 'broker' THEN 1 ELSE 0 END AS at_broker, {grp} AS grp,
       r.service AS service, COALESCE(r.producer, r.service) AS producer, {host} AS host, r.instance AS instance,
       r.worker AS worker, r.consumer AS consumer, r.broker AS broker, {channel} AS channel, COALESCE({part}, -1) AS part,
       {pos} AS pos, {item} AS item, r.event_id AS event_id, r.event_type AS event_type, r.message_key AS message_key,
       {version} AS version, {event_ts} AS event_ts, {cause} AS causation_id, r.correlation_id AS correlation_id,
       r.attempt AS attempt, r.redelivered AS redelivered, r.hop AS hop, r.routed AS routed, r.outcome AS outcome,
       r.end_ts AS end_ts, r.error AS error, r.message AS message, r.origin AS origin,
       r.trace_id AS trace_id, r.payload AS payload, r.schema_ref AS schema_ref, r.schema_version AS schema_version
FROM records AS r
{joins}
WHERE r.kind <> 'log'{cut}
"""

#: Who tells: 0 the broker, 1 a service. A record by the broker's clock is a service's where it knows the machine.
_SIDE = """CASE WHEN r.service IS NULL OR (r.clock = 'broker' AND r.instance IS NULL AND r.worker IS NULL)
            THEN 0 ELSE 1 END"""
_HOST = (
    "CASE WHEN r.clock = 'broker' THEN COALESCE(r.broker, 'broker') ELSE COALESCE(r.instance, r.service) END"
)

# A retry by way of another queue brings the same message again: each round is an item of its own.
_ITEM = """CASE WHEN {pos} IS NULL
            THEN COALESCE({text}, r.event_id, r.payload_hash, '')
                 || CASE WHEN r.hop IS NULL THEN '' ELSE '#' || COALESCE(CAST(r.attempt AS VARCHAR), r.hop) END
            ELSE '' END"""

#: Which group a service reads a channel as, where records of other observers tell it beyond doubt.
_READERS = """
CREATE OR REPLACE TEMP TABLE reader_of AS
SELECT d.service AS service, COALESCE(e.channel, '') AS channel, MIN(d.grp) AS grp
FROM stored_deliveries AS d
JOIN stored_events AS e ON e.event_no = d.event_no
WHERE d.grp IS NOT NULL AND d.service IS NOT NULL
GROUP BY d.service, COALESCE(e.channel, '')
HAVING MIN(d.grp) = MAX(d.grp)
"""

#: Partitions and positions that are no 64-bit numbers; ingest keeps them in the attributes.
_ODD = """
CREATE OR REPLACE TEMP TABLE odd_places AS
SELECT record_id, CASE WHEN part IS NULL THEN named_part END AS part_text,
       CASE WHEN pos IS NULL THEN named_pos END AS pos_text
FROM (
    SELECT record_id, part, pos, pos_text,
           COALESCE(json_extract_string(attributes, '$.part'), json_extract_string(attributes, '$.partition')) AS named_part,
           COALESCE(json_extract_string(attributes, '$.pos'), json_extract_string(attributes, '$.offset')) AS named_pos
    FROM records
    WHERE (part IS NULL OR pos IS NULL) AND kind <> 'log' AND attributes IS NOT NULL AND json_valid(attributes)
) AS named
WHERE (part IS NULL AND named_part <> '')
   OR (pos IS NULL AND pos_text IS NULL AND regexp_full_match(named_pos, '-?[0-9]+'))
"""

_CLUSTERS = """
CREATE OR REPLACE TEMP TABLE mixed_channels AS
SELECT channel AS channel
FROM records
WHERE channel IS NOT NULL AND cluster IS NOT NULL
GROUP BY channel
HAVING MIN(cluster) <> MAX(cluster)
"""


#: Places without a channel, as a tool prints them that reads one. Where another record shows the same event at the
#: same place, its channel is the one; else the place says nothing, for several of them need not be one channel.
_UNNAMED = """
CREATE OR REPLACE TEMP TABLE unnamed_places AS
SELECT u.record_id AS record_id, CASE WHEN MIN(n.channel) = MAX(n.channel) THEN MIN(n.channel) END AS channel
FROM (
    SELECT r.record_id, r.part, r.pos, f.event_no
    FROM records AS r LEFT JOIN record_flows AS f ON f.record_id = r.record_id
    WHERE r.channel IS NULL AND (r.part IS NOT NULL OR r.pos IS NOT NULL) AND r.kind <> 'log'
) AS u
LEFT JOIN (
    SELECT f.event_no, r.channel, r.part, r.pos
    FROM records AS r JOIN record_flows AS f ON f.record_id = r.record_id
    WHERE r.channel IS NOT NULL AND r.pos IS NOT NULL AND r.kind <> 'log'
) AS n ON n.event_no = u.event_no AND n.pos = u.pos AND n.part IS NOT DISTINCT FROM u.part
GROUP BY u.record_id
"""


@dataclass(frozen=True)
class Span:
    """Numbers that make sense in a column. Differences of two of them never overflow."""

    column: str
    low: int
    high: int

    def wild(self, column: str | None = None) -> str:
        """SQL: the value lies outside."""
        name = column or self.column
        return f"({name} < {self.low} OR {name} > {self.high})"


POSITION = Span("pos", 0, 9 * 10**18)
TIME = Span("ts", -(10**18), 8 * 10**18)
EVENT_TIME = Span("event_ts", TIME.low, TIME.high)
VERSION = Span("version", -(4 * 10**18), 4 * 10**18)


@dataclass(frozen=True)
class Oddities:
    """What about the evidence needs care."""

    half_named: bool = False  # some records name a service and no group
    wild: frozenset[str] = field(default_factory=frozenset)  # columns of which some values make no sense
    without_pos: bool = False  # some messages have no position
    odd_places: bool = False  # some partitions or positions are no numbers
    unnamed: bool = False  # some places tell no channel, others do
    mixed: bool = False  # some channels are in several clusters
    other_causes: tuple[int, ...] = ()  # sources whose causation ids name no events


def prepare(store: Store, *, at: int | None = None) -> Oddities:
    """Make the view `evidence`, up to the moment `at`, and `whole_evidence`; say what had to be done for them."""
    store.allow_memory(_MB)
    odd = _oddities(store)
    store.execute(view_sql(odd, at=at))
    store.execute(view_sql(odd, name="whole_evidence"))
    return odd


def view_sql(odd: Oddities, *, name: str = "evidence", at: int | None = None) -> str:
    """The text of the view; only what the store needs stands in it."""
    pos = _placed(_tame(POSITION, odd), odd)
    text = "COALESCE(r.pos_text, o.pos_text)" if odd.odd_places else "r.pos_text"
    return _VIEW.format(
        name=name,
        ts=_tame(TIME, odd),
        side=_SIDE,
        grp=f"COALESCE(r.grp, {'n.grp, ' if odd.half_named else ''}r.service, '')",
        host=_HOST,
        channel=_channel(odd),
        part=_placed("r.part", odd),
        pos=pos,
        item=_ITEM.format(pos=pos, text=text) if odd.without_pos else "''",
        version=_tame(VERSION, odd),
        event_ts=_tame(EVENT_TIME, odd),
        cause=_cause(odd),
        joins="\n".join(_joins(odd)),
        cut="" if at is None else f" AND r.ts <= {int(at)}",
    )


def _tame(span: Span, odd: Oddities) -> str:
    name = f"r.{span.column}"
    return f"CASE WHEN NOT {span.wild(name)} THEN {name} END" if span.column in odd.wild else name


def _placed(column: str, odd: Oddities) -> str:
    """Of a place whose channel nothing tells, nothing is known."""
    unknown = "u.record_id IS NOT NULL AND u.channel IS NULL"
    return f"CASE WHEN NOT ({unknown}) THEN {column} END" if odd.unnamed else column


def _channel(odd: Oddities) -> str:
    """Channels of one name that are different things get different names: orders@eu, orders[a-b-0]."""
    parts = ["COALESCE(r.channel, u.channel, '')" if odd.unnamed else "COALESCE(r.channel, '')"]
    if odd.mixed:
        parts.append("CASE WHEN m.channel IS NULL THEN '' ELSE '@' || COALESCE(r.cluster, '?') END")
    if odd.odd_places:
        parts.append("CASE WHEN o.part_text IS NULL THEN '' ELSE '[' || o.part_text || ']' END")
    return " || ".join(parts)


def _cause(odd: Oddities) -> str:
    """Causation ids that were proven to name flows or things name no cause."""
    cases = " ".join(f"WHEN {source} THEN NULL" for source in odd.other_causes)
    return f"CASE r.source_id {cases} ELSE r.causation_id END" if cases else "r.causation_id"


def _joins(odd: Oddities) -> list[str]:
    joins = []
    if odd.half_named:
        joins.append(
            "LEFT JOIN reader_of AS n ON n.service = r.service AND n.channel = COALESCE(r.channel, '') AND r.grp IS NULL"
        )
    if odd.mixed:
        joins.append("LEFT JOIN mixed_channels AS m ON m.channel = r.channel")
    if odd.odd_places:
        joins.append("LEFT JOIN odd_places AS o ON o.record_id = r.record_id")
    if odd.unnamed:
        joins.append("LEFT JOIN unnamed_places AS u ON u.record_id = r.record_id")
    return joins


def _oddities(store: Store) -> Oddities:
    reads = "kind IN ('receive', 'ack', 'nack')"
    half = _any(store, f"{reads} AND grp IS NULL AND service IS NOT NULL") and _any(
        store, f"{reads} AND grp IS NOT NULL"
    )
    places = _any(store, "kind <> 'log' AND (part IS NULL OR pos IS NULL) AND attributes IS NOT NULL")
    return Oddities(
        half_named=half and _built(store, "reader_of", _READERS),
        wild=frozenset(s.column for s in (POSITION, TIME, EVENT_TIME, VERSION) if _any(store, s.wild())),
        without_pos=_any(store, f"kind IN ('publish', 'receive') AND (pos IS NULL OR {POSITION.wild()})"),
        odd_places=places and _built(store, "odd_places", _ODD),
        unnamed=_any(store, f"{_PLACE} AND channel IS NULL")
        and _any(store, f"{_PLACE} AND channel IS NOT NULL")
        and _built(store, "unnamed_places", _UNNAMED),
        mixed=_any(store, "cluster IS NOT NULL") and _built(store, "mixed_channels", _CLUSTERS),
        other_causes=_other_causes(store),
    )


_PLACE = "kind <> 'log' AND (part IS NOT NULL OR pos IS NOT NULL)"


def _other_causes(store: Store) -> tuple[int, ...]:
    """What linking has proven of the causation ids of each source (links/causation.py)."""
    spaces: dict[str, str] = json.loads(store.meta("causation_spaces") or "{}")
    return tuple(sorted(int(source) for source, space in spaces.items() if not space.startswith("event")))


def _any(store: Store, condition: str) -> bool:
    return bool(store.rows(f"SELECT 1 AS one FROM records WHERE {condition} LIMIT 1"))


def _built(store: Store, table: str, sql: str) -> bool:
    """Fill a working table; True: it holds anything."""
    store.execute(sql)
    return bool(store.rows(f"SELECT 1 AS one FROM {table} LIMIT 1"))
