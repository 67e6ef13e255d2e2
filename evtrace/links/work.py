"""What one run of linking knows: the store, what the records fill, what was decided before."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from evtrace.store.engine import Store

#: A value that would join more than this many otherwise separate flows joins none of them.
N = 16

#: Kinds of records that show an event or belong to the handling of one. The slots that the other
#: kinds name (a commit names the next slot) are no identities.
LINKED_KINDS = ("publish", "receive", "ack", "nack", "dead_letter", "drop", "process", "log")


@dataclass(frozen=True)
class Declared:
    """What the user says about kinds of business ids; it wins over what the data say."""

    join: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()


class DecisionFlipped(Exception):
    """New records change a decision that old flows were built on: everything must be linked again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Work:
    """One run over one scope of records."""

    store: Store
    declared: Declared
    first_row: int  # rows of record_rows below it are linked already
    filled: frozenset[str] = field(default_factory=frozenset)  # columns with a value in the scope
    shapes: dict[str, set[str]] = field(default_factory=dict)  # the columns of the working tables

    @property
    def fresh(self) -> bool:
        """True: nothing is linked yet, the scope is every record."""
        return self.first_row == 0

    @cached_property
    def memory_mb(self) -> float:
        """What DuckDB may use, in MB."""
        return self.store.memory_mb()

    def has(self, *columns: str) -> bool:
        return all(column in self.filled for column in columns)

    def run(self, sql: str, **names: object) -> None:
        self.store.execute(sql.format(**names) if names else sql)

    def any(self, sql: str) -> bool:
        """True: the query has at least one row."""
        return bool(self.store.rows(f"SELECT 1 AS one FROM ({sql}) LIMIT 1"))


def settle(work: Work, name: str, decided: dict[str, Any], *, grows: bool = False) -> None:
    """Keep a decision. Raises DecisionFlipped where flows rest on another one.

    `grows`: entries that were not there before change nothing for the flows that are there.
    """
    text = work.store.meta(name)
    old: dict[str, Any] = json.loads(text) if text else {}
    if not work.fresh and old != decided and not (grows and old.items() <= decided.items()):
        raise DecisionFlipped(name)
    if old != decided or text is None:
        work.store.set_meta(name, json.dumps(decided, sort_keys=True))
