"""What each group takes of a channel: the view `told_of`, which every analysis of lag reads.

A subscription may filter: of a stream with many subjects a group is handed some, and is not behind on the
others. For such a group the messages it takes are counted off, and their numbers stand in for positions, on a
channel of its own name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evtrace.reports.delivery import readers
from evtrace.reports.lag.behind import LagRow
from evtrace.store import Store

#: Between a channel and the group it was counted for.
_MARK = "\x1f"

_COLUMNS = ("record_id", "ts", "kind", "grp", "channel", "part", "pos", "broker")
_NAMED = ", ".join(f"e.{name} AS {name}" for name in _COLUMNS)

#: Where the partitions that matter are joined, where not all do.
_JOINS = "/* joins */"

PLAIN = f"SELECT {_NAMED}\nFROM evidence AS e\n{_JOINS}"

# Messages that are taken, numbered; the receives of them by the same numbers.
NUMBERED = f"""
WITH picky AS (
    SELECT DISTINCT grp AS grp, channel AS channel FROM unread_types
), taken AS (
    SELECT k.grp AS grp, p.channel AS channel, p.part AS part, p.pos AS pos, p.ts AS ts, p.record_id AS record_id, p.broker AS broker,
           DENSE_RANK() OVER (PARTITION BY k.grp, p.channel, p.part ORDER BY p.pos) - 1 AS number
    FROM evidence AS p
    JOIN picky AS k ON k.channel = p.channel
    LEFT JOIN unread_types AS u ON u.grp = k.grp AND u.channel = p.channel AND u.event_type = p.event_type
    WHERE p.kind = 'publish' AND p.pos IS NOT NULL AND u.grp IS NULL
), slot AS (
    SELECT DISTINCT grp AS grp, channel AS channel, part AS part, pos AS pos, number AS number FROM taken
)
SELECT record_id AS record_id, ts AS ts, 'publish' AS kind, '' AS grp, channel || '{_MARK}' || grp AS channel, part AS part,
       number AS pos, broker AS broker
FROM taken
UNION ALL
SELECT r.record_id AS record_id, r.ts AS ts, r.kind AS kind, r.grp AS grp, r.channel || '{_MARK}' || r.grp AS channel, r.part AS part,
       s.number AS pos, r.broker AS broker
FROM evidence AS r
JOIN slot AS s ON s.grp = r.grp AND s.channel = r.channel AND s.part = r.part AND s.pos = r.pos
WHERE r.kind IN ('receive', 'ack')
"""

BOTH = f"""
SELECT {_NAMED}
FROM evidence AS e
{_JOINS}
LEFT JOIN (SELECT DISTINCT grp AS grp, channel AS channel FROM unread_types) AS k ON k.grp = e.grp AND k.channel = e.channel
WHERE k.grp IS NULL
UNION ALL
SELECT {_NAMED} FROM numbered_evidence AS e
"""

_IS_GUESSED = """
SELECT 1 AS one
FROM evidence AS r
LEFT JOIN (SELECT DISTINCT grp AS grp, channel AS channel FROM evidence WHERE kind = 'commit') AS k
  ON k.grp = r.grp AND k.channel = r.channel
WHERE r.kind IN ('receive', 'ack') AND r.pos IS NOT NULL AND r.grp <> '' AND k.grp IS NULL
LIMIT 1
"""

_TRUE = """
SELECT g.grp AS grp, g.channel AS channel, g.part AS part, MAX(g.passed) + 1 AS stand_pos, MAX(p.top_pos) + 1 AS end_pos
FROM reading AS g
JOIN (
    SELECT channel AS channel, part AS part, MAX(pos) AS top_pos FROM evidence WHERE kind = 'publish' GROUP BY channel, part
) AS p ON p.channel = g.channel AND p.part = g.part
GROUP BY g.grp, g.channel, g.part
"""


def prepare(store: Store) -> bool:
    """Make the view `told_of`; True: some groups take only part of a channel."""
    picky = bool(store.rows(_IS_GUESSED)) and _is_any_picky(store)
    view(store, is_picky=picky)
    return picky


def view(store: Store, *, is_picky: bool, places: str = "") -> None:
    """Make the view `told_of` of what is known already; `places` names a table of the partitions that matter."""
    if is_picky:
        store.execute(f"CREATE OR REPLACE TEMP TABLE numbered_evidence AS {NUMBERED}")
    text = BOTH if is_picky else PLAIN
    only = f"JOIN {places} AS o ON o.channel = e.channel AND o.part = e.part\n"
    store.execute(f"CREATE OR REPLACE TEMP VIEW told_of AS {text.replace(_JOINS, only if places else '')}")


def _is_any_picky(store: Store) -> bool:
    readers.know(store, is_cut=False)
    return bool(store.rows("SELECT 1 AS one FROM unread_types LIMIT 1"))


def named(channel: str | None, wanted: str) -> bool:
    """Whether a channel is meant by a name: orders means orders@eu too."""
    plain = (channel or "").partition(_MARK)[0]
    return plain == wanted or plain.startswith((f"{wanted}@", f"{wanted}["))


def with_true_positions(store: Store, rows: Sequence[LagRow]) -> list[LagRow]:
    """Rows of groups that take only part of a channel, with the channel's own name and positions."""
    true = {(grp, channel, part): (stand, end) for grp, channel, part, stand, end in store.rows(_TRUE)}
    return [_true(row, true) for row in rows]


def _true(row: LagRow, true: dict[tuple[str, str, int], tuple[int, int]]) -> LagRow:
    channel, mark, grp = (row.channel or "").partition(_MARK)
    if not mark:
        return row
    stand, end = true.get((grp, channel, -1 if row.part is None else row.part), (None, None))
    return replace(row, channel=channel, position=stand, pos=stand, end=end, is_filtered=True)
