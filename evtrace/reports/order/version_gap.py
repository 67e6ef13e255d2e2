"""Which versions of a key are missing between those that are there?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import counted

#: Versions are taken to be counted by ones where at least half of their steps are; where there are few
#: steps, also where a key begins with 0 or 1.
_FEW = 5

# Keys whose count fits their range need no look at each version; two sums that fit, too, make sure.
_SQL = f"""
WITH spread AS (
    SELECT channel AS channel, message_key AS message_key, COUNT(*) AS n, CAST(MIN(version) AS DOUBLE) AS low,
           CAST(MAX(version) AS DOUBLE) AS high, SUM(CAST(version AS DOUBLE)) AS total
    FROM evidence
    WHERE kind = 'publish' AND version IS NOT NULL AND message_key IS NOT NULL AND hop IS NULL
    GROUP BY channel, message_key
), copied AS (
    SELECT DISTINCT e.channel AS channel, e.message_key AS message_key
    FROM event_details AS d
    JOIN record_flows AS f ON f.event_no = d.event_no
    JOIN evidence AS e ON e.record_id = f.record_id
    WHERE d.copies > 1
), suspect AS (
    SELECT s.channel AS channel, s.message_key AS message_key
    FROM spread AS s
    LEFT JOIN copied AS c ON c.channel = s.channel AND c.message_key = s.message_key
    WHERE c.message_key IS NOT NULL OR s.high - s.low + 1 <> s.n OR 2 * s.total <> s.n * (s.low + s.high)
), known AS (
    SELECT e.channel AS channel, e.message_key AS message_key, e.version AS version, MIN(e.record_id) AS first_id,
           MIN(e.ts) AS first_ts, MIN(e.part) AS any_part, MIN(e.pos) AS any_pos
    FROM evidence AS e
    JOIN suspect AS s ON s.channel = e.channel AND s.message_key = e.message_key
    WHERE e.kind = 'publish' AND e.version IS NOT NULL AND e.hop IS NULL
    GROUP BY e.channel, e.message_key, e.version
), stepped AS (
    SELECT channel AS channel, message_key AS message_key, version AS version, first_id AS record_id, first_ts AS ts,
           any_part AS part, any_pos AS pos,
           LAG(version) OVER (PARTITION BY channel, message_key ORDER BY version) AS before_version,
           LAG(first_id) OVER (PARTITION BY channel, message_key ORDER BY version) AS before_id,
           MIN(version) OVER (PARTITION BY channel, message_key) AS low
    FROM known
), habit AS (
    SELECT s.channel AS channel, SUM(s.n) - COUNT(*) - COALESCE(MAX(w.wide), 0) AS ones, COALESCE(MAX(w.wide), 0) AS gaps
    FROM spread AS s
    LEFT JOIN (
        SELECT channel AS channel, SUM(CASE WHEN version > before_version + 1 THEN 1 ELSE 0 END) AS wide
        FROM stepped
        GROUP BY channel
    ) AS w ON w.channel = s.channel
    GROUP BY s.channel
)
SELECT 'version_gap' AS rule, '' AS grp, s.channel AS channel, s.part AS part, s.pos AS pos,
       s.message_key AS message_key, s.ts AS seen_at, s.record_id AS record_id, s.before_id AS other_id, s.version AS version, s.before_version AS before_version,
       s.version - s.before_version - 1 AS missing
FROM stepped AS s
JOIN habit AS h ON h.channel = s.channel
WHERE s.version > s.before_version + 1
  AND (h.ones >= h.gaps OR (h.ones + h.gaps < {_FEW} AND s.low IN (0, 1)))
"""


@dataclass(frozen=True, kw_only=True)
class VersionGap(Anomaly):
    """A jump in the versions of a key; `pos` is where it is seen."""

    version: int
    before_version: int  # the highest that is there below it
    missing: int

    def told(self) -> str:
        first, last = self.before_version + 1, self.version - 1
        which = f"version {first}" if first == last else f"versions {first} to {last}"
        return f"key {self.message_key} of {self.channel} goes from version {self.before_version} to {self.version}: {which} ({counted(self.missing, 'event')}) not in the logs"


VERSION_GAP = Analysis(
    rules=("version_gap",),
    row=VersionGap,
    sql=_SQL,
    needs=(
        Need("kind = 'publish'", "no publishes are logged"),
        Need(
            "kind = 'publish' AND version IS NOT NULL AND message_key IS NOT NULL",
            "publishes name no version of a key",
        ),
    ),
)
