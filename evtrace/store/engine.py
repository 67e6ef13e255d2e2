"""Opens the store, checks its version, runs SQL in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from evtrace.errors import UnreadableError, UsageError

SCHEMA_VERSION = "4"

#: Kinds that mark rows which are no records; they keep line arithmetic right (see `record_shape`).
HIDDEN_KINDS = ("reject", "skip", "part")

_INTERNAL = ("line_shift", "line")
_ALWAYS = ("source_id", "ts", "kind")

#: Rows that a stream fetches at once.
_BATCH = 5_000


#: What DuckDB may use, in MB. With what Python and DuckDB hold beside it, a process stays below 1 GB.
_USUAL_MB, _SPILLING_MB = 800, 600

#: So many records are linked and judged on disk.
_MANY = 4_000_000

#: As DuckDB tells sizes.
_UNITS = {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "PiB": 1 << 50}


class Store:
    """One evtrace store. Use `Store.open`, or `Store.memory()` in tests."""

    def __init__(self, con: duckdb.DuckDBPyConnection, path: str, read_only: bool) -> None:
        self.con = con
        self.path = path
        self.read_only = read_only
        self._is_in_transaction = False
        self._known_columns: dict[str, dict[str, str]] = {}

    @classmethod
    def open(cls, path: str | Path, *, read_only: bool = False) -> Store:
        """Open the store at `path`; create it unless `read_only`.

        Raises UsageError when it does not exist (read_only), UnreadableError when it is no store,
        was written by another version, or another process is writing it.
        """
        path = str(path)
        if read_only and not Path(path).exists():
            raise UsageError(f"{path}: no such store; make one with: evtrace ingest LOGS --store {path}")
        store = cls(_connect(path, read_only), path, read_only)
        try:
            store._prepare()
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def memory(cls) -> Store:
        """A store that lives in memory and ends with the process."""
        store = cls(_connect(":memory:", False), ":memory:", False)
        store._prepare()
        return store

    def close(self) -> None:
        self.con.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def allow_memory(self, megabytes: int) -> None:
        """Let DuckDB use more memory than reading logs needs, or less.

        More only up to half of the machine's; what EVTRACE_MEMORY says counts more, and a locked store stays as it is.
        """
        allowed = min(megabytes, max(_USUAL_MB, _half_of_the_machine()))
        if "EVTRACE_MEMORY" not in os.environ and not self._is_locked():
            self.con.execute(f"SET memory_limit = '{allowed}MB'")

    def make_ready_for_all_records(self) -> None:
        """Call before work on all records. Where they are too many for memory, working tables can from now on go to disk whole.

        DuckDB begins each column with small blocks, which would stay: 0.27 bytes a row and column. And beside much that
        it writes to disk it holds more than it counts; so it may use less, for the process to stay below 1 GB.
        """
        if self.next_row() > _MANY and not self._is_locked():
            self.con.execute("SET initial_column_segment_size = 262144")
            self.allow_memory(_SPILLING_MB)

    def memory_mb(self) -> float:
        """What DuckDB may use, in MB."""
        size, unit = str(self.value("SELECT current_setting('memory_limit')")).split()
        return float(size) * _UNITS[unit] / 1e6

    def lock(self) -> None:
        """From now on no SQL reads or writes any file but the store, and none can undo this."""
        if not self._is_locked():
            self.con.execute("SET enable_external_access = FALSE; SET lock_configuration = TRUE")

    def execute(self, sql: str, params: Sequence[Any] = ()) -> None:
        """Run one or more statements for their effect."""
        self.con.execute(sql, list(params)) if params else self.con.execute(sql)

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query as tuples."""
        done = self.con.execute(sql, list(params)) if params else self.con.execute(sql)
        return done.fetchall()

    def stream(self, sql: str, params: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query as they are worked out; no other query may run in between."""
        done = self.con.execute(sql, list(params)) if params else self.con.execute(sql)
        while batch := done.fetchmany(_BATCH):
            yield from batch

    def row(self, sql: str, params: Sequence[Any] = ()) -> tuple[Any, ...]:
        """The one row of a query that has exactly one."""
        (only,) = self.rows(sql, params)
        return only

    def value(self, sql: str, params: Sequence[Any] = ()) -> Any:
        """The first column of the first row; None where there is no row."""
        rows = self.rows(sql, params)
        return rows[0][0] if rows else None

    def dicts(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """The rows of a query by column name."""
        done = self.con.execute(sql, list(params)) if params else self.con.execute(sql)
        names = [column[0] for column in done.description or ()]
        return [dict(zip(names, row, strict=True)) for row in done.fetchall()]

    def append(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Add rows to a table, values in the order of its columns."""
        if rows:
            with self.con.appender(table) as appender:
                appender.append_rows(rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: what happens inside is kept whole or not at all. Inside another it is a part of that."""
        if self._is_in_transaction:
            yield
            return
        self.con.execute("BEGIN TRANSACTION")
        self._is_in_transaction = True
        try:
            yield
            self.con.execute("COMMIT")
        except BaseException:
            self._rollback()
            raise
        finally:
            self._is_in_transaction = False

    @contextmanager
    def in_any_order(self) -> Iterator[None]:
        """Inside, rows that no ORDER BY sorts may be stored in any order: only so all cores write what a join gives."""
        self._keep_order("FALSE")
        try:
            yield
        finally:
            self._keep_order("TRUE")

    def _keep_order(self, wanted: str) -> None:
        if not self._is_locked():  # there it stays as it is, and only costs time
            self.con.execute(f"SET preserve_insertion_order = {wanted}")

    def _is_locked(self) -> bool:
        return bool(self.value("SELECT current_setting('lock_configuration')"))

    def restart_transaction(self) -> None:
        """Inside `transaction`: forget what was done so far and go on."""
        self._rollback()
        self.con.execute("BEGIN TRANSACTION")

    @staticmethod
    def is_about_space(problem: duckdb.Error) -> bool:
        """The disk is full, or the system forbids the file to grow."""
        words = ("No space left", "File too large", "disk is full", "Could not write")
        return any(word in str(problem) for word in words)

    @staticmethod
    def is_about_memory(problem: duckdb.Error) -> bool:
        return isinstance(problem, duckdb.OutOfMemoryException)

    @staticmethod
    def explain(problem: duckdb.Error) -> str:
        """What went wrong in one sentence, and what to do where that is known."""
        text = _first_line(problem)
        if Store.is_about_space(problem):
            return f"the disk is full ({text}); free some space and run the same command again"
        if Store.is_about_memory(problem):
            return "memory ran out; allow more with the environment variable EVTRACE_MEMORY, for example EVTRACE_MEMORY=2GB"
        return text

    def _rollback(self) -> None:
        self._known_columns.clear()  # a column may have come in the transaction
        try:
            self.con.execute("ROLLBACK")
        except duckdb.Error:  # the failed statement has ended the transaction already
            return

    def meta(self, name: str) -> str | None:
        value: str | None = self.value("SELECT value FROM meta WHERE name = ?", [name])
        return value

    def set_meta(self, name: str, value: str) -> None:
        if self.meta(name) is None:
            self.execute("INSERT INTO meta VALUES (?, ?)", [name, value])
        else:
            self.execute("UPDATE meta SET value = ? WHERE name = ?", [value, name])

    def record_columns(self) -> dict[str, str]:
        """Every column of a record with its SQL type, in order (without the internal ones)."""
        return {name: kind for name, kind in self._shape().items() if name not in _INTERNAL}

    def line_of_row(self) -> str:
        """SQL for the line of a row of record_rows."""
        return _line(self._columns("record_rows"))

    def ensure_record_columns(self, names: Sequence[str]) -> None:
        """Let the table record_rows have these columns from now on."""
        shape, present = self._shape(), self._columns("record_rows")
        missing = [name for name in shape if name in names and name not in present]
        if missing and not self._is_in_transaction:  # a column without its place in the view would be lost
            with self.transaction():
                self.ensure_record_columns(missing)
            return
        for name in missing:
            self.execute(f"ALTER TABLE record_rows ADD COLUMN {name} {shape[name]}")
        if missing:
            del self._known_columns["record_rows"]
            self._create_records_view()

    def next_row(self) -> int:
        """The rowid that the next row of record_rows will get."""
        count: int = self.value("SELECT count(*) FROM record_rows")
        return count

    def _prepare(self) -> None:
        try:
            version = self.meta("schema_version")
        except duckdb.CatalogException as problem:  # asking the catalogue first would cost each answer 20 ms
            if self.read_only or self._has_tables():
                raise UnreadableError(
                    f"{self.path}: a DuckDB file, but no evtrace store; name another with --store"
                ) from problem
            self._create()
            version = self.meta("schema_version")
        if version != SCHEMA_VERSION:
            raise UnreadableError(
                f"{self.path}: written by a store of version {version}, this evtrace reads version "
                f"{SCHEMA_VERSION}; ingest the logs again into a new store (--store)"
            )

    def _create(self) -> None:
        with self.transaction():
            self.execute(_sql("schema.sql"))
            shape = self._shape()
            self.execute(f"CREATE TABLE record_rows ({', '.join(f'{n} {shape[n]}' for n in _ALWAYS)})")
            self._create_records_view()
            self.execute(_sql("views.sql"))
            self.set_meta("schema_version", SCHEMA_VERSION)
            self.set_meta("duckdb_version", duckdb.__version__)

    def _create_records_view(self) -> None:
        present = self._columns("record_rows")
        columns = ["rowid AS record_id"]
        for name, kind in self._shape().items():
            if name == "line":
                columns.append(f"{_line(present)} AS line")
            elif name != "line_shift":
                columns.append(f"{name} AS {name}" if name in present else f"CAST(NULL AS {kind}) AS {name}")
        hidden = ", ".join(f"'{kind}'" for kind in HIDDEN_KINDS)
        self.execute(
            f"CREATE OR REPLACE VIEW records AS SELECT {', '.join(columns)} "
            f"FROM record_rows WHERE kind NOT IN ({hidden})"
        )

    def _shape(self) -> dict[str, str]:
        return self._columns("record_shape")

    def _columns(self, table: str) -> dict[str, str]:
        if not self._known_columns.get(table):
            self._known_columns[table] = self.columns_of(table)
        return self._known_columns[table]

    def columns_of(self, table: str) -> dict[str, str]:
        """The columns of a table or view with their types, in order."""
        # the catalogue would take five times as long to say
        described = self.con.execute(f"SELECT * FROM {table} LIMIT 0").description or ()
        return {name: str(kind) for name, kind, *_ in described}

    def _has_tables(self) -> bool:
        return bool(self.value("SELECT count(*) FROM duckdb_tables() WHERE NOT internal"))


def _half_of_the_machine() -> int:
    """In MB; where the system does not say, as much as anyone asks for."""
    if "SC_PHYS_PAGES" not in getattr(os, "sysconf_names", {}):
        return sys.maxsize
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2_000_000


def _sql(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _line(present: Container[str]) -> str:
    """A line is stored, or follows from the row number where every line of a source became a row."""
    stored = "line" if "line" in present else "CAST(NULL AS BIGINT)"
    return f"COALESCE({stored}, rowid + line_shift)" if "line_shift" in present else stored


def _connect(path: str, read_only: bool) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "memory_limit": os.environ.get("EVTRACE_MEMORY", f"{_USUAL_MB}MB"),
        # eight of them read ahead by default, each into new memory
        "async_threads": 2,
    }
    try:
        con = duckdb.connect(path, read_only=read_only, config=config)
        con.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = FALSE")
        return con
    except duckdb.IOException as problem:
        raise UnreadableError(_why_closed(path, str(problem))) from problem
    except duckdb.Error as problem:
        raise UnreadableError(f"{path}: cannot be opened as a store: {_first_line(problem)}") from problem


def _why_closed(path: str, problem: str) -> str:
    text = problem.lower()
    if "lock" in text:
        return f"{path}: another process has this store open for writing; wait for it, or use another --store"
    if "sqlite_scanner" in text:
        return f"{path}: not an evtrace store (a SQLite file); name another with --store"
    if "not a valid duckdb" in text:
        return f"{path}: not an evtrace store (not a DuckDB file); name another with --store"
    if "version" in text and "storage" in text:
        return (
            f"{path}: written by a newer DuckDB than {duckdb.__version__}; update with: pip install -U duckdb"
        )
    return f"{path}: cannot be opened: {_first_line(problem)}"


def _first_line(problem: object) -> str:
    return str(problem).strip().splitlines()[0] if str(problem).strip() else "no reason given"
