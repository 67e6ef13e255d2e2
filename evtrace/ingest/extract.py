"""From documents to records: the SQL that fills a record's columns by a plan's mapping."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from evtrace.dialects import Mapping, Use
from evtrace.dialects.messages import TOLD
from evtrace.formats.sql import literal
from evtrace.ingest.mentions import mentioned_ids
from evtrace.ingest.readings import read
from evtrace.ingest.readings.texts import one_of, one_of_values
from evtrace.ingest.relation import pointer_to
from evtrace.ingest.wording import kind_by_words, rendered

#: Roles whose column has another type than VARCHAR, with the reading that gives it where "text" is asked for.
_TYPED = {
    "ts": "time", "end_ts": "time", "event_ts": "time", "publish_ts": "time", "duration": "duration_ns",
    "part": "number", "pos": "number", "version": "number", "attempt": "number", "redelivered": "bool",
    "event_id": "id", "correlation_id": "id", "causation_id": "id", "message_key": "id",
    "level": "level", "trace_id": "hex_trace", "span_id": "hex_span", "parent_span_id": "hex_span",
}  # fmt: skip
_CASTS = {"part": "INTEGER", "attempt": "INTEGER"}
#: Readings that keep what a value says (a level is kept as its common word).
_WHOLE = frozenset((
    "text", "id", "json", "number", "bool", "time", "time_of_year", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns",
    "duration_s", "duration_ms", "duration_us", "duration_ns", "level", "level_syslog", "level_otel", "level_insights",
    "hex_trace", "hex_span", "b64", "b64_or_text", "plus_one",
))  # fmt: skip
_NOT_COLUMNS = ("operation", "duration")
KeyLists = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Context:
    """What the extraction needs besides the mapping."""

    source: str  # SQL for the source's id
    zone: str | None
    year: int  # for times that name none
    at: str | None = None  # SQL for the time of records that have none
    used_up: KeyLists = ()  # key lists of documents in which every key plays a role
    known_keys: KeyLists = ()  # other key lists that documents have


@dataclass
class _Fields:
    """The paths to fetch, each once, and the expression that names the value fetched."""

    pointers: list[str] = field(default_factory=list)
    inside: dict[tuple[str, ...], list[str]] = field(default_factory=dict)  # path of a text → pointers in it

    def at(self, path: tuple[str, ...]) -> str:
        if "@json" not in path:
            return f"x[{_position(self.pointers, pointer_to(path))}]"
        cut = path.index("@json")
        outer, inner = path[:cut], path[cut + 1 :]
        self.at(outer)
        pointers = self.inside.setdefault(outer, [])
        number = list(self.inside).index(outer)
        return f"y{number}[{_position(pointers, pointer_to(inner))}]"


def _position(known: list[str], pointer: str) -> int:
    if pointer not in known:
        known.append(pointer)
    return known.index(pointer) + 1


def record_columns(mapping: Mapping, context: Context) -> dict[str, str]:
    """Column → SQL expression over `x` (and `y0`, …), for the columns that this mapping fills."""
    return _Extraction(mapping, context).columns()


def records_sql(
    mapping: Mapping, context: Context, units: str, *, place: dict[str, str]
) -> tuple[list[str], str]:
    """The columns and the SELECT that turns `units` (text, doc, skipped, …) into rows of record_rows.

    `place` gives the columns that say where a unit lies, with their expressions.
    """
    made = _Extraction(mapping, context)
    columns = {"source_id": context.source, **place, **made.columns()}
    values = ", ".join(f"{expression} AS {name}" for name, expression in columns.items() if name not in place)
    # Two steps, so that `attributes` can look at the columns made without making them twice.
    inner = f"SELECT doc, keys, x, {made.kept_columns(place)}{values} FROM ({made.fetched(units)}) AS f"
    names = [*columns, "attributes"]
    outer = ", ".join(place.get(name, name) for name in columns)
    return names, f"SELECT {outer}, {made.attributes()} AS attributes FROM ({inner}) AS c"


class _Extraction:
    def __init__(self, mapping: Mapping, context: Context) -> None:
        self.mapping = mapping
        self.context = context
        self.fields = _Fields()
        self._uses: dict[str, list[Use]] = {}
        for use in mapping.uses:
            self._uses.setdefault(use.role, []).append(use)

    def columns(self) -> dict[str, str]:
        made = {role: self._role(role) for role in self._uses if role not in _NOT_COLUMNS}
        for role, value in self.mapping.constants.items():
            if role not in ("kind", "operation"):
                made[role] = f"COALESCE({made[role]}, {literal(value)})" if role in made else literal(value)
        made["ts"] = self._ts(made)
        if "duration" in self._uses and "end_ts" not in made:
            made["end_ts"] = f"{made['ts']} + {self._role('duration')}"
        ids = self._ids(_words(made), made.get("consumer"))
        if ids:
            made["ids"] = ids
        kind = self._kind(made)
        if "payload" in made and "event_id" not in made:
            made["payload_hash"] = f"md5({made['payload']})"
        self._made = made
        made["kind"] = (
            f"CASE WHEN skipped OR (text IS NULL AND doc IS NULL) THEN 'skip' WHEN doc IS NULL THEN 'reject' ELSE {kind} END"
        )
        return made

    def fetched(self, units: str) -> str:
        """The units with the fetched values beside them."""
        pointers = ", ".join(map(literal, self.fields.pointers))
        sql = (
            f"SELECT *, json_keys(doc) AS keys, json_extract_string(doc, [{pointers}]) AS x FROM ({units}) AS u"
            if pointers
            else f"SELECT *, json_keys(doc) AS keys, NULL AS x FROM ({units}) AS u"
        )
        for number, (outer, inner) in enumerate(self.fields.inside.items()):
            text = f"x[{self.fields.pointers.index(pointer_to(outer)) + 1}]"
            inner_pointers = ", ".join(map(literal, inner))
            opened = f"CASE WHEN ltrim({text})[1] = '{{' THEN TRY(json_extract_string({text}, [{inner_pointers}])) END"
            sql = f"SELECT *, {opened} AS y{number} FROM ({sql}) AS u{number}"
        return sql

    def _role(self, role: str) -> str:
        if role == "origin":
            return self._origin()
        values = [self._value(use) for use in self._uses[role]]
        return values[0] if len(values) == 1 else f"COALESCE({', '.join(values)})"

    def _origin(self) -> str:
        """Where a dead letter came from, as one JSON object."""
        parts: dict[str, list[str]] = {}
        for use in self._uses["origin"]:
            parts.setdefault(use.reading.removeprefix("origin_").removeprefix("death_"), []).append(
                self._value(use)
            )
        values = {
            key: f"COALESCE({', '.join(found)})" if len(found) > 1 else found[0]
            for key, found in parts.items()
        }
        filled = " OR ".join(f"{value} IS NOT NULL" for value in values.values())
        made = ", ".join(f"{literal(key)}, {value}" for key, value in values.items())
        return f"CASE WHEN {filled} THEN CAST(json_strip_nulls(json_object({made})) AS VARCHAR) END"

    def _value(self, use: Use) -> str:
        reading = _reading(use)
        if reading == "template":
            return rendered(self.fields.at(use.path), pointer_to(use.path[:-1]))
        value = read(self.fields.at(use.path), reading, zone=self.context.zone, year=self.context.year)
        return f"TRY_CAST({value} AS {_CASTS[use.role]})" if use.role in _CASTS else value

    def _ts(self, made: dict[str, str]) -> str:
        known = [made[role] for role in ("ts", "publish_ts", "event_ts") if role in made]
        if self.context.at:
            known.append(self.context.at)
        return f"COALESCE({', '.join(known)})" if known else "CAST(NULL AS BIGINT)"

    def _kind(self, made: dict[str, str]) -> str:
        cases = [self._operation(use) for use in self._uses.get("operation", ())]
        constant = self.mapping.constants.get("kind")
        if constant:
            cases.append(literal(constant))
        else:
            cases += [*self._by_words(made), "'log'"]
        return f"COALESCE({', '.join(cases)})" if len(cases) > 1 else cases[0]

    def _operation(self, use: Use) -> str:
        text = read(self.fields.at(use.path), use.reading, zone=None, year=0)
        whens = " ".join(
            f"WHEN {literal(value)} THEN {literal(kind)}" for value, kind in self.mapping.kinds.items()
        )
        return f"CASE lower(CAST({text} AS VARCHAR)) {whens} END" if whens else "CAST(NULL AS VARCHAR)"

    def _by_words(self, made: dict[str, str]) -> list[str]:
        about = [made[role] for role in ("event_id", "pos") if role in made]
        handed = [made["redelivered"]] if "redelivered" in made else []
        return [kind_by_words(made["message"], about, handed)] if "message" in made and about else []

    def _ids(self, words: str | None, consumer: str | None) -> str | None:
        lines = [
            f"{literal(kind + '=')} || NULLIF({self.fields.at(path)}, '')" for kind, path in self.mapping.ids
        ]
        # A broker's own words name connections and clients (order-0), no business.
        if words and self.mapping.constants.get("clock") != "broker":
            lines.append(mentioned_ids(words, consumer))
        return f"list_aggregate([{', '.join(lines)}], 'string_agg', chr(10))" if lines else None

    def kept_columns(self, place: dict[str, str]) -> str:
        """What the second step needs of the units besides the values."""
        kept = [f"y{number}" for number in range(len(self.fields.inside))]
        kept += [expression for expression in place.values() if expression.isidentifier()]
        return "".join(f"{name}, " for name in kept)

    def attributes(self) -> str:
        """What plays no role, as a JSON object; the whole document where a value could not be read."""
        patch: dict[str, object] = {}
        for path in consumed(self.mapping):
            _remove(patch, path)
        if any(use.path[0] == TOLD for use in self.mapping.uses):
            patch[TOLD] = None  # said in the columns, as a whole
        rest = (
            f"NULLIF(json_merge_patch(doc, {literal(json.dumps(patch, ensure_ascii=False))}), '{{}}')"
            if patch
            else "doc"
        )
        unread, used_up, known = self._unread(), self.context.used_up, self.context.known_keys
        whens = [f"WHEN {unread} THEN doc"] if unread else []
        whens += (
            [f"WHEN {self._has_keys(used_up)}{self._knows_operation(used_up)} THEN NULL"] if used_up else []
        )
        whens += [f"WHEN {self._has_keys(known)} THEN {rest}"] if known else []
        # A repeated key is kept twice only by leaving the document as it stands.
        repeated = "len(keys) <> len(list_distinct(keys))"
        return f"CASE {' '.join(whens)} WHEN {repeated} THEN doc ELSE {rest} END"

    def _has_keys(self, key_lists: KeyLists) -> str:
        """The document has one of these lists of keys: none repeated, none unknown.

        Comparing hashes costs half as much as comparing lists, a tenth of looking for repeated keys.
        """
        hashes = (f"hash([{', '.join(map(literal, keys))}])" for keys in key_lists)
        return one_of_values("hash(keys)", *hashes)

    def _knows_operation(self, key_lists: KeyLists) -> str:
        """And each field that names the operation has a known value, or it would be lost."""
        fields = [
            use for use in self._uses.get("operation", ()) if any(use.path[0] in keys for keys in key_lists)
        ]
        return "".join(f" AND {self._operation(use)} IS NOT NULL" for use in fields)

    def _unread(self) -> str:
        """True where a field has a text but its column has no value: a time that is none, a number too large."""
        firsts = [uses[0] for role, uses in self._uses.items() if role in self._made and role != "origin"]
        typed = [use for use in firsts if _reading(use) not in ("text", "id", "level", "json", "long_number")]
        # CASE, because AND would look at the text of every row; here only rows without a value pay.
        return " OR ".join(
            f"CASE WHEN {self._own_value(use)} IS NULL THEN NOT {_says_nothing(self.fields.at(use.path))} ELSE FALSE END"
            for use in typed
        )

    def _own_value(self, use: Use) -> str:
        """What this field alone gives: the column, where no other field could have filled it."""
        return use.role if len(self._uses[use.role]) == 1 else self._value(use)


def _words(made: dict[str, str]) -> str | None:
    """What a record says for people: its message and the error with it."""
    if "message" in made and "error" in made:
        return f"concat_ws(chr(10), {made['message']}, {made['error']})"
    return made.get("message")


def _reading(use: Use) -> str:
    return _TYPED.get(use.role, use.reading) if use.reading == "text" else use.reading


def consumed(mapping: Mapping) -> set[tuple[str, ...]]:
    """The fields whose value stands whole in a column, so that `attributes` need not keep it.

    Of several fields for one role only the first is sure to win; a reading that takes a part of the value
    leaves the rest behind; what decides the kind is kept as it was written.
    """
    firsts: dict[str, Use] = {}
    for use in mapping.uses:
        firsts.setdefault(use.role, use)
    whole = [
        use for role, use in firsts.items() if role not in ("operation", "origin") and _reading(use) in _WHOLE
    ]
    return {use.path for use in whole if "@json" not in use.path}


def _says_nothing(x: str) -> str:
    """Empty, and the words for 'none' that tracers write."""
    words = one_of(f"lower({x})", "", "root", "none", "null", "-1", "0", "0" * 16, "0" * 32)
    return f"CASE WHEN {x} IS NULL THEN TRUE ELSE {words} END"


def _remove(patch: dict[str, object], path: tuple[str, ...]) -> None:
    for key in path[:-1]:
        inner = patch.setdefault(key, {})
        if not isinstance(inner, dict):  # the whole object is gone already
            return
        patch = inner
    patch[path[-1]] = None
