"""The texts behind the codes of services, types and channels: a few rows instead of a look at every record."""

from __future__ import annotations

from evtrace.links.hashes import coded
from evtrace.links.work import Work

#: Table of texts → the kind of its codes and the columns of records with the texts.
_TABLES = {
    "service_names": ("service", ("service", "producer", "grp")),
    "type_names": ("type", ("event_type",)),
    "channel_names": ("channel", ("channel",)),
}


def build(work: Work) -> None:
    """Fill service_names, type_names and channel_names(code, text). Reading the few distinct texts costs next to nothing."""
    for table, (kind, columns) in _TABLES.items():
        texts = " UNION ".join(f"SELECT DISTINCT {c} AS text FROM records" for c in columns if work.has(c))
        work.run(f"""
            CREATE OR REPLACE TEMP TABLE {table} AS
            SELECT {coded("x.text", kind)} AS code, MIN(x.text) AS text
            FROM ({texts or "SELECT CAST(NULL AS VARCHAR) AS text"}) AS x
            WHERE x.text IS NOT NULL
            GROUP BY 1
        """)
