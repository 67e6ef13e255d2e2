"""The flows that a cohort is taken from: a sample of those without a visible fault, and how such flows end."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from operator import itemgetter

from evtrace.diagnosis import declared
from evtrace.diagnosis.problems import (
    CONTRACT,
    DEAD_LETTER,
    DROPPED,
    DUPLICATE,
    HANDLER_ERROR,
    OPERATION,
    OUT_OF_ORDER,
    REJECTED,
)
from evtrace.diagnosis.spread import LEAST_FLOWS
from evtrace.store import Store

#: So many flows of a root type are looked at, chosen by their number.
SAMPLED = 20_000

#: A type ends flows where it leads to nothing this often, and comes last in this share of them.
_ENDS_NOTHING, _ENDS_FLOWS = 0.9, 0.1

#: What most flows hold, and what few of them hold.
_MOST, _FEW = 0.75, 0.05

#: Of the causes of a type, one that fewer of its events have is none to count steps by.
_LEAST_WAY = 0.05

#: Edges that are as good as guessed teach nothing.
_LEAST_CONFIDENCE = 0.5

#: What excludes a flow from its cohort. What only seems to be missing does not: logs lose lines, and a flow that
#: lacks something that matters does not come to its end.
_TELLING = (DEAD_LETTER, HANDLER_ERROR, OPERATION, DROPPED, REJECTED, DUPLICATE, CONTRACT, OUT_OF_ORDER)

# A republication of a message (rule D1) stands for the message it repeats.
ORIGINALS = """
CREATE OR REPLACE TEMP TABLE originals AS
WITH once AS (
    SELECT g.child_no AS event_no, MIN(g.parent_no) AS original_no FROM stored_edges AS g WHERE g.rule = 'D1' GROUP BY g.child_no
), twice AS (
    SELECT a.event_no AS event_no, COALESCE(b.original_no, a.original_no) AS original_no
    FROM once AS a LEFT JOIN once AS b ON b.event_no = a.original_no
)
SELECT a.event_no AS event_no, COALESCE(b.original_no, a.original_no) AS original_no
FROM twice AS a LEFT JOIN twice AS b ON b.event_no = a.original_no
"""

_CALM = f"""
CREATE OR REPLACE TEMP TABLE calm AS
SELECT f.flow_id AS flow_id, f.root_type AS root_type, f.last_ts - f.started_ts AS took_ns
FROM flows AS f
LEFT JOIN (
    SELECT flow_id AS flow_id, COUNT(*) AS faults
    FROM flow_problems WHERE NOT repaired AND what IN {_TELLING!r} GROUP BY flow_id
) AS p ON p.flow_id = f.flow_id
WHERE p.flow_id IS NULL AND f.root_type IS NOT NULL
"""

# every so-manieth flow, by the upper bits of a product: record numbers come in steps
_MIXED = "(c.flow_id % 2147483648 * 2654435761 % 4294967296)"
_SAMPLE = f"""
CREATE OR REPLACE TEMP TABLE sampled AS
SELECT c.flow_id AS flow_id, c.root_type AS root_type, c.took_ns AS took_ns
FROM calm AS c
JOIN (
    SELECT root_type AS root_type, 1 + COUNT(*) / {SAMPLED} AS every FROM calm GROUP BY root_type
) AS n ON n.root_type = c.root_type
WHERE ({_MIXED} - {_MIXED} % 65536) / 65536 % CAST(n.every AS BIGINT) = 0
"""

_EVENTS = """
CREATE OR REPLACE TEMP TABLE sampled_events AS
SELECT s.flow_id AS flow_id, s.root_type AS root_type, e.event_no AS event_no, COALESCE(e.event_type, e.channel) AS event_type,
       e.service AS service, e.published_ts AS published_ts
FROM sampled AS s
JOIN stored_events AS e ON e.flow_id = s.flow_id
LEFT JOIN originals AS o ON o.event_no = e.event_no
WHERE e.kind = 'message' AND o.event_no IS NULL AND COALESCE(e.event_type, e.channel) IS NOT NULL
"""

# one row a cause and effect; the parent is the message itself, though a republication of it led to the effect
_EFFECTS = f"""
CREATE OR REPLACE TEMP TABLE sampled_effects AS
SELECT p.flow_id AS flow_id, p.root_type AS root_type, p.event_no AS event_no, p.event_type AS event_type,
       c.event_no AS child_no, c.event_type AS child_type, c.service AS service, c.published_ts AS published_ts,
       MAX(g.via) AS any_via
FROM sampled_events AS c
JOIN stored_edges AS g ON g.child_no = c.event_no
LEFT JOIN originals AS o ON o.event_no = g.parent_no
JOIN sampled_events AS p ON p.event_no = COALESCE(o.original_no, g.parent_no)
WHERE g.rule <> 'D1' AND g.confidence >= {_LEAST_CONFIDENCE} AND c.service IS NOT NULL
GROUP BY p.flow_id, p.root_type, p.event_no, p.event_type, c.event_no, c.event_type, c.service, c.published_ts
"""

# Where an effect has no known cause and its flow holds just one event that its service usually answers so, that is it.
_UNLINKED = f"""
INSERT INTO sampled_effects
WITH rule AS (
    SELECT root_type AS root_type, event_type AS event_type, service AS service, child_type AS child_type
    FROM sampled_effects
    GROUP BY root_type, event_type, service, child_type
    HAVING COUNT(*) >= {LEAST_FLOWS}
), lone AS (
    SELECT flow_id AS flow_id, event_type AS event_type, MIN(event_no) AS only_no
    FROM sampled_events
    GROUP BY flow_id, event_type
    HAVING COUNT(*) = 1
)
SELECT c.flow_id AS flow_id, c.root_type AS root_type, a.only_no AS event_no, a.event_type AS event_type, c.event_no AS child_no,
       c.event_type AS child_type, c.service AS service, c.published_ts AS published_ts, CAST(NULL AS BIGINT) AS any_via
FROM sampled_events AS c
LEFT JOIN (SELECT DISTINCT child_no AS child_no FROM sampled_effects) AS k ON k.child_no = c.event_no
JOIN rule AS r ON r.root_type = c.root_type AND r.child_type = c.event_type AND r.service = c.service
JOIN lone AS a ON a.flow_id = c.flow_id AND a.event_type = r.event_type AND a.only_no <> c.event_no
WHERE k.child_no IS NULL
"""

_LED = """
SELECT x.root_type AS root_type, x.event_type AS event_type, x.child_type AS child_type, COUNT(*) AS effects
FROM sampled_effects AS x
GROUP BY x.root_type, x.event_type, x.child_type
ORDER BY root_type, event_type, child_type
"""

# What comes last is what lies deepest in the causes; between equals the time decides, which clocks that are off may turn round.
_ENDS = f"""
INSERT INTO usual_ends
WITH led AS (
    SELECT DISTINCT event_no AS event_no FROM sampled_effects
), habit AS (
    SELECT e.root_type AS root_type, e.event_type AS event_type, COUNT(*) AS events,
           SUM(CASE WHEN l.event_no IS NULL THEN 1 ELSE 0 END) AS barren
    FROM sampled_events AS e
    LEFT JOIN led AS l ON l.event_no = e.event_no
    GROUP BY e.root_type, e.event_type
), ordered AS (
    SELECT e.root_type AS root_type, e.event_type AS event_type,
           ROW_NUMBER() OVER (PARTITION BY e.flow_id ORDER BY CASE WHEN l.event_no IS NULL THEN 0 ELSE 1 END,
                              COALESCE(d.depth, 0) DESC, COALESCE(e.published_ts, 0) DESC, e.event_no DESC) AS back
    FROM sampled_events AS e
    LEFT JOIN led AS l ON l.event_no = e.event_no
    LEFT JOIN type_depths AS d ON d.root_type = e.root_type AND d.event_type = e.event_type
), last_ones AS (
    SELECT root_type AS root_type, event_type AS event_type, COUNT(*) AS flows FROM ordered WHERE back = 1 GROUP BY root_type, event_type
), total AS (
    SELECT root_type AS root_type, COUNT(*) AS flows FROM sampled GROUP BY root_type
)
SELECT o.root_type AS root_type, o.event_type AS event_type, o.flows AS flows
FROM last_ones AS o
JOIN habit AS h ON h.root_type = o.root_type AND h.event_type = o.event_type
JOIN total AS t ON t.root_type = o.root_type
WHERE h.barren >= {_ENDS_NOTHING} * h.events AND o.flows >= {_ENDS_FLOWS} * t.flows
ORDER BY o.root_type, o.event_type
"""

# The types that each flow holds; which of them most flows come to, and which few hold.
_KINDS = """
CREATE OR REPLACE TEMP TABLE sampled_kinds AS
SELECT e.flow_id AS flow_id, e.root_type AS root_type, e.event_type AS event_type, COUNT(*) AS events, COUNT(l.event_no) AS led
FROM sampled_events AS e
LEFT JOIN (SELECT DISTINCT event_no AS event_no FROM sampled_effects) AS l ON l.event_no = e.event_no
GROUP BY e.flow_id, e.root_type, e.event_type
"""
_COMMON = f"""
CREATE OR REPLACE TEMP TABLE common_types AS
SELECT k.root_type AS root_type, k.event_type AS event_type,
       CASE WHEN COUNT(*) >= {_MOST} * MIN(t.flows) AND SUM(k.led) <= (1 - {_ENDS_NOTHING}) * SUM(k.events) THEN 1 ELSE 0 END AS is_end,
       CASE WHEN COUNT(*) < {_FEW} * MIN(t.flows) THEN 1 ELSE 0 END AS is_odd
FROM sampled_kinds AS k
JOIN (SELECT root_type AS root_type, COUNT(*) AS flows FROM sampled GROUP BY root_type) AS t ON t.root_type = k.root_type
GROUP BY k.root_type, k.event_type
"""

# Who took a way that few take, and does not come to an end that most come to, was turned away: a refusal, whatever its
# name. Another branch of such a flow may come to its end all the same.
_TURNED = """
CREATE OR REPLACE TEMP TABLE turned AS
SELECT k.flow_id AS flow_id
FROM sampled_kinds AS k
JOIN common_types AS c ON c.root_type = k.root_type AND c.event_type = k.event_type
JOIN (
    SELECT root_type AS root_type, SUM(is_end) AS n FROM common_types GROUP BY root_type
) AS n ON n.root_type = k.root_type
GROUP BY k.flow_id
HAVING SUM(c.is_odd) > 0 AND SUM(c.is_end) < MIN(n.n)
"""

_FINISHED = """
CREATE OR REPLACE TEMP TABLE cohort_flows AS
SELECT s.flow_id AS flow_id, s.root_type AS root_type, s.took_ns AS took_ns
FROM sampled AS s
JOIN (
    SELECT DISTINCT e.flow_id AS flow_id
    FROM sampled_events AS e
    JOIN usual_ends AS u ON u.root_type = e.root_type AND u.event_type = e.event_type
) AS x ON x.flow_id = s.flow_id
LEFT JOIN turned AS t ON t.flow_id = s.flow_id
WHERE t.flow_id IS NULL
"""


def lay_out(store: Store, flows: declared.Declared) -> None:
    """Make the tables sampled, sampled_events, sampled_effects, common_types, type_depths and cohort_flows; fill usual_ends.

    Needs `originals`.
    """
    for statement in (_CALM, _SAMPLE, _EVENTS, _EFFECTS, _UNLINKED, _KINDS, _COMMON, _TURNED):
        store.execute(statement)
    _lay_out_depths(store)
    store.execute(_ENDS)
    declared.end(store, flows)
    store.execute(_FINISHED)


def _lay_out_depths(store: Store) -> None:
    """The table type_depths: how far each type lies from the types that nothing leads to."""
    store.execute(
        "CREATE OR REPLACE TEMP TABLE type_depths (root_type VARCHAR, event_type VARCHAR, depth INTEGER)"
    )
    for root, group in groupby(store.rows(_LED), key=itemgetter(0)):
        causes: dict[str, dict[str, int]] = defaultdict(dict)
        for _, event_type, child_type, effects in group:
            causes[child_type][event_type] = effects
        store.append("type_depths", [(root, name, depth) for name, depth in _depths(causes).items()])


def _depths(causes: dict[str, dict[str, int]]) -> dict[str, int]:
    """The longest way to each type. A way back closes no circle, and one that is hardly ever gone counts for none."""
    depths: dict[str, int] = {}
    under_way: set[str] = set()

    def depth(name: str) -> int:
        if name in under_way:
            return -1
        if name not in depths:
            under_way.add(name)
            ways = causes.get(name, {})
            often = [cause for cause, effects in ways.items() if effects >= _LEAST_WAY * sum(ways.values())]
            depths[name] = max((depth(cause) for cause in often), default=-1) + 1
            under_way.discard(name)
        return depths[name]

    for name in sorted(causes):
        depth(name)
    return depths
