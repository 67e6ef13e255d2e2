"""Fills record_flows and flows."""

from __future__ import annotations

from evtrace.links import seeds, slices
from evtrace.links.keys import has_key
from evtrace.links.work import Work


def insert_records(work: Work) -> None:
    """Write which flow and event each record belongs to."""
    placed = work.any("SELECT record_id FROM inside")
    inside = "LEFT JOIN inside AS i ON i.record_id = k.record_id" if placed else ""
    event = "COALESCE(k.event_no, i.event_no)" if placed else "k.event_no"
    work.run(f"""
        INSERT INTO record_flows
        SELECT k.record_id, f.flow_id, {event} AS event_no
        FROM keys AS k
        JOIN seed_flows AS f ON f.s = k.s
        {inside}
        ORDER BY k.record_id
    """)


def insert_flows(work: Work) -> None:
    """Write the flows; their verdict is for the diagnosis to fill."""
    _begin(work, "ANTI JOIN found AS f ON f.child_no = v.event_no")
    work.run(_ROOTS)
    if work.any(_ROOTLESS):
        _begin(work, f"SEMI JOIN ({_ROOTLESS}) AS r ON r.flow_id = v.flow_id")
        work.run(_ROOTS_OF_OTHERS)
    _name_roots(work)
    counted = seeds.counts_services(work)
    if not counted:
        _services(work)
    _errors(work)
    many = slices.of(work, "seeds", times=8)
    for part in slices.ascending(slices.bounds_of(work, "seed_flows", "flow_id", many)):
        work.run(_flows(part.format(id="f.flow_id"), counted))


def _flows(which: str, counted: bool) -> str:
    """SQL: write some of the flows. `counted`: the seeds know the services."""
    services = "s.services" if counted else "v.services"
    return f"""
        INSERT INTO flows
        SELECT s.flow_id, e.event_id AS root_event_id, e.event_type AS root_type, s.started_ts, s.last_ts, s.records,
               COALESCE(r.events, 0) AS events, COALESCE({services}, 0) AS services, COALESCE(x.errors, 0) AS errors,
               NULL AS verdict, NULL AS normal
        FROM (
            SELECT f.flow_id AS flow_id, COALESCE(MIN(q.own_ts), MIN(q.started_ts)) AS started_ts, MAX(q.last_ts) AS last_ts,
                   SUM(q.records) AS records{", BIT_COUNT(BIT_OR(q.services)) AS services" if counted else ""}
            FROM seeds AS q
            JOIN seed_flows AS f ON f.s = q.s
            WHERE {which}
            GROUP BY f.flow_id
        ) AS s
        LEFT JOIN roots AS r ON r.flow_id = s.flow_id
        LEFT JOIN root_names AS e ON e.flow_id = s.flow_id
        {"" if counted else "LEFT JOIN flow_services AS v ON v.flow_id = s.flow_id"}
        LEFT JOIN flow_errors AS x ON x.flow_id = s.flow_id
        ORDER BY s.flow_id
    """


_EARLIEST = (
    "arg_min(event_no, {'b': barren, 't': COALESCE(best_ts, 9223372036854775807), 'o': op, 'n': event_no})"
)


def _begin(work: Work, which: str) -> None:
    """firsts(flow_id, root_no): the earliest of some events of each flow, in steps of one hash table each.

    What led to nothing comes after what led to something: clocks that are off put what only seems to have no
    cause before the true beginning.
    """
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE beginnings AS
        SELECT v.event_no AS event_no, v.flow_id AS flow_id, v.best_ts AS best_ts, v.op AS op FROM event_rows AS v {which};
        CREATE OR REPLACE TEMP TABLE fruitful AS
        SELECT DISTINCT f.parent_no AS event_no FROM found AS f SEMI JOIN beginnings AS b ON b.event_no = f.parent_no;
        CREATE OR REPLACE TEMP TABLE firsts AS
        SELECT flow_id, {_EARLIEST} AS root_no
        FROM (SELECT b.*, b.event_no NOT IN (SELECT event_no FROM fruitful) AS barren FROM beginnings AS b) AS e
        GROUP BY flow_id
    """)


# The earliest event that nothing caused; messages before operations of the same time.
_ROOTS = """
CREATE OR REPLACE TEMP TABLE roots AS
SELECT n.flow_id AS flow_id, n.events AS events, r.root_no AS root_no
FROM (SELECT flow_id, COUNT(*) AS events FROM event_rows GROUP BY flow_id) AS n
LEFT JOIN firsts AS r ON r.flow_id = n.flow_id
"""

# Where other flows caused all of them, simply the earliest.
_ROOTLESS = "SELECT flow_id FROM roots WHERE root_no IS NULL"
_ROOTS_OF_OTHERS = "UPDATE roots SET root_no = x.root_no FROM firsts AS x WHERE roots.flow_id = x.flow_id"


def _name_roots(work: Work) -> None:
    """root_names(flow_id, event_id, event_type). Where every event has an id, no other column is read."""
    named = has_key(work, "ev") and not work.any("SELECT e FROM keys WHERE e IS NOT NULL AND ev IS NULL")
    name = "COALESCE(e.event_id, r.event_id)" if named else "n.event_id"
    source = (
        "records AS r ON r.record_id = e.record_id"
        if named
        else "event_names AS n ON n.event_no = e.event_no"
    )
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE root_names AS
        SELECT x.flow_id AS flow_id, {name} AS event_id, COALESCE(e.event_type, e.channel) AS event_type
        FROM roots AS x
        JOIN stored_events AS e ON e.event_no = x.root_no
        JOIN {source}
    """)


def _services(work: Work) -> None:
    """Services that a flow was seen in; a publisher that only its readers name counts too."""
    names = [
        f"SELECT DISTINCT f.flow_id, k.{c} AS svc FROM keys AS k JOIN seed_flows AS f ON f.s = k.s WHERE k.{c} IS NOT NULL"
        for c in ("svc", "prod")
        if has_key(work, c)
    ]
    shown = " UNION ".join(names) or "SELECT NULL AS flow_id, NULL AS svc WHERE FALSE"
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE flow_services AS
        SELECT x.flow_id AS flow_id, COUNT(*) AS services FROM ({shown}) AS x GROUP BY x.flow_id
    """)


def _errors(work: Work) -> None:
    work.run("CREATE OR REPLACE TEMP TABLE flow_errors (flow_id BIGINT, errors BIGINT)")
    parts = [
        sql for sql, wanted in ((_FAILED_RECORDS, has_key(work, "failed")), (_FAILED_WORK, True)) if wanted
    ]
    work.run(f"""
        INSERT INTO flow_errors
        SELECT flow_id, COUNT(*) AS errors FROM ({" UNION ALL ".join(parts)}) AS x GROUP BY flow_id
    """)


_FAILED_RECORDS = """
SELECT f.flow_id AS flow_id FROM keys AS k JOIN seed_flows AS f ON f.s = k.s WHERE k.failed
"""

_FAILED_WORK = """
SELECT d.flow_id AS flow_id FROM delivery_rows AS d WHERE d.result > 1
UNION ALL
SELECT v.flow_id AS flow_id
FROM event_rows AS v JOIN event_details AS e ON e.event_no = v.event_no AND v.op
WHERE e.outcome IS NOT NULL AND e.outcome <> 'ok'
"""
