"""What users declared about kinds of business ids, kept in the store for later ingests without their map."""

from __future__ import annotations

from collections.abc import Sequence

from evtrace.dialects import Dialect
from evtrace.links import Declared
from evtrace.store import Store

_JOIN, _NEVER = "declared_join", "declared_never"


def declared(store: Store, dialects: Sequence[Dialect]) -> Declared:
    """Earlier declarations with those of the user's maps; the newer wins where they disagree."""
    own = [dialect for dialect in dialects if dialect.is_user]
    join = {kind for dialect in own for kind in dialect.joins}
    never = {kind for dialect in own for kind in dialect.never}
    kept = Declared(
        frozenset(join | (_kept(store, _JOIN) - never)), frozenset(never | (_kept(store, _NEVER) - join))
    )
    for name, kinds in ((_JOIN, kept.join), (_NEVER, kept.never)):
        if kinds:
            store.set_meta(name, " ".join(sorted(kinds)))
    return kept


def _kept(store: Store, name: str) -> set[str]:
    return set((store.meta(name) or "").split())
