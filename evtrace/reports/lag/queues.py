"""What a queue is for: some are no group's to read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from evtrace.reports.lag.behind import LagRow
from evtrace.store import Store

#: What queues are called that no service reads: where the dead lie, and where messages wait to be tried again.
_CALLED = (
    ("dead_letter", re.compile(r"(^|[._\-/])(dlq|dlx|dlt|dead[._-]?letters?|dead|errors?|poison|parking[._-]?lot|skipped)$", re.I)),
    ("retry", re.compile(r"(^|[._\-/])(wait|waiting|retry|retries|delay|delayed|backoff)([._\-/]?\d+\w*)?$", re.I)),
)  # fmt: skip
#: Queues of one connection: named by the broker, or for the replies to it.
_TEMPORARY = re.compile(r"^amq\.|^_INBOX\.|(^|[._\-/])(reply|replies|reply[._-]to)([._\-/]|$)", re.I)

# Queues that a consumer was ever counted for.
_READ = "SELECT DISTINCT grp AS grp FROM attendance WHERE is_read = 1 ORDER BY grp"


def with_roles(store: Store, rows: Sequence[LagRow]) -> list[LagRow]:
    """The rows with what their queues are for. A queue that is read is its reader's, whatever it is called."""
    read = {grp for (grp,) in store.rows(_READ)}
    return [_as(row, _role(row, row.grp in read)) for row in rows]


def _as(row: LagRow, role: str) -> LagRow:
    """Where no group is expected to read, nobody is behind."""
    return row if role == "group" else replace(row, role=role, status="OK", severity="info")


def _role(row: LagRow, is_read: bool) -> str:
    name = row.grp or ""
    if row.source != "gauge" or row.channel not in (None, name):
        return "group"
    if _TEMPORARY.search(name):
        return "temporary"
    found = (role for role, called in _CALLED if called.search(name))
    return "group" if is_read else next(found, "group")
