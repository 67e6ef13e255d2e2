"""kafka-dump-log --print-data-log: a file's name, then batches and below each its records.

With a decoder it shows what the coordinators keep: commits, groups, transactions.
"""

from __future__ import annotations

import re

from evtrace.formats import Sample, coordinator
from evtrace.formats.sql import groups, let, literal, object_of

NAME = "kafka-dump"
SHAPE = "text"
UNIT = "line"
INNER = None
FANS_OUT = True
_BATCH = (
    "producerEpoch: 0 partitionLeaderEpoch: 0 isTransactional: false isControl: false deleteHorizonMs: OptionalLong.empty "
    "position: 0 CreateTime: 1795183331513 size: 180 magic: 2 compresscodec: none crc: 1 isvalid: true\n"
)
SAMPLES = (
    "Dumping data/orders-eu-0-1/00000000000000000000.log\nLog starting offset: 0\n"
    "baseOffset: 0 lastOffset: 1 count: 2 baseSequence: 0 lastSequence: 1 producerId: 17 "
    + _BATCH
    + "| offset: 0 "
    "CreateTime: 1795183331513 keySize: 10 valueSize: 22 sequence: 0 headerKeys: [trace,tag] key: order-8123 payload: {\n"
    '  "event_id": "e-17"\n}\n'
    "| offset: 1 CreateTime: 1795183331514 keySize: 10 valueSize: -1 sequence: 1 headerKeys: [] key: order-8123\n"
    "baseOffset: 2 lastOffset: 2 count: 1 baseSequence: -1 lastSequence: -1 producerId: 17 "
    + _BATCH
    + "| offset: 2 "
    "CreateTime: 1795183331515 keySize: 4 valueSize: 6 sequence: -1 headerKeys: [] endTxnMarker: COMMIT coordinatorEpoch: 0\n",
    "Dumping /kafka/__consumer_offsets-12/00000000000000000000.log\nStarting offset: 0\n"
    "| offset: 1 CreateTime: 1795183331513 keysize: 26 valuesize: 24 sequence: 0 headerKeys: [] "
    "key: offset_commit::group=billing,partition=orders-eu-0-1 payload: offset=7,metadata=a b\n"
    "| offset: 2 CreateTime: 1795183331513 keysize: 26 valuesize: 24 sequence: 0 headerKeys: [] key: group_metadata::group=billing "
    'payload: {"protocolType":"consumer","protocol":"range","generationId":3,"assignment":"{c-1=[orders-0, orders-1],c-2=[]}"}\n',
    "Log starting offset: 0\n"
    '| offset: 3 CreateTime: 1795183331513 keySize: 28 valueSize: 24 sequence: 0 headerKeys: [] key: {"type":"1","data":{"group":'
    '"billing","topic":"orders","partition":0}} payload: {"version":"4","data":{"offset":7,"commitTimestamp":1795183331513}}\n'
    '| offset: 4 CreateTime: 1795183331513 keySize: 28 valueSize: -1 sequence: 0 headerKeys: [] key: {"type":"1","data":{"group":'
    '"billing","topic":"orders","partition":0}} payload: <DELETE>\n',
)

_OTHERS = (
    r"Dumping |Log starting offset: |Starting offset: |baseOffset: \d|offset: \d+ position: \d+\s*$|timestamp: -?\d+ offset: \d|"
    r"producerId: \d|version: \d+ producerId: |Snapshot end offset: |KRaft bootstrap snapshot|\S+ (?:is empty\.|passed sanity check\.)"
)
_TROUBLE = r"Found .* invalid bytes|Mismatches in|Non-consecutive offsets|Index offset: |  Index offset: |Ignoring unknown file|Found timestamp mismatch"
_SKIPPED = r"^(?:" + _OTHERS + r")"
_RECORD_START = r"^(?:\| )?offset: \d+ (?:position: \d+ )?\w+: -?\d+ "
START = r"^(?:\| |offset: |" + _OTHERS + "|" + _TROUBLE + ")"
#: Which file the lines below come from, and which batch.
ABOVE = (r"^Dumping ", r"^baseOffset: \d")

_FILE = r"^Dumping (?:.*[/\\])?(?P<topic>[^/\\]+)-(?P<partition>\d+)(?:\.[0-9a-f]+-(?:delete|future|stray))?[/\\][^/\\]+$"
_OF_BATCH = r"producerId: (?P<producerId>-?\d+) producerEpoch: (?P<producerEpoch>-?\d+) .*isTransactional: (?P<isTransactional>\w+)"
_RECORD = (
    r"(?s)^(?:\| )?offset: (?P<offset>\d+) (?:position: \d+ )?(?P<time>CreateTime|LogAppendTime|\w+): (?P<ts>-?\d+)(?: isvalid: \w+)? "
    r"key[sS]ize: (?P<keySize>-?\d+) value[sS]ize: (?P<valueSize>-?\d+)(?P<more>(?: \w+: [^\s\[]+)*?)(?: headerKeys: \[(?P<headerKeys>[^\]]*)\])?"
    r"(?P<control> (?:endTxnMarker|LeaderChange|SnapshotHeader|SnapshotFooter|KRaftVersion|KRaftVoters|controlType)\b.*?)?"
    r"(?: key: (?P<key>.*?))?(?: payload: (?P<payload>.*))?$"
)
_GROUPS = list(re.compile(_RECORD).groupindex)
_IS_INTERNAL = "p.topic = '' OR regexp_matches(p.topic, '^__(consumer_offsets|transaction_state|cluster_metadata|share_group_state)$')"
#: How decoders before Kafka 4 wrote keys and values.
_COMMIT = r"^offset_commit::group=(?P<group>.*),partition=(?P<topic>.*)-(?P<partition>\d+)$"
_COMMITTED = r"(?s)^offset=(?P<offset>\d+)(?:,metadata=(?P<metadata>.*))?$"
_ASSIGNMENT = r"([^{},=\s][^=]*)=\[([^\]]*)\]"

_FIRST = re.compile(START)
_KNOWN = re.compile(
    r"^(?:\| offset: \d+ \w+: -?\d+ key[sS]ize: |baseOffset: \d+ lastOffset: \d+ |Dumping .*\.\w+$|offset: \d+ position: \d)"
)


def detect(sample: Sample) -> float:
    lines = sample.lines[:200]
    known = any(_KNOWN.match(line) for line in lines)
    starts = sample.share(_FIRST.match(line) is not None for line in lines)
    return 0.97 * known * (0.6 + 0.4 * starts) if starts > 0.05 else 0.0


def skip(text: str) -> str:
    return f"regexp_matches({text}, {literal(_SKIPPED)}) AND NOT regexp_matches({text}, {literal(_RECORD_START)})"


def steps(text: str, file: str = "NULL", batch: str = "NULL") -> tuple[dict[str, str], ...]:
    value = "CASE WHEN m.valueSize <> '-1' AND json_valid(m.payload) THEN m.payload END"
    is_json = f'starts_with(m.key, \'{{"type":"\') AND ({_IS_INTERNAL}) AND json_valid(m.key)'
    return (
        {
            "m": groups(text, _RECORD, _GROUPS),
            "p": groups(f"COALESCE({file}, '')", _FILE, ["topic", "partition"]),
            "b": groups(
                f"COALESCE({batch}, '')", _OF_BATCH, ["producerId", "producerEpoch", "isTransactional"]
            ),
        },
        {"ck": f"CASE WHEN {is_json} THEN m.key END", "cv": f"CASE WHEN {is_json} THEN {value} END"},
        coordinator.steps("ck", "cv"),
    )


def doc(text: str, file: str = "NULL", batch: str = "NULL") -> str:
    """SQL; what begins as a record and is none is not readable, any other line is a message."""
    is_record = f"starts_with({text}, '| ') OR starts_with({text}, 'offset: ')"
    message = object_of({"recordKind": "'log'", "message": text})
    record = f"CASE WHEN m.offset <> '' THEN {_record()} END"
    return f"CASE WHEN {is_record} THEN {record} WHEN regexp_matches({text}, '\\S') THEN {message} END"


def _record() -> str:
    return (
        f"CASE WHEN m.control <> '' THEN {_control()} WHEN NOT ({_IS_INTERNAL}) THEN {_message()} "
        f"WHEN ck IS NOT NULL THEN {coordinator.doc(_STORED)} WHEN starts_with(m.key, 'offset_commit::') THEN {_old_commit()} "
        f"WHEN starts_with(m.key, 'group_metadata::') THEN {_old_group()} "
        f"WHEN starts_with(m.key, 'transaction_metadata::') OR p.topic <> '' THEN {_internal()} ELSE {_message()} END"
    )


def _stamped() -> dict[str, str]:
    """When the record was written: by the clock of its producer, or of the broker."""
    is_time = "m.ts <> '-1'"
    return {
        "CreateTime": f"CASE WHEN m.time = 'CreateTime' AND {is_time} THEN m.ts END",
        "LogAppendTime": f"CASE WHEN m.time = 'LogAppendTime' AND {is_time} THEN m.ts END",
        "tstype": "CASE m.time WHEN 'CreateTime' THEN 'create' WHEN 'LogAppendTime' THEN 'logappend' END",
    }


_PLACE = {
    "topic": "nullif(p.topic, '')",
    "partition": "nullif(p.partition, '')",
    "offset": "m.offset",
}
_PRODUCER = {
    "producerId": r"COALESCE(nullif(regexp_extract(m.more, 'producerId: (-?\d+)', 1), ''), nullif(b.producerId, ''))",
    "producerEpoch": "nullif(b.producerEpoch, '')",
    "sequence": r"nullif(regexp_extract(m.more, 'sequence: (-?\d+)', 1), '')",
    "isTransactional": "nullif(b.isTransactional, 'false')",
}
#: Where a coordinator's record itself lies; its topic, partition and offset are those it speaks of.
_STORED = {
    "stored_at": "CASE WHEN p.topic <> '' THEN p.topic || '-' || p.partition || '@' || m.offset ELSE m.offset END",
    "recordTime": "nullif(m.ts, '-1')",
    "isTransactional": "nullif(b.isTransactional, 'false')",
}


def _message() -> str:
    return object_of({
        "recordKind": "'publish'", **_stamped(), **_PLACE,
        "key": "CASE WHEN m.keySize <> '-1' THEN m.key END",
        "payload": "CASE WHEN m.valueSize <> '-1' THEN m.payload END",
        "headerKeys": "CASE WHEN m.headerKeys <> '' THEN to_json(string_split(m.headerKeys, ',')) END",
        **_PRODUCER, "keySize": "m.keySize", "valueSize": "m.valueSize",
    })  # fmt: skip


def _control() -> str:
    """A marker takes an offset that no consumer ever sees."""
    return object_of(
        {
            "recordKind": "'log'",
            "recordTime": "nullif(m.ts, '-1')",
            **_PLACE,
            **_PRODUCER,
            "message": "ltrim(m.control)",
        }
    )


def _internal() -> str:
    message = "concat_ws(' ', nullif(m.key, ''), nullif(m.payload, ''))"
    return object_of(
        {"recordKind": "'log'", "recordTime": "nullif(m.ts, '-1')", **_PLACE, "message": message}
    )


def _old_commit() -> str:
    key = groups("m.key", _COMMIT, ["group", "topic", "partition"])
    value = groups("m.payload", _COMMITTED, ["offset", "metadata"])
    told = object_of({
        "recordKind": "CASE WHEN c.offset <> '' THEN 'commit' ELSE 'offset_removed' END",
        "group": "g.group", "topic": "g.topic", "partition": "g.partition", "offset": "nullif(c.offset, '')",
        "metadata": "nullif(c.metadata, '')", **_STORED,
    })  # fmt: skip
    return let(key, "g", let(value, "c", told))


def _old_group() -> str:
    """The assignment is a text: {member=[topic-partition, …], …}."""
    slot = object_of(
        {"recordKind": "'assign'", "member": "a.member", "topic": "s.topic", "partition": "s.partition"}
    )
    slots = "regexp_extract_all(a.slots, '([^\\s,]+)-(\\d+)', ['topic', 'partition'])"
    members = f"regexp_extract_all(v[3], {literal(_ASSIGNMENT)}, ['member', 'slots'])"
    assigned = f"flatten(list_transform({members}, lambda a: list_transform({slots}, lambda s: CAST({slot} AS JSON))))"
    each = f'CASE WHEN len({assigned}) > 0 THEN list_concat([CAST(\'{{"recordKind":"group"}}\' AS JSON)], {assigned}) END'
    pointers = "['/generationId', '/protocol', '/assignment']"
    value = f"COALESCE(CASE WHEN json_valid(m.payload) THEN json_extract_string(m.payload, {pointers}) END, [NULL, NULL, NULL])"
    told = object_of({
        "recordKind": "'group'", "group": "substr(m.key, 23)", "generation": "v[1]", "protocol": "v[2]", **_STORED, "@each": each,
    })  # fmt: skip
    return let(value, "v", told)
