"""Is an event what a Protobuf schema promises? Bytes are parsed, JSON is read by the mapping of the specification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evtrace.contracts import wire
from evtrace.contracts.found import Judge, Problem
from evtrace.contracts.protobuf.libraries import library
from evtrace.contracts.protobuf.messages import roots_first
from evtrace.contracts.protobuf.types import Schema
from evtrace.contracts.source import Source


def judge(schema: Schema, registry: Mapping[int, Source]) -> Judge:
    """Make a judge of events; of several messages the first that no other holds is meant."""
    return _Judge(schema).problem


class _Judge:
    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._name = roots_first(schema)[0]
        self._kind = self._class(self._name)

    def _class(self, name: str) -> Any:
        return library("message_factory").GetMessageClass(self._schema.pool.FindMessageTypeByName(name))

    def problem(self, text: str) -> Problem | None:
        if wire.is_json(text):
            return self._of_json(text)
        raw = wire.as_bytes(text)
        if raw is None:
            return Problem("event/not-protobuf", "", "the payload is neither JSON nor base64 nor hex")
        problem = self._of_bytes(raw, self._kind)
        if problem is not None and wire.header(raw) is not None:
            kind, behind = self._behind(wire.body(raw))
            problem = self._of_bytes(behind, kind)
        return problem

    def _behind(self, raw: bytes) -> tuple[Any, bytes]:
        """The message that the indexes behind a registry's header name, and its bytes."""
        count, at = wire.varint(raw, 0)
        first, at = wire.varint(raw, at) if count else (0, at)
        for _ in range(1, count):
            _, at = wire.varint(raw, at)
        top = [
            name
            for name in self._schema.own
            if name.count(".") == self._schema.package.count(".") + bool(self._schema.package)
        ]
        is_known = count == 1 and first < len(top)
        return (self._class(top[first]) if is_known else self._kind), raw[at:]

    def _of_bytes(self, raw: bytes, kind: Any) -> Problem | None:
        message = kind()
        try:
            message.ParseFromString(raw)
        except library("message").DecodeError:
            return Problem("event/undecodable", "", "the payload cannot be parsed")
        if not message.IsInitialized():
            return Problem(
                "event/required",
                "",
                f"required fields are missing: {', '.join(message.FindInitializationErrors())}",
            )
        unknown = sorted({field.field_number for field in library("unknown_fields").UnknownFieldSet(message)})
        return (
            Problem("event/unknown-field", "", f"fields {unknown} are not in the contract")
            if unknown
            else None
        )

    def _of_json(self, text: str) -> Problem | None:
        format = library("json_format")
        try:
            format.Parse(text, self._kind())
        except format.ParseError as problem:
            return Problem("event/type", "", str(problem).partition("\n")[0][:200])
        return None
