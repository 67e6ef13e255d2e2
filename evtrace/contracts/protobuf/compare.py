"""Every difference between two Protobuf schemas, each tried by real round trips in both directions."""

from __future__ import annotations

from evtrace.contracts.found import Comparison
from evtrace.contracts.protobuf import files
from evtrace.contracts.protobuf.messages import Messages
from evtrace.contracts.protobuf.pair import Pair
from evtrace.contracts.protobuf.types import Schema

#: How events travel: as bytes, where numbers count, or as JSON, where names do.
WIRE, JSON = "wire", "json"


def compare(old: Schema, new: Schema, policy: str) -> Comparison:
    """Find every difference and the directions that it breaks."""
    if old.digest == new.digest:
        return Comparison(())
    pair = Pair(old, new, as_json=policy == JSON)
    return Comparison((*files.differences(pair), *Messages(pair).differences()))
