"""Libraries that only contracts need: loaded when used, and named when absent."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from evtrace.errors import UsageError


def library(name: str, extra: str = "schemas") -> ModuleType:
    """Import a library of an extra, or say how to install it."""
    try:
        return import_module(name)
    except ModuleNotFoundError as problem:
        raise UsageError(
            f"this needs {name}, which is not installed; type: pip install 'evtrace[{extra}]'"
        ) from problem
