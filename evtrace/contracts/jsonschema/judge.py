"""Is an event what a JSON Schema promises? The validator library's word, in evtrace's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from evtrace.contracts.found import Judge, Problem
from evtrace.contracts.jsonschema.document import Document
from evtrace.contracts.source import Source

_NOT_JSON = Problem("event/not-json", "", "the payload is no JSON")


def judge(document: Document, registry: Mapping[int, Source]) -> Judge:
    """Make a judge of events."""
    is_valid, loads = document.is_valid, json.loads

    def problem(text: str) -> Problem | None:
        try:
            value = loads(text)
        except ValueError:
            return _NOT_JSON
        return None if is_valid(value) else _first(document, value)

    return problem


def _first(document: Document, value: Any) -> Problem:
    error = next(iter(document.errors(value)))
    keyword = next((step for step in reversed(error.schema_path) if isinstance(step, str)), "schema")
    return Problem(f"event/{keyword}", _spoken(error.instance_path), _told(error, keyword))


def _spoken(path: Sequence[str | int]) -> str:
    """'lines[].price': items of one kind are one place."""
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _told(error: Any, keyword: str) -> str:
    """The same sentence for the same break, whatever the value was."""
    place = _spoken(error.instance_path) or "the event"
    message = str(error.message).partition("\n")[0]
    if keyword in ("required", "additionalProperties", "unevaluatedProperties", "dependentRequired"):
        return f"{place}: {message}"
    return f"{place} breaks {keyword}"
