"""Which disorder do the clocks explain? What is known of them as tables, and the SQL that asks these."""

from __future__ import annotations

from collections.abc import Iterator

from evtrace.reports.order.bounds import WINDOW_NS
from evtrace.reports.order.clocks import Clocks
from evtrace.store import Store

_TABLES = """
CREATE OR REPLACE TEMP TABLE clock_windows (host VARCHAR, other VARCHAR, window_ts BIGINT, behind_ns BIGINT);
CREATE OR REPLACE TEMP TABLE clock_whole (host VARCHAR, other VARCHAR, behind_ns BIGINT);
CREATE OR REPLACE TEMP TABLE clock_steps (host VARCHAR, before_ts BIGINT, after_ts BIGINT)
"""


def keep(store: Store, clocks: Clocks) -> None:
    """Put what is known of the clocks where SQL can ask it: how far each host may be behind each other."""
    store.execute(_TABLES)
    store.append("clock_windows", list(_windows(clocks)))
    store.append("clock_whole", [(a, b, clocks.behind(a, b)) for a, b in _both_ways(clocks)])
    store.append("clock_steps", [(step.host, step.before_ts, step.after_ts) for step in clocks.steps])


def _windows(clocks: Clocks) -> Iterator[tuple[str, str, int, int]]:
    for (a, b), windows in clocks.windows.items():
        for at in windows:
            yield a, b, at, clocks.behind(a, b, at)
            yield b, a, at, clocks.behind(b, a, at)


def _both_ways(clocks: Clocks) -> list[tuple[str, str]]:
    pairs = {*clocks.whole, *clocks.upper}
    return sorted({*pairs, *((b, a) for a, b in pairs)})


# From a CTE `gap (record_id, host, other, from_ts, to_ts)`: by how much `host` may have been behind `other` at either
# time, for it is not known by whose clock, or was set back between two times of its own.
EXCUSE = f"""
excuse AS (
    SELECT g.record_id AS record_id,
           MAX(GREATEST(COALESCE(w.behind_ns, v.behind_ns, h.behind_ns, 0), COALESCE(v.behind_ns, 0),
                        CASE WHEN g.host = g.other THEN COALESCE(s.before_ts - s.after_ts, 0) ELSE 0 END)) AS allowed_ns
    FROM gap AS g
    LEFT JOIN clock_windows AS w
      ON w.host = g.host AND w.other = g.other AND w.window_ts = g.from_ts - g.from_ts % {WINDOW_NS}
    LEFT JOIN clock_windows AS v
      ON v.host = g.host AND v.other = g.other AND v.window_ts = g.to_ts - g.to_ts % {WINDOW_NS}
    LEFT JOIN clock_whole AS h ON h.host = g.host AND h.other = g.other
    LEFT JOIN clock_steps AS s ON s.host = g.host AND g.from_ts <= s.before_ts AND g.to_ts >= s.after_ts
    GROUP BY g.record_id
)"""
