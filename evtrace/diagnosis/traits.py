"""What flows have that others lack: partitions, instances, versions, fields and values of their events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evtrace.diagnosis.fields import fields, shown
from evtrace.store import Store

#: An event type is looked at where this share of both groups has it: what one group lacks is the trouble, not its mark.
_BOTH = 0.9

_EXPOSED = """
CREATE OR REPLACE TEMP TABLE exposed AS
SELECT t.event_type AS event_type, t.sick_flows AS sick, t.healthy_flows AS healthy
FROM (
    SELECT e.event_type AS event_type, COUNT(DISTINCT CASE WHEN l.sick = 1 THEN l.flow_id END) AS sick_flows,
           COUNT(DISTINCT CASE WHEN l.sick = 0 THEN l.flow_id END) AS healthy_flows
    FROM looked_into AS l
    JOIN stored_events AS e ON e.flow_id = l.flow_id
    WHERE e.event_type IS NOT NULL
    GROUP BY e.event_type
) AS t
CROSS JOIN (SELECT SUM(sick) AS sick_flows, SUM(1 - sick) AS healthy_flows FROM looked_into) AS n
WHERE t.sick_flows >= {both} * n.sick_flows AND t.healthy_flows >= {both} * n.healthy_flows
"""

_TYPES = "SELECT event_type AS event_type, sick AS sick, healthy AS healthy FROM exposed ORDER BY event_type"

# one row a flow and trait
_STRUCTURAL = """
WITH seen AS (
    SELECT l.flow_id AS flow_id, l.sick AS sick, e.event_type AS event_type, e.event_no AS event_no, e.channel AS channel
    FROM looked_into AS l
    JOIN stored_events AS e ON e.flow_id = l.flow_id
    JOIN exposed AS x ON x.event_type = e.event_type
    LEFT JOIN (SELECT DISTINCT child_no AS child_no FROM stored_edges WHERE rule = 'D1') AS d ON d.child_no = e.event_no
    WHERE d.child_no IS NULL
), told AS (
    SELECT s.flow_id AS flow_id, s.sick AS sick, s.event_type AS event_type, s.channel AS channel, r.kind AS kind,
           r.service AS service, r.instance AS instance, r.part AS part, r.schema_version AS schema_version
    FROM seen AS s
    JOIN record_flows AS f ON f.event_no = s.event_no
    JOIN records AS r ON r.record_id = f.record_id
), trait AS (
    SELECT DISTINCT flow_id AS flow_id, sick AS sick, 'partition' AS what, event_type AS event_type, channel AS name,
           CAST(part AS VARCHAR) AS held
    FROM told WHERE part IS NOT NULL AND channel IS NOT NULL
    UNION ALL
    SELECT DISTINCT flow_id AS flow_id, sick AS sick, 'producer' AS what, event_type AS event_type, service AS name, instance AS held
    FROM told WHERE kind = 'publish' AND instance IS NOT NULL
    UNION ALL
    SELECT DISTINCT flow_id AS flow_id, sick AS sick, 'reader' AS what, event_type AS event_type, service AS name, instance AS held
    FROM told WHERE kind <> 'publish' AND kind <> 'log' AND instance IS NOT NULL
    UNION ALL
    SELECT DISTINCT flow_id AS flow_id, sick AS sick, 'version' AS what, event_type AS event_type, 'schema' AS name,
           schema_version AS held
    FROM told WHERE schema_version IS NOT NULL
)
SELECT flow_id AS flow_id, sick AS sick, what AS what, event_type AS event_type, name AS name, held AS held
FROM trait
ORDER BY what, event_type, name, held, flow_id
"""

# what the broker keeps of an event, before what a reader copies; a republication is no fault of the event
_PAYLOADS = """
SELECT l.flow_id, l.sick, e.event_type, r.payload, r.attributes
FROM looked_into AS l
JOIN (
    SELECT f.event_no AS event_no, MIN(f.flow_id) AS flow_id, MIN(r.record_id) AS record_id
    FROM looked_into AS l
    JOIN record_flows AS f ON f.flow_id = l.flow_id
    JOIN records AS r ON r.record_id = f.record_id
    WHERE r.payload IS NOT NULL AND r.kind = 'publish' AND f.event_no IS NOT NULL
    GROUP BY f.event_no
) AS k ON k.flow_id = l.flow_id
JOIN stored_events AS e ON e.event_no = k.event_no
JOIN exposed AS x ON x.event_type = e.event_type
JOIN records AS r ON r.record_id = k.record_id
LEFT JOIN (SELECT DISTINCT child_no FROM stored_edges WHERE rule = 'D1') AS d ON d.child_no = k.event_no
WHERE d.child_no IS NULL
ORDER BY l.flow_id, e.event_no
"""


@dataclass(frozen=True)
class Trait:
    """Something that an event of a flow can have."""

    what: str  # partition, producer, reader, version, field or value
    event_type: str
    name: str | None  # channel, service or path
    value: str


@dataclass(frozen=True)
class Counted:
    """How many flows have a trait, of those whose events could have it."""

    trait: Trait
    with_sick: int
    sick: int
    with_healthy: int
    healthy: int
    flows: frozenset[int]  # that have it


def counted(store: Store) -> tuple[Counted, ...]:
    """Count every trait of the flows that are laid out in `looked_into`; what all of them have is left out."""
    store.execute(_EXPOSED.format(both=_BOTH))
    exposed = {event_type: (sick, healthy) for event_type, sick, healthy in store.rows(_TYPES)}
    found = [_counted(*one, exposed) for one in (*_structural(store), *_carried(store))]
    return tuple(one for one in found if one.with_sick + one.with_healthy < one.sick + one.healthy)


def _structural(store: Store) -> Iterator[tuple[Trait, dict[int, int]]]:
    """The places, instances and versions, each with the flows that have it and whether these are sick."""
    flows: dict[Trait, dict[int, int]] = defaultdict(dict)
    for flow_id, sick, *words in store.rows(_STRUCTURAL):
        flows[Trait(*words)][flow_id] = sick
    yield from flows.items()


def _carried(store: Store) -> Iterator[tuple[Trait, dict[int, int]]]:
    """The fields and values of payloads and of what else the records hold, in the same way."""
    flows: dict[Trait, dict[int, int]] = defaultdict(dict)
    of_type: dict[str, dict[int, int]] = defaultdict(dict)
    for flow_id, sick, event_type, payload, attributes in store.rows(_PAYLOADS):
        of_type[event_type][flow_id] = sick
        for trait in (*_fields(event_type, payload), *_values(event_type, (payload, attributes))):
            flows[trait][flow_id] = sick
    for trait in [trait for trait in flows if trait.what == "field"]:
        flows |= _absent(trait, flows, of_type[trait.event_type])
    yield from sorted(flows.items(), key=lambda one: _order(one[0]))


def _counted(trait: Trait, having: dict[int, int], exposed: dict[str, tuple[int, int]]) -> Counted:
    of_sick, of_healthy = exposed[trait.event_type]
    sick = sum(having.values())
    return Counted(trait, sick, of_sick, len(having) - sick, of_healthy, frozenset(having))


def _fields(event_type: str, payload: str | None) -> Iterator[Trait]:
    for path, kind, _ in fields(payload):
        yield Trait("field", event_type, path, kind)


def _values(event_type: str, texts: Iterable[str | None]) -> Iterator[Trait]:
    for text in texts:
        for path, _, value in fields(text):
            told = None if isinstance(value, float) else shown(value)  # an amount is no attribute
            if told is not None:
                yield Trait("value", event_type, path, told)


def _absent(
    trait: Trait, flows: dict[Trait, dict[int, int]], of_type: dict[int, int]
) -> dict[Trait, dict[int, int]]:
    """Those without the field, whatever its type elsewhere."""
    absent = Trait("field", trait.event_type, trait.name, "absent")
    left = flows.get(absent, of_type)
    having = flows[trait]
    return {absent: {flow_id: sick for flow_id, sick in left.items() if flow_id not in having}}


def _order(trait: Trait) -> tuple[str, str, str, str]:
    return (trait.what, trait.event_type, trait.name or "", trait.value)
