"""Avro: fastavro parses, the resolution rules of the specification decide."""

from __future__ import annotations

from evtrace.contracts.avro.compare import compare
from evtrace.contracts.avro.judge import judge
from evtrace.contracts.avro.parse import parse
from evtrace.contracts.avro.rules import RULES

NAME = "avro"
POLICIES = ("resolution",)

__all__ = ["NAME", "POLICIES", "RULES", "compare", "judge", "parse"]
