"""How did the lag of each group go over time?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from evtrace.errors import UsageError
from evtrace.reports.delivery.asked import Asked
from evtrace.reports.lag.behind import LagPoint, LagRow
from evtrace.reports.lag.points import SOURCE
from evtrace.store import Store

#: More points than this help nobody.
_MOST = 5_000

# Per bucket the last position of each group and the highest end of the log, carried on where nothing is told.
SQL = f"""
WITH {SOURCE}, stand AS (
    SELECT e.grp AS grp, e.channel AS channel, e.part AS part, e.ts - e.ts % {{over_ns}} AS bucket_ts,
           CASE WHEN e.kind = 'commit' THEN e.pos ELSE e.pos + 1 END AS pos,
           ROW_NUMBER() OVER (PARTITION BY e.grp, e.channel, e.part, e.ts - e.ts % {{over_ns}}
                              ORDER BY CASE WHEN e.kind = 'commit' THEN e.ts ELSE e.pos END DESC, e.record_id DESC) AS from_last
    FROM told_of AS e
    JOIN source AS s
      ON s.grp = e.grp AND s.channel = e.channel AND s.part = e.part
         AND e.kind = CASE s.source_no WHEN 0 THEN 'commit' WHEN 1 THEN 'ack' ELSE 'receive' END
    WHERE e.kind IN ('commit', 'ack', 'receive') AND e.pos IS NOT NULL AND e.ts IS NOT NULL
), log_end AS (
    SELECT channel AS channel, part AS part, ts - ts % {{over_ns}} AS bucket_ts,
           MAX(CASE WHEN kind = 'publish' THEN pos + 1 ELSE pos END) AS end_pos
    FROM told_of
    WHERE kind IN ('publish', 'end_offset') AND pos IS NOT NULL AND ts IS NOT NULL
    GROUP BY channel, part, ts - ts % {{over_ns}}
), told AS (
    SELECT grp AS grp, channel AS channel, part AS part, bucket_ts AS bucket_ts, pos AS pos, CAST(NULL AS BIGINT) AS end_pos
    FROM stand
    WHERE from_last = 1
    UNION ALL
    SELECT s.grp AS grp, l.channel AS channel, l.part AS part, l.bucket_ts AS bucket_ts, CAST(NULL AS BIGINT) AS pos, l.end_pos AS end_pos
    FROM log_end AS l
    JOIN source AS s ON s.channel = l.channel AND s.part = l.part
), merged AS (
    SELECT grp AS grp, channel AS channel, part AS part, bucket_ts AS bucket_ts, MAX(pos) AS stand_pos, MAX(end_pos) AS log_pos
    FROM told
    GROUP BY grp, channel, part, bucket_ts
), carried AS (
    SELECT grp AS grp, channel AS channel, part AS part, bucket_ts AS bucket_ts, stand_pos AS told_pos,
           MAX(log_pos) OVER (PARTITION BY grp, channel, part ORDER BY bucket_ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS end_pos,
           COUNT(stand_pos) OVER (PARTITION BY grp, channel, part ORDER BY bucket_ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS fill_no
    FROM merged
)
SELECT grp AS grp, channel AS channel, part AS part, bucket_ts AS bucket_ts,
       MAX(told_pos) OVER (PARTITION BY grp, channel, part, fill_no) AS pos, end_pos AS end_pos
FROM carried
ORDER BY grp, channel, part, bucket_ts
"""


Place = tuple[str, str, int]


def with_series(store: Store, rows: Iterable[LagRow], asked: Asked, *, over_ns: int) -> list[LagRow]:
    """The rows with their lag over time."""
    series = _series(store, asked, over_ns)
    return [
        replace(
            row,
            series=series.get((row.grp or "", row.channel or "", -1 if row.part is None else row.part), ()),
        )
        for row in rows
    ]


def _series(store: Store, asked: Asked, over_ns: int) -> dict[Place, tuple[LagPoint, ...]]:
    begin, end = store.row("SELECT MIN(ts) AS first_ts, MAX(ts) AS last_ts FROM told_of")
    if begin is None:
        return {}
    first = max(begin, asked.window.since or begin)
    last = min(end if asked.at is None else asked.at, asked.window.until or end)
    if (last - first) // over_ns > _MOST:
        least = (last - first) // _MOST // 1_000_000_000 + 1
        raise UsageError(f"--over: more than {_MOST:,} points; take at least {least}s")
    buckets = range(first - first % over_ns, last + 1, over_ns)
    told: dict[Place, dict[int, tuple[int | None, int | None]]] = defaultdict(dict)
    for grp, channel, part, bucket, pos, log_end in store.rows(SQL.format(over_ns=over_ns)):
        told[grp, channel, part][bucket] = (pos, log_end)
    return {place: tuple(_points(known, buckets, over_ns)) for place, known in told.items()}


def _points(
    known: dict[int, tuple[int | None, int | None]], buckets: range, over_ns: int
) -> Iterator[LagPoint]:
    """One point per bucket; what is not told goes on as it was."""
    earlier = [bucket for bucket in known if bucket < buckets.start]
    pos, end = known[max(earlier)] if earlier else (None, None)
    for bucket in buckets:
        pos, end = known.get(bucket, (pos, end))
        lag = None if pos is None or end is None else max(0, end - pos)
        yield LagPoint(bucket + over_ns, lag, pos, end)
