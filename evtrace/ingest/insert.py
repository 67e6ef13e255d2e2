"""Units into rows: what became of every line or element of a piece of a source."""

from __future__ import annotations

from evtrace.ingest.blocks import Block
from evtrace.ingest.fan_out import fan_out
from evtrace.ingest.job import Job
from evtrace.ingest.relation import EMPTY_UNITS
from evtrace.ingest.told import tell
from evtrace.ingest.units import Units
from evtrace.store import Store

_SAMPLED_DOCS = 2_000
_SHAPES = 200


def insert_block(
    store: Store, job: Job, block: Block, *, trusting: bool = False, is_only: bool = True
) -> None:
    """Store the records and rejects of `block` and count them.

    `is_only` says that the block is all there is, so that it may be one JSON document.
    """
    plan = job.plan
    units = Units(store, plan.layers, plan.sample, trusting=trusting, tells=plan.tells, above=job.above)
    with units.of(block, is_only=is_only) as sql:
        job.above = units.above
        if units.is_placed:
            _insert_placed(store, job, sql, texts=units.texts)
            job.counts.lines += block.lines
        else:
            _insert_lines(store, job, sql, block)


def _insert_lines(store: Store, job: Job, sql: str, block: Block) -> None:
    """Every line becomes a row, hidden where it is no record, so that counting rows counts lines."""
    # Inside a transaction new rows have provisional rowids, far above all others: only their order counts.
    last_row = store.value("SELECT COALESCE(max(rowid), -1) FROM record_rows")
    shift = block.first_line - store.next_row()
    names, select = job.statement(sql, {"line_shift": str(shift)})
    store.execute(f"INSERT INTO record_rows ({', '.join(names)}) {select}")
    fates = dict(
        store.rows(
            f"""SELECT CASE WHEN kind IN ('skip', 'reject') THEN kind ELSE 'record' END AS fate, count(*) AS n
                FROM record_rows WHERE source_id = {job.source_id} AND rowid > {last_row} GROUP BY fate"""
        )
    )
    counts, rejects = job.counts, fates.get("reject", 0)
    counts.lines += sum(fates.values())
    counts.records += fates.get("record", 0)
    counts.skipped += fates.get("skip", 0)
    counts.rejects += rejects
    if rejects:
        number = f"row_number() OVER () + {block.first_line - 1}"
        numbered = (
            f"SELECT {number} AS line, CAST(NULL AS INTEGER) AS item, text, doc, skipped FROM ({sql}) AS u"
        )
        _insert_rejects(store, job, f"SELECT * FROM ({numbered}) AS n WHERE text IS NOT NULL")


def _insert_placed(store: Store, job: Job, sql: str, *, texts: str | None) -> None:
    """Units that say their line themselves; only records become rows.

    `texts` is a relation (line, doc) that holds the text of units which have none with them.
    """
    store.execute(f"CREATE OR REPLACE TEMP TABLE stage_units AS {sql}")
    if getattr(job.plan.outer.format, "FANS_OUT", False):
        fan_out(store)
    _refine(store, job)
    tell(store, job)
    columns = {name for name, *_ in store.rows("DESCRIBE stage_units")}
    text = "text" if "text" in columns else "CAST(NULL AS VARCHAR) AS text"
    units = f"SELECT line, item, {text}, doc, skipped FROM stage_units"
    names, select = job.statement(
        f"{units} WHERE doc IS NOT NULL AND NOT skipped ORDER BY line, item", {"line": "line", "item": "item"}
    )
    store.execute(f"INSERT INTO record_rows ({', '.join(names)}) {select}")
    _insert_rejects(store, job, _with_texts(units, texts))
    _count_placed(store, job, columns)
    store.execute("DROP TABLE stage_units")


def _with_texts(units: str, texts: str | None) -> str:
    unread = f"SELECT * FROM ({units}) AS u WHERE doc IS NULL AND NOT skipped"
    if not texts:
        return unread
    return (
        f"SELECT u.line, u.item, COALESCE(u.text, t.doc) AS text, u.doc, u.skipped "
        f"FROM ({unread}) AS u LEFT JOIN {texts} AS t ON t.line = u.line"
    )


def _refine(store: Store, job: Job) -> None:
    """Learn the meaning of fields from the first block as a whole: its head may hold one kind of unit only."""
    if job.is_refined:
        return
    docs = "SELECT rowid AS n, doc FROM stage_units WHERE doc IS NOT NULL AND NOT skipped"
    step = 1 + store.value(f"SELECT count(*) FROM ({docs}) AS d") // _SAMPLED_DOCS
    one_a_shape = f"SELECT min(n) FROM ({docs}) AS d GROUP BY json_keys(doc) ORDER BY count(*) DESC, min(n) LIMIT {_SHAPES}"
    chosen = f"SELECT doc FROM ({docs}) AS d WHERE n % {step} = 0 OR n IN ({one_a_shape}) ORDER BY n"
    job.plan = job.refine(job.plan, [doc for (doc,) in store.rows(chosen)])
    job.is_refined = True
    names, _ = job.statement(EMPTY_UNITS, {"line": "0", "item": "0"})
    store.ensure_record_columns(names)


def _count_placed(store: Store, job: Job, columns: set[str]) -> None:
    parts = "sum(CASE WHEN skipped THEN 0 ELSE parts END)" if "parts" in columns else "0"
    blanks = "sum(blanks)" if "blanks" in columns else "0"
    records, rejects, skipped, parts_seen = store.row(
        f"""SELECT count(*) FILTER (NOT skipped AND doc IS NOT NULL), count(*) FILTER (NOT skipped AND doc IS NULL),
                   count(*) FILTER (skipped) + COALESCE({blanks}, 0), COALESCE({parts}, 0) FROM stage_units"""
    )
    job.counts.records += records
    job.counts.rejects += rejects
    job.counts.skipped += int(skipped)
    job.counts.parts += int(parts_seen)


def _insert_rejects(store: Store, job: Job, units: str) -> None:
    name = job.plan.outer.format.NAME
    reason = getattr(job.plan.outer.format, "REASON", f"not readable as {name}")
    store.execute(
        f"""INSERT INTO rejects SELECT {job.source_id}, line, item, ?, text FROM ({units}) AS r
            WHERE doc IS NULL AND NOT skipped ORDER BY line, item""",
        [reason],
    )
