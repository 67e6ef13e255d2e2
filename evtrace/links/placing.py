"""Places each record: which event it shows and which event caused it, as numbers, found once for all who ask."""

from __future__ import annotations

from collections.abc import Iterable

from evtrace.links import keys, messages, narrow, slices
from evtrace.links.work import Work


def build(work: Work) -> None:
    """Group the records of each event, and let keys say the numbers of a record's event and of its cause."""
    messages.group(work)
    own, cause = _own_event(work), _cause(work)
    many = slices.of(work, "message_groups")
    if many == 1:
        join_cause = "LEFT JOIN message_groups AS c ON c.e = k.ca" if cause else ""
        _place(work, own | cause, [f"LEFT JOIN message_groups AS g ON g.e = k.e {join_cause}"])
        return
    _place(work, own, [_joined("g", "e", part) for part in slices.each(many)])
    if cause:
        _place(work, cause, [_joined("c", "ca", part) for part in slices.each(many)])


def _joined(groups: str, key: str, part: str) -> str:
    """SQL: the join of one slice of the groups with the records that name one of them by `key`."""
    of_part, records = part.format(id="e"), part.format(id=f"k.{key}")
    return f"LEFT JOIN (SELECT * FROM message_groups WHERE {of_part}) AS {groups} ON {groups}.e = k.{key} WHERE {records}"


def _place(work: Work, found: dict[str, str], joins: Iterable[str]) -> None:
    """Add the columns `found` (name → SQL over the keys k and what is joined) to the keys; each join gives other rows."""
    stored = sorted(narrow.stored(work, "keys_stored") - set(found))
    columns = [f"k.{name} AS {name}" for name in stored] + [f"{sql} AS {name}" for name, sql in found.items()]
    rows, into = keys.stored(work), "CREATE OR REPLACE TEMP TABLE keys_placed AS"
    for join in joins:
        work.run(f"{into} SELECT {', '.join(columns)} FROM ({rows}) AS k {join}")
        into = "INSERT INTO keys_placed"
    work.run("DROP TABLE keys_stored; ALTER TABLE keys_placed RENAME TO keys_stored")
    keys.show(work)


def _own_event(work: Work) -> dict[str, str]:
    """What the group g of its event says of a record."""
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
    return found


def _cause(work: Work) -> dict[str, str]:
    """What the group c of the event that it names as its cause says of a record."""
    return {"cause_no": "c.event_no", "astray": "c.s_lo <> k.s"} if keys.has_key(work, "ca") else {}


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
