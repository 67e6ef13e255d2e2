"""Protobuf, proto2 to editions: protoc reads, real messages travel both ways."""

from __future__ import annotations

from evtrace.contracts.protobuf.compare import JSON, WIRE, compare
from evtrace.contracts.protobuf.judge import judge
from evtrace.contracts.protobuf.parse import parse
from evtrace.contracts.protobuf.rules import RULES

NAME = "protobuf"
POLICIES = (WIRE, JSON)

__all__ = ["NAME", "POLICIES", "RULES", "compare", "judge", "parse"]
