"""What `evtrace export --to jsonl` writes: a record a line, every column by its name, nothing left to find out."""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.sql import literal
from evtrace.model import KINDS

NAME = "evtrace"
SHAPE = "line"
UNIT = "line"
INNER = None
SAMPLES = (
    '{"evtrace":1,"kind":"publish","ts":1795183331513204871,"service":"orders","channel":"orders","part":0,"pos":12,'
    '"event_id":"e-17","event_type":"OrderPlaced","ids":"order=8123","attributes":"{\\"build\\":\\"1.4.0\\"}"}\n',
    '{"evtrace":1,"kind":"log","ts":1795183331513204871,"service":"orders","level":"info","message":"placed order-8123"}\n',
)

_BEGIN = rf'^\{{"evtrace":1,"kind":"(?:{"|".join(KINDS)})"[,}}]'


def detect(sample: Sample) -> float:
    begin = re.compile(_BEGIN)
    return sample.share(begin.match(line) is not None for line in sample.lines[:50])


def doc(text: str) -> str:
    return f"CASE WHEN regexp_matches({text}, {literal(_BEGIN)}) AND json_valid({text}) THEN {text} END"


def trusting(text: str) -> str:
    """As `doc`, failing as a whole where a line is none of ours."""
    begins = f"regexp_matches({text}, {literal(_BEGIN)})"
    return f"CASE WHEN {text} IS NULL OR {begins} THEN {text} ELSE error('not a record') END"


def skip(text: str) -> str:
    return "FALSE"
