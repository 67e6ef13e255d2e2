"""Which event each record shows: message_groups has one row per event seen through messages."""

from __future__ import annotations

from evtrace.links import spans
from evtrace.links.keys import has_key, store_event
from evtrace.links.work import Work


def is_named_late(work: Work) -> bool:
    """True: the first guess of keys.e is to be corrected, so nothing may be built on it before."""
    return _lacks_ids(work) or _has_nameless_spans(work) or has_key(work, "hop")


def _lacks_ids(work: Work) -> bool:
    return has_key(work, "ev") and has_key(work, "slot") and work.any("SELECT e FROM keys WHERE e = slot")


def _has_nameless_spans(work: Work) -> bool:
    return has_key(work, "sp") and work.any("SELECT e FROM keys WHERE e < 0 AND sp IS NOT NULL")


def name(work: Work) -> None:
    """Correct the first guess of keys.e where ids are missing or a record is a republication."""
    if _lacks_ids(work):
        store_event(work)
        work.run("""
            UPDATE keys_stored SET e = m.ev
            FROM (SELECT slot, MIN(ev) AS ev FROM keys WHERE ev IS NOT NULL AND slot IS NOT NULL AND kind <> 'log'
                  GROUP BY slot) AS m
            WHERE keys_stored.e = keys_stored.slot AND keys_stored.slot = m.slot
        """)
    if _has_nameless_spans(work):
        store_event(work)
        spans.name_messages(work)
    if has_key(work, "hop"):
        store_event(work)
        _republications(work)


def _republications(work: Work) -> None:
    """A retry or dead letter is a message of its own, also where it keeps the id of the first.

    One that does not tell its place has the place that another observer tells, where the event has only one such.
    """
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE hop_places AS
        SELECT ev, MIN(slot) AS slot FROM keys
        WHERE hop AND ev IS NOT NULL AND slot IS NOT NULL GROUP BY ev HAVING MIN(slot) = MAX(slot);
        CREATE OR REPLACE TEMP TABLE hop_keys AS
        SELECT k.record_id AS record_id, k.hop AS hop, {_HOP} AS hop_key
        FROM keys AS k
        LEFT JOIN hop_places AS p ON p.ev = k.ev AND k.hop AND k.slot IS NULL
        WHERE k.e IS NOT NULL;
        UPDATE keys_stored SET e = n.hop_key
        FROM hop_keys AS n
        SEMI JOIN (SELECT DISTINCT hop_key FROM hop_keys WHERE hop) AS h ON h.hop_key = n.hop_key
        WHERE keys_stored.record_id = n.record_id;
        DROP TABLE hop_keys
    """)


_HOP = """COALESCE(
    k.slot, p.slot, CASE WHEN k.ev IS NOT NULL AND k.chn IS NOT NULL THEN CAST(hash(k.ev, k.chn, 'hop') >> 1 AS BIGINT) END, k.e
)"""


def group(work: Work) -> None:
    """message_groups: the records of each event; `published` is the publish that shows it best."""
    gap = " OR ".join(f"COUNT({c}) NOT IN (0, COUNT(*))" for c in _sometimes(work))
    publish = "CASE WHEN kind = 'publish' THEN record_id END"
    host = "CASE WHEN kind = 'publish' AND at_broker IS DISTINCT FROM TRUE THEN record_id END"
    shown = [*_said_by_its_service(work), *([_said_of_its_service(work)] if _is_half_told(work) else [])]
    best = f"COALESCE({', '.join([*shown, *([f'MIN({host})'] if has_key(work, 'at_broker') else []), f'MIN({publish})'])})"
    slots = ("MIN(slot)", "MAX(slot)") if has_key(work, "slot") else ("CAST(NULL AS BIGINT)",) * 2
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE message_groups AS
        SELECT m.e AS e, m.event_no AS event_no, m.published AS published, COALESCE(m.published, m.event_no) AS best_no,
               m.gap AS gap, m.s_lo AS s_lo, m.s_hi AS s_hi, m.slot_lo AS slot_lo, m.slot_hi AS slot_hi, m.told AS told,
               m.records - m.told > 1 OR m.slot_lo IS DISTINCT FROM m.slot_hi AS several
        FROM (
            SELECT e, MIN(record_id) AS event_no, {best} AS published, {gap or "FALSE"} AS gap, MIN(s) AS s_lo, MAX(s) AS s_hi,
                   {slots[0]} AS slot_lo, {slots[1]} AS slot_hi, COUNT(*) AS records,
                   COUNT(CASE WHEN kind <> 'publish' THEN record_id END) AS told
            FROM keys
            WHERE e IS NOT NULL AND kind <> 'log'
            GROUP BY e
        ) AS m
    """)


def build(work: Work) -> None:
    """message_rows: the groups with their flows; and what of an event its best record does not say."""
    work.run("""
        CREATE OR REPLACE TEMP VIEW message_rows AS
        SELECT g.e AS e, g.event_no AS event_no, g.published AS published, g.gap AS gap, g.several AS several, g.told AS told,
               f.flow_id AS flow_id
        FROM message_groups AS g
        JOIN seed_flows AS f ON f.s = g.s_lo
    """)
    _copies(work)
    _patches(work)


def _producer(work: Work) -> str:
    return " OR ".join(f"{c} IS NOT NULL" for c in ("svc", "prod") if has_key(work, c)) or "FALSE"


def _is_half_told(work: Work) -> bool:
    """Some records of publishes tell who published, others do not: whichever file was read first must not matter."""
    producer = _producer(work)
    return producer != "FALSE" and work.any(f"SELECT e FROM keys WHERE kind = 'publish' AND NOT ({producer})")


def _said_by_its_service(work: Work) -> list[str]:
    """A service says where in it the event was published; who reads a broker can only say by whom."""
    if not (has_key(work, "svc") and has_key(work, "prod")):
        return []
    return [
        "MIN(CASE WHEN kind = 'publish' AND at_broker IS DISTINCT FROM TRUE AND svc IS NOT NULL THEN record_id END)"
    ]


def _said_of_its_service(work: Work) -> str:
    told = f"kind = 'publish' AND at_broker IS DISTINCT FROM TRUE AND ({_producer(work)})"
    return f"MIN(CASE WHEN {told} THEN record_id END)"


def _sometimes(work: Work) -> list[str]:
    """What some messages say and others do not: only there can one record lack what another one has."""
    columns = [c for c in ("ev", "slot", "typ", "mkey") if has_key(work, c)]
    if not columns:
        return []
    counts = ", ".join(f"COUNT({c}) AS {c}" for c in columns)
    total, *found = work.store.row(
        f"SELECT COUNT(*) AS n, {counts} FROM keys WHERE e IS NOT NULL AND kind <> 'log'"
    )
    return [column for column, count in zip(columns, found, strict=True) if count not in (0, total)]


def _copies(work: Work) -> None:
    """Count the places an event is stored at; without places, the publishes to one channel that one observer saw."""
    if not work.any("SELECT e FROM message_groups WHERE several"):
        work.run("CREATE OR REPLACE TEMP TABLE copies (e BIGINT, copies BIGINT)")
        return
    work.run("""
        CREATE OR REPLACE TEMP TABLE copies AS
        WITH seen AS (
            SELECT k.* FROM keys AS k SEMI JOIN message_groups AS m ON m.e = k.e AND m.several WHERE k.e IS NOT NULL
        ), places AS (
            SELECT e, COUNT(DISTINCT slot) AS n FROM seen GROUP BY e
        ), publishes AS (
            SELECT e, src, own_span, chn, COUNT(*) AS n
            FROM seen WHERE kind = 'publish' AND slot IS NULL GROUP BY e, src, own_span, chn
        ), most AS (
            SELECT e, MAX(n) AS n FROM publishes GROUP BY e
        )
        SELECT p.e AS e, GREATEST(1, p.n, COALESCE(x.n, 1)) AS copies FROM places AS p LEFT JOIN most AS x ON x.e = p.e
    """)


_NO_PATCHES = """
CREATE OR REPLACE TEMP TABLE patches (
    e BIGINT, event_id VARCHAR, event_type VARCHAR, message_key VARCHAR, schema_version VARCHAR, place BIGINT
)"""


def _patches(work: Work) -> None:
    """What the best record of an event lacks and another record of it has."""
    if not work.any("SELECT e FROM message_groups WHERE gap"):
        work.run(_NO_PATCHES)
        return
    work.run("""
        CREATE OR REPLACE TEMP TABLE patches AS
        SELECT k.e AS e, COALESCE(MIN(r.event_id), MIN(r.channel || '/' || r.part || '/' || r.pos), MIN(r.span_id)) AS event_id, MIN(r.event_type) AS event_type,
               MIN(r.message_key) AS message_key, MIN(r.schema_version) AS schema_version,
               COALESCE(MIN(CASE WHEN k.slot IS NOT NULL THEN r.record_id END),
                        MIN(CASE WHEN r.channel IS NOT NULL THEN r.record_id END)) AS place
        FROM keys AS k
        SEMI JOIN message_groups AS m ON m.e = k.e AND m.gap
        JOIN records AS r ON r.record_id = k.record_id
        WHERE k.e IS NOT NULL AND k.kind <> 'log'
        GROUP BY k.e
    """)
