"""`evtrace schema`: contracts, before a merge and against what was really sent."""

from __future__ import annotations

#: Name → what it does.
COMMANDS = {
    "diff": "Say what a new version of a schema breaks.",
    "check": "Check all schemas against another branch or folder.",
}


def run() -> None:
    """Check contracts: what a change of a schema breaks.

    JSON Schema (draft-04 to 2020-12), Avro and Protobuf; every break is shown by an event.

    \b
      evtrace schema diff old.avsc new.avsc --mode full
      evtrace schema check schemas/ --against origin/main
    """
