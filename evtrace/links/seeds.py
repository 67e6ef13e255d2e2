"""Seeds: what the records that share their strongest id are like, read once for all who ask."""

from __future__ import annotations

from evtrace.links.keys import has_key
from evtrace.links.names import MOST_FLAGS
from evtrace.links.work import Work


def leader(work: Work) -> str | None:
    """The column that is the seed of every record with a value in it, if it is a correlation or a trace."""
    return next((column for column in ("co", "tr") if has_key(work, column)), None)


def build(work: Work) -> None:
    """seeds: one row per seed. To be done again where ids are taken from the keys."""
    columns = {
        "r0": "MIN(record_id)",
        "strong": f"MAX({_any('co', 'tr', 'ca', of=work)})",
        "bare": f"MIN({_no_core_id(work)})",
        "started_ts": "MIN(ts)",
        # A receive that has only its publish's time, as the producer wrote it, began no flow.
        "own_ts": "MIN(CASE WHEN borrowed THEN NULL ELSE ts END)" if has_key(work, "borrowed") else _NONE,
        "last_ts": "MAX(COALESCE(end_ts, ts))" if has_key(work, "end_ts") else "MAX(ts)",
        "records": "COUNT(*)",
        "led": _first(leader(work)),
        "ids_lo": "MIN(ids)",
        "ids_hi": "MAX(ids)",
        "ids_first": _first("ids"),
        "beginnings": "COUNT(CASE WHEN kind = 'publish' AND ca IS NULL AND psp IS NULL THEN s END)",
        "effects": "COUNT(CASE WHEN kind = 'publish' AND ca IS NOT NULL THEN s END)",
    }
    joins = ""
    if counts_services(work):
        shown = [c for c in ("svc", "prod") if has_key(work, c)]
        columns["services"] = f"BIT_OR({' | '.join(f'COALESCE({c}_name.flag, 0)' for c in shown)})"
        joins = " ".join(f"LEFT JOIN service_names AS {c}_name ON {c}_name.code = k.{c}" for c in shown)
    values = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    work.run(
        f"CREATE OR REPLACE TEMP TABLE seeds AS SELECT s, {values} FROM keys AS k {joins} WHERE s IS NOT NULL GROUP BY s"
    )


def counts_services(work: Work) -> bool:
    """True: `seeds` says as bits which services it was seen in."""
    known = has_key(work, "svc") or has_key(work, "prod")
    return known and int(work.store.value("SELECT COUNT(*) AS n FROM service_names")) <= MOST_FLAGS


_NONE = "CAST(NULL AS BIGINT)"


def _first(column: str | None) -> str:
    return f"MIN(CASE WHEN {column} IS NOT NULL THEN record_id END)" if column else _NONE


def _any(*columns: str, of: Work) -> str:
    return " OR ".join(f"{c} IS NOT NULL" for c in columns if has_key(of, c)) or "FALSE"


def _no_core_id(work: Work) -> str:
    columns = [*(c for c in ("co", "tr", "ca", "ev", "slot") if has_key(work, c)), "e"]
    return " AND ".join(f"{c} IS NULL" for c in columns)
