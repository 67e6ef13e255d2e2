"""What does this SQL say?"""

from __future__ import annotations

from evtrace.errors import UsageError
from evtrace.results import Table
from evtrace.store import SqlError, Store


def run(store: Store, sql: str) -> Table:
    """Run the user's SQL and return its last result. It sees the store and nothing else of the machine."""
    store.lock()
    try:
        done = store.con.execute(sql)
    except SqlError as problem:
        raise UsageError(f"the SQL does not run: {str(problem).strip()}") from problem
    columns = tuple(column[0] for column in done.description or ())
    return Table(columns, tuple(done.fetchall()) if columns else ())
