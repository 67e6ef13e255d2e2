"""Links: which records are one event, which deliveries, what caused what, which flow it all belongs to."""

from __future__ import annotations

from evtrace.links.linking import LinkSummary, link
from evtrace.links.work import Declared

__all__ = ["Declared", "LinkSummary", "link"]
