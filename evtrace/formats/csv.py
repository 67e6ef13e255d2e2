"""CSV, TSV and semicolon tables: a header, then a row a record, cells with line feeds in quotes."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import islice

from evtrace.formats import Sample
from evtrace.formats.sql import lines_of, literal, object_of

NAME = "csv"
SHAPE = "table"
UNIT = "row"
INNER = None
SAMPLES = (
    'Timestamp,Pod,Log\n2026-11-20T14:02:11Z,billing-x2,"{""log"":""charged\\n""}"\n'
    '2026-11-20T14:02:12Z,,"first, then\nsecond"\n',
    "trace_id\tspan_id\tname\n9f1c\t2b4d\tpublish\n9f1c\t3c5e\t\n",
    "id;type\ne-17;OrderPlaced\n",
)

_DELIMITERS = ",\t;|"
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?")
_NAME = re.compile(r"[A-Za-z_@#$][\w.@#$/()%:-]{0,80}")
_NAME_OF_WORDS = re.compile(r"[A-Za-z_@#$][\w .@#$/()%-]{0,80}")


@dataclass(frozen=True)
class _Table:
    delimiter: str
    columns: tuple[str, ...]
    header: str | None  # its line; None where the cells have no names
    share: float  # of the sampled rows that have as many cells


#: Columns that say where a line of a log was written, and when.
_WRITERS = re.compile(r"(?i).*(?:host|node|pod|container|service|namespace|instance|app|stream|group).*")
_TIMES = re.compile(r"(?i)@?(?:time ?stamp|time|date)")


def detect(sample: Sample) -> float:
    table = _table(sample)
    if table is None:
        return 0.0
    return (0.9 if table.header is not None else 0.6) * table.share


def rows(path: str, sample: Sample) -> str:
    """SQL: every row of the file; one with more or fewer cells than the header has no doc.

    A line begins a row when the quotes before it come in pairs. A quote too many makes a row of many
    lines that no longer fits the header: then each of its lines is taken as a row of its own.
    """
    table = _table(sample) or _Table(",", ("column_1",), None, 0.0)
    quotes = "length(text) - length(replace(text, '\"', ''))"
    marked = f"SELECT line, text, sum({quotes}) OVER (ORDER BY line) - ({quotes}) AS before FROM ({lines_of(path)})"
    numbered = (
        "SELECT line, text, sum(CASE WHEN before % 2 = 0 THEN 1 ELSE 0 END) OVER (ORDER BY line) AS part "
        f"FROM ({marked})"
    )
    joined = (
        "SELECT min(line) AS line, string_agg(text, chr(10) ORDER BY line) AS text, count(*) AS lines "
        f"FROM ({numbered}) GROUP BY part"
    )
    fits = f"len(cells) = {len(table.columns)}"
    whole = f"SELECT line, text, lines, {_cells('text', table)} AS cells FROM ({joined})"
    broken = f"SELECT line, unnest(string_split(text, chr(10))) AS text, generate_subscripts(string_split(text, chr(10)), 1) AS n FROM w WHERE lines > 1 AND ({fits}) IS NOT TRUE"
    single = f"SELECT line + n - 1 AS line, text, {_cells('text', table)} AS cells FROM ({broken})"
    header = f"text = {literal(table.header)}" if table.header is not None else "FALSE"
    return (
        f"SELECT line, CAST(NULL AS INTEGER) AS item, text, CASE WHEN NOT is_header AND {fits} THEN {_object(table)} END AS doc, "
        "is_header OR is_blank AS skipped FROM ("
        f"SELECT line, text, cells, COALESCE({header}, FALSE) AS is_header, NOT regexp_matches(text, '\\S') AS is_blank FROM ("
        f"WITH w AS ({whole}) SELECT line, text, cells FROM w WHERE lines = 1 OR ({fits}) IS TRUE "
        f"UNION ALL {single}))"
    )


def writer_columns(sample: Sample) -> tuple[str, ...]:
    """The columns that tell apart who wrote the rows."""
    table = _table(sample)
    return tuple(name for name in table.columns if _WRITERS.fullmatch(name)) if table else ()


def time_columns(sample: Sample) -> tuple[str, ...]:
    """The columns that may tell the order in which the rows were written."""
    table = _table(sample)
    return tuple(name for name in table.columns if _TIMES.fullmatch(name)) if table else ()


def _cells(text: str, table: _Table) -> str:
    """SQL: the cells with the delimiter in front of each; NULL when they do not cover the line."""
    d = re.escape(table.delimiter) if table.delimiter != "\t" else r"\t"
    cell = rf'{d}(?:"(?:[^"]|"")*"|[^"{d}][^{d}]*|)'
    found = f"regexp_extract_all({literal(table.delimiter)} || {text}, {literal(cell)})"
    columns = len(table.columns)
    cut = f"CASE WHEN len(f) > {columns} AND list_bool_and(list_transform(f[{columns + 1}:], lambda c: length(c) = 1)) THEN f[:{columns}] ELSE f END"
    covered = f"list_sum(list_transform(f, lambda c: length(c))) = length({text}) + 1"
    return f"list_transform([{found}], lambda f: CASE WHEN {covered} THEN {cut} END)[1]"


def _object(table: _Table) -> str:
    """SQL: the row by the names of its columns. An empty cell is absent, an empty text in quotes is not."""
    values = {}
    for number, name in enumerate(table.columns, 1):
        cell = f"cells[{number}]"
        told = f"replace({cell}[3:-2], '\"\"', '\"')"
        values[name] = (
            f"CASE WHEN length({cell}) = 1 THEN NULL WHEN {cell}[2] = '\"' THEN {told} ELSE substr({cell}, 2) END"
        )
    return object_of(values)


def _table(sample: Sample) -> _Table | None:
    found = [table for d in _DELIMITERS if (table := _by(sample, d)) is not None]
    return max(found, key=lambda table: (table.share, len(table.columns)), default=None)


def _by(sample: Sample, delimiter: str) -> _Table | None:
    text = sample.text if sample.whole else sample.text[: sample.text.rfind("\n") + 1]
    text = text.lstrip("\n")
    first = text[: text.find("\n")] if "\n" in text else text
    if delimiter not in first:
        return None
    try:
        read = [
            row
            for row in islice(csv.reader(io.StringIO(text[:60_000], newline=""), delimiter=delimiter), 60)
            if row
        ]
    except csv.Error:
        return None
    if len(text) > 60_000:  # the last one is cut
        read = read[:-1] or read
    if len(read) < 2:
        return None
    rest = read[1:]
    share = sum(len(row) == len(read[0]) for row in rest) / len(rest)
    if _is_header(read[0]) and share >= 0.5:
        return _Table(delimiter, _distinct(read[0]), first, share)
    if len(read[0]) > 2 and share == 1 and all(line[:1] == '"' for line in sample.lines[:20]):
        return _Table(delimiter, _named_by_content(read), None, share)
    return None


def _named_by_content(read: list[list[str]]) -> tuple[str, ...]:
    """Names for cells that have none: the first that are times, the longest text, the rest by number."""
    columns = list(zip(*read, strict=True))
    times = [n for n, cells in enumerate(columns) if all(_TIME.fullmatch(cell) for cell in cells)]
    words = [sum(cell.count(" ") for cell in cells) for cells in columns]
    longest = max(range(len(columns)), key=lambda n: words[n])
    names = [f"column_{number}" for number in range(1, len(columns) + 1)]
    if times:
        names[times[0]] = "time"
    if words[longest] >= len(read) and longest not in times:
        names[longest] = "message"
    return tuple(names)


def _is_header(cells: list[str]) -> bool:
    name = _NAME if len(cells) == 2 else _NAME_OF_WORDS
    named = [cell.strip() for cell in cells if cell.strip()]
    return (
        len(named) > 1
        and len(named) >= len(cells) - 1
        and all(name.fullmatch(cell) or _NAME.fullmatch(cell) for cell in named)
        and not any(re.search(r":\d", cell) for cell in named)
    )


def _distinct(names: list[str]) -> tuple[str, ...]:
    """The names of the columns, each once; nameless ones by their number."""
    given: list[str] = []
    for number, name in enumerate(names, 1):
        wanted = name.strip() or f"column_{number}"
        given.append(wanted if wanted not in given else f"{wanted}_{number}")
    return tuple(given)
