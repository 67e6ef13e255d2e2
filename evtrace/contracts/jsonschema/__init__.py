"""JSON Schema, draft-04 to 2020-12: a solver proves or refutes, the validator library confirms."""

from __future__ import annotations

from evtrace.contracts.jsonschema.compare import compare
from evtrace.contracts.jsonschema.document import Document
from evtrace.contracts.jsonschema.judge import judge
from evtrace.contracts.jsonschema.rules import RULES
from evtrace.contracts.source import Source

NAME = "json"
POLICIES = ("strict", "lenient")


def parse(source: Source) -> Document:
    """Understand a schema, or say in which line it is none."""
    return Document(source)


__all__ = ["NAME", "POLICIES", "RULES", "compare", "judge", "parse"]
