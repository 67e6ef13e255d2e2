"""Places each record: which event it shows and which event caused it, as numbers, found once for all who ask."""

from __future__ import annotations

from evtrace.links import keys, messages, narrow
from evtrace.links.work import Work


def build(work: Work) -> None:
    """Group the records of each event, and let keys say the numbers of a record's event and of its cause."""
    messages.group(work)
    stored = ", ".join(
        f"k.{name} AS {name}" for name in sorted(narrow.stored(work, "keys_stored") - set(_PLACE))
    )
    readers = [f"k.{name}" for name in ("grp", "svc") if keys.has_key(work, name)]
    reader = f"COALESCE({', '.join(readers)}, NULL)" if readers else "NULL"
    found = {
        "event_no": "g.event_no",
        "best": "g.best_no = k.record_id",
        "seen": "g.published IS NOT NULL",
        # One flag is a filter of which DuckDB guesses the size better than of three conditions.
        "handled": f"k.kind <> 'publish' AND g.event_no IS NOT NULL AND (k.kind <> 'drop' OR {reader} IS NOT NULL)",
    }
    if work.any("SELECT e FROM message_groups WHERE s_lo <> s_hi"):
        found["es"] = "g.s_lo"
    join = ""
    if keys.has_key(work, "ca"):
        found |= {"cause_no": "c.event_no", "astray": "c.s_lo <> k.s"}
        join = "LEFT JOIN message_groups AS c ON c.e = k.ca"
    values = ", ".join(f"{sql} AS {name}" for name, sql in found.items())
    work.run(f"""
        CREATE OR REPLACE TEMP TABLE keys_placed AS
        SELECT {stored}, {values} FROM ({keys.stored(work)}) AS k
        LEFT JOIN message_groups AS g ON g.e = k.e {join};
        DROP TABLE keys_stored;
        ALTER TABLE keys_placed RENAME TO keys_stored
    """)
    keys.show(work)


_PLACE = ("event_no", "best", "seen", "handled", "es", "cause_no", "astray")


def split_ids(work: Work) -> str:
    """SQL for the event ids and causation ids that occur with several seeds, once records are placed.

    Only ids without a group of their own need to be counted: causes that were not seen, events that are only mentioned.
    """
    rest = [
        f"SELECT {c} AS id, s AS s FROM keys WHERE {c} IS NOT NULL AND {lost}"
        for c, lost in (("ca", "cause_no IS NULL"), ("ev", "e IS DISTINCT FROM ev"))
        if keys.has_key(work, c)
    ]
    parts = ["SELECT e AS id FROM message_groups WHERE s_lo <> s_hi"]
    if keys.has_key(work, "ca"):
        parts.append("SELECT ca AS id FROM keys WHERE astray")
    if rest:
        others = " UNION ALL ".join(rest)
        parts.append(f"""
            SELECT x.id AS id
            FROM (
                {others}
                UNION ALL
                SELECT g.e AS id, g.s_lo AS s FROM message_groups AS g SEMI JOIN ({others}) AS r ON r.id = g.e
            ) AS x
            GROUP BY x.id HAVING MIN(x.s) <> MAX(x.s)""")
    return " UNION ".join(parts)


def split_slots(work: Work) -> str | None:
    """SQL for the places that occur with several seeds; None where an event has several places, and all are to be counted."""
    if work.any("SELECT e FROM message_groups WHERE slot_lo <> slot_hi"):
        return None
    return """
        SELECT slot_lo AS id FROM message_groups WHERE slot_lo IS NOT NULL
        GROUP BY slot_lo HAVING MIN(s_lo) <> MAX(s_hi)"""
