"""Fills the table events: messages, and operations where work is seen only through spans and logs."""

from __future__ import annotations

from evtrace.links import narrow
from evtrace.links.keys import has_key
from evtrace.links.names import text_of
from evtrace.links.work import Work

#: Every column of the view event_rows.
COLUMNS = {
    "event_no": "BIGINT",
    "e": "BIGINT",
    "op": "BOOLEAN",  # an operation, no message
    "record_id": "BIGINT",  # the record that shows it best
    "seen": "BOOLEAN",  # its publish was seen, not only its readers
    "typ": "INTEGER",
    "svc": "INTEGER",
    "chn": "INTEGER",
    "inst": "BIGINT",
    "wrk": "BIGINT",
    "ts": "BIGINT",  # when it was published, on the clock of its service
    "told_ts": "BIGINT",  # when it was published, on any clock
    "best_ts": "BIGINT",  # the best time known, to order events by
    "flow_id": "BIGINT",
    "ca": "BIGINT",
    "cause_no": "BIGINT",  # the event that ca names
    "co": "BIGINT",
    "mkey": "BIGINT",
    "slot": "BIGINT",
    "hop": "BOOLEAN",
    "src": "INTEGER",
}


def build(work: Work) -> None:
    """event_rows: what the rules need to know of each event, as numbers."""
    narrow.create(work, "event_rows", COLUMNS, _columns(work), _SOURCE)
    narrow.show(
        work, "event_rows", COLUMNS, {"op": "FALSE", "seen": "TRUE", "best_ts": "ts", "told_ts": "ts"}
    )
    if has_key(work, "sp"):
        places = " ".join(f"k.{name} AS {name}," for name in ("inst", "wrk") if has_key(work, name))
        work.run(_OPERATIONS, places=places)


_SOURCE = "FROM keys AS k JOIN seed_flows AS f ON f.s = k.es WHERE k.best"


def _columns(work: Work) -> dict[str, str]:
    """Where every publish was seen and no spans are there, half of the columns follow from the others."""
    seen = "k.seen"
    columns = {
        "event_no": "k.event_no",
        "e": "k.e",
        "record_id": "k.record_id",
        "typ": "k.typ",
        "svc": f"CASE WHEN {seen} THEN COALESCE(k.svc, k.prod) ELSE k.prod END",
        "ts": f"CASE WHEN {seen} AND k.at_broker IS DISTINCT FROM TRUE THEN k.ts END",
        "flow_id": "f.flow_id",
        "ca": "k.ca",
        "cause_no": "k.cause_no",
    }
    partly = {
        "op": ("FALSE", has_key(work, "sp")),
        "seen": (
            seen,
            has_key(work, "sp") or work.any("SELECT e FROM message_groups WHERE published IS NULL"),
        ),
        "inst": (f"CASE WHEN {seen} THEN k.inst END", has_key(work, "inst")),
        "wrk": (f"CASE WHEN {seen} THEN k.wrk END", has_key(work, "wrk")),
        "co": ("k.co", work.any("SELECT src FROM flow_causation")),
        "src": (
            "k.src",
            work.any("SELECT src FROM flow_causation UNION ALL SELECT src FROM unproven_causation"),
        ),
        "slot": ("k.slot", work.any("SELECT e FROM message_groups WHERE several OR gap")),
        "mkey": ("k.mkey", has_key(work, "mkey")),
        "hop": ("k.hop", has_key(work, "hop")),
        "chn": ("k.chn", has_key(work, "chn")),
    }
    columns |= {name: sql for name, (sql, wanted) in partly.items() if wanted}
    if "seen" in columns or has_key(work, "at_broker"):
        columns["best_ts"] = "k.ts"
    if "best_ts" in columns or has_key(work, "told_ts"):
        # What a repeated message says of its publish is said of the first.
        heard = "CASE WHEN k.hop THEN NULL ELSE k.told_ts END" if has_key(work, "hop") else "k.told_ts"
        columns["told_ts"] = f"CASE WHEN {seen} THEN COALESCE(k.ts, k.told_ts) ELSE {heard} END"
    return columns


_OPERATIONS = """
INSERT INTO event_rows_stored BY NAME
SELECT k.record_id AS event_no, s.owner AS e, TRUE AS op, k.record_id AS record_id, TRUE AS seen, k.svc AS svc, {places}
       k.ts AS ts, k.ts AS best_ts, k.ts AS told_ts, f.flow_id AS flow_id
FROM spans AS s
JOIN keys AS k ON k.record_id = s.record_id
JOIN seed_flows AS f ON f.s = k.s
WHERE s.part = 'work' AND s.owner_sp = s.sp
"""


def insert(work: Work) -> None:
    """Write the events, then what their own records do not say of them."""
    patched = work.any("SELECT e FROM patches")
    copied = work.any("SELECT e FROM copies WHERE copies > 1")
    _insert_messages(work, patched)
    if patched or copied:
        _insert_details(work)
    if has_key(work, "sp"):
        work.run(_INSERT_OPERATIONS)


def _insert_messages(work: Work, patched: bool) -> None:
    columns = {
        "event_no": "v.event_no",
        "kind": "'message'",
        "published_ts": "v.told_ts",
        "record_id": "v.record_id",
        "flow_id": "v.flow_id",
        "h": _identity(work),
    }
    # sorted before the texts are there: numbers are cheaper to move
    joins = ["FROM (SELECT * FROM event_rows WHERE NOT op ORDER BY event_no) AS v"]
    for name, code, table in _NAMED:
        if has_key(work, "prod" if code == "svc" and not has_key(work, "svc") else code):
            columns[name], join = text_of(work, table, f"v.{code}")
            joins.append(join)
    if patched:
        joins.append("LEFT JOIN patches AS p ON p.e = v.e LEFT JOIN records AS w ON w.record_id = p.place")
        columns["event_id"] = "p.event_id"
        columns["event_type"] = f"COALESCE({columns.get('event_type', 'NULL')}, p.event_type)"
        if "channel" in columns:
            columns["channel"] = f"CASE WHEN {_OWN_PLACE} THEN {columns['channel']} ELSE w.channel END"
    values = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    work.run(f"""
        INSERT INTO stored_events ({", ".join(columns)})
        SELECT {values} {" ".join(joins)}
    """)


#: Names of which there are few: column, its code, the table of its texts.
_NAMED = (
    ("event_type", "typ", "type_names"),
    ("service", "svc", "service_names"),
    ("channel", "chn", "channel_names"),
)

_OWN_PLACE = "p.place IS NULL OR v.slot IS NOT NULL"


def _identity(work: Work) -> str:
    """The hash of its event id, where that is what names the event and its record holds it."""
    if not has_key(work, "ev"):
        return "CAST(NULL AS BIGINT)"
    if not has_key(work, "e") and not work.any(
        "SELECT e FROM keys WHERE e IS DISTINCT FROM ev AND e IS NOT NULL"
    ):
        return "v.e"
    return "CASE WHEN v.e = (SELECT k.ev FROM keys AS k WHERE k.record_id = v.record_id) THEN v.e END"


def _insert_details(work: Work) -> None:
    """Events whose record lacks what another record has, and those that were published again."""
    columns = {
        "event_no": "v.event_no",
        "copies": "COALESCE(c.copies, 1)",
    }
    for name in ("message_key", "schema_version"):
        if work.has(name):
            columns[name] = f"COALESCE(r.{name}, p.{name})"
    for name in ("part", "pos"):
        if work.has(name):
            columns[name] = f"CASE WHEN {_OWN_PLACE} THEN r.{name} ELSE w.{name} END"
    for name in ("instance", "worker"):
        if work.has(name):
            columns[name] = f"CASE WHEN v.seen THEN r.{name} END"
    work.run(f"""
        INSERT INTO event_details ({", ".join(columns)}, flow_id)
        SELECT {", ".join(columns.values())}, v.flow_id
        FROM event_rows AS v
        JOIN records AS r ON r.record_id = v.record_id
        LEFT JOIN patches AS p ON p.e = v.e
        LEFT JOIN records AS w ON w.record_id = p.place
        LEFT JOIN copies AS c ON c.e = v.e AND c.copies > 1
        WHERE NOT v.op AND (p.e IS NOT NULL OR c.e IS NOT NULL)
        ORDER BY v.event_no
    """)


_INSERT_OPERATIONS = """
CREATE OR REPLACE TEMP TABLE operations AS
SELECT v.event_no, r.span_id AS event_id, COALESCE(r.event_type, substr(r.message, 1, 80), r.service) AS event_type,
       r.service, r.instance, r.worker, r.ts AS published_ts, CASE WHEN s.seen THEN r.end_ts ELSE w.last_ts END AS end_ts,
       COALESCE(r.outcome, CASE WHEN r.error IS NOT NULL OR w.first_error IS NOT NULL THEN 'error'
                                WHEN s.seen THEN 'ok' END) AS outcome,
       COALESCE(r.error, x.message) AS error, v.record_id, v.flow_id
FROM event_rows AS v
JOIN spans AS s ON s.record_id = v.record_id
JOIN records AS r ON r.record_id = v.record_id
LEFT JOIN (
    SELECT o.owner_sp AS sp, MAX(k.ts) AS last_ts, MIN(CASE WHEN k.failed AND k.kind = 'log' THEN k.record_id END) AS first_error
    FROM keys AS k
    JOIN spans AS o ON o.sp = k.sp
    GROUP BY o.owner_sp
) AS w ON w.sp = s.sp
LEFT JOIN records AS x ON x.record_id = w.first_error AND r.outcome IS DISTINCT FROM 'ok'
WHERE v.op;
INSERT INTO stored_events (event_no, event_id, kind, event_type, service, published_ts, record_id, flow_id)
SELECT event_no, event_id, 'operation' AS kind, event_type, service, published_ts, record_id, flow_id FROM operations ORDER BY event_no;
INSERT INTO event_details (event_no, instance, worker, end_ts, outcome, error, copies, flow_id)
SELECT event_no, instance, worker, end_ts, outcome, error, 1 AS copies, flow_id FROM operations ORDER BY event_no
"""
