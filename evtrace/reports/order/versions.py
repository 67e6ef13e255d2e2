"""Which versions of a key come after newer ones: in the partition, and at the reader?"""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.anomalies import Anomaly
from evtrace.reports.delivery.analysis import Analysis, Need
from evtrace.reports.delivery.words import reader, slot

# A version counts the changes of one thing; without a key it is not told of which.
# Most keys are in order: they are found by comparing neighbours only, with numbers for keys, which sort quickly.
STORED = """
WITH keyed AS (
    SELECT channel AS channel, part AS part, key_text AS key_text, ROW_NUMBER() OVER (ORDER BY channel, part, key_text) AS key_no
    FROM (
        SELECT DISTINCT channel AS channel, part AS part, message_key AS key_text
        FROM evidence
        WHERE kind = 'publish' AND pos IS NOT NULL AND version IS NOT NULL AND message_key IS NOT NULL
    ) AS known
), fallen AS (
    SELECT DISTINCT key_no AS key_no
    FROM (
        SELECT k.key_no AS key_no, e.version AS version,
               LAG(e.version) OVER (PARTITION BY k.key_no ORDER BY e.pos, e.version) AS before_version
        FROM evidence AS e
        JOIN keyed AS k ON k.channel = e.channel AND k.part = e.part AND k.key_text = e.message_key
        WHERE e.kind = 'publish' AND e.pos IS NOT NULL AND e.version IS NOT NULL
    ) AS lagged
    WHERE version < before_version
), disordered AS (
    SELECT k.channel AS channel, k.part AS part, k.key_text AS key_text
    FROM keyed AS k
    JOIN fallen AS f ON f.key_no = k.key_no
)
SELECT record_id AS record_id, channel AS channel, part AS part, pos AS pos, message_key AS message_key,
       version AS version, maximum AS maximum,
       ROW_NUMBER() OVER (PARTITION BY channel, part, pos ORDER BY record_id) AS copy
FROM (
    SELECT e.record_id AS record_id, e.channel AS channel, e.part AS part, e.pos AS pos,
           e.message_key AS message_key, e.version AS version,
           MAX(e.version) OVER (PARTITION BY e.channel, e.part, d.key_text ORDER BY e.pos, e.record_id
                                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS maximum
    FROM evidence AS e
    JOIN disordered AS d ON d.channel = e.channel AND d.part = e.part AND d.key_text = e.message_key
    WHERE e.kind = 'publish' AND e.pos IS NOT NULL AND e.version IS NOT NULL
) AS walked
WHERE version < maximum
"""

# A group can only get an old version late where versions are stored out of order, where a key lies in several
# partitions, where slots are received out of order, or where receives say versions of their own.
SUSPECT = """
WITH split AS (
    SELECT channel AS channel, message_key AS message_key
    FROM evidence
    WHERE kind = 'publish' AND version IS NOT NULL AND message_key IS NOT NULL
    GROUP BY channel, message_key
    HAVING MIN(part) <> MAX(part)
), jump AS (
    SELECT DISTINCT channel AS channel, part AS part, val AS pos FROM receive_falls
), said AS (
    SELECT DISTINCT channel AS channel, message_key AS message_key
    FROM (
        SELECT channel AS channel, message_key AS message_key, version AS version,
               LAG(version) OVER (PARTITION BY grp, channel, message_key, side ORDER BY ts, record_id) AS before_version
        FROM evidence
        WHERE kind = 'receive' AND version IS NOT NULL
    ) AS walked
    WHERE version < before_version
)
SELECT channel AS channel, message_key AS message_key FROM stored_inversions WHERE message_key IS NOT NULL
UNION
SELECT channel AS channel, message_key AS message_key FROM split
UNION
SELECT channel AS channel, message_key AS message_key FROM said WHERE message_key IS NOT NULL
UNION
SELECT p.channel AS channel, p.message_key AS message_key
FROM evidence AS p
JOIN jump AS j ON j.channel = p.channel AND j.part = p.part AND j.pos = p.pos
WHERE p.kind = 'publish' AND p.message_key IS NOT NULL AND p.version IS NOT NULL
"""

#: The slots of the keys that are suspect.
NUMBERED = """
SELECT p.channel AS channel, p.part AS part, p.pos AS pos, MIN(p.message_key) AS any_key, MIN(p.version) AS any_version
FROM evidence AS p
JOIN suspect_keys AS s ON s.channel = p.channel AND s.message_key = p.message_key
WHERE p.kind = 'publish' AND p.pos IS NOT NULL AND p.version IS NOT NULL
GROUP BY p.channel, p.part, p.pos
"""

#: Made one after the other, so that each knows how few rows the one before has left.
STEPS = {"stored_inversions": STORED, "suspect_keys": SUSPECT, "numbered_slots": NUMBERED}

_READ = """
handed AS (
    SELECT r.record_id AS record_id, r.ts AS ts, r.grp AS grp, r.channel AS channel, r.part AS part, r.pos AS pos,
           r.item AS item, r.side AS side, n.any_key AS message_key, n.any_version AS version
    FROM evidence AS r
    JOIN numbered_slots AS n ON n.channel = r.channel AND n.part = r.part AND n.pos = r.pos
    WHERE r.kind = 'receive' AND (r.version IS NULL OR r.message_key IS NULL)
    UNION ALL
    SELECT r.record_id AS record_id, r.ts AS ts, r.grp AS grp, r.channel AS channel, r.part AS part, r.pos AS pos,
           r.item AS item, r.side AS side, r.message_key AS message_key, r.version AS version
    FROM evidence AS r
    JOIN suspect_keys AS s ON s.channel = r.channel AND s.message_key = r.message_key
    WHERE r.kind = 'receive' AND r.version IS NOT NULL
), fresh AS (
    SELECT record_id AS record_id, ts AS ts, grp AS grp, channel AS channel, part AS part, pos AS pos, side AS side,
           item AS item, message_key AS message_key, version AS version,
           ROW_NUMBER() OVER (PARTITION BY grp, channel, part, pos, item, side ORDER BY ts, record_id) AS nth
    FROM handed
), behind AS (
    SELECT record_id AS record_id, grp AS grp, channel AS channel, part AS part, pos AS pos, item AS item,
           message_key AS message_key, version AS version, maximum AS maximum,
           ROW_NUMBER() OVER (PARTITION BY grp, channel, part, pos, item ORDER BY record_id) AS copy
    FROM (
        SELECT record_id AS record_id, grp AS grp, channel AS channel, part AS part, pos AS pos, item AS item,
               message_key AS message_key, version AS version,
               MAX(version) OVER (PARTITION BY grp, channel, message_key, side ORDER BY ts, record_id
                                  ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS maximum
        FROM fresh
        WHERE nth = 1
    ) AS walked
    WHERE version < maximum
)"""

_SQL = f"""
WITH {_READ}, found AS (
    SELECT 'version_inversion' AS rule, record_id AS record_id, message_key AS message_key, version AS version,
           maximum AS newest_version
    FROM stored_inversions
    WHERE copy = 1
    UNION ALL
    SELECT 'stale_delivery' AS rule, record_id AS record_id, message_key AS message_key, version AS version,
           maximum AS newest_version
    FROM behind
    WHERE copy = 1
)
SELECT f.rule AS rule, CASE WHEN f.rule = 'stale_delivery' THEN e.grp ELSE '' END AS grp, e.channel AS channel,
       e.part AS part, e.pos AS pos, f.message_key AS message_key, e.ts AS seen_at, e.record_id AS record_id, f.version AS version, f.newest_version AS newest_version
FROM found AS f
JOIN evidence AS e ON e.record_id = f.record_id
"""


@dataclass(frozen=True, kw_only=True)
class OldVersion(Anomaly):
    """A version of a key after a newer one."""

    version: int
    newest_version: int  # the highest before it

    def told(self) -> str:
        key = f"key {self.message_key}" if self.message_key else "its key"
        if self.rule == "stale_delivery":
            return f"{reader(self)} got {slot(self)} with version {self.version} of {key} after version {self.newest_version}"
        return (
            f"{slot(self)} holds version {self.version} of {key}, stored after version {self.newest_version}"
        )


VERSIONS = Analysis(
    rules=("version_inversion", "stale_delivery"),
    row=OldVersion,
    sql=_SQL,
    needs=(
        Need("kind = 'publish'", "no publishes are logged", ("version_inversion",)),
        Need(
            "kind = 'publish' AND version IS NOT NULL AND pos IS NOT NULL",
            "publishes name no version at a position",
            ("version_inversion",),
        ),
        Need("kind = 'receive'", "no receives are logged", ("stale_delivery",)),
        Need(
            "kind IN ('publish', 'receive') AND version IS NOT NULL",
            "no record names a version",
            ("stale_delivery",),
        ),
    ),
)
