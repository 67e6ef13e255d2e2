"""The last resort: any readable text, each line a message; a JSON object between them stays one."""

from __future__ import annotations

from evtrace.formats import Sample
from evtrace.formats.sql import object_of

NAME = "plain"
SHAPE = "line"
UNIT = "line"
INNER = None
SAMPLES = ("order-8123 went missing\nnobody knows why\n",)


def detect(sample: Sample) -> float:
    return 0.01


def doc(text: str) -> str:
    is_object = f"{text}[1] = '{{' AND json_valid({text})"
    return f"CASE WHEN {skip(text)} THEN NULL WHEN {is_object} THEN {text} ELSE {object_of({'message': text})} END"


def skip(text: str) -> str:
    return f"COALESCE(NOT regexp_matches({text}, '\\S'), TRUE)"  # an empty line comes as NULL
