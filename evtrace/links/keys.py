"""The identities of each record as hashes: the view keys over the temp table keys_stored."""

from __future__ import annotations

from dataclasses import replace

from evtrace.links import narrow
from evtrace.links.hashes import coded, hashed, slot
from evtrace.links.words import one_of
from evtrace.links.work import LINKED_KINDS, Work

#: One byte a row.
KIND = f"ENUM({', '.join(repr(kind) for kind in LINKED_KINDS)})"

#: Every column of the view keys.
COLUMNS = {
    "record_id": "BIGINT",
    "ts": "BIGINT",
    "end_ts": "BIGINT",
    "told_ts": "BIGINT",  # when it was published, as the broker says
    "src": "INTEGER",
    "kind": KIND,
    "at_broker": "BOOLEAN",  # the broker's clock
    "borrowed": "BOOLEAN",  # a receive whose own time is not told: ts is the time of its publish
    "ev": "BIGINT",  # event id
    "ca": "BIGINT",  # causation id, in the key space its source uses
    "co": "BIGINT",  # correlation id
    "tr": "BIGINT",  # trace id
    "slot": "BIGINT",  # place of the stored message
    "sp": "BIGINT",  # span in its trace
    "psp": "BIGINT",  # parent span in its trace
    "own_span": "BOOLEAN",  # the record is that span, not only written inside it
    "ids": "BIGINT",  # its set of business ids
    "typ": "INTEGER",
    "svc": "INTEGER",
    "prod": "INTEGER",
    "inst": "BIGINT",
    "wrk": "BIGINT",
    "grp": "INTEGER",
    "chn": "INTEGER",
    "mkey": "BIGINT",
    "attempt": "INTEGER",
    "hop": "BOOLEAN",
    "failed": "BOOLEAN",  # level error or worse
    "result": "INTEGER",  # how the handling ended: see RESULTS
    "wrong": "BOOLEAN",  # has an error text
    "e": "BIGINT",  # the event it shows: see `events_of_records`
    "s": "BIGINT",  # seed: its strongest id, the start of its flow
    "event_no": "BIGINT",  # the number of that event: see `placing`, as the columns below
    "es": "BIGINT",  # the seed of that event
    "best": "BOOLEAN",  # no record shows that event better
    "seen": "BOOLEAN",  # its publish was seen, not only its readers
    "handled": "BOOLEAN",  # the record tells of a handling of it
    "cause_no": "BIGINT",  # the event that its causation id names, where that was seen
    "astray": "BOOLEAN",  # that event has another seed
}

_NEEDED = [
    "end_ts",
    "clock",
    "service",
    "producer",
    "instance",
    "worker",
    "channel",
    "part",
    "pos",
    "grp",
    "event_id",
    "event_type",
    "message_key",
    "broker",
    "correlation_id",
    "causation_id",
    "trace_id",
    "span_id",
    "parent_span_id",
    "span_links",
    "attempt",
    "hop",
    "outcome",
    "error",
    "level",
    "message",
    "origin",
    "ids",
    "publish_ts",
    "event_ts",
    "schema_version",
    "consumer",
    "redelivered",
]


#: Outcomes by weight: of several seen for one attempt the heaviest counts.
RESULTS = {"ok": 1, "error": 2, "rejected": 3, "dropped": 4, "dead_letter": 5}


def fill(work: Work, *, scoped: bool) -> Work:
    """Find out which columns hold values in the scope."""
    physical = work.store.columns_of("record_rows")
    present = [name for name in _NEEDED if name in physical]
    if not present:
        return replace(work, filled=frozenset())
    counts = ", ".join(f"count({name}) AS {name}" for name in present)
    where = "WHERE rowid IN (SELECT record_id FROM scope)" if scoped else f"WHERE rowid >= {work.first_row}"
    row = work.store.row(f"SELECT {counts} FROM record_rows {where}")
    return replace(work, filled=frozenset(name for name, count in zip(present, row, strict=True) if count))


def build(work: Work, *, scoped: bool, spaces: dict[int, str]) -> None:
    """Hash the identities of the new records, or of those in the table scope."""
    source = (
        "FROM records AS r SEMI JOIN scope AS c ON c.record_id = r.record_id"
        if scoped
        else "FROM records AS r"
    )
    since = "" if scoped or work.fresh else f"AND r.record_id >= {work.first_row}"
    columns = _expressions(work, spaces)
    narrow.create(work, "keys", COLUMNS, columns, f"{source} WHERE {one_of('r.kind', LINKED_KINDS)} {since}")
    show(work)


def show(work: Work) -> None:
    """Make the view keys: the event and the seed of a record follow from its ids until they are stored."""
    narrow.show(work, "keys", COLUMNS, {"e": _event(work), "s": _seed(work), "es": _seed(work)})


def stored(work: Work) -> str:
    """SQL for the rows with the columns that are stored, and with e and s."""
    rows = (
        "keys_stored" if has_key(work, "e") else f"(SELECT *, {_event(work)} AS e FROM keys_stored) AS named"
    )
    return f"SELECT *, {_seed(work)} AS s FROM {rows}"


def store_event(work: Work) -> None:
    """Store which event each record shows, so that it can be corrected."""
    if not has_key(work, "e"):
        first = _event(work)
        work.run(f"ALTER TABLE keys_stored ADD COLUMN e BIGINT; UPDATE keys_stored SET e = {first}")
        show(work)


def has_key(work: Work, name: str) -> bool:
    """True: the column of keys is stored, so some record may hold a value."""
    return name in narrow.stored(work, "keys_stored")


def _event(work: Work) -> str:
    """The event that a record shows: by its id, else by its slot, else a record of its own."""
    shows = "kind <> 'log' AND (kind <> 'process' OR msg)"
    names = [name for name in ("ev", "slot") if has_key(work, name)]
    alone = "CASE WHEN kind IN ('publish', 'receive', 'process') THEN -1 - record_id END"
    return f"CASE WHEN {shows} THEN COALESCE({', '.join([*names, alone])}) END"


def _seed(work: Work) -> str:
    """The strongest of its ids: where its flow starts from."""
    names = [name for name in ("co", "tr", "ca", "ev", "slot") if has_key(work, name)]
    alone = "CASE WHEN e < 0 THEN e END"
    lone = (
        ["CASE WHEN ids IS NOT NULL THEN CAST(hash(ids, 'set') >> 1 AS BIGINT) END"]
        if has_key(work, "ids")
        else []
    )
    return f"COALESCE({', '.join([*names, alone, *lone])})"


def _expressions(work: Work, spaces: dict[int, str]) -> dict[str, str]:
    found = {
        "record_id": "r.record_id",
        "src": "r.source_id",
        "kind": f"CAST(r.kind AS {KIND})",
        "ts": "r.ts",
    }
    found |= {name: sql for name, (needs, sql) in _SIMPLE.items() if work.has(*needs)}
    found["msg"] = " OR ".join(
        [f"r.{c} IS NOT NULL" for c in ("event_id", "channel") if work.has(c)] or ["FALSE"]
    )
    borrowed = [f"r.ts = r.{c}" for c in ("publish_ts", "event_ts") if work.has(c)]
    if borrowed:
        found["borrowed"] = f"r.kind = 'receive' AND ({' OR '.join(borrowed)})"
    if work.has("causation_id"):
        found["ca"] = _causation(work, spaces)
    if work.has("trace_id", "span_id"):
        marks = [f"r.{c} IS NOT NULL" for c in ("end_ts", "parent_span_id") if work.has(c)]
        own = " OR ".join([*marks, "r.kind = 'process'"])
        found["own_span"] = f"r.span_id IS NOT NULL AND r.kind <> 'log' AND ({own})"
        found["psp"] = _parent_span(work, spaces)
    if work.has("message_key") and (
        work.has("span_id") or work.has("clock")
    ):  # only rules about these ask for it
        found["mkey"] = hashed("r.message_key", "key")
    told = any(work.has(name) for name in ("outcome", "error", "level"))
    if told or work.any("SELECT kind FROM record_rows WHERE kind IN ('ack', 'nack', 'dead_letter', 'drop')"):
        found["result"] = _result(work)
    sets = [f"COALESCE(r.{c}, '')" for c in ("ids", "message_key") if work.has(c)]
    if work.has("message_key", "broker"):  # what the key names depends on it: see `business`
        sets.append("COALESCE(r.broker, '')")
    if sets:
        some = " OR ".join(f"r.{c} IS NOT NULL" for c in ("ids", "message_key") if work.has(c))
        found["ids"] = f"CASE WHEN {some} THEN CAST(hash({', '.join(sets)}) >> 1 AS BIGINT) END"
    return found


_SIMPLE = {
    "end_ts": (("end_ts",), "r.end_ts"),
    "told_ts": (("publish_ts",), "r.publish_ts"),
    "at_broker": (("clock",), "r.clock = 'broker'"),
    "ev": (("event_id",), hashed("r.event_id", "event")),
    "co": (("correlation_id",), hashed("r.correlation_id", "correlation")),
    "tr": (("trace_id",), hashed("r.trace_id", "trace")),
    "slot": (
        ("channel", "part", "pos"),
        "CASE WHEN r.kind <> 'log' THEN " + slot("r.channel", "r.part", "r.pos") + " END",
    ),
    "sp": (("trace_id", "span_id"), hashed("r.trace_id || ':' || r.span_id", "link")),
    "typ": (("event_type",), coded("r.event_type", "type")),
    "svc": (("service",), coded("r.service", "service")),
    "prod": (("producer",), coded("r.producer", "service")),
    "inst": (("instance",), hashed("r.instance", "instance")),
    "wrk": (("worker",), hashed("r.worker", "worker")),
    "grp": (("grp",), coded("r.grp", "service")),
    "chn": (("channel",), coded("r.channel", "channel")),
    "attempt": (("attempt",), "r.attempt"),
    "hop": (("hop",), "r.hop IS NOT NULL"),
    "wrong": (("error",), "r.error IS NOT NULL"),
    "failed": (("level",), "r.level IN ('error', 'fatal')"),
}


def _result(work: Work) -> str:
    """What the record says about the end of a handling."""
    said = " ".join(f"WHEN r.outcome = '{name}' THEN {weight}" for name, weight in RESULTS.items())
    parts = [f"CASE {said} END"] if work.has("outcome") else []
    ends = "WHEN 'dead_letter' THEN 5 WHEN 'drop' THEN 4 WHEN 'nack' THEN 2 WHEN 'ack' THEN 1"
    if work.has("error"):
        parts.append("CASE WHEN r.error IS NOT NULL AND r.kind IN ('receive', 'process', 'nack') THEN 2 END")
    parts.append(f"CASE r.kind {ends} END")
    if work.has("level"):
        parts.append(
            "CASE WHEN r.level IN ('error', 'fatal') AND r.kind IN ('receive', 'process') THEN 2 END"
        )
    return f"COALESCE({', '.join(parts)})"


def _by_source(spaces: dict[int, str], meanings: dict[str, str], usual: str) -> str:
    cases = [f"WHEN {source} THEN {meanings[space]}" for source, space in spaces.items() if space in meanings]
    return f"CASE r.source_id {' '.join(cases)} ELSE {usual} END" if cases else usual


def _causation(work: Work, spaces: dict[int, str]) -> str:
    """A causation id counts in the key space that its source was proven to use."""
    meanings = {
        space: hashed("r.causation_id", kind_of_space(space)) for space in spaces.values() if space != "span"
    }
    found = _by_source(spaces, meanings | {"span": "NULL"}, hashed("r.causation_id", "event"))
    return f"NULLIF({found}, {hashed('r.event_id', 'event')})" if work.has("event_id") else found


def kind_of_space(space: str) -> str:
    """'event?' → event, 'correlation' → correlation, 'kind:order' → order."""
    return space.removeprefix("kind:").removesuffix("?")


def _parent_span(work: Work, spaces: dict[int, str]) -> str:
    usual = (
        hashed("r.trace_id || ':' || r.parent_span_id", "link")
        if work.has("parent_span_id")
        else "CAST(NULL AS BIGINT)"
    )
    if not work.has("causation_id"):
        return usual
    caused = hashed("r.trace_id || ':' || r.causation_id", "link")
    return _by_source(spaces, {"span": f"COALESCE({usual}, {caused})"}, usual)
