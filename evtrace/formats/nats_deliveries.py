"""Lines that name a JetStream delivery by its reply subject, or show the answer to a publish: a client's own notes."""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.sql import literal, object_of

NAME = "nats_deliveries"
SHAPE = "line"
UNIT = "line"
INNER = None
SAMPLES = (
    'PUBACK {"stream": "ORDERS", "seq": 2, "duplicate": true}\n'
    "DELIVERY $JS.ACK.ORDERS.billing.1.1.1.1795228800725394317.3 Msg.Metadata.SequencePair(consumer=1, stream=1) 1 3\n",
    "$JS.ACK.ORDERS.billing.2.2.4.1795228800725756991.1\n",
)

_ACK = r"^(?:[A-Za-z0-9_-]+[ :]+)?\$JS\.ACK(?:\.[^. ]+){7,}"
_STORED = r'^(?:[A-Za-z0-9_-]+[ :]+)?\{"stream": ?"[^"]+"(?:, ?"(?:domain|seq|duplicate|batch|count)": ?[^,{}]+)+\}$'
_OBJECT = r"^[^{]*(\{.*\})$"


def detect(sample: Sample) -> float:
    lines = sample.lines[:50]
    if not any("$JS.ACK." in line or '"seq"' in line for line in lines):
        return 0.0
    return 0.9 * sample.share(bool(re.match(_ACK, line) or re.match(_STORED, line)) for line in lines)


def doc(text: str) -> str:
    delivery = object_of(
        {
            "observed": "'delivery'",
            "reply": f"regexp_extract({text}, {literal('[$]JS[.]ACK[^ ]*')})",
            "note": text,
        }
    )
    answer = (
        f"json_extract(regexp_extract({text}, {literal(_OBJECT)}, 1), ['$.stream', '$.seq', '$.duplicate'])"
    )
    stored = object_of(
        {
            "observed": "'publish'",
            "stream": f"{answer}[1]",
            "stream_seq": f"{answer}[2]",
            "duplicate": f"{answer}[3]",
            "note": text,
        }
    )
    is_answer = f"regexp_matches({text}, {literal(_STORED)}) AND json_valid(regexp_extract({text}, {literal(_OBJECT)}, 1))"
    return (
        f"CASE WHEN {skip(text)} THEN NULL WHEN regexp_matches({text}, {literal(_ACK)}) THEN {delivery} "
        f"WHEN {is_answer} THEN {stored} ELSE {object_of({'observed': literal('log'), 'note': text})} END"
    )


def skip(text: str) -> str:
    return f"NOT regexp_matches({text}, '\\S')"
