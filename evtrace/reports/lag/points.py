"""SQL for where each group stood: the last positions it told, and how far the log was then."""

from __future__ import annotations

#: Burrow's window: so many positions, thinned to one a second so that a fast committer cannot shrink it.
WINDOW, THIN_NS = 10, 1_000_000_000

# Sources of truth in order: commits, acknowledgements, receives. A commit is taken as it is, also backwards; of
# what was acknowledged or received the highest position counts.
SOURCE = """
source AS (
    SELECT grp AS grp, channel AS channel, part AS part,
           MIN(CASE kind WHEN 'commit' THEN 0 WHEN 'ack' THEN 1 ELSE 2 END) AS source_no, MAX(ts) AS last_ts
    FROM told_of
    WHERE kind IN ('commit', 'ack', 'receive') AND pos IS NOT NULL AND grp <> '' AND channel <> ''
    GROUP BY grp, channel, part
)"""

POINTS = f"""
committed AS (
    SELECT grp AS grp, channel AS channel, part AS part, pos AS pos, record_id AS record_id, ts AS at_ts,
           MIN(ts) OVER (PARTITION BY grp, channel, part, ts - ts % {THIN_NS}) AS first_ts,
           ROW_NUMBER() OVER (PARTITION BY grp, channel, part, ts - ts % {THIN_NS} ORDER BY ts DESC, record_id DESC) AS from_last
    FROM told_of
    WHERE kind = 'commit' AND pos IS NOT NULL AND ts IS NOT NULL AND grp <> '' AND channel <> ''
), reached AS (
    SELECT e.grp AS grp, e.channel AS channel, e.part AS part, MAX(e.pos) + 1 AS next_pos, MAX(e.record_id) AS last_id,
           MAX(e.ts) AS at_ts, MIN(e.ts) AS first_ts
    FROM told_of AS e
    JOIN source AS s
      ON s.grp = e.grp AND s.channel = e.channel AND s.part = e.part
         AND e.kind = CASE s.source_no WHEN 1 THEN 'ack' WHEN 2 THEN 'receive' ELSE '' END
    WHERE e.kind IN ('ack', 'receive') AND e.pos IS NOT NULL AND e.ts IS NOT NULL
    GROUP BY e.grp, e.channel, e.part, e.ts - e.ts % {THIN_NS}
), point AS (
    SELECT grp AS grp, channel AS channel, part AS part, pos AS pos, record_id AS record_id, at_ts AS at_ts, first_ts AS ts
    FROM committed
    WHERE from_last = 1
    UNION ALL
    SELECT grp AS grp, channel AS channel, part AS part,
           MAX(next_pos) OVER (PARTITION BY grp, channel, part ORDER BY first_ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS pos,
           last_id AS record_id, at_ts AS at_ts, first_ts AS ts
    FROM reached
), win AS (
    SELECT grp AS grp, channel AS channel, part AS part, pos AS pos, record_id AS record_id, at_ts AS at_ts, ts AS ts, back AS back
    FROM (
        SELECT grp AS grp, channel AS channel, part AS part, pos AS pos, record_id AS record_id, at_ts AS at_ts, ts AS ts,
               ROW_NUMBER() OVER (PARTITION BY grp, channel, part ORDER BY ts DESC, record_id DESC) AS back
        FROM point
    ) AS ranked
    WHERE back <= {WINDOW}
)"""

# The end of the log is known from publishes and from observed ends. Before the first point of a window only the
# highest end matters.
ENDS = """
opening AS (
    SELECT channel AS channel, part AS part, MIN(at_ts) AS open_ts FROM win GROUP BY channel, part
), walk AS (
    SELECT b.channel AS channel, b.part AS part, b.open_ts AS ts, MAX(CASE WHEN e.kind = 'publish' THEN e.pos + 1 ELSE e.pos END) AS end_pos,
           '' AS grp, 0 AS back, 0 AS is_point
    FROM told_of AS e
    JOIN opening AS b ON b.channel = e.channel AND b.part = e.part
    WHERE e.kind IN ('publish', 'end_offset') AND e.pos IS NOT NULL AND e.ts <= b.open_ts
    GROUP BY b.channel, b.part, b.open_ts
    UNION ALL
    SELECT b.channel AS channel, b.part AS part, e.ts AS ts, CASE WHEN e.kind = 'publish' THEN e.pos + 1 ELSE e.pos END AS end_pos,
           '' AS grp, 0 AS back, 0 AS is_point
    FROM told_of AS e
    JOIN opening AS b ON b.channel = e.channel AND b.part = e.part
    WHERE e.kind IN ('publish', 'end_offset') AND e.pos IS NOT NULL AND e.ts > b.open_ts
    UNION ALL
    SELECT channel AS channel, part AS part, at_ts AS ts, CAST(NULL AS BIGINT) AS end_pos, grp AS grp, back AS back, 1 AS is_point
    FROM win
), seen AS (
    SELECT channel AS channel, part AS part, grp AS grp, back AS back, is_point AS is_point,
           MAX(end_pos) OVER (PARTITION BY channel, part ORDER BY ts, is_point
                              ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS log_pos
    FROM walk
), whole AS (
    SELECT channel AS channel, part AS part, SUM(CASE WHEN kind = 'publish' THEN 1 ELSE 0 END) AS published,
           MIN(CASE WHEN kind = 'publish' THEN pos END) AS first_published,
           MAX(CASE WHEN kind = 'publish' THEN pos + 1 END) AS published_end,
           MAX(CASE WHEN kind = 'end_offset' THEN pos END) AS observed_end,
           MAX(CASE WHEN kind = 'commit' THEN pos WHEN kind IN ('receive', 'ack') THEN pos + 1 END) AS read_end
    FROM told_of
    WHERE kind IN ('publish', 'end_offset', 'commit', 'receive', 'ack') AND pos IS NOT NULL AND channel <> ''
    GROUP BY channel, part
)"""
