"""How a schema is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from evtrace.contracts.jsonschema.places import Place

if TYPE_CHECKING:
    from evtrace.contracts.jsonschema.reading.reading import Reading

#: As it is; as what a writer sends, who sends only what is declared; as what a reader takes, who ignores what is not.
EXACT, CLOSED, OPEN = "exact", "closed", "open"

#: Says what a keyword of a schema says: the reading, where the schema stands, the schema, the manner.
Reader = Callable[["Reading", Place, Mapping[str, Any], str], int]
