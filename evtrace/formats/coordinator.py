"""What Kafka's coordinators keep in their topics: commits, groups and transactions, as SQL over key and value.

Both come as JSON: {"type", "data"} and {"version", "data"}; a value of NULL removes what the key names.
"""

from __future__ import annotations

from evtrace.formats.sql import let, literal, object_of

#: Members that this module fills; the dialect kafka_tool knows what they mean.
_KEY = ("group", "groupId", "topic", "partition", "transactionalId", "memberId")
_VALUE = (
    "offset", "leaderEpoch", "metadata", "commitTimestamp", "generation", "epoch", "protocol", "leader", "currentStateTimestamp",
    "transactionStatus", "transactionLastUpdateTimestampMs", "memberEpoch", "producerId", "producerEpoch",
)  # fmt: skip


def steps(key: str, value: str) -> dict[str, str]:
    """SQL by name, for `doc`: what stands in key and value."""
    return {
        "k": _extracted(key, _KEY),
        "v": _extracted(value, _VALUE),
        "members": f"json_extract({value}, '/data/members')",
    }


def doc(also: dict[str, str]) -> str:
    """SQL over the steps: the record as an object, `also` among its members; with `@each`, if it assigns partitions."""
    return object_of({**_members(), **also, "@each": _each()})


def _extracted(text: str, names: tuple[str, ...]) -> str:
    pointers = ", ".join(literal(f"/data/{name}") for name in names)
    nothing = ", ".join("NULL" for _ in names)
    return f"COALESCE(json_extract_string({text}, [{pointers}]), [{nothing}])"


def _k(name: str) -> str:
    return f"k[{_KEY.index(name) + 1}]"


def _v(name: str) -> str:
    return f"v[{_VALUE.index(name) + 1}]"


def _members() -> dict[str, str]:
    is_group = f"COALESCE({_k('group')}, {_k('groupId')})"
    kind = (
        f"CASE WHEN {_k('topic')} IS NOT NULL AND {_v('offset')} IS NULL THEN 'offset_removed' WHEN {_k('topic')} IS NOT NULL THEN 'commit' "
        f"WHEN {_k('transactionalId')} IS NOT NULL THEN 'transaction' WHEN {is_group} IS NOT NULL THEN 'group' ELSE 'log' END"
    )
    when = ("commitTimestamp", "currentStateTimestamp", "transactionLastUpdateTimestampMs")
    kept = ("leaderEpoch", "protocol", "leader", "transactionStatus", "producerId", "producerEpoch")
    return {
        "recordKind": kind,
        "group": is_group,
        "topic": _k("topic"),
        "partition": _k("partition"),
        "offset": _v("offset"),
        "commitTimestamp": f"nullif(COALESCE({', '.join(_v(name) for name in when)}), '-1')",
        "member": _k("memberId"),
        "generation": f"COALESCE({_v('generation')}, {_v('epoch')}, {_v('memberEpoch')})",
        "transactionalId": _k("transactionalId"),
        "message": f"'transaction ' || {_k('transactionalId')} || ': ' || {_v('transactionStatus')}",
        "metadata": f"nullif({_v('metadata')}, '')",
        **{name: _v(name) for name in kept},
    }


def _each() -> str:
    """SQL: of a group with members, what its record tells: of the group, and of each partition that a member has."""
    found = 'from_json(members, \'[{"memberId":"VARCHAR","assignment":"JSON"}]\')'
    slot = object_of(
        {"recordKind": "'assign'", "member": "member.memberId", "topic": "topic.topic", "partition": "part"}
    )
    topics = (
        f'from_json({_assigned("member.assignment")}, \'[{{"topic":"VARCHAR","partitions":["INTEGER"]}}]\')'
    )
    of_member = f"flatten(list_transform({topics}, lambda topic: list_transform(topic.partitions, lambda part: CAST({slot} AS JSON))))"
    slots = f"flatten(list_transform({found}, lambda member: COALESCE({of_member}, [])))"
    group = 'CAST(\'{"recordKind":"group"}\' AS JSON)'
    return f"CASE WHEN json_array_length(members) > 0 THEN list_concat([{group}], {slots}) END"


def _assigned(assignment: str) -> str:
    """SQL: [{"topic", "partitions"}] of an assignment, told in JSON or as the client's own bytes in base64."""
    told = f"json_extract({assignment}, '/assignedPartitions')"
    bytes_ = f"hex(TRY(from_base64({assignment} ->> '$')))"
    return f"CASE json_type({assignment}) WHEN 'OBJECT' THEN {told} WHEN 'VARCHAR' THEN {let(bytes_, 'h', _decoded())} END"


def _decoded() -> str:
    """SQL over `h`, the assignment's bytes in hex: a version (2 bytes), then topics, each with its partitions.

    A topic is a name behind its length (2 bytes) and partitions (4 bytes each) behind their number (4 bytes).
    """
    name = "substr(h, a.at + 4, 2 * CAST('0x' || substr(h, a.at, 4) AS INTEGER))"
    behind = "(a.at + 4 + 2 * CAST('0x' || substr(h, a.at, 4) AS INTEGER))"
    count = f"CAST('0x' || substr(h, {behind}, 8) AS INTEGER)"
    partition = f"CAST(CAST('0x' || substr(h, {behind} + 8 + 8 * j, 8) AS INTEGER) AS VARCHAR)"
    partitions = f"array_to_string(list_transform(range({count}), lambda j: {partition}), ',')"
    topic = f"'{{\"topic\":' || CAST(to_json(decode(unhex({name}))) AS VARCHAR) || ',\"partitions\":[' || {partitions} || ']}}'"
    more = f"{{'at': CAST({behind} + 8 + 8 * {count} AS INTEGER), 'topics': list_append(a.topics, {topic})}}"
    start = "{'at': 13, 'topics': CAST([] AS VARCHAR[])}"
    topics = f"list_transform(range(CAST('0x' || substr(h, 5, 8) AS INTEGER)), lambda i: {start})"
    all_topics = f"list_reduce({topics}, lambda a, b: {more}, {start}).topics"
    return f"TRY(CAST('[' || array_to_string({all_topics}, ',') || ']' AS JSON))"
