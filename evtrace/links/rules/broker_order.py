"""E5: only the broker was seen; the newest message with the same key that the producer subscribes to."""

from __future__ import annotations

import json

from evtrace.links.hashes import coded
from evtrace.links.work import DecisionFlipped, Work

_META = "subscriptions"

_WAITING = """
SELECT v.* FROM event_rows AS v
ANTI JOIN found AS f ON f.child_no = v.event_no
WHERE NOT v.op AND v.ts IS NULL AND v.best_ts IS NOT NULL AND v.mkey IS NOT NULL AND v.svc IS NOT NULL AND v.typ IS NOT NULL
  AND v.hop IS DISTINCT FROM TRUE
"""


def run(work: Work) -> None:
    """Add the edges of E5 to the table found, where nothing better exists."""
    if not work.any(_WAITING) and work.store.meta(_META) is None:
        return
    _subscriptions(work)
    work.run(f"""
        INSERT INTO found
        WITH steps AS (
            SELECT w.event_no AS child_no, s.typ AS ptyp, w.flow_id AS flow_id, w.mkey AS mkey, w.best_ts AS best_ts,
                   w.event_no AS event_no
            FROM ({_WAITING}) AS w
            JOIN subscriptions AS s ON s.svc = w.svc
            UNION ALL
            SELECT NULL AS child_no, p.typ AS ptyp, p.flow_id AS flow_id, p.mkey AS mkey, p.best_ts AS best_ts,
                   p.event_no AS event_no
            FROM event_rows AS p
            WHERE NOT p.op AND p.mkey IS NOT NULL AND p.best_ts IS NOT NULL
        ), numbered AS (
            SELECT s.*, ROW_NUMBER() OVER (PARTITION BY flow_id, mkey, ptyp
                                           ORDER BY best_ts, event_no, CASE WHEN child_no IS NULL THEN 1 ELSE 0 END) AS n
            FROM steps AS s
        ), placed AS (
            SELECT s.*, MAX(CASE WHEN child_no IS NULL THEN n END) OVER (PARTITION BY flow_id, mkey, ptyp ORDER BY n
                                                                        ROWS UNBOUNDED PRECEDING) AS last
            FROM numbered AS s
        ), choices AS (
            SELECT c.child_no AS child_no, p.event_no AS parent_no,
                   ROW_NUMBER() OVER (PARTITION BY c.child_no ORDER BY p.best_ts DESC, p.event_no DESC) AS place
            FROM placed AS c
            JOIN numbered AS p ON p.flow_id = c.flow_id AND p.mkey = c.mkey AND p.ptyp = c.ptyp AND p.n = c.last
            WHERE c.child_no IS NOT NULL AND p.child_no IS NULL AND p.event_no <> c.child_no AND p.best_ts < c.best_ts
        )
        SELECT parent_no, child_no, NULL AS via, 'E5' AS rule, 0.7 AS confidence, 0 AS rivals FROM choices WHERE place = 1
    """)


def _subscriptions(work: Work) -> None:
    """Which service was seen to consume which type, in the whole store."""
    stored = f"""
        UNION
        SELECT DISTINCT {coded("d.service", "service")} AS svc, {coded("v.event_type", "type")} AS typ
        FROM stored_deliveries AS d JOIN stored_events AS v ON v.event_no = d.event_no
        WHERE d.service IS NOT NULL AND v.event_type IS NOT NULL
    """
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE subscriptions AS
        SELECT DISTINCT d.svc AS svc, v.typ AS typ
        FROM delivery_rows AS d JOIN event_rows AS v ON v.event_no = d.event_no
        WHERE d.svc IS NOT NULL AND v.typ IS NOT NULL
        {"" if work.fresh else stored}
    """)
    text = json.dumps(work.store.rows("SELECT svc, typ FROM subscriptions ORDER BY svc, typ"))
    old = work.store.meta(_META)
    if not work.fresh and old is not None and old != text:
        raise DecisionFlipped("which service consumes which type")
    work.store.set_meta(_META, text)
