"""Correlation and trace ids that run over many flows: they identify, they do not join."""

from __future__ import annotations

from evtrace.dialects.kinds_of_ids import JOINS
from evtrace.links import business, seeds
from evtrace.links.keys import has_key
from evtrace.links.work import N, Work


def hold_back(work: Work) -> None:
    """Find the flow ids that would glue flows and take them from the keys; they stay in the table held."""
    work.run("""
        CREATE OR REPLACE TEMP TABLE bad AS SELECT h, kind FROM gluing WHERE kind IN ('correlation', 'trace');
        CREATE OR REPLACE TEMP TABLE held (record_id BIGINT, kind VARCHAR, h BIGINT)
    """)
    for column, kind in (("co", "correlation"), ("tr", "trace")):
        if has_key(work, column):
            _find(work, column, kind)
    if work.any("SELECT h FROM bad"):
        _take(work)


def _find(work: Work, column: str, kind: str) -> None:
    root = "kind = 'publish' AND ca IS NULL AND psp IS NULL"
    work.run(f"CREATE OR REPLACE TEMP TABLE doubt AS {_doubt(work, column, root)}")
    if not work.any("SELECT h FROM doubt"):
        return
    work.run(f"""
        INSERT INTO bad
        SELECT x.h, '{kind}' AS kind
        FROM (
            {_roots(column, root)}
            UNION ALL
            {_things(work, column)}
        ) AS x
        WHERE x.n > {N} AND x.h NOT IN (SELECT h FROM bad)
        GROUP BY x.h
    """)


def _doubt(work: Work, column: str, root: str) -> str:
    """Ids with several sets of business ids, or with many beginnings. Of the leading id the seeds know all this."""
    if column == seeds.leader(work):
        return f"""
            SELECT s AS h FROM seeds
            WHERE led IS NOT NULL AND (ids_lo <> ids_hi OR (beginnings > {N} AND effects > 0))
        """
    return f"""
        SELECT {column} AS h
        FROM keys
        WHERE {column} IS NOT NULL
        GROUP BY {column}
        HAVING MIN(ids) <> MAX(ids)
            OR (SUM(CASE WHEN {root} THEN 1 ELSE 0 END) > {N} AND SUM(CASE WHEN kind = 'publish' AND ca IS NOT NULL THEN 1 ELSE 0 END) > 0)
    """


def _roots(column: str, root: str) -> str:
    """More than N beginnings under one id, where the services say what caused a publish."""
    return f"""
            SELECT k.{column} AS h, COUNT(DISTINCT k.e) AS n
            FROM keys AS k
            SEMI JOIN doubt AS b ON b.h = k.{column}
            SEMI JOIN (SELECT {column} AS h FROM keys WHERE kind = 'publish' AND ca IS NOT NULL) AS c ON c.h = k.{column}
            WHERE {root.replace("kind", "k.kind").replace("ca IS", "k.ca IS").replace("psp", "k.psp")}
            GROUP BY k.{column}"""


def _things(work: Work, column: str) -> str:
    """More than N orders under one correlation id. A trace may list many: there the orders are cut instead."""
    kinds = (JOINS | work.declared.join) - work.declared.never if column == "co" else frozenset({""})
    names = ", ".join("'" + kind.replace("'", "''") + "'" for kind in sorted(kinds))
    return f"""
            SELECT v.h AS h, MAX(v.n) AS n
            FROM (
                SELECT c.h AS h, i.kind AS kind, COUNT(DISTINCT i.h) AS n
                FROM (
                    SELECT DISTINCT k.{column} AS h, k.ids AS ids
                    FROM keys AS k SEMI JOIN doubt AS b ON b.h = k.{column}
                ) AS c
                JOIN id_sets AS i ON i.ids = c.ids
                WHERE i.kind IN ({names})
                GROUP BY c.h, i.kind
            ) AS v
            GROUP BY v.h"""


def _take(work: Work) -> None:
    parts = [
        f"SELECT record_id, '{k}' AS kind, {c} AS h FROM keys WHERE {c} IN (SELECT h FROM bad)"
        for c, k in _HELD
    ]
    work.run(f"INSERT INTO held {' UNION ALL '.join(parts)}")
    for column in ("co", "tr", "ca"):
        if has_key(work, column):
            work.run(f"UPDATE keys_stored SET {column} = NULL WHERE {column} IN (SELECT h FROM bad)")
    seeds.build(work)
    business.find_sets(work)


_HELD = (("co", "correlation"), ("tr", "trace"), ("ca", "correlation"))
