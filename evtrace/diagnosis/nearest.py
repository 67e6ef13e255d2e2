"""The ids that look most like one that is not known."""

from __future__ import annotations

from evtrace.results import Identity
from evtrace.store import Store

#: How many are named, and how alike (Jaro-Winkler, 0 … 1) they must be.
NAMED, ALIKE = 5, 0.8

#: One id may be of several kinds: the key of a message is often the order.
_MOST = 4 * NAMED

_NEAREST = f"""
SELECT kind, value
FROM (
    SELECT kind, value,
           CASE WHEN STARTS_WITH(value, ?) OR STARTS_WITH(?, value) THEN 0
                WHEN CONTAINS(value, ?) OR (LENGTH(value) > 3 AND CONTAINS(?, value)) THEN 1 ELSE 2 END AS tier,
           JARO_WINKLER_SIMILARITY(LOWER(value), LOWER(?)) AS alike
    FROM (SELECT DISTINCT kind, value FROM identities WHERE LENGTH(value) BETWEEN 2 AND 200 AND kind <> 'link') AS known
) AS ranked
WHERE tier < 2 OR alike >= {ALIKE}
ORDER BY tier, LEVENSHTEIN(value, ?), alike DESC, value, kind
LIMIT {_MOST}
"""


def nearest_ids(store: Store, query: str) -> tuple[Identity, ...]:
    """Name the known ids nearest to `query`: those that it begins, holds, or resembles."""
    wanted = query.split("=", 1)[-1].strip()[:200]
    if not wanted:
        return ()
    found = [Identity(*row) for row in store.rows(_NEAREST, [wanted] * 6)]
    named = list(dict.fromkeys(identity.value for identity in found))[:NAMED]
    return tuple(identity for identity in found if identity.value in named)
