"""What the words of log lines say, by the patterns of dialects: one line may tell of several things."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from evtrace.dialects import Mapping, Messages, Use
from evtrace.dialects.messages import EACH, TOLD, Saying, hints
from evtrace.dialects.readings import usual
from evtrace.formats.sql import groups, literal, object_of
from evtrace.ingest.fan_out import replace_units
from evtrace.ingest.job import Job
from evtrace.ingest.relation import EMPTY_UNITS, pointer_to
from evtrace.model import KINDS
from evtrace.store import Store

_OF_THE_PROGRAM = "CASE WHEN client = '' THEN grp END"
#: What aliases would find in the same words, and what it means is told already.
_TOLD_FIELDS = '{"offset": null, "partition": null, "topic": null, "groupId": null, "clientId": null}'


def tell(store: Store, job: Job) -> None:
    """In the table stage_units, let each line become a record for each thing that its message says."""
    if not job.messages:
        return
    store.execute(_heard(job))
    if said := _spoken(store, job.messages):
        store.execute(f"CREATE OR REPLACE TEMP TABLE stage_facts AS {_facts(said)}")
        _replace_units(store)
        _remember(store, job)
        store.execute("DROP TABLE stage_facts")
    store.execute("DROP TABLE stage_heard")


def _heard(job: Job) -> str:
    """The units that may say something, and their words: the message and the lines below it."""
    paths = [use.path for use in job.plan.mapping.uses if use.role == "message" and "@json" not in use.path]
    pointers = dict.fromkeys([*map(pointer_to, paths), "/message"])
    message = ", ".join(f"json_extract_string(doc, {literal(pointer)})" for pointer in pointers)
    said = f"concat_ws(chr(10), COALESCE({message}), json_extract_string(doc, '/stack'))"
    return f"""
        CREATE OR REPLACE TEMP TABLE stage_heard AS
        SELECT line, COALESCE(item, 0) AS item_no, {said} AS said, COALESCE(json_extract_string(doc, '/client'), '') AS client
        FROM stage_units
        WHERE doc IS NOT NULL AND NOT skipped AND regexp_matches(doc, {literal(hints(job.messages))})"""


#: A pattern, its dialect, and its place among all.
_Said = tuple[int, Messages, Saying]


def _spoken(store: Store, messages: Sequence[Messages]) -> list[_Said]:
    """The patterns whose hint occurs: DuckDB takes longer to plan a hundred of them than to read a small file."""
    sayings = [(one, saying) for one in messages for saying in one.says]
    hints = [f"bool_or(contains(said, {literal(saying.hint)}))" for _, saying in sayings]
    found = store.row(f"SELECT {', '.join(hints)} FROM stage_heard")
    return [
        (number, *pair)
        for number, (pair, is_there) in enumerate(zip(sayings, found, strict=True))
        if is_there
    ]


def _facts(said_by: Sequence[_Said]) -> str:
    """One row a fact: line, item_no, saying, nth and the fact as a JSON object.

    A line that does not name its group speaks of the one group that its client's other lines name, or those
    of the program around it.
    """
    said = " UNION ALL ".join(_said(said_by))
    only = f"COALESCE({_only('grp', 'dialect, client')}, {_only(_OF_THE_PROGRAM, 'dialect')})"
    return f"""
        SELECT line, item_no, row_number() OVER (PARTITION BY line, item_no ORDER BY saying, nth) AS nth, dialect,
               CASE WHEN grp IS NULL AND only_grp IS NOT NULL
                    THEN CAST(json_merge_patch(fact, json_object('grp', only_grp)) AS VARCHAR) ELSE fact END AS fact
        FROM (SELECT *, {only} AS only_grp FROM (SELECT *, fact ->> '$.grp' AS grp FROM ({said}) AS s) AS g) AS o
        QUALIFY NOT otherwise OR (bool_and(otherwise) OVER (PARTITION BY line, item_no)
                                  AND saying = min(saying) OVER (PARTITION BY line, item_no))"""


def _only(value: str, among: str) -> str:
    """The one value that these rows hold; NULL where there are several."""
    over = f"OVER (PARTITION BY {among})"
    return f"CASE WHEN min({value}) {over} = max({value}) {over} THEN min({value}) {over} END"


def _said(said_by: Sequence[_Said]) -> Iterator[str]:
    for number, one, saying in said_by:
        yield _single(one, saying, number) if not saying.each else _several(one, saying, number)


def _single(one: Messages, saying: Saying, number: int) -> str:
    return f"""
        SELECT line, item_no, {number} AS saying, 0 AS nth, {saying.otherwise} AS otherwise,
               {literal(one.dialect)} AS dialect, client, {_fact(one, saying)} AS fact
        FROM (SELECT *, {_roles("said", saying.text, saying.groups)} AS m, {_speaker(one)} AS s
              FROM stage_heard WHERE {_says(saying)}) AS h"""


def _several(one: Messages, saying: Saying, number: int) -> str:
    """A list in the line: as many facts as it has elements, maybe none."""
    region = f"regexp_extract(said, {literal(saying.text)}, {list(saying.groups).index(EACH) + 1})"
    names = ", ".join(map(literal, saying.each_groups))
    return f"""
        SELECT line, item_no, {number} AS saying, nth, {saying.otherwise} AS otherwise,
               {literal(one.dialect)} AS dialect, client, {_fact(one, saying)} AS fact
        FROM (SELECT line, item_no, client, m, s, unnest(es) AS e, generate_subscripts(es, 1) AS nth
              FROM (SELECT *, {_roles("said", saying.text, saying.groups)} AS m, {_speaker(one)} AS s,
                           regexp_extract_all({region}, {literal(saying.each)}, [{names}]) AS es
                    FROM stage_heard WHERE {_says(saying)}) AS h) AS u"""


def _says(saying: Saying) -> str:
    return f"contains(said, {literal(saying.hint)}) AND regexp_matches(said, {literal(saying.text)})"


def _roles(text: str, pattern: str, names: list[str]) -> str:
    return groups(text, pattern, names) if names else "NULL"


def _speaker(one: Messages) -> str:
    return _roles("said", one.speaker, one.speaker_groups) if one.speaker else "NULL"


def _fact(one: Messages, saying: Saying) -> str:
    """What is said, by role: of the element, else of the line, else of who speaks, else always."""
    found: dict[str, list[str]] = {}
    for source, names in (
        ("e", saying.each_groups if saying.each else []),
        ("m", saying.groups),
        ("s", one.speaker_groups),
    ):
        for name in names:
            if name != EACH:
                found.setdefault(name, []).append(f"nullif(nullif({source}.{name}, ''), 'null')")
    values = {name: f"COALESCE({', '.join(reads)})" for name, reads in found.items()}
    constants = {name: literal(value) for name, value in one.constants if name not in values}
    return object_of({"by": literal(one.dialect), "kind": literal(saying.kind), **constants, **values})


def _replace_units(store: Store) -> None:
    """Put a unit for each fact in the place of the line that told it."""
    facts = "SELECT *, count(*) OVER (PARTITION BY line, item_no) AS n FROM stage_facts"
    told = f"SELECT u.*, f.fact, f.nth, f.n FROM stage_units AS u JOIN ({facts}) AS f ON u.line = f.line AND COALESCE(u.item, 0) = f.item_no"
    changed = {
        "doc": f"CAST(json_merge_patch(u.doc, {_patches()}) AS VARCHAR)",
        "item": "CASE WHEN u.item IS NULL AND u.n > 1 THEN u.nth ELSE u.item END",
    }
    gone = "EXISTS (SELECT 1 FROM stage_facts AS f WHERE f.line = stage_units.line AND f.item_no = COALESCE(stage_units.item, 0))"
    replace_units(store, f"({told}) AS u", changed, gone=gone)


def _patches() -> str:
    """What is told; lines below the first one belong to the message, where they are no stack trace."""
    told = f"json_object({literal(TOLD)}, CAST(u.fact AS JSON))"
    fields = f"CASE WHEN json_type(u.doc, '/fields') = 'OBJECT' THEN '{{\"fields\": {_TOLD_FIELDS}}}' ELSE '{{}}' END"
    whole = "json_extract_string(u.doc, '/message') || chr(10) || json_extract_string(u.doc, '/stack')"
    is_message = (
        "json_exists(u.doc, '/message') AND json_exists(u.doc, '/stack') AND NOT json_exists(u.doc, '/error')"
    )
    lines = f"CASE WHEN {is_message} THEN json_object('message', {whole}, 'stack', NULL) ELSE '{{}}' END"
    return f"{told}, {fields}, {lines}"


def _remember(store: Store, job: Job) -> None:
    """From now on the columns are filled by what is told."""
    names = {name for (name,) in store.rows("SELECT DISTINCT dialect FROM stage_facts")}
    if names <= job.told:
        return
    job.told |= names
    job.plan = replace(job.plan, mapping=with_told(job.plan.mapping, job.messages, job.told))
    columns, _ = job.statement(EMPTY_UNITS, {"line": "0", "item": "0"})
    store.ensure_record_columns(columns)


def with_told(mapping: Mapping, messages: Sequence[Messages], names: set[str]) -> Mapping:
    """The mapping with what these dialects tell in front of everything else."""
    told = [one for one in messages if one.dialect in names]
    label = "+".join(one.dialect for one in told)
    roles = sorted({role for one in told for role in one.roles})
    uses = [Use(role, (TOLD, role), usual(role), label) for role in roles]
    others = [use for use in mapping.uses if use.path[:1] != (TOLD,)]
    return replace(
        mapping,
        uses=(Use("operation", (TOLD, "kind"), "text", label), *uses, *others),
        kinds={**mapping.kinds, **{kind: kind for kind in KINDS}},
        dialects=tuple(dict.fromkeys((*mapping.dialects, *(one.dialect for one in told)))),
    )
