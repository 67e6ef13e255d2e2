"""Schemas as literals: every keyword of every draft becomes the few terms of `terms`."""

from __future__ import annotations

from evtrace.contracts.jsonschema.reading.manners import CLOSED, EXACT, OPEN
from evtrace.contracts.jsonschema.reading.reading import Reading, keywords

__all__ = ["CLOSED", "EXACT", "OPEN", "Reading", "keywords"]
