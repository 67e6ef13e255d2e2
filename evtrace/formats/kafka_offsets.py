"""__consumer_offsets through OffsetsMessageFormatter up to Kafka 3: `[group,topic,partition]::OffsetAndMetadata(…)`.

GroupMetadataMessageFormatter's lines, `group::GroupMetadata(…)`, may stand between them.
"""

from __future__ import annotations

import re

from evtrace.formats import Sample
from evtrace.formats.sql import groups, let, literal, object_of

NAME = "kafka-offsets"
SHAPE = "line"
UNIT = "line"
INNER = None
SAMPLES = (
    "[billing,orders-eu-0,1]::OffsetAndMetadata(offset=7, leaderEpoch=Optional[0], metadata=a, b, commitTimestamp=1795183331513, "
    "expireTimestamp=None)\n[billing,orders-eu-0,1]::NULL\n[a,b,orders,0]::[OffsetMetadata[7,NO_METADATA],CommitTime 1795183331513,"
    "ExpirationTime 1795269731513]\n",
    "billing::GroupMetadata(groupId=billing, generation=3, protocolType=Some(consumer), currentState=Stable, members=Map())\nbilling::NULL\n",
)

_KEY = r"^\[(?P<group>.*),(?P<topic>[^,\]]+),(?P<partition>\d+)\]::"
_NEW = (
    _KEY
    + r"OffsetAndMetadata\(offset=(?P<offset>\d+), (?:leaderEpoch=(?:Optional\[(?P<epoch>-?\d+)\]|Optional\.empty), )?metadata=(?P<metadata>.*?), commitTimestamp=(?P<time>\d+).*\)\s*$"
)
_OLD = (
    _KEY
    + r"\[OffsetMetadata\[(?P<offset>\d+),(?P<metadata>.*?)\],CommitTime (?P<time>\d+),ExpirationTime -?\d+\]\s*$"
)
_REMOVED = _KEY + r"(?:NULL|null|<DELETE>)\s*$"
_GROUP = r"^(?P<group>.+)::(?:GroupMetadata\(groupId=.*?, generation=(?P<generation>\d+),.*?currentState=(?P<state>\w+)(?P<members>.*)|NULL|null)\s*$"

_COMMIT = re.compile(_KEY + r"(?:OffsetAndMetadata\(offset=\d|\[OffsetMetadata\[\d|NULL|null|<DELETE>)")
_KNOWN = re.compile(r"^.+::(?:GroupMetadata\(groupId=|NULL\s*$)")


def detect(sample: Sample) -> float:
    return 0.97 * sample.share(
        _COMMIT.match(line) is not None or _KNOWN.match(line) is not None or _DONE.match(line) is not None
        for line in sample.lines[:50]
    )


_DONE = re.compile(r"Processed a total of \d+ messages")


def doc(text: str) -> str:
    slot = {name: f"m.{name}" for name in ("group", "topic", "partition")}
    commit = {
        "recordKind": "'commit'", **slot, "offset": "m.offset", "commitTimestamp": "m.time",
        "metadata": "nullif(nullif(m.metadata, ''), 'NO_METADATA')",
    }  # fmt: skip
    group = {
        "recordKind": "'group'", "group": "m.group", "generation": "nullif(m.generation, '')", "state": "nullif(m.state, '')",
        "members": "nullif(m.members, '')",
    }  # fmt: skip
    reads = (
        _read(text, _NEW, {**commit, "leaderEpoch": "nullif(m.epoch, '')"}),
        _read(text, _OLD, commit),
        _read(text, _REMOVED, {"recordKind": "'offset_removed'", **slot}),
        _read(text, _GROUP, group),
    )
    return f"COALESCE({', '.join(reads)})"


def skip(text: str) -> str:
    return f"regexp_matches({text}, {literal('^' + _DONE.pattern)})"


def _read(text: str, pattern: str, values: dict[str, str]) -> str:
    found = let(groups(text, pattern, list(re.compile(pattern).groupindex)), "m", object_of(values))
    return f"CASE WHEN regexp_matches({text}, {literal(pattern)}) THEN {found} END"
