"""The units of a source as a relation: one SQL text per shape of format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evtrace.formats import Format, Sample
from evtrace.formats.sql import literal
from evtrace.ingest.content import DELIMITER
from evtrace.ingest.pieces import Piece

#: No unit at all: what a statement over units looks like is asked with it.
EMPTY_UNITS = "SELECT CAST(NULL AS VARCHAR) AS text, CAST(NULL AS VARCHAR) AS doc, FALSE AS skipped"


@dataclass(frozen=True)
class Layer:
    """One format of a source; `field` is the field of the layer outside that holds its text."""

    format: Format
    field: str | None = None

    @property
    def sql(self) -> Any:
        """The SQL pieces of the format module, which the Protocol leaves to each shape."""
        return self.format


def read_lines(path: str, *, longest_bytes: int) -> str:
    """A table function that gives one row a line, in order: `text`, NULL where the line is empty."""
    return _read_csv(path, {"text": "VARCHAR"}, longest_bytes=longest_bytes)


def _read_csv(path: str | Path, columns: dict[str, str], *, longest_bytes: int) -> str:
    """A table function over lines of values, in order; an empty value is NULL."""
    longest = max(longest_bytes + 16, 1 << 21)
    buffer = f", buffer_size = {2 * longest}" if longest > 1 << 21 else ""
    shape = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in columns.items())
    return (
        f"read_csv({literal(str(path))}, columns = {{{shape}}}, delim = {literal(DELIMITER)}, quote = '', escape = '', "
        "header = FALSE, auto_detect = FALSE, strict_mode = FALSE, null_padding = TRUE, "
        f"max_line_size = {longest}{buffer})"
    )


def line_units(layer: Layer, lines: str, *, trusting: bool = False) -> str:
    """Every line as a unit: text, doc, skipped. Row order is line order."""
    make = layer.sql.trusting if trusting else layer.sql.doc
    return f"SELECT text, {make('text')} AS doc, COALESCE({layer.sql.skip('text')}, FALSE) AS skipped FROM {lines}"


def placed_lines(units: str, first_line: int) -> str:
    """The same with their place, so that their order no longer matters."""
    return (
        f"SELECT row_number() OVER () + {first_line - 1} AS line, CAST(NULL AS INTEGER) AS item, text, doc, "
        f"skipped OR (text IS NULL AND doc IS NULL) AS skipped FROM ({units}) AS p"
    )


def text_units(layer: Layer, lines: str, first_line: int, above: Sequence[str | None] = ()) -> str:
    """Records of one or more lines: line, text, doc, skipped, parts (further lines), blanks (lines skipped beside it).

    `above` holds the lines before these that matched the format's ABOVE.
    """
    start = literal(layer.sql.START)
    names = [f"above_{number}" for number, _ in enumerate(patterns_above(layer))]
    told = "".join(f", {_last_above(layer, n, above)} AS {name}" for n, name in enumerate(names))
    kept = "".join(f", min_by({name}, line) AS {name}" for name in names)
    skip = f"COALESCE({layer.sql.skip('t')}, FALSE)" if hasattr(layer.format, "skip") else "FALSE"
    return f"""
        WITH l AS (SELECT n + {first_line} AS line, text, regexp_matches(text, {start}) AS starts{_writer(layer, "text")} FROM {lines}),
        g AS (SELECT *, SUM(CASE WHEN starts THEN 1 ELSE 0 END) OVER ({_of_writer(layer)}ORDER BY line) AS no{told} FROM l),
        r AS (SELECT MIN(line) AS line, COUNT(text) AS filled, COUNT(*) AS lines,
                     rtrim(string_agg(COALESCE(text, ''), chr(10) ORDER BY line), chr(10)) AS t{kept}
              FROM g GROUP BY {_and_writer(layer)}no, CASE WHEN no = 0 THEN line END),
        s AS (SELECT *, filled = 0 OR {skip} AS skipped FROM ({stepped("SELECT * FROM r", layer, "t", *names)}) AS u)
        SELECT line, CAST(NULL AS INTEGER) AS item, t AS text, CASE WHEN NOT skipped THEN {layer.sql.doc("t", *names)} END AS doc, skipped,
               CASE WHEN skipped THEN 0 ELSE GREATEST(filled - 1, 0) END AS parts,
               lines - CASE WHEN skipped THEN 1 ELSE GREATEST(filled, 1) END AS blanks
        FROM s ORDER BY line"""


def stepped(units: str, layer: Layer, text: str, *above: str) -> str:
    """The units with the columns that the format works out before its docs."""
    return _with_columns(units, layer.sql.steps(text, *above) if hasattr(layer.format, "steps") else ())


def _with_columns(units: str, steps: Sequence[dict[str, str]]) -> str:
    for columns in steps:
        values = ", ".join(f"{value} AS {name}" for name, value in columns.items())
        units = f"SELECT *, {values} FROM ({units}) AS step"
    return units


def patterns_above(layer: Layer) -> tuple[str, ...]:
    return getattr(layer.format, "ABOVE", ())


def _last_above(layer: Layer, number: int, above: Sequence[str | None]) -> str:
    matches = f"regexp_matches(text, {literal(patterns_above(layer)[number])})"
    last = f"last_value(CASE WHEN {matches} THEN text END IGNORE NULLS) OVER (ORDER BY line)"
    before = above[number] if above else None
    return f"COALESCE({last}, {literal(before)})" if before is not None else last


def _writer(layer: Layer, text: str, over: str = "ORDER BY n") -> str:
    """SQL: the column `writer` where the format tells several apart, whose lines come mixed; else nothing.

    A line that does not say who wrote it is by the writer of the one before.
    """
    if not hasattr(layer.format, "writer"):
        return ""
    return f", last_value({layer.sql.writer(text)} IGNORE NULLS) OVER ({over}) AS writer"


def _of_writer(layer: Layer) -> str:
    return "PARTITION BY writer " if hasattr(layer.format, "writer") else ""


def _and_writer(layer: Layer) -> str:
    return "writer, " if hasattr(layer.format, "writer") else ""


def piece_units(layer: Layer, piece: Piece) -> str:
    """The units of a piece of a document: line, item, text (where it is no JSON), doc, skipped."""
    columns = {"line": "BIGINT", "item": "INTEGER", "number": "BIGINT", "raw": "VARCHAR"}
    units = _read_csv(piece.units, columns, longest_bytes=piece.longest_bytes)
    if hasattr(layer.format, "items"):
        return _put_together(layer, units)
    around = getattr(layer.format, "AROUND", {})
    told = "".join(f", {name}" for name in around)
    # TRY_CAST would be moved into the reader of the file, which then fails on what is no JSON.
    element = "CASE WHEN json_valid(raw) THEN CAST(raw AS JSON) END"
    source = f"(SELECT line, item, number, raw, {element} AS element FROM {units}) AS u"
    if around:
        columns = {"number": "BIGINT", **dict.fromkeys(around, "VARCHAR")}
        values = "".join(f", {sql} AS {name}" for name, sql in around.items())
        texts = _read_csv(piece.around, columns, longest_bytes=piece.longest_bytes)
        source += f" LEFT JOIN (SELECT number{values} FROM {texts}) AS a ON a.number = u.number"
    steps = layer.sql.steps() if hasattr(layer.format, "steps") else ()
    found = _with_columns(f"SELECT line, item, raw, element{told} FROM {source}", steps)
    made = f"SELECT line, item, raw, CASE WHEN element IS NOT NULL THEN {layer.sql.doc()} END AS doc FROM ({found}) AS f"
    return (
        "SELECT line, item, CASE WHEN doc IS NULL THEN raw END AS text, doc, FALSE AS skipped "
        f"FROM ({made}) AS d"
    )


def _put_together(layer: Layer, units: str) -> str:
    """The same of a format that puts its units together from parts of a document."""
    found = layer.sql.items(f"(SELECT line, raw AS doc FROM {units})")
    raw = f"SELECT line, string_agg(raw, chr(10) ORDER BY item) AS raw FROM {units} GROUP BY line"
    return (
        "SELECT d.line, d.item, CASE WHEN d.doc IS NULL AND NOT d.skipped THEN r.raw END AS text, d.doc, d.skipped "
        f"FROM ({found}) AS d JOIN ({raw}) AS r ON r.line = d.line"
    )


def table_units(layer: Layer, path: str, sample: Sample) -> str:
    return str(layer.sql.rows(literal(path), sample))


def unwrap(units: str, outer: Format, inner: Layer, columns: str) -> str:
    """Read the text in field `inner.field` of `doc` by the inner format and merge both documents.

    The inner document's fields stand at the top, the outer one's under its format's name, so that
    nothing is lost where both have a field of one name. Units whose text cannot be read stay as they are.
    """
    assert inner.field is not None
    pointer = literal(pointer_to((inner.field,)))
    texts = f"SELECT *, rtrim(json_extract_string(doc, {pointer}), chr(10)) AS inner_text FROM ({units}) AS u"
    return _merged(texts, outer, inner, columns)


def _merged(texts: str, outer: Format, inner: Layer, columns: str) -> str:
    """`texts` (doc, inner_text, …) with both documents as one."""
    assert inner.field is not None
    bare = f"json_merge_patch(doc, {literal('{' + quoted(inner.field) + ':null}')})"
    # json_set keeps the nulls inside the inner document; a merge would drop them.
    taken = (
        f"json_exists(inner_doc, {literal(pointer_to((outer.NAME,)))})"  # by a field of the inner document
    )
    name = f"CASE WHEN {taken} THEN {literal(pointer_to((outer.NAME + '_',)))} ELSE {literal(pointer_to((outer.NAME,)))} END"
    named = f"SELECT *, inner_text AS t FROM ({texts}) AS n"
    merged = f"CAST(json_set(inner_doc, {name}, CAST({bare} AS JSON)) AS VARCHAR)"
    return f"""
        SELECT {columns}, CASE WHEN inner_doc IS NULL THEN doc ELSE {merged} END AS doc, skipped
        FROM (SELECT *, {inner.sql.doc("t")} AS inner_doc FROM ({stepped(named, inner, "t")}) AS u) AS i"""


def inner_texts(units: str, inner: Layer, *, teller: str, time: Sequence[str] = ()) -> str:
    """The placed units with the text inside them, whose it is, and whether it begins a record.

    `teller` is SQL, `time` pointers to what the document tells of that. A line that is older than the one
    before continues nothing: the newest comes first there.
    """
    assert inner.field is not None
    inner_text = f"rtrim(json_extract_string(doc, {literal(pointer_to((inner.field,)))}), chr(10))"
    times = [f"json_extract_string(doc, {literal(one)})" for one in time]
    when = f"COALESCE({', '.join(times)}, '')" if times else "''"
    told = f"SELECT *, {inner_text} AS inner_text, {teller} AS teller, {when} AS at_time FROM ({units}) AS u"
    before = "lag(at_time) OVER (PARTITION BY teller ORDER BY line)"
    starts = f"COALESCE(regexp_matches(inner_text, {literal(inner.sql.START)}), TRUE)"
    return f"SELECT *, {starts}{f' OR at_time < {before}' if times else ''} AS starts FROM ({told}) AS t"


def joined_units(stage: str, outer: Format, inner: Layer) -> str:
    """Records inside an envelope: units of the table `stage` joined where they continue one another.

    What is skipped or unreadable stays by itself and parts nothing.
    """
    is_alone = "text IS NOT NULL AND (skipped OR doc IS NULL)"
    begins = f"CASE WHEN starts AND text IS NOT NULL AND NOT ({is_alone}) THEN 1 ELSE 0 END"
    told = f"SELECT *{_writer(inner, 'inner_text', 'PARTITION BY teller ORDER BY line')} FROM {stage}"
    writer = _and_writer(inner)
    grouped = f"""
        SELECT min(line) AS line, CAST(NULL AS INTEGER) AS item, min_by(text, line) AS text, min_by(doc, line) AS doc,
               bool_and(skipped OR text IS NULL) AS skipped, greatest(count(text) - 1, 0) AS parts,
               count(*) - greatest(count(text), 1) AS blanks, string_agg(inner_text, chr(10) ORDER BY line) AS inner_text
        FROM (SELECT *, SUM({begins}) OVER (PARTITION BY {writer}teller ORDER BY line) AS no FROM ({told}) AS l) AS n
        GROUP BY {writer}teller, no, CASE WHEN no = 0 OR ({is_alone}) THEN line END"""
    return f"SELECT * FROM ({_merged(grouped, outer, inner, 'line, item, text, parts, blanks')}) AS m ORDER BY line"


def pointer_to(path: tuple[str, ...]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)


def quoted(key: str) -> str:
    """`key` as a JSON string."""
    import json

    return json.dumps(key, ensure_ascii=False)
