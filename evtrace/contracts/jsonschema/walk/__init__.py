"""Both schemas side by side: every place where they differ, and what each side says there alone.

What a side says at a place is a *weaker* schema: the whole one without all that stands elsewhere. Where the other
side's events break this weaker schema, they break the whole one, and because of this place.
"""

from __future__ import annotations

from evtrace.contracts.jsonschema.walk.difference import Difference
from evtrace.contracts.jsonschema.walk.walking import Walk

__all__ = ["Difference", "Walk"]
