"""Units that are several records: a list in one line, a line that tells several things."""

from __future__ import annotations

from evtrace.store import Store

EACH = "@each"
_MARK = f"contains(doc, '\"{EACH}\":[')"


def fan_out(store: Store) -> None:
    """In the table stage_units, put a unit for each element of `@each` in the place of the unit that lists them."""
    if not store.value(f"SELECT count(*) FROM stage_units WHERE {_MARK}"):
        return
    elements = f"json_extract(doc, '$.\"{EACH}\"[*]')"
    listed = f"SELECT *, unnest(es) AS element, generate_subscripts(es, 1) AS nth FROM (SELECT *, {elements} AS es FROM stage_units WHERE {_MARK})"
    merged = f"CAST(json_merge_patch(json_remove(u.doc, '$.\"{EACH}\"'), u.element) AS VARCHAR)"
    replace_units(store, f"({listed}) AS u", {"doc": merged, "item": "COALESCE(u.item, u.nth)"}, gone=_MARK)


def replace_units(store: Store, source: str, changed: dict[str, str], *, gone: str) -> None:
    """Put the rows of `source` (an alias u with nth, changed in these columns) in the place of the units that are `gone`.

    The lines and blanks that a unit has besides its first one are counted with the first of its records.
    """
    firsts = {name: f"CASE WHEN u.nth = 1 THEN u.{name} ELSE 0 END" for name in ("parts", "blanks")}
    columns = [name for name, *_ in store.rows("DESCRIBE stage_units")]
    values = {name: {**firsts, **changed}.get(name, f"u.{name}") for name in columns}
    if "item" in values:
        values["item"] = f"CAST({values['item']} AS INTEGER)"
    store.execute(f"""
        CREATE OR REPLACE TEMP TABLE stage_several AS
        SELECT {", ".join(f"{value} AS {name}" for name, value in values.items())} FROM {source};
        DELETE FROM stage_units WHERE {gone};
        INSERT INTO stage_units SELECT * FROM stage_several;
        DROP TABLE stage_several""")
