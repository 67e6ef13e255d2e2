"""Which group a service reads as, so that a broker and a service that tell of one delivery agree."""

from __future__ import annotations

import json
from collections import Counter

from evtrace.links.keys import has_key
from evtrace.links.work import DecisionFlipped, Work

_META = "reader_pairs"


def build(work: Work) -> None:
    """Fill reader_names(svc, chn, grp): services whose group on a channel is certain."""
    work.run("CREATE OR REPLACE TEMP TABLE reader_names (svc INTEGER, chn INTEGER, grp INTEGER)")
    old = _stored(work)
    if not (has_key(work, "grp") and has_key(work, "svc")) and not old:
        return
    found = sorted(old | _pairs(work))
    names = _certain(found)
    if not work.fresh and names != _certain(sorted(old)):
        raise DecisionFlipped("which group a service reads as")
    work.store.set_meta(_META, json.dumps(found))
    for (service, channel), group in sorted(names.items()):
        work.store.execute("INSERT INTO reader_names VALUES (?, ?, ?)", [service, channel, group])


Pair = tuple[str, int, int, int]  # how it is known, channel, service, group


def _stored(work: Work) -> set[Pair]:
    text = work.store.meta(_META)
    return (
        {(how, channel, service, group) for how, channel, service, group in json.loads(text)}
        if text
        else set()
    )


def _pairs(work: Work) -> set[Pair]:
    """Pairs that one record shows; pairs that two observers of one event show."""
    rows = work.store.rows("""
        WITH shown AS (
            SELECT e, COALESCE(chn, 0) AS chn, svc, grp FROM obs
        )
        SELECT DISTINCT 'record' AS how, chn, svc, grp FROM shown WHERE svc IS NOT NULL AND grp IS NOT NULL
        UNION
        SELECT DISTINCT 'event' AS how, a.chn AS chn, a.svc AS svc, b.grp AS grp
        FROM (SELECT DISTINCT e, svc, chn FROM shown WHERE grp IS NULL AND svc IS NOT NULL) AS a
        JOIN (SELECT DISTINCT e, grp FROM shown WHERE svc IS NULL AND grp IS NOT NULL) AS b ON b.e = a.e
    """)
    return {(how, channel, service, group) for how, channel, service, group in rows}


def _certain(pairs: list[Pair]) -> dict[tuple[int, int], int]:
    """A pairing holds where neither side has another partner on the channel; records are asked before events."""
    found: dict[tuple[int, int], int] = {}
    for how in ("record", "event"):
        taken = {(channel, group) for (_, channel), group in found.items()}
        rest = [(c, s, g) for h, c, s, g in pairs if h == how and (s, c) not in found and (c, g) not in taken]
        services, groups = Counter((s, c) for c, s, _ in rest), Counter((c, g) for c, _, g in rest)
        found |= {(s, c): g for c, s, g in rest if services[s, c] == 1 and groups[c, g] == 1}
    return found
