"""Proves from the data what the causation ids of a source name: events, flows, things or spans."""

from __future__ import annotations

from evtrace.links.work import Work, settle

#: Nothing hits: still taken for event ids, since the causes may lie outside the logs.
UNPROVEN = "event?"

_SAMPLE = 20_000  # causation ids that are looked at
_LEAST, _LEAD = 0.5, 0.2  # share that must hit; lead over event ids that another key space needs


def spaces(work: Work) -> dict[int, str]:
    """The key space of each source whose causation ids are not proven to be event ids.

    It is asked of the whole store: the share is the same in whatever batches the records came.
    """
    if "causation_id" not in work.store.columns_of("record_rows"):
        return {}
    found = {} if _all_hit_events(work) else _prove(work)
    settle(work, "causation_spaces", {str(source): space for source, space in found.items()}, grows=False)
    return found


def _all_hit_events(work: Work) -> bool:
    _sample(work)
    hits = _shares(work, "SELECT event_id AS v FROM records WHERE event_id IS NOT NULL")
    return all(share >= _LEAST + _LEAD for share in hits.values())


def _sample(work: Work) -> None:
    """Choose by hash, so that the same values are chosen in whatever order they came."""
    total = int(work.store.value("SELECT count(causation_id) AS n FROM records"))
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE causation_sample AS
        SELECT DISTINCT source_id, causation_id AS v, hash(causation_id) AS h
        FROM records
        WHERE causation_id IS NOT NULL AND hash(causation_id) % {max(1, total // _SAMPLE)} = 0
    """)


def _shares(work: Work, values: str) -> dict[int, float]:
    """Per source the share of the sample that is among these values."""
    rows = work.store.rows(f"""
        WITH known AS (
            SELECT DISTINCT hash(v) AS h
            FROM ({values}) AS x
            WHERE hash(v) IN (SELECT h FROM causation_sample)
        )
        SELECT s.source_id, SUM(CASE WHEN k.h IS NULL THEN 0 ELSE 1 END) / COUNT(*) AS share
        FROM causation_sample AS s
        LEFT JOIN known AS k ON k.h = s.h
        GROUP BY s.source_id
        ORDER BY s.source_id
    """)
    return dict(rows)


def _prove(work: Work) -> dict[int, str]:
    events = _shares(work, "SELECT event_id AS v FROM records WHERE event_id IS NOT NULL")
    rivals = {
        "correlation": _shares(
            work, "SELECT correlation_id AS v FROM records WHERE correlation_id IS NOT NULL"
        ),
        **{f"kind:{kind}": _shares(work, _values_of(kind)) for kind in _kinds(work)},
        "span": _shares(work, "SELECT span_id AS v FROM records WHERE span_id IS NOT NULL"),
    }
    found = {}
    for source, share in events.items():
        best = max(rivals, key=lambda space: rivals[space].get(source, 0.0))
        hits = rivals[best].get(source, 0.0)
        if hits >= _LEAST and hits > share + _LEAD:
            found[source] = best
        elif share < _LEAST:
            found[source] = UNPROVEN
    return found


_PAIRS = "SELECT DISTINCT unnest(string_split(ids, chr(10))) AS pair FROM records WHERE ids IS NOT NULL"


def _kinds(work: Work) -> list[str]:
    rows = work.store.rows(f"SELECT DISTINCT split_part(pair, '=', 1) AS kind FROM ({_PAIRS}) ORDER BY kind")
    return [kind for (kind,) in rows]


def _values_of(kind: str) -> str:
    text = kind.replace("'", "''")
    return (
        f"SELECT substr(pair, {len(kind) + 2}) AS v FROM ({_PAIRS}) WHERE split_part(pair, '=', 1) = '{text}'"
    )
