"""Names the service of a log that names none: by what others tell of its events, by its group, by its file's name."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import PurePath

from evtrace.links.work import DecisionFlipped, Work
from evtrace.store.engine import HIDDEN_KINDS

_META = "named_sources"

#: So many events of a log are looked for elsewhere; so many must be found, and this share of them with one service.
_SAMPLE, _LEAST, _SHARE = 2_000, 3, 0.95

# A log of a service has levels; what a tool writes down of a broker has none, and its producers are others.
_LOGS = """
SELECT r.source_id AS source_id, MIN(s.uri) AS uri, MIN(r.record_id) AS first_row
FROM records AS r
JOIN sources AS s ON s.source_id = r.source_id
WHERE r.source_id IN ({sources})
GROUP BY r.source_id
HAVING COUNT(r.level) * 2 > COUNT(*) AND COUNT(r.producer) = 0
ORDER BY r.source_id
"""

# who published, as other sources have it
_PUBLISHERS = f"""
WITH own AS (
    SELECT r.source_id AS source_id, r.event_id AS event_id,
           ROW_NUMBER() OVER (PARTITION BY r.source_id ORDER BY hash(r.event_id), r.event_id, r.record_id) AS place
    FROM records AS r
    SEMI JOIN nameless AS n ON n.source_id = r.source_id
    WHERE r.kind = 'publish' AND r.event_id IS NOT NULL
), wanted AS (
    SELECT source_id, event_id FROM own WHERE place <= {_SAMPLE}
)
SELECT w.source_id AS source_id, COALESCE(r.service, r.producer) AS name, COUNT(DISTINCT w.event_id) AS events
FROM wanted AS w
JOIN records AS r ON r.event_id = w.event_id AND r.kind = 'publish'
ANTI JOIN nameless AS n ON n.source_id = r.source_id
WHERE COALESCE(r.service, r.producer) IS NOT NULL
GROUP BY w.source_id, COALESCE(r.service, r.producer)
ORDER BY source_id, name
"""

# the one group that a log handles messages as (a broker's log tells of groups as well), and the services that other sources name beside that group
_GROUPS = """
WITH own AS (
    SELECT r.source_id AS source_id, MIN(r.grp) AS grp
    FROM records AS r
    SEMI JOIN nameless AS n ON n.source_id = r.source_id
    WHERE r.grp IS NOT NULL AND r.kind IN ('receive', 'process', 'ack', 'nack') AND r.clock IS DISTINCT FROM 'broker'
    GROUP BY r.source_id
    HAVING MIN(r.grp) = MAX(r.grp)
), known AS (
    SELECT DISTINCT r.grp AS grp, r.service AS service
    FROM records AS r
    ANTI JOIN nameless AS n ON n.source_id = r.source_id
    WHERE r.grp IS NOT NULL AND r.service IS NOT NULL AND r.grp IN (SELECT grp FROM own)
)
SELECT o.source_id AS source_id, MIN(o.grp) AS grp, CASE WHEN COUNT(k.service) = 1 THEN MIN(k.service) END AS service
FROM own AS o
LEFT JOIN known AS k ON k.grp = o.grp
GROUP BY o.source_id
ORDER BY source_id
"""

_KNOWN = """
SELECT DISTINCT x.name AS name
FROM (
    SELECT r.service AS name, r.source_id AS source_id FROM records AS r
    UNION ALL SELECT r.producer AS name, r.source_id AS source_id FROM records AS r
    UNION ALL SELECT r.grp AS name, r.source_id AS source_id FROM records AS r
) AS x
ANTI JOIN nameless AS n ON n.source_id = x.source_id
WHERE x.name IS NOT NULL
"""


def name(work: Work) -> None:
    """Give the records of each such log its service; where that changes, everything is linked again."""
    old = {int(source): service for source, service in json.loads(work.store.meta(_META) or "{}").items()}
    logs = _nameless(work, old)
    if not logs:
        return
    found = _services(work, {source: uri for source, (uri, _) in logs.items()})
    changed = [source for source, service in found.items() if old.get(source) != service]
    if not work.fresh and any(logs[source][1] < work.first_row for source in changed):
        raise DecisionFlipped("which service a log is of")
    for source, service in found.items():
        _give(work, source, service, before=old.get(source))
    for source in changed:
        _note(
            work,
            source,
            f"no record names its service; taken for {found[source]}, by its events, its group or its file's name",
        )
    work.store.set_meta(_META, json.dumps(old | found, sort_keys=True))


def _nameless(work: Work, old: dict[int, str]) -> dict[int, tuple[str, int]]:
    """The logs none of whose records names a service by itself, as a table as well: where each lies, its first record."""
    rows = work.store.rows(
        "SELECT source_id, COUNT(service) AS named FROM records GROUP BY source_id ORDER BY ALL"
    )
    sources = [str(source) for source, named in rows if not named or source in old]
    found = work.store.rows(_LOGS.format(sources=", ".join(sources))) if sources else []
    work.run("CREATE OR REPLACE TEMP TABLE nameless (source_id INTEGER)")
    work.store.append("nameless", [(source,) for source, _, _ in found])
    return {source: (uri, first_row) for source, uri, first_row in found}


def _services(work: Work, uris: dict[int, str]) -> dict[int, str]:
    """The service of each of these logs, as far as anything tells it; the surest word counts."""
    publishers: dict[int, Counter[str]] = defaultdict(Counter)
    for source, service, events in work.store.rows(_PUBLISHERS):
        publishers[source][service] = events
    told = {source: service for source, counts in publishers.items() if (service := _one(counts))}
    groups = {source: service or group for source, group, service in work.store.rows(_GROUPS)}
    left = {source: uri for source, uri in uris.items() if source not in told and source not in groups}
    files = _by_file(left, (known for (known,) in work.store.rows(_KNOWN))) if left else {}
    every = files | groups | told
    return {source: every[source] for source in uris if source in every}


def _one(counts: Counter[str]) -> str | None:
    (service, events), *_ = counts.most_common(1)
    return service if events >= max(_LEAST, _SHARE * counts.total()) else None


def _by_file(uris: dict[int, str], known: Iterable[str]) -> dict[int, str]:
    """'logs/payment-2.log' is of the service payment where another source names one."""
    names = {service.lower(): service for service in known}
    stems = {
        source: PurePath(uri).name.partition(".")[0].rstrip("0123456789").rstrip("-_").lower()
        for source, uri in uris.items()
    }
    return {source: names[stem] for source, stem in stems.items() if stem in names}


def _give(work: Work, source: int, service: str, *, before: str | None) -> None:
    work.store.ensure_record_columns(["service"])
    hidden = ", ".join(f"'{kind}'" for kind in HIDDEN_KINDS)
    work.store.execute(
        f"UPDATE record_rows SET service = ? WHERE source_id = ? AND (service IS NULL OR service = ?) AND kind NOT IN ({hidden})",
        [service, source, before],
    )


def _note(work: Work, source: int, sentence: str) -> None:
    """What `evtrace sources` tells of it."""
    notes = json.loads(work.store.value("SELECT notes FROM sources WHERE source_id = ?", [source]) or "[]")
    told = json.dumps([*notes, sentence], ensure_ascii=False)
    work.store.execute("UPDATE sources SET notes = ? WHERE source_id = ?", [told, source])
