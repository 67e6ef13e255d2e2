"""`evtrace schema`: contracts, before a merge and against what was really sent."""

from __future__ import annotations

#: Name → what it does.
COMMANDS = {
    "diff": "Say what a new version of a schema breaks.",
    "check": "Check all schemas against another branch or folder.",
    "infer": "Derive contracts from the events that were really sent.",
    "drift": "Say when what a producer sends changed, and who failed on it.",
    "validate": "Check stored events against declared contracts.",
}


def run() -> None:
    """Check contracts: what a change of a schema breaks.

    JSON Schema (draft-04 to 2020-12), Avro and Protobuf; every break is shown by an event.

    \b
      evtrace schema diff old.avsc new.avsc --mode full
      evtrace schema check schemas/ --against origin/main
      evtrace schema drift
    """
