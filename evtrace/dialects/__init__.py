"""Dialects: which field plays which role. One TOML file is one system's names."""

from __future__ import annotations

from evtrace.dialects.learning import learn
from evtrace.dialects.loading import load
from evtrace.dialects.mapping import Mapping, Use
from evtrace.dialects.messages import Messages
from evtrace.dialects.readings import READINGS
from evtrace.dialects.schema import Dialect

__all__ = ["READINGS", "Dialect", "Mapping", "Messages", "Use", "learn", "load"]
