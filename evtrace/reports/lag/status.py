"""SQL for Burrow's verdict on the window of a partition: OK, WARN, STOP, STALL or REWIND."""

from __future__ import annotations

#: From harmless to worst, as Burrow ranks them.
STATUSES = ("OK", "WARN", "STOP", "STALL", "REWIND")

# A lag is known where an end was: a position beyond the last end that was seen says nothing about what is behind
# it, unless every publish is logged.
STEPS = """
step AS (
    SELECT w.grp AS grp, w.channel AS channel, w.part AS part, w.pos AS pos, w.ts AS ts, w.back AS back,
           CASE WHEN s.log_pos >= w.pos THEN s.log_pos - w.pos WHEN h.observed_end IS NULL AND s.log_pos IS NOT NULL THEN 0 END AS behind,
           LAG(w.pos) OVER (PARTITION BY w.grp, w.channel, w.part ORDER BY w.back DESC) AS before_pos
    FROM win AS w
    JOIN seen AS s ON s.channel = w.channel AND s.part = w.part AND s.grp = w.grp AND s.back = w.back AND s.is_point = 1
    LEFT JOIN whole AS h ON h.channel = w.channel AND h.part = w.part
), sunk AS (
    SELECT grp AS grp, channel AS channel, part AS part, MAX(CASE WHEN behind < before_behind THEN 1 ELSE 0 END) AS has_sunk
    FROM (
        SELECT grp AS grp, channel AS channel, part AS part, behind AS behind,
               LAG(behind) OVER (PARTITION BY grp, channel, part ORDER BY back DESC) AS before_behind
        FROM step
        WHERE behind IS NOT NULL
    ) AS known
    GROUP BY grp, channel, part
), back_step AS (
    SELECT grp AS grp, channel AS channel, part AS part, MAX(back) AS first_back FROM step WHERE pos < before_pos GROUP BY grp, channel, part
), rewound AS (
    SELECT b.grp AS grp, b.channel AS channel, b.part AS part, MAX(CASE WHEN l.pos >= f.before_pos THEN 1 ELSE 0 END) AS is_made_up
    FROM back_step AS b
    JOIN step AS f ON f.grp = b.grp AND f.channel = b.channel AND f.part = b.part AND f.back = b.first_back
    JOIN step AS l ON l.grp = b.grp AND l.channel = b.channel AND l.part = b.part AND l.back <= b.first_back
    GROUP BY b.grp, b.channel, b.part
), shape AS (
    SELECT grp AS grp, channel AS channel, part AS part, MIN(ts) AS first_ts, MAX(ts) AS last_ts, MIN(pos) AS low_pos,
           MAX(pos) AS high_pos, MIN(behind) AS least_behind, COUNT(*) AS points,
           MAX(CASE WHEN back = 1 THEN pos END) AS last_pos, MIN(CASE WHEN ts_rank = 1 THEN pos END) AS first_pos
    FROM (
        SELECT grp AS grp, channel AS channel, part AS part, ts AS ts, pos AS pos, behind AS behind, back AS back,
               ROW_NUMBER() OVER (PARTITION BY grp, channel, part ORDER BY back DESC) AS ts_rank
        FROM step
    ) AS placed
    GROUP BY grp, channel, part
), ring AS (
    SELECT channel AS channel, part AS part, ts AS ts, pos AS pos,
           ROW_NUMBER() OVER (PARTITION BY channel, part ORDER BY ts DESC, record_id DESC) AS back
    FROM told_of
    WHERE kind = 'end_offset' AND pos IS NOT NULL AND ts IS NOT NULL
), calm AS (
    SELECT s.grp AS grp, s.channel AS channel, s.part AS part
    FROM shape AS s
    JOIN ring AS r ON r.channel = s.channel AND r.part = s.part
    WHERE r.back <= 10 AND r.ts > s.last_ts AND r.pos <= s.last_pos
    GROUP BY s.grp, s.channel, s.part
)"""

#: From the CTEs above, `lagging` (what is unread now) and `clock` (what "now" is). First match wins.
CASE = """
CASE WHEN l.lag_messages IS NULL THEN 'UNKNOWN'
     WHEN l.lag_messages <= {allowed_lag} THEN 'OK'
     WHEN s.points IS NULL THEN 'UNKNOWN'
     WHEN l.now_ts - GREATEST(s.last_ts, COALESCE(l.oldest_ts, s.last_ts)) > s.last_ts - s.first_ts AND c.grp IS NULL THEN 'STOP'
     WHEN r.is_made_up = 0 THEN 'REWIND'
     WHEN s.least_behind <= {allowed_lag} THEN 'OK'
     WHEN s.low_pos = s.high_pos THEN 'STALL'
     WHEN COALESCE(k.has_sunk, 0) = 0 THEN 'WARN'
     ELSE 'OK' END"""
