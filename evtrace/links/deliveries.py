"""Fills the table deliveries: event × reader × attempt, however many observers told of it."""

from __future__ import annotations

from evtrace.links import narrow
from evtrace.links.hashes import coded
from evtrace.links.keys import RESULTS, has_key
from evtrace.links.names import text_of
from evtrace.links.work import Work

#: Every column of the view delivery_rows.
COLUMNS = {
    "delivery_id": "BIGINT",
    "event_no": "BIGINT",
    "e": "BIGINT",
    "who": "INTEGER",  # the reader: group, else service
    "record_id": "BIGINT",  # the record that shows it best
    "grp": "INTEGER",
    "svc": "INTEGER",
    "any_svc": "INTEGER",  # where its best record names no service
    "inst": "BIGINT",
    "wrk": "BIGINT",
    "attempt": "INTEGER",
    "received_ts": "BIGINT",
    "done_ts": "BIGINT",
    "begun_ts": "BIGINT",  # the start on the clock of the service that handled it
    "heard_ts": "BIGINT",  # when that service told of it last, where it did so more than once
    "result": "INTEGER",
    "error_record": "BIGINT",
    "observers": "BIGINT",
    "flow_id": "BIGINT",
}

_FOLLOWS = {
    "record_id": "delivery_id",
    "attempt": "1",
    "observers": "1",
    "begun_ts": "CASE WHEN svc IS NOT NULL THEN received_ts END",
    "any_svc": "svc",
}


def build(work: Work) -> None:
    """delivery_rows: what the rules need to know of each delivery, as numbers."""
    busy = work.any("SELECT e FROM busy")
    narrow.create(work, "delivery_rows", COLUMNS, _columns(work, busy), _LONE if busy else _ALL)
    show(work)
    if busy:
        work.run(
            _MERGED,
            places=" ".join(f"k.{c} AS {c}," for c in ("inst", "wrk") if has_key(work, c)),
            grp="m.grp AS grp," if has_key(work, "grp") else "",
            heard="NULLIF(m.heard_ts, m.begun_ts) AS heard_ts," if has_key(work, "wrk") else "",
        )
    if has_key(work, "sp"):
        work.run(_TOLD_BY)


def show(work: Work) -> None:
    """Make the view delivery_rows; again where a column has come."""
    narrow.show(work, "delivery_rows", COLUMNS, _FOLLOWS)


_ALL = "FROM obs AS k JOIN seed_flows AS f ON f.s = k.es"
_LONE = f"{_ALL} ANTI JOIN crowded AS c ON c.e = k.e AND c.who = COALESCE(k.reader, 0)"


def _columns(work: Work, busy: bool) -> dict[str, str]:
    """Where each delivery is told of once, most columns follow from the others."""
    starts = "k.kind IN ('receive', 'process')"
    usual = {
        "delivery_id": "k.record_id",
        "event_no": "k.event_no",
        "svc": "k.svc",
        "received_ts": f"CASE WHEN {starts} THEN k.ts END",
        "flow_id": "f.flow_id",
    }
    logs, named = has_key(work, "failed"), work.any(_HALF_NAMED)
    partly = {
        "e": ("k.e", busy or has_key(work, "sp")),
        "who": ("k.reader", busy or named or has_key(work, "sp") or work.any(_COMMITS)),
        "record_id": ("k.record_id", busy),
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
        "heard_ts": ("CAST(NULL AS BIGINT)", busy and has_key(work, "wrk")),
        "grp": ("k.grp", has_key(work, "grp")),
        "any_svc": ("k.svc", busy),
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
           MAX(CASE WHEN starts THEN end_ts ELSE ts END) AS last_ts, MAX(CASE WHEN side = 'service' THEN ts END) AS heard_ts,
           MAX(result) AS result, MIN(CASE WHEN wrong THEN record_id END) AS error_record,
           COUNT(DISTINCT src) AS observers, MIN(grp) AS grp,
           arg_min(svc, CASE WHEN svc IS NOT NULL THEN record_id END) AS any_svc
    FROM shown
    GROUP BY e, who, no
)
SELECT m.delivery_id AS delivery_id, v.event_no AS event_no, m.e AS e, m.reader AS who, m.best AS record_id,
       {grp} k.svc AS svc, COALESCE(k.svc, m.any_svc) AS any_svc, {places} CAST(m.no AS INTEGER) AS attempt, COALESCE(m.begun_ts, m.first_ts) AS received_ts,
       COALESCE(m.done_ts, m.last_ts) AS done_ts, m.begun_ts AS begun_ts,
       {heard} m.result AS result,
       m.error_record AS error_record, m.observers AS observers, v.flow_id AS flow_id
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
    """An error logged inside a delivery is its outcome where nothing else tells the end, or that it went on."""
    if not has_key(work, "failed"):
        return
    went_on = _WENT_ON if work.any("SELECT e FROM busy") else ""
    work.run(f"""
        UPDATE delivery_rows_stored SET result = 2, error_record = x.record_id,
               done_ts = COALESCE(delivery_rows_stored.done_ts, x.ts)
        FROM (
            SELECT i.delivery_id AS delivery_id, i.event_no AS event_no, MIN(k.record_id) AS record_id, MAX(k.ts) AS ts
            FROM inside AS i
            JOIN keys AS k ON k.record_id = i.record_id
            WHERE k.failed AND i.delivery_id IS NOT NULL {went_on}
            GROUP BY i.delivery_id, i.event_no
        ) AS x
        WHERE delivery_rows_stored.delivery_id = x.delivery_id AND delivery_rows_stored.event_no = x.event_no
          AND (delivery_rows_stored.result IS NULL OR (delivery_rows_stored.result > 1 AND delivery_rows_stored.error_record IS NULL))
    """)


# The service told of the handling once more, and of no error: that one was by the way.
_WENT_ON = """
    AND NOT EXISTS (
        SELECT 1
        FROM delivery_rows AS d
        JOIN busy AS b ON b.e = d.e AND b.who = COALESCE(d.who, 0)
        JOIN numbered AS n ON n.record_id = b.record_id AND n.e = b.e AND n.no = d.attempt
        WHERE d.delivery_id = i.delivery_id AND d.event_no = i.event_no AND b.side = 'service' AND b.kind IN ('process', 'ack')
          AND COALESCE(b.result, 1) = 1 AND b.ts >= k.ts AND b.record_id <> k.record_id
    )"""


def insert(work: Work) -> None:
    """Write the deliveries; names come from their codes, so that no record is read again."""
    named = work.any(_HALF_NAMED)
    if named:
        work.run(_NAMES)
    columns = {
        "delivery_id": "d.delivery_id",
        "event_no": "d.event_no",
        "attempt": "d.attempt",
        "received_ts": "d.received_ts",
        "done_ts": "d.done_ts",
        "record_id": "d.record_id",
        "flow_id": "d.flow_id",
    }
    joins = []
    for name, code, other in (("grp", "grp", "group_names"), ("service", "any_svc", "names_of_groups")):
        text, join = text_of(work, "service_names", f"d.{code}")
        texts = [text]
        joins.append(join)
        if named:
            texts.append(f"{name}_known.text")
            joins.append(f"LEFT JOIN {other} AS {name}_known ON {name}_known.code = d.who")
        columns[name] = f"COALESCE({', '.join(texts)})"
    for name, sql, wanted in (
        ("outcome", f"CASE d.result {_WORDS} END", "result IS NOT NULL"),
        ("error", "CASE WHEN d.result > 1 THEN COALESCE(w.error, w.message) END", "error_record IS NOT NULL"),
        ("observers", "d.observers", "observers > 1"),
    ):
        if work.any(f"SELECT e FROM delivery_rows WHERE {wanted}"):
            columns[name] = sql
    if "error" in columns:
        joins.append("LEFT JOIN records AS w ON w.record_id = d.error_record")
    work.run(f"""
        INSERT INTO stored_deliveries ({", ".join(columns)})
        SELECT {", ".join(f"{sql} AS {name}" for name, sql in columns.items())}
        FROM (SELECT * FROM delivery_rows ORDER BY delivery_id, event_no) AS d
        {" ".join(joins)}
    """)


_WORDS = " ".join(f"WHEN {weight} THEN '{name}'" for name, weight in RESULTS.items())

_COMMITS = "SELECT kind FROM record_rows WHERE kind = 'commit'"

# Observations that name only one of group and service.
_HALF_NAMED = """
SELECT e FROM keys
WHERE e IS NOT NULL AND (grp IS NULL OR svc IS NULL) AND kind <> 'publish'
"""

_NAMES = f"""
CREATE OR REPLACE TEMP TABLE group_names AS
SELECT DISTINCT {coded("grp", "service")} AS code, grp AS text FROM records WHERE grp IS NOT NULL;
CREATE OR REPLACE TEMP TABLE known_services AS
SELECT DISTINCT {coded("service", "service")} AS code, service AS text FROM records WHERE service IS NOT NULL;
CREATE OR REPLACE TEMP TABLE names_of_groups AS
SELECT n.grp AS code, MIN(r.text) AS text
FROM reader_names AS n
JOIN known_services AS r ON r.code = n.svc
GROUP BY n.grp
HAVING MIN(n.svc) = MAX(n.svc);
-- a group that is named like a service is that service's
INSERT INTO names_of_groups
SELECT r.code, r.text
FROM known_services AS r
SEMI JOIN group_names AS g ON g.code = r.code
ANTI JOIN names_of_groups AS n ON n.code = r.code
"""
