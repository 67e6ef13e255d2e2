"""Is an event what an Avro schema promises? Bytes are decoded, JSON is checked as the decoded value."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from evtrace.contracts import extras, wire
from evtrace.contracts.avro.parse import parse
from evtrace.contracts.avro.types import Schema
from evtrace.contracts.found import Judge, Problem
from evtrace.contracts.source import Source


def judge(schema: Schema, registry: Mapping[int, Source]) -> Judge:
    """Make a judge of events."""
    return _Judge(schema, registry).problem


class _Judge:
    def __init__(self, schema: Schema, registry: Mapping[int, Source]) -> None:
        self._avro = extras.library("fastavro")
        self._raw = self._avro.parse_schema(schema.raw, named_schemas={})
        self._writer = cache(
            lambda number: self._avro.parse_schema(parse(registry[number]).raw, named_schemas={})
        )
        self._registry = registry

    def problem(self, text: str) -> Problem | None:
        if wire.is_json(text):
            return self._of_value(text)
        raw = wire.as_bytes(text)
        if raw is None:
            return Problem("event/not-avro", "", "the payload is neither JSON nor base64 nor hex")
        number = wire.header(raw)
        if number is not None and number in self._registry:
            return self._of_bytes(wire.body(raw), self._writer(number))
        problem = self._of_bytes(raw, self._raw)
        return problem and (self._of_bytes(wire.body(raw), self._raw) if number is not None else problem)

    def _of_bytes(self, raw: bytes, writer: Any) -> Problem | None:
        stream = io.BytesIO(raw)
        try:
            self._avro.schemaless_reader(stream, writer, self._raw)
        except Exception as problem:  # fastavro raises whatever its decoders run into; each is a refusal
            return Problem(
                "event/undecodable", "", f"the payload cannot be decoded: {type(problem).__name__}"
            )
        left = len(raw) - stream.tell()
        return Problem("event/undecodable", "", "bytes are left behind the event") if left else None

    def _of_value(self, text: str) -> Problem | None:
        from fastavro.validation import ValidationError, validate

        try:
            validate(json.loads(text), self._raw, strict=False)
        except ValidationError as problem:
            first = problem.errors[0]
            return Problem(
                "event/type",
                str(getattr(first, "field", "")),
                f"{getattr(first, 'field', '')} is no {_name(first)}",
            )
        except ValueError:
            return Problem("event/not-json", "", "the payload is no JSON")
        return None


def _name(error: Any) -> str:
    schema = getattr(error, "schema", "")
    return schema if isinstance(schema, str) else json.dumps(schema, default=str)[:80]
