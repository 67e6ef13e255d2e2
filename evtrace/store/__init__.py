"""The store: one DuckDB file, and the only room that knows DuckDB."""

from duckdb import Error as SqlError

from evtrace.store.engine import SCHEMA_VERSION, Store

__all__ = ["SCHEMA_VERSION", "SqlError", "Store"]
