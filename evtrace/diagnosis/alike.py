"""Flows with the same cause, and the flows that they are held against."""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.store import Store

#: Healthy flows that are too few to say what sets others apart.
LEAST_HEALTHY = 20

#: So many flows of each group are looked into, chosen by their number.
LOOKED_INTO = 2_000

_CAUSE = """
SELECT kind AS kind, service AS service, grp AS grp, event_type AS event_type, signature AS signature
FROM flow_causes
WHERE flow_id = ?
ORDER BY nth
"""

# the group of each flow: 1 has the signature, 0 is healthy; what is neither says nothing
_GROUPS = """
CREATE OR REPLACE TEMP TABLE compared AS
SELECT f.flow_id AS flow_id, CASE WHEN c.flow_id IS NULL THEN 0 ELSE 1 END AS sick, f.started_ts AS started_ts,
       f.root_type AS root_type
FROM flows AS f
LEFT JOIN (SELECT DISTINCT flow_id AS flow_id FROM flow_causes WHERE signature = ?) AS c ON c.flow_id = f.flow_id
LEFT JOIN (SELECT DISTINCT flow_id AS flow_id FROM flow_causes) AS x ON x.flow_id = f.flow_id
WHERE c.flow_id IS NOT NULL OR (f.root_type = ? AND f.verdict = 'completed' AND x.flow_id IS NULL)
"""

# every so-manieth flow of a group, by a number that mixes well: record numbers come in steps
_LOOKED = f"""
CREATE OR REPLACE TEMP TABLE looked_into AS
SELECT c.flow_id AS flow_id, c.sick AS sick
FROM (
    SELECT flow_id AS flow_id, sick AS sick,
           ROW_NUMBER() OVER (PARTITION BY sick ORDER BY (flow_id % 4294967296) * 2654435761 % 4294967296, flow_id) AS nth
    FROM compared
) AS c
WHERE c.nth <= {LOOKED_INTO}
"""

COUNTS = """
SELECT SUM(sick) AS sick_flows, SUM(1 - sick) AS healthy_flows, MIN(CASE WHEN sick = 1 THEN started_ts END) AS first_ts,
       MAX(CASE WHEN sick = 1 THEN started_ts END) AS last_ts
FROM compared
"""

# of all flows of this root type that began since the first sick one
SINCE = """
SELECT COUNT(*) AS flows, SUM(CASE WHEN c.sick = 1 THEN 1 ELSE 0 END) AS sick_flows
FROM flows AS f
LEFT JOIN compared AS c ON c.flow_id = f.flow_id
WHERE f.root_type = ? AND f.started_ts >= ?
"""


@dataclass(frozen=True)
class Signature:
    """What flows with the same trouble share."""

    kind: str
    service: str | None
    grp: str | None
    event_type: str | None
    text: str


def signatures(store: Store, flow_id: int) -> tuple[Signature, ...]:
    """The signatures of a flow's causes, the first cause first."""
    return tuple(Signature(*row) for row in store.rows(_CAUSE, [flow_id]))


def part(store: Store, signature: Signature, root_type: str | None) -> None:
    """Lay out who has the signature and who is healthy, in `compared`, and whom to look into, in `looked_into`."""
    store.execute(_GROUPS, [signature.text, root_type])
    store.execute(_LOOKED)
