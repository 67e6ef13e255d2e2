"""The protobuf library, module by module."""

from __future__ import annotations

from functools import cache
from typing import Any

from evtrace.contracts import extras


@cache
def library(module: str) -> Any:
    """A module of google.protobuf."""
    return extras.library(f"google.protobuf.{module}", "protobuf")
