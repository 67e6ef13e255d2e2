"""Units into rows: what became of every line or element of a piece of a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evtrace.ingest.blocks import Block
from evtrace.ingest.fan_out import fan_out
from evtrace.ingest.job import Counts, Job
from evtrace.ingest.pieces import Cutter
from evtrace.ingest.relation import EMPTY_UNITS
from evtrace.ingest.told import tell
from evtrace.ingest.units import Units
from evtrace.store import Store

_SAMPLED_DOCS = 2_000
_SAMPLED_BYTES = 8 << 20  # the shortest of them: Python holds JSON at ten times its size
_SHAPES = 200


def insert_block(
    store: Store, job: Job, block: Block, *, trusting: bool = False, is_only: bool = True
) -> None:
    """Store the records and rejects of `block` and count them.

    `is_only` says that the block is all there is, so that it may be one JSON document.
    """
    plan = job.plan
    units = Units(store, plan.layers, plan.sample, trusting=trusting, tells=plan.tells, above=job.above)
    with units.of(block, is_only=is_only, sizes=job.sizes) as pieces:
        job.above = units.above
        if units.is_placed:
            _insert_placed(store, job, pieces)
            job.counts.lines += block.lines
        else:
            _insert_lines(store, job, next(pieces), block)
    if units.cutter:
        _keep_uncut(store, job, units.cutter)


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
        told = f"(SELECT * FROM ({numbered}) AS n WHERE text IS NOT NULL)"
        insert_rejects(store, job, source=str(job.source_id), units=told)


def _insert_placed(store: Store, job: Job, pieces: Iterator[str]) -> None:
    """Units that say their line themselves; only records become rows."""
    count = 0
    for count, sql in enumerate(pieces, 1):
        begin = "INSERT INTO stage_units" if count > 1 else "CREATE OR REPLACE TEMP TABLE stage_units AS"
        store.execute(f"{begin} SELECT {count} AS piece, * FROM ({sql}) AS u")
    if getattr(job.plan.outer.format, "FANS_OUT", False):
        fan_out(store)
    _refine(store, job)
    if job.plan.tells:
        tell(store, job)
    for piece in range(1, count + 1):
        place_records(store, job, pieces=[piece], source=str(job.source_id))
    insert_rejects(store, job, source=str(job.source_id))
    for counts in count_placed(store).values():
        job.counts.add(counts)
    store.execute("DROP TABLE stage_units")


def place_records(store: Store, job: Job, *, pieces: Sequence[int], source: str) -> None:
    """Store the records among neighbouring pieces of stage_units as `job` says; `source` is SQL for their source's id."""
    wanted = f"piece BETWEEN {pieces[0]} AND {pieces[-1]} AND doc IS NOT NULL AND NOT skipped"
    units = f"SELECT piece, line, item, text, doc, skipped FROM stage_units WHERE {wanted} ORDER BY piece, line, item"
    names, select = job.statement(units, {"line": "line", "item": "item"}, source=source)
    store.execute(f"INSERT INTO record_rows ({', '.join(names)}) {select}")


def _keep_uncut(store: Store, job: Job, cutter: Cutter) -> None:
    """What was met in documents besides units to read."""
    job.counts.skipped += cutter.skipped
    job.counts.rejects += len(cutter.unread)
    for unread in cutter.unread:
        reason = unread.reason or _reason(job)
        row = [job.source_id, unread.line, unread.item, reason, unread.text]
        store.execute("INSERT INTO rejects VALUES (?, ?, ?, ?, ?)", row)


def _refine(store: Store, job: Job) -> None:
    """Learn the meaning of fields from the first block as a whole: its head may hold one kind of unit only."""
    if job.is_refined:
        return
    docs = "SELECT rowid AS n, doc FROM stage_units WHERE doc IS NOT NULL AND NOT skipped"
    step = 1 + store.value(f"SELECT count(*) FROM ({docs}) AS d") // _SAMPLED_DOCS
    one_a_shape = f"SELECT min(n) FROM ({docs}) AS d GROUP BY json_keys(doc) ORDER BY count(*) DESC, min(n) LIMIT {_SHAPES}"
    chosen = f"SELECT n, doc FROM ({docs}) AS d WHERE n % {step} = 0 OR n IN ({one_a_shape})"
    so_far = "sum(strlen(doc)) OVER (ORDER BY strlen(doc), n)"
    few = f"SELECT doc FROM ({chosen}) AS c QUALIFY {so_far} <= {_SAMPLED_BYTES} ORDER BY n"
    job.learn([doc for (doc,) in store.rows(few)])
    names, _ = job.statement(EMPTY_UNITS, {"line": "0", "item": "0"})
    store.ensure_record_columns(names)


def count_placed(store: Store) -> dict[int, Counts]:
    """What became of the units in stage_units, by piece; their lines are counted elsewhere."""
    columns = {name for name, *_ in store.rows("DESCRIBE stage_units")}
    parts = "sum(CASE WHEN skipped THEN 0 ELSE parts END)" if "parts" in columns else "0"
    blanks = "sum(blanks)" if "blanks" in columns else "0"
    found = store.rows(
        f"""SELECT piece, count(*) FILTER (NOT skipped AND doc IS NOT NULL), COALESCE({parts}, 0),
                   count(*) FILTER (skipped) + COALESCE({blanks}, 0), count(*) FILTER (NOT skipped AND doc IS NULL)
            FROM stage_units GROUP BY piece"""
    )
    return {piece: Counts(*map(int, counts)) for piece, *counts in found}


def insert_rejects(store: Store, job: Job, *, source: str, units: str = "stage_units") -> None:
    """Keep the units that could not be read; `source` is SQL for their source's id."""
    store.execute(
        f"""INSERT INTO rejects SELECT {source} AS source_id, line, item, ?, text FROM {units} AS r
            WHERE doc IS NULL AND NOT skipped ORDER BY source_id, line, item""",
        [_reason(job)],
    )


def _reason(job: Job) -> str:
    name = job.plan.outer.format.NAME
    return str(getattr(job.plan.outer.format, "REASON", f"not readable as {name}"))
