"""Fills the table events: messages, and operations where work is seen only through spans and logs."""

from __future__ import annotations

from evtrace.links import narrow
from evtrace.links.keys import has_key
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
    "inst": "BIGINT",
    "wrk": "BIGINT",
    "ts": "BIGINT",  # when it was published, on the clock of its service
    "best_ts": "BIGINT",  # the best time known, to order events by
    "flow_id": "BIGINT",
    "ca": "BIGINT",
    "co": "BIGINT",
    "mkey": "BIGINT",
    "slot": "BIGINT",
    "hop": "BOOLEAN",
    "src": "INTEGER",
}


def build(work: Work) -> None:
    """event_rows: what the rules need to know of each event, as numbers."""
    narrow.create(work, "event_rows", COLUMNS, _columns(work), _SOURCE)
    narrow.show(work, "event_rows", COLUMNS, {"op": "FALSE", "seen": "TRUE", "best_ts": "ts"})
    if has_key(work, "sp"):
        places = " ".join(f"k.{name} AS {name}," for name in ("inst", "wrk") if has_key(work, name))
        work.run(_OPERATIONS, places=places)


_SOURCE = "FROM message_rows AS m JOIN keys AS k ON k.record_id = COALESCE(m.published, m.event_no)"


def _columns(work: Work) -> dict[str, str]:
    """Where every publish was seen and no spans are there, half of the columns follow from the others."""
    seen = "m.published IS NOT NULL"
    columns = {
        "event_no": "m.event_no",
        "e": "m.e",
        "record_id": "COALESCE(m.published, m.event_no)",
        "typ": "k.typ",
        "svc": f"CASE WHEN {seen} THEN COALESCE(k.svc, k.prod) ELSE k.prod END",
        "ts": f"CASE WHEN {seen} AND k.at_broker IS DISTINCT FROM TRUE THEN k.ts END",
        "flow_id": "m.flow_id",
        "ca": "k.ca",
    }
    partly = {
        "op": ("FALSE", has_key(work, "sp")),
        "seen": (
            seen,
            has_key(work, "sp") or work.any(f"SELECT e FROM message_rows AS m WHERE NOT ({seen})"),
        ),
        "inst": (f"CASE WHEN {seen} THEN k.inst END", has_key(work, "inst")),
        "wrk": (f"CASE WHEN {seen} THEN k.wrk END", has_key(work, "wrk")),
        "co": ("k.co", work.any("SELECT src FROM flow_causation")),
        "src": (
            "k.src",
            work.any("SELECT src FROM flow_causation UNION ALL SELECT src FROM unproven_causation"),
        ),
        "slot": ("k.slot", work.any("SELECT e FROM message_rows WHERE several OR gap")),
        "mkey": ("k.mkey", has_key(work, "mkey")),
        "hop": ("k.hop", has_key(work, "hop")),
    }
    columns |= {name: sql for name, (sql, wanted) in partly.items() if wanted}
    if "seen" in columns or has_key(work, "at_broker"):
        columns["best_ts"] = "k.ts"
    return columns


_OPERATIONS = """
INSERT INTO event_rows_stored BY NAME
SELECT k.record_id AS event_no, s.owner AS e, TRUE AS op, k.record_id AS record_id, TRUE AS seen, k.svc AS svc, {places}
       k.ts AS ts, k.ts AS best_ts, f.flow_id AS flow_id
FROM spans AS s
JOIN keys AS k ON k.record_id = s.record_id
JOIN seed_flows AS f ON f.s = k.s
WHERE s.part = 'work' AND s.owner_sp = s.sp
"""


def insert(work: Work) -> None:
    """Write the events."""
    _insert_messages(work)
    if has_key(work, "sp"):
        work.run(_INSERT_OPERATIONS)


def _insert_messages(work: Work) -> None:
    patched = work.any("SELECT e FROM patches")
    copied = work.any("SELECT e FROM copies")
    columns = {
        "event_no": "v.event_no",
        "event_id": f"COALESCE({_event_id(work, patched)})",
        "kind": "'message'",
        "copies": "COALESCE(c.copies, 1)" if copied else "1",
        "record_id": "v.record_id",
        "flow_id": "v.flow_id",
        **_described(work, patched),
    }
    names = ", ".join(columns)
    values = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    patches = (
        "LEFT JOIN patches AS p ON p.e = v.e LEFT JOIN records AS w ON w.record_id = p.place"
        if patched
        else ""
    )
    work.run(f"""
        INSERT INTO events ({names})
        SELECT {values}
        FROM records AS r
        JOIN event_rows AS v ON v.record_id = r.record_id AND NOT v.op
        {patches}
        {"LEFT JOIN copies AS c ON c.e = v.e" if copied else ""}
        ORDER BY v.event_no
    """)


def _event_id(work: Work, patched: bool) -> str:
    parts = ["r.event_id"] if work.has("event_id") else []
    parts += ["p.event_id"] if patched else []
    if work.has("channel", "part", "pos"):
        parts.append("r.channel || '/' || r.part || '/' || r.pos")
        parts += ["w.channel || '/' || w.part || '/' || w.pos"] if patched else []
    parts += ["r.span_id"] if work.has("span_id") else []
    return ", ".join([*parts, "'record:' || v.event_no"])


def _described(work: Work, patched: bool) -> dict[str, str]:
    """The columns that describe an event: of the publish, or of the reader where no publish was seen."""
    found = {}
    for name in ("event_type", "message_key", "schema_version"):
        if work.has(name):
            found[name] = f"COALESCE(r.{name}, p.{name})" if patched else f"r.{name}"
    whole = "r.channel IS NOT NULL AND r.part IS NOT NULL AND r.pos IS NOT NULL"
    for name in ("channel", "part", "pos"):
        if work.has(name):
            found[name] = (
                f"CASE WHEN p.place IS NULL OR ({whole}) THEN r.{name} ELSE w.{name} END"
                if patched
                else f"r.{name}"
            )
    for name in ("instance", "worker"):
        if work.has(name):
            found[name] = f"CASE WHEN v.seen THEN r.{name} END"
    services = [f"r.{name}" for name in ("service", "producer") if work.has(name)]
    if services:
        producer = "r.producer" if work.has("producer") else "CAST(NULL AS VARCHAR)"
        found["service"] = f"CASE WHEN v.seen THEN COALESCE({', '.join(services)}) ELSE {producer} END"
    told = "r.publish_ts" if work.has("publish_ts") else "CAST(NULL AS BIGINT)"
    # What a repeated message says of its publish is said of the first.
    heard = f"CASE WHEN v.hop THEN NULL ELSE {told} END" if has_key(work, "hop") else told
    found["published_ts"] = f"CASE WHEN v.seen THEN COALESCE(r.ts, {told}) ELSE {heard} END"
    return found


_INSERT_OPERATIONS = """
INSERT INTO events (event_no, event_id, kind, event_type, service, instance, worker, published_ts, end_ts, outcome,
                    error, copies, record_id, flow_id)
SELECT v.event_no, r.span_id AS event_id, 'operation' AS kind,
       COALESCE(r.event_type, substr(r.message, 1, 80), r.service) AS event_type, r.service, r.instance, r.worker,
       r.ts AS published_ts, CASE WHEN s.seen THEN r.end_ts ELSE w.last_ts END AS end_ts,
       COALESCE(r.outcome, CASE WHEN r.error IS NOT NULL OR w.first_error IS NOT NULL THEN 'error'
                                WHEN s.seen THEN 'ok' END) AS outcome,
       COALESCE(r.error, x.message) AS error, 1 AS copies, v.record_id, v.flow_id
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
WHERE v.op
ORDER BY v.event_no
"""
