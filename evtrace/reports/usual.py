"""What do flows that begin like this one and went well usually consist of?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.store import Store

#: Flows that are looked at, the newest first, and how few are too few to call anything usual.
COHORT, FEW = 5_000, 3


@dataclass(frozen=True)
class UsualStep:
    """A kind of step that such flows have."""

    event_type: str | None
    service: str | None
    channel: str | None
    flows: int  # of the cohort that have it
    times: int  # how often in all of them
    after_ns: int | None  # median time after the beginning
    parent_type: str | None  # its most frequent cause
    parent_service: str | None


@dataclass(frozen=True)
class Usual:
    """The flows that began alike and went well."""

    root_type: str | None
    flows: int
    steps: tuple[UsualStep, ...]

    @property
    def is_enough(self) -> bool:
        return self.flows >= FEW


_COHORT = f"""
SELECT flow_id, started_ts
FROM flows
WHERE verdict = 'completed' AND root_type = ? AND flow_id <> ?
ORDER BY started_ts DESC, flow_id
LIMIT {COHORT}
"""

_STEPS = """
WITH cohort AS (
    SELECT flow_id AS flow_id, started_ts AS started_ts FROM usual_cohort
), step AS (
    SELECT e.event_no AS event_no, e.flow_id AS flow_id, e.event_type AS event_type, e.service AS service, e.channel AS channel,
           CASE WHEN e.published_ts >= c.started_ts THEN e.published_ts - c.started_ts END AS after_ns
    FROM stored_events AS e
    JOIN cohort AS c ON c.flow_id = e.flow_id
), first_of_flow AS (
    SELECT flow_id AS flow_id, event_type AS event_type, service AS service, channel AS channel, MIN(after_ns) AS after_ns, COUNT(*) AS n
    FROM step
    GROUP BY flow_id, event_type, service, channel
), ranked AS (
    SELECT event_type AS event_type, service AS service, channel AS channel, after_ns AS after_ns, n AS n,
           ROW_NUMBER() OVER (PARTITION BY event_type, service, channel ORDER BY after_ns) AS nth,
           COUNT(*) OVER (PARTITION BY event_type, service, channel) AS flows
    FROM first_of_flow
), kind AS (
    SELECT event_type AS event_type, service AS service, channel AS channel, MAX(flows) AS flow_count, SUM(n) AS times,
           MAX(CASE WHEN nth = (flows + 1) // 2 THEN after_ns END) AS half_ns
    FROM ranked
    GROUP BY event_type, service, channel
), cause AS (
    SELECT c.event_type AS event_type, c.service AS service, c.channel AS channel, p.event_type AS parent_type,
           p.service AS parent_service, COUNT(*) AS n
    FROM stored_edges AS x
    JOIN step AS c ON c.event_no = x.child_no
    JOIN step AS p ON p.event_no = x.parent_no
    GROUP BY c.event_type, c.service, c.channel, p.event_type, p.service
), first_cause AS (
    SELECT event_type AS event_type, service AS service, channel AS channel, parent_type AS parent_type, parent_service AS parent_service,
           ROW_NUMBER() OVER (PARTITION BY event_type, service, channel ORDER BY n DESC, parent_type, parent_service) AS nth
    FROM cause
)
SELECT k.event_type AS event_type, k.service AS service, k.channel AS channel, k.flow_count AS flow_count, k.times AS times,
       k.half_ns AS half_ns, f.parent_type AS parent_type, f.parent_service AS parent_service
FROM kind AS k
LEFT JOIN first_cause AS f
  ON f.event_type IS NOT DISTINCT FROM k.event_type AND f.service IS NOT DISTINCT FROM k.service
 AND f.channel IS NOT DISTINCT FROM k.channel AND f.nth = 1
ORDER BY half_ns NULLS LAST, event_type, service, channel
"""


def run(store: Store, root_type: str | None, *, but: int) -> Usual:
    """Learn what flows of this root type that went well have in common, without the one in question."""
    if root_type is None:
        return Usual(None, 0, ())
    store.execute(f"CREATE OR REPLACE TEMP TABLE usual_cohort AS {_COHORT}", [root_type, but])
    flows = store.value("SELECT COUNT(*) FROM usual_cohort")
    steps = tuple(UsualStep(*row) for row in store.rows(_STEPS)) if flows else ()
    return Usual(root_type, flows, steps)
