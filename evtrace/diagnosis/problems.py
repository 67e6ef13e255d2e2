"""Candidates for a cause: everything in a flow that departs from a flow that went well."""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.store import Store

#: What a candidate can be. These show by themselves:
DEAD_LETTER, HANDLER_ERROR, OPERATION, LOG = "dead_letter", "handler_error", "operation", "log"
DROPPED = "dropped"  # the broker gave up handing it over
REJECTED = "rejected"
#: these are absences,
LOST, STOPPED, WAITING, UNSEEN = "lost", "stopped", "waiting", "unseen"
UNHANDLED, UNENDED = (
    "unhandled",
    "unended",
)  # the broker handed it over, the service does not know; no end is told
#: These are candidates no more: the line is missing, not the delivery; the second effect is another one; a rare way
#: came to the usual ends.
UNLOGGED, ANOTHER, OTHER_WAY = "unlogged", "another", "other_way"
#: and these show only beside the cohort.
MISSING, DUPLICATE, CONTRACT = "missing", "duplicate", "contract"
OUT_OF_ORDER, SLOW_WORK, SLOW_WAIT = "out_of_order", "slow_work", "slow_wait"

FAILING = (DEAD_LETTER, DROPPED, HANDLER_ERROR, OPERATION, LOG, REJECTED, CONTRACT)
STANDING = (LOST, STOPPED, UNHANDLED, UNENDED, MISSING)
#: What says that a reader was not handed an event.
UNREAD = (LOST, STOPPED, WAITING, UNSEEN, UNHANDLED)

#: A type that ends so announces a refusal of the business, not a fault of the machine.
_REFUSALS = ("declined", "rejected", "failed", "refused", "denied")
#: What may follow: 'Event' and a version, with any sign between them (an underscore stands for any sign).
_TAILS = tuple(
    event + version for event in ("", "event", "_event") for version in ("", "v_", "_v_", "v__", "_v__")
)
_REFUSED = " OR ".join(f"LOWER(n.event_type) LIKE '%{word}{tail}'" for word in _REFUSALS for tail in _TAILS)


@dataclass(frozen=True)
class Problem:
    """One candidate: a row of the table flow_problems."""

    flow_id: int
    what: str
    event_no: int | None
    delivery_id: int | None
    record_id: int | None
    other_id: int | None  # a second record that shows it
    at: int | None
    service: str | None
    grp: str | None
    words: str | None
    repaired: bool  # a later attempt went well, so it is context
    share: float | None  # of the cohort, or of a reader's events, that do otherwise
    cases: int | None  # how many that share rests on
    measured_ns: int | None
    usual_ns: int | None
    watermark: int | None  # where that reader's evidence ends


_DELIVERIES = """
repeats AS MATERIALIZED (
    SELECT g.child_no AS event_no, MIN(g.parent_no) AS original_no
    FROM stored_edges AS g
    WHERE g.rule = 'D1' AND {scope_g}
    GROUP BY g.child_no
), originals AS (
    -- a retry of a retry: twice over reaches four republications back
    SELECT a.event_no, COALESCE(c.original_no, b.original_no, a.original_no) AS original_no
    FROM (
        SELECT a.event_no, COALESCE(b.original_no, a.original_no) AS original_no
        FROM repeats AS a LEFT JOIN repeats AS b ON b.event_no = a.original_no
    ) AS a
    LEFT JOIN repeats AS b ON b.event_no = a.original_no
    LEFT JOIN repeats AS c ON c.event_no = b.original_no
), all_tries AS NOT MATERIALIZED (
    SELECT d.flow_id, d.event_no AS tried_no, COALESCE(o.original_no, d.event_no) AS original_no, d.delivery_id,
           d.record_id, d.service, d.grp, d.outcome, d.error, d.done_ts, d.received_ts, d.attempt,
           COALESCE(d.grp, d.service) AS reader
    FROM stored_deliveries AS d
    LEFT JOIN originals AS o ON o.event_no = d.event_no
    WHERE {scope}
), failed_events AS (
    SELECT DISTINCT original_no FROM all_tries WHERE outcome IN ('error', 'rejected', 'dropped', 'dead_letter')
), tries AS (
    -- what a reader is handed again as a republication is a further attempt at what it was handed first
    SELECT t.*,
           FIRST_VALUE(t.tried_no) OVER (
               PARTITION BY t.original_no, t.reader
               ORDER BY CASE WHEN t.tried_no = t.original_no THEN 0 ELSE 1 END, t.tried_no, t.delivery_id
           ) AS event_no,
           ROW_NUMBER() OVER (
               PARTITION BY t.original_no, t.reader
               ORDER BY CASE WHEN t.tried_no = t.original_no THEN 1 ELSE 0 END, COALESCE(t.attempt, 1) DESC,
                        COALESCE(t.done_ts, t.received_ts) DESC, t.delivery_id DESC
           ) AS from_last
    FROM all_tries AS t
    JOIN failed_events AS b ON b.original_no = t.original_no
), ends AS (
    SELECT original_no, reader, outcome FROM tries WHERE from_last = 1
), failed_tries AS (
    SELECT t.flow_id,
           CASE WHEN t.outcome = 'dead_letter' OR (t.outcome = 'dropped' AND t.error IS NULL) THEN t.outcome
                ELSE 'handler_error' END AS what,
           t.event_no, t.delivery_id, t.record_id, COALESCE(t.done_ts, t.received_ts) AS seen_ts, t.service, t.grp,
           t.error AS words, COALESCE(e.outcome, 'open') NOT IN ('error', 'rejected', 'dropped', 'dead_letter') AS repaired
    FROM tries AS t
    JOIN ends AS e ON e.original_no = t.original_no AND COALESCE(e.reader, '') = COALESCE(t.reader, '')
    WHERE t.outcome IN ('error', 'rejected', 'dropped', 'dead_letter')
)"""

_WORK = """
loud AS (
    SELECT f.flow_id, f.event_no, r.record_id, r.ts, r.service, COALESCE(r.error, r.message) AS words
    FROM records AS r
    JOIN record_flows AS f ON f.record_id = r.record_id
    WHERE r.level IN ('error', 'fatal') AND r.kind IN ('log', 'process') AND {loud_scope}
), work AS (
    SELECT e.flow_id, e.event_no, e.service, e.event_type, e.published_ts, e.record_id, x.outcome, x.error,
           l.record_id AS loud_id, l.words AS loud_words,
           CASE WHEN x.outcome = 'error' OR l.record_id IS NOT NULL THEN 1 ELSE 0 END AS bad
    FROM stored_events AS e
    LEFT JOIN event_details AS x ON x.event_no = e.event_no
    LEFT JOIN (
        SELECT event_no, record_id, words,
               ROW_NUMBER() OVER (PARTITION BY event_no ORDER BY ts, record_id) AS nth
        FROM loud
    ) AS l ON l.event_no = e.event_no AND l.nth = 1
    WHERE e.kind = 'operation' AND {scope_e}
), failed_work AS (
    SELECT w.flow_id, 'operation' AS what, w.event_no, CAST(NULL AS BIGINT) AS delivery_id,
           COALESCE(w.loud_id, w.record_id) AS record_id, w.published_ts AS seen_ts, w.service,
           CAST(NULL AS VARCHAR) AS grp, COALESCE(w.loud_words, w.error) AS words,
           EXISTS (
               SELECT 1 FROM work AS later
               WHERE later.flow_id = w.flow_id AND later.service = w.service AND later.event_type = w.event_type
                 AND later.published_ts > w.published_ts AND later.bad = 0
           ) AS repaired
    FROM work AS w
    WHERE w.bad = 1
), failed_logs AS (
    SELECT l.flow_id, 'log' AS what, l.event_no, CAST(NULL AS BIGINT) AS delivery_id, l.record_id, l.ts AS seen_ts,
           l.service, CAST(NULL AS VARCHAR) AS grp, l.words,
           EXISTS (
               SELECT 1 FROM stored_deliveries AS d
               WHERE {scope} AND d.event_no = l.event_no AND d.service = l.service AND d.outcome = 'ok'
           ) AS repaired
    FROM loud AS l
    LEFT JOIN work AS w ON w.event_no = l.event_no
    WHERE w.event_no IS NULL
)"""

_REFUSED_EVENTS = f"""
refused AS (
    SELECT e.flow_id, 'rejected' AS what, e.event_no, CAST(NULL AS BIGINT) AS delivery_id, e.record_id,
           e.published_ts AS seen_ts, e.service, CAST(NULL AS VARCHAR) AS grp, e.event_type AS words, FALSE AS repaired
    FROM stored_events AS e
    JOIN (
        SELECT n.event_type AS event_type
        FROM (SELECT DISTINCT event_type AS event_type FROM stored_events WHERE event_type IS NOT NULL) AS n
        WHERE {_REFUSED}
    ) AS y ON y.event_type = e.event_type
    WHERE e.kind = 'message' AND {{scope_e}}
)"""

_ABSENT = """
missing AS MATERIALIZED (
    SELECT e.flow_id, e.event_no, e.record_id, e.published_ts, e.channel, u.service, u.reader, u.watermark, u.slowest_ns,
           u.published, u.read_count, u.read_until, u.in_hand IS NOT NULL AND u.ends_told >= {tells} AS left_in_hand
    FROM stored_events AS e
    JOIN usual_readers AS u
      ON u.event_type = COALESCE(e.event_type, '') AND u.channel = COALESCE(e.channel, '')
    WHERE e.kind = 'message' AND e.published_ts IS NOT NULL AND {scope_e}
      AND e.published_ts >= COALESCE(u.read_from, e.published_ts) AND (u.read_to IS NULL OR e.published_ts < u.read_to)
      AND NOT EXISTS (
          SELECT 1 FROM stored_deliveries AS d
          WHERE {scope} AND d.event_no = e.event_no AND COALESCE(d.grp, d.service) = u.reader
      )
), excused AS (
    -- the reader's line may be lost while its work is seen: an effect from its service excuses it
    SELECT DISTINCT m.event_no, c.service
    FROM missing AS m
    JOIN stored_edges AS g ON g.parent_no = m.event_no
    JOIN stored_events AS c ON c.event_no = g.child_no AND c.service = m.service
    WHERE {scope_g}
), others AS (
    -- until when most of the evidence goes on
    SELECT MIN(last_ts) AS until_ts
    FROM (SELECT last_ts, ROW_NUMBER() OVER (ORDER BY last_ts) AS place, COUNT(*) OVER () AS n FROM service_ends) AS ranked
    WHERE place * 2 >= n
), absent AS (
    SELECT m.flow_id,
           CASE WHEN s.pos > {pos} THEN 'lost'
                WHEN s.pos <= {pos} AND s.told_ts >= m.published_ts + m.slowest_ns THEN 'stopped'
                WHEN q.backlog > 0 AND q.told_ts >= m.published_ts + m.slowest_ns AND m.read_until < m.published_ts THEN 'stopped'
                WHEN m.watermark >= m.published_ts + m.slowest_ns THEN 'lost'
                WHEN m.read_until < m.published_ts AND v.last_ts >= m.published_ts + m.slowest_ns THEN 'stopped'
                WHEN m.left_in_hand AND o.until_ts >= m.published_ts + m.slowest_ns THEN 'stopped'
                WHEN m.watermark < m.published_ts THEN 'unseen'
                ELSE 'waiting' END AS what,
           m.event_no, CAST(NULL AS BIGINT) AS delivery_id, m.record_id,
           CASE WHEN s.record_id IS NOT NULL THEN s.record_id ELSE q.record_id END AS other_id, m.published_ts AS seen_ts,
           m.service, m.reader AS grp, CAST(NULL AS VARCHAR) AS words, FALSE AS repaired,
           LEAST(m.read_count * 1.0 / m.published, 1) AS share, m.published AS cases, m.watermark
    FROM missing AS m
    LEFT JOIN excused AS x ON x.event_no = m.event_no AND x.service = m.service
    LEFT JOIN records AS w ON w.record_id = m.record_id
    LEFT JOIN event_details AS z ON z.event_no = m.event_no
    LEFT JOIN standings AS s ON s.grp = m.reader AND s.channel = COALESCE(m.channel, '') AND s.part = {part} AND s.pos IS NOT NULL
    LEFT JOIN standings AS q ON q.grp = m.reader AND q.channel IN ('', COALESCE(m.channel, '')) AND q.backlog IS NOT NULL
    LEFT JOIN service_ends AS v ON v.service = m.service
    LEFT JOIN others AS o ON TRUE
    WHERE x.event_no IS NULL
), in_hand AS (
    -- the last that a reader was handed, without an end where it tells of its ends, and nothing is heard of it since
    SELECT d.flow_id, CASE WHEN o.until_ts >= d.received_ts + u.slowest_ns THEN 'stopped' ELSE 'waiting' END AS what,
           d.event_no, d.delivery_id, d.record_id, CAST(NULL AS BIGINT) AS other_id, d.received_ts AS seen_ts, d.service, d.grp,
           CAST(NULL AS VARCHAR) AS words, FALSE AS repaired, u.ends_told AS share, u.published AS cases, u.watermark
    FROM stored_deliveries AS d
    JOIN stored_events AS e ON e.event_no = d.event_no
    JOIN usual_readers AS u
      ON u.event_type = COALESCE(e.event_type, '') AND u.channel = COALESCE(e.channel, '') AND u.reader = COALESCE(d.grp, d.service)
    LEFT JOIN others AS o ON TRUE
    WHERE d.delivery_id = u.in_hand AND d.outcome IS NULL AND u.ends_told >= {tells} AND {scope}
), again AS (
    -- handled more than once by one service, whether it was handed over again or published again
    SELECT COALESCE(o.original_no, d.event_no) AS event_no, COALESCE(d.service, d.grp) AS service
    FROM stored_deliveries AS d
    LEFT JOIN originals AS o ON o.event_no = d.event_no
    WHERE COALESCE(d.service, d.grp) IS NOT NULL AND {scope}
    GROUP BY COALESCE(o.original_no, d.event_no), COALESCE(d.service, d.grp)
    HAVING COUNT(*) > 1
), effects AS (
    -- what that service published of one type: as an effect of this, or without a known cause
    SELECT DISTINCT a.event_no AS parent_no, a.service, c.event_type, c.event_no AS child_no, c.published_ts, c.record_id, c.flow_id,
           MAX(CASE WHEN g.parent_no = a.event_no THEN 1 ELSE 0 END)
               OVER (PARTITION BY a.event_no, a.service, c.event_type) AS is_linked
    FROM again AS a
    JOIN stored_events AS p ON p.event_no = a.event_no
    JOIN stored_events AS c ON c.flow_id = p.flow_id AND c.service = a.service
    LEFT JOIN stored_edges AS g ON g.child_no = c.event_no AND g.rule <> 'D1'
    LEFT JOIN originals AS r ON r.event_no = c.event_no
    WHERE c.kind = 'message' AND c.event_type IS NOT NULL AND r.event_no IS NULL
      AND (g.child_no IS NULL OR (g.parent_no = a.event_no AND g.confidence >= 0.5))
), ordered AS (
    SELECT x.*, LAG(child_no) OVER w AS before_no, LAG(published_ts) OVER w AS before_ts, LAG(record_id) OVER w AS before_id
    FROM effects AS x
    WHERE x.is_linked = 1
    WINDOW w AS (PARTITION BY parent_no, service, event_type ORDER BY published_ts, child_no)
), doubled AS (
    -- the same effect twice, and between the two it was handed over anew
    SELECT DISTINCT x.flow_id, 'duplicate' AS what, x.child_no AS event_no, CAST(NULL AS BIGINT) AS delivery_id, x.record_id,
           x.before_id AS other_id, x.published_ts AS seen_ts, x.service, CAST(NULL AS VARCHAR) AS grp,
           COALESCE(p.event_type, p.channel) AS words, FALSE AS repaired, CAST(NULL AS DOUBLE) AS share,
           CAST(NULL AS BIGINT) AS cases, CAST(NULL AS BIGINT) AS watermark
    FROM ordered AS x
    JOIN stored_events AS p ON p.event_no = x.parent_no
    WHERE x.before_no IS NOT NULL
      AND EXISTS (
          SELECT 1
          FROM stored_deliveries AS d
          LEFT JOIN originals AS o ON o.event_no = d.event_no
          WHERE COALESCE(d.service, d.grp) = x.service AND COALESCE(o.original_no, d.event_no) = x.parent_no
            AND d.received_ts > x.before_ts AND d.received_ts <= x.published_ts
      )
)"""

#: A reader tells of the ends of its deliveries where it does so for this share of them.
TELLS = 0.9

_COLUMNS = ("flow_id, what, event_no, delivery_id, record_id, other_id, seen_ts, service, grp, words, repaired, share, cases, "
            "measured_ns, usual_ns, watermark")  # fmt: skip

_SHOWN = (
    "SELECT flow_id, what, event_no, delivery_id, record_id, CAST(NULL AS BIGINT) AS other_id, seen_ts, service, grp, words, "
    "repaired, CAST(NULL AS DOUBLE) AS share, CAST(NULL AS BIGINT) AS cases, CAST(NULL AS BIGINT) AS watermark FROM {source}"
)
_COUNTED = (
    "SELECT flow_id, what, event_no, delivery_id, record_id, other_id, seen_ts, service, grp, words, repaired, share, cases, "
    "watermark FROM {source}"
)


def visible_sql(scope: str) -> str:
    """The candidates that show without a cohort, in the flows that fit `scope`, a condition with `{flow_id}`."""
    arms = [_SHOWN.format(source=name) for name in ("failed_tries", "failed_work", "failed_logs", "refused")]
    arms += [_COUNTED.format(source=name) for name in ("absent", "in_hand", "doubled")]
    ctes = ",\n".join((_DELIVERIES, _WORK, _REFUSED_EVENTS, _ABSENT))
    columns = _COLUMNS.replace(
        "measured_ns, usual_ns", "CAST(NULL AS BIGINT) AS measured_ns, CAST(NULL AS BIGINT) AS usual_ns"
    ).replace("service,", "COALESCE(service, grp) AS service,")
    whole = f"WITH {ctes}\nSELECT {columns}\nFROM ({' UNION ALL '.join(arms)}) AS problem"
    return whole.format(
        scope=scope.format(flow_id="d.flow_id"),
        scope_e=scope.format(flow_id="e.flow_id"),
        scope_g=scope.format(flow_id="g.flow_id"),
        loud_scope=scope.format(flow_id="f.flow_id"),
        tells=TELLS,
        part="COALESCE(z.part, w.part, 0)",
        pos="COALESCE(z.pos, w.pos)",
    )


_OF_FLOW = f"SELECT {_COLUMNS} FROM flow_problems WHERE flow_id = {{flow_id}}"


def problems_of(store: Store, flow_id: int, *, judged: bool) -> list[Problem]:
    """The candidates of one flow, in time order: as they were found, or found now where nobody did yet."""
    sql = _OF_FLOW.format(flow_id=int(flow_id)) if judged else visible_sql(f"{{flow_id}} = {int(flow_id)}")
    rows = store.rows(
        f"SELECT * FROM ({sql}) AS p ORDER BY seen_ts, event_no, what, delivery_id, record_id, grp"
    )
    return [Problem(*row) for row in rows]
