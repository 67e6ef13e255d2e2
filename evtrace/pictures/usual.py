"""What flows of a kind usually do, and what one of them lacks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Missing:
    """A step that flows of this kind usually have and this one has not."""

    event_type: str | None
    service: str | None
    channel: str | None
    parent_type: str | None
    parent_service: str | None
    words: str  # how usual it is
