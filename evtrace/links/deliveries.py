"""Fills the table deliveries: event × reader × attempt, however many observers told of it."""

from __future__ import annotations

from evtrace.links import narrow
from evtrace.links.hashes import coded
from evtrace.links.keys import RESULTS, has_key
from evtrace.links.work import Work

#: Every column of the view delivery_rows.
COLUMNS = {
    "delivery_id": "BIGINT",
    "event_no": "BIGINT",
    "e": "BIGINT",
    "who": "INTEGER",  # the reader: group, else service
    "record_id": "BIGINT",  # the record that shows it best
    "svc": "INTEGER",
    "inst": "BIGINT",
    "wrk": "BIGINT",
    "attempt": "INTEGER",
    "received_ts": "BIGINT",
    "done_ts": "BIGINT",
    "begun_ts": "BIGINT",  # the start on the clock of the service that handled it
    "result": "INTEGER",
    "error_record": "BIGINT",
    "observers": "BIGINT",
    "grp_record": "BIGINT",  # records that name the group and the service
    "svc_record": "BIGINT",
    "flow_id": "BIGINT",
}

_FOLLOWS = {
    "record_id": "delivery_id",
    "attempt": "1",
    "observers": "1",
    "begun_ts": "CASE WHEN svc IS NOT NULL THEN received_ts END",
    "grp_record": "delivery_id",
    "svc_record": "delivery_id",
}


def build(work: Work) -> None:
    """delivery_rows: what the rules need to know of each delivery, as numbers."""
    busy = work.any("SELECT e FROM busy")
    narrow.create(work, "delivery_rows", COLUMNS, _columns(work, busy), _SOURCE)
    narrow.show(work, "delivery_rows", COLUMNS, _FOLLOWS)
    if busy:
        work.run(_MERGED, places=" ".join(f"k.{c} AS {c}," for c in ("inst", "wrk") if has_key(work, c)))
    if has_key(work, "sp"):
        work.run(_TOLD_BY)
    work.run("DROP TABLE told")


_SOURCE = """
FROM told AS t
JOIN message_rows AS v ON v.e = t.e
JOIN keys AS k ON k.record_id = t.record_id
WHERE t.n = 1
"""


def _columns(work: Work, busy: bool) -> dict[str, str]:
    """Where each delivery is told of once, most columns follow from the others."""
    starts = "k.kind IN ('receive', 'process')"
    usual = {
        "delivery_id": "t.record_id",
        "event_no": "v.event_no",
        "svc": "k.svc",
        "received_ts": f"CASE WHEN {starts} THEN k.ts END",
        "flow_id": "v.flow_id",
    }
    logs, named = has_key(work, "failed"), work.any(_HALF_NAMED)
    partly = {
        "e": ("t.e", busy or has_key(work, "sp")),
        "who": ("t.reader", busy or named or has_key(work, "sp")),
        "record_id": ("t.record_id", busy),
        "inst": ("k.inst", has_key(work, "inst")),
        "wrk": ("k.wrk", has_key(work, "wrk")),
        "attempt": ("CAST(COALESCE(k.attempt, 1) AS INTEGER)", busy or has_key(work, "attempt")),
        "done_ts": (
            f"CASE WHEN {starts} THEN k.end_ts ELSE k.ts END",
            busy or logs or has_key(work, "result") or has_key(work, "end_ts"),
        ),
        "begun_ts": (
            f"CASE WHEN {starts} AND k.at_broker IS DISTINCT FROM TRUE AND k.svc IS NOT NULL THEN k.ts END",
            busy or has_key(work, "at_broker"),
        ),
        "result": ("k.result", busy or logs or has_key(work, "result")),
        "error_record": ("CASE WHEN k.wrong THEN k.record_id END", busy or logs or has_key(work, "wrong")),
        "observers": ("1", busy),
        "grp_record": ("t.record_id", busy),
        "svc_record": ("t.record_id", busy),
    }
    return usual | {name: sql for name, (sql, wanted) in partly.items() if wanted}


_MERGED = """
INSERT INTO delivery_rows_stored BY NAME
WITH shown AS (
    SELECT b.*, n.no AS no, b.kind IN ('receive', 'process') AS starts
    FROM busy AS b
    JOIN numbered AS n ON n.record_id = b.record_id AND n.e = b.e
), merged AS (
    SELECT e, who, no, MIN(record_id) AS delivery_id, MIN(reader) AS reader,
           COALESCE(MIN(CASE WHEN starts AND side = 'service' THEN record_id END),
                    MIN(CASE WHEN side = 'service' THEN record_id END),
                    MIN(CASE WHEN starts THEN record_id END), MIN(record_id)) AS best,
           MIN(CASE WHEN starts AND side = 'service' THEN ts END) AS begun_ts,
           COALESCE(MIN(CASE WHEN starts AND dated THEN ts END), MIN(CASE WHEN starts THEN ts END)) AS first_ts,
           MAX(CASE WHEN side = 'service' THEN CASE WHEN starts THEN end_ts ELSE ts END END) AS done_ts,
           MAX(CASE WHEN starts THEN end_ts ELSE ts END) AS last_ts,
           MAX(result) AS result, MIN(CASE WHEN wrong THEN record_id END) AS error_record,
           COUNT(DISTINCT src) AS observers, MIN(CASE WHEN grp IS NOT NULL THEN record_id END) AS grp_record,
           MIN(CASE WHEN svc IS NOT NULL THEN record_id END) AS svc_record
    FROM shown
    GROUP BY e, who, no
)
SELECT m.delivery_id AS delivery_id, v.event_no AS event_no, m.e AS e, m.reader AS who, m.best AS record_id,
       k.svc AS svc, {places} CAST(m.no AS INTEGER) AS attempt, COALESCE(m.begun_ts, m.first_ts) AS received_ts,
       COALESCE(m.done_ts, m.last_ts) AS done_ts, m.begun_ts AS begun_ts, m.result AS result,
       m.error_record AS error_record, m.observers AS observers, COALESCE(m.grp_record, m.best) AS grp_record,
       COALESCE(m.svc_record, m.best) AS svc_record, v.flow_id AS flow_id
FROM merged AS m
JOIN message_rows AS v ON v.e = m.e
JOIN keys AS k ON k.record_id = m.best
"""


# Which delivery each record tells of, for the spans that handle messages.
_TOLD_BY = """
CREATE OR REPLACE TEMP TABLE told_by AS
SELECT d.record_id AS record_id, d.e AS e, d.event_no AS event_no, d.delivery_id AS delivery_id
FROM delivery_rows AS d
ANTI JOIN numbered AS n ON n.record_id = d.record_id AND n.e = d.e
UNION ALL
SELECT n.record_id, n.e, d.event_no, d.delivery_id
FROM numbered AS n
JOIN delivery_rows AS d ON d.e = n.e AND COALESCE(d.who, 0) = n.who AND d.attempt = n.no
"""


def take_errors(work: Work) -> None:
    """An error logged inside a delivery is its outcome where nothing else tells the end."""
    if not has_key(work, "failed"):
        return
    work.run("""
        UPDATE delivery_rows_stored SET result = 2, error_record = x.record_id,
               done_ts = COALESCE(delivery_rows_stored.done_ts, x.ts)
        FROM (
            SELECT i.delivery_id AS delivery_id, i.event_no AS event_no, MIN(k.record_id) AS record_id, MAX(k.ts) AS ts
            FROM inside AS i
            JOIN keys AS k ON k.record_id = i.record_id
            WHERE k.failed AND i.delivery_id IS NOT NULL
            GROUP BY i.delivery_id, i.event_no
        ) AS x
        WHERE delivery_rows_stored.delivery_id = x.delivery_id AND delivery_rows_stored.event_no = x.event_no
          AND (delivery_rows_stored.result IS NULL OR (delivery_rows_stored.result > 1 AND delivery_rows_stored.error_record IS NULL))
    """)


def insert(work: Work) -> None:
    """Write the deliveries."""
    named = work.any("SELECT svc FROM reader_names") and work.any(_HALF_NAMED)
    if named:
        work.run(_NAMES)
    columns = {
        "delivery_id": "d.delivery_id",
        "event_no": "d.event_no",
        "attempt": "d.attempt",
        "received_ts": "d.received_ts",
        "done_ts": "d.done_ts",
        "observers": "d.observers",
        "record_id": "d.record_id",
        "flow_id": "d.flow_id",
        **_described(work, named),
    }
    joins = [_JOINS[name] for name, needed in _needed(work, named).items() if needed]
    work.run(f"""
        INSERT INTO stored_deliveries ({", ".join(columns)})
        SELECT {", ".join(f"{sql} AS {name}" for name, sql in columns.items())}
        FROM records AS r
        JOIN delivery_rows AS d ON d.record_id = r.record_id
        {" ".join(joins)}
        ORDER BY d.delivery_id, d.event_no
    """)


# Observations that name only one of group and service.
_HALF_NAMED = """
SELECT e FROM keys
WHERE e IS NOT NULL AND (grp IS NULL OR svc IS NULL) AND kind IN ('receive', 'process', 'ack', 'nack', 'dead_letter')
"""

_NAMES = f"""
CREATE OR REPLACE TEMP TABLE group_names AS
SELECT DISTINCT {coded("grp", "service")} AS h, grp AS text FROM records WHERE grp IS NOT NULL;
CREATE OR REPLACE TEMP TABLE names_of_groups AS
SELECT n.grp AS grp, MIN(r.service) AS text
FROM reader_names AS n
JOIN (SELECT DISTINCT {coded("service", "service")} AS h, service FROM records WHERE service IS NOT NULL) AS r ON r.h = n.svc
GROUP BY n.grp
HAVING MIN(n.svc) = MAX(n.svc)
"""

_JOINS = {
    "g": "LEFT JOIN records AS g ON g.record_id = d.grp_record AND d.grp_record <> d.record_id",
    "s": "LEFT JOIN records AS s ON s.record_id = d.svc_record AND d.svc_record <> d.record_id",
    "w": "LEFT JOIN records AS w ON w.record_id = d.error_record",
    "gn": "LEFT JOIN group_names AS gn ON gn.h = d.who",
    "sn": "LEFT JOIN names_of_groups AS sn ON sn.grp = d.who",
}


def _needed(work: Work, named: bool) -> dict[str, bool]:
    """Only the joins that can give something: each one costs as much as writing a column."""
    return {
        "g": work.any("SELECT e FROM delivery_rows WHERE grp_record <> record_id"),
        "s": work.any("SELECT e FROM delivery_rows WHERE svc_record <> record_id"),
        "w": work.any("SELECT e FROM delivery_rows WHERE error_record IS NOT NULL"),
        "gn": named,
        "sn": named,
    }


def _described(work: Work, named: bool) -> dict[str, str]:
    joins = _needed(work, named)
    found = {}
    for name in ("consumer", "instance", "worker"):
        if work.has(name):
            found[name] = f"r.{name}"
    for name, other, text in (("grp", "g", "gn"), ("service", "s", "sn")):
        parts = [f"r.{name}"] if work.has(name) else []
        parts += [f"{other}.{name}"] if joins[other] else []
        parts += [f"{text}.text"] if joins[text] else []
        if parts:
            found[name] = f"COALESCE({', '.join(parts)})"
    if work.any("SELECT e FROM delivery_rows WHERE result IS NOT NULL"):
        words = " ".join(f"WHEN {weight} THEN '{name}'" for name, weight in RESULTS.items())
        found["outcome"] = f"CASE d.result {words} END"
    if joins["w"]:
        found["error"] = "CASE WHEN d.result > 1 THEN COALESCE(w.error, w.message) END"
    return found
