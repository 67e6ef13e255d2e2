"""JSON lines: one JSON object a line."""

from __future__ import annotations

from evtrace.formats import Sample

NAME = "jsonl"
SHAPE = "line"
UNIT = "line"
INNER = None
SAMPLES = (
    '{"timestamp":"2026-11-20T14:02:11.513Z","level":"info","event":"order placed","order_id":"order-8123"}\n',
)


def detect(sample: Sample) -> float:
    """Many lines are JSON objects. Any format that knows more of such lines should say more than 0.6."""
    share = sample.share_of_objects()
    return 0.6 * share if share > 0.3 else 0.0


def doc(text: str) -> str:
    return f"CASE WHEN json_valid({text}) AND ltrim({text})[1] = '{{' THEN {text} END"


def trusting(text: str) -> str:
    """As `doc`, without the check of each line: SQL that fails, as a whole, where a line is no JSON object.

    Good files are the rule; ingest tries this first and repeats with `doc` when it fails.
    """
    return (
        f"CASE WHEN {text} IS NULL OR starts_with({text}, '{{') THEN {text} ELSE error('not an object') END"
    )


def skip(text: str) -> str:
    return "FALSE"
