"""What does this SQL say?"""

from __future__ import annotations

from evtrace.errors import UsageError
from evtrace.results import Table
from evtrace.store import SqlError, Store
from evtrace.store.interrupts import ended_by_signals

#: Statements that answer with a table.
_ANSWERS = ("SELECT", "EXPLAIN", "PRAGMA", "CALL", "MULTI", "RELATION")


def run(store: Store, sql: str) -> Table:
    """Run the user's SQL and return its one result. It sees the store and nothing else of the machine."""
    store.lock()
    try:
        statements = store.con.extract_statements(sql)
        if not statements:
            raise UsageError('no SQL given; try: evtrace sql "SELECT * FROM flows LIMIT 10"')
        answers = sum(statement.type.name in _ANSWERS for statement in statements)
        if answers > 1:
            raise UsageError(
                f"{answers} questions at once, and one table for the answer; ask them one by one"
            )
        with ended_by_signals(store.con):
            done = store.con.execute(sql)
            columns = tuple(column[0] for column in done.description or ())
            return Table(columns, tuple(done.fetchall()) if columns else ())
    except SqlError as problem:
        raise UsageError(f"the SQL does not run: {str(problem).strip()}") from problem
