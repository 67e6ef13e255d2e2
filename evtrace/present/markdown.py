"""Markdown for tickets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evtrace.anomalies import Report, RuleTotal
from evtrace.present import lists
from evtrace.present.anomalies import reasons
from evtrace.present.comparison import PARTS, entry_words, expectation, others, part_words
from evtrace.present.lag import table as lag_table
from evtrace.present.mapping import mapping_lines
from evtrace.present.terminal import Screen, clean
from evtrace.present.times import clock, duration, offset
from evtrace.present.tree import ALIKE, Row, rows_of
from evtrace.present.words import counted, first_line, handled, known_by, place, spot, verdict
from evtrace.results import ChainEvent, FlowList, IngestSummary, Reject, SourceSummary, Table, WhyAnswer

#: Steps of the chain that are listed before the rest is counted.
STEPS = 300

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")
_PLAIN = Screen()


def escape(text: object) -> str:
    """Text of logs as Markdown that shows it and does nothing else."""
    return _SPECIAL.sub(r"\\\1", clean(text)).replace("&", "&amp;")


def why(answers: Sequence[WhyAnswer], *, steps: int = STEPS) -> str:
    """A section per flow: verdict, cause, chain, what is not seen."""
    return "\n".join("\n".join(_answer(answer, steps)) for answer in answers)


def _answer(answer: WhyAnswer, steps: int) -> Iterator[str]:
    flow = answer.flow
    yield f"## {escape(answer.query)}: {verdict(answer.verdict)}\n"
    took = None if flow.started_at is None or flow.last_at is None else flow.last_at - flow.started_at
    facts = (
        counted(flow.events, "event"),
        counted(len(flow.services), "service"),
        counted(flow.records, "record"),
    )
    yield f"{escape(flow.root_type or 'no type')}, {clock(flow.started_at)}, took {duration(took)}; {', '.join(facts)}.\n"
    if answer.cause:
        cause, places = (
            answer.cause,
            ", ".join(f"{escape(spot(evidence))}" for evidence in answer.cause.evidence),
        )
        yield f"**Cause** ({cause.kind}, confidence {cause.confidence:.2g}): {escape(cause.sentence)}  \n{places}\n"
        yield from _listed("Consequences", list(cause.consequences))
    for other in answer.other_causes:
        yield f"**Another cause** ({other.kind}, confidence {other.confidence:.2g}): {escape(other.sentence)}\n"
    if answer.expected and (answer.cause or answer.expected.is_enough):
        yield f"**Expected**: {escape(expectation(answer.expected))}\n"
    if answer.same_cause:
        yield f"**Others**: {escape(others(answer.same_cause))}\n"
    yield "### Chain\n"
    yield from _chain(answer, steps)
    yield from _time(answer)
    yield from _listed("Ledger", [entry_words(entry) for entry in answer.ledger])
    yield from _listed("Not seen", [absent.sentence for absent in answer.not_seen])
    yield from _listed("Ruled out", [ruled.sentence for ruled in answer.ruled_out])
    yield from _listed("Ids", [f"{identity.kind} {identity.value}" for identity in flow.identities[:20]])


def _time(answer: WhyAnswer) -> Iterator[str]:
    if answer.time:
        parts = sorted(answer.time.parts, key=lambda part: -part.took_ns)[:PARTS]
        yield from _listed(
            f"Time: {duration(answer.time.total_ns)}", [part_words(part).strip() for part in parts]
        )


def _chain(answer: WhyAnswer, steps: int) -> Iterator[str]:
    shown = 0
    for row in rows_of(answer.chain, alike=ALIKE if steps else len(answer.chain)):
        if row.step and steps and shown == steps:
            yield f"- … {len(answer.chain) - shown:,} more steps"
            break
        shown += row.step is not None
        yield from _row(row, answer.flow.started_at)
    yield ""


def _row(row: Row, start: int | None) -> Iterator[str]:
    indent = "  " * len(row.rails)
    if row.step:
        yield f"{indent}- {_step(row.step, start)}"
        yield from (f"{indent}  - {line}" for line in _details(row.step, start))
    elif row.seen:
        yield f"{indent}- see #{row.seen.step} {escape(row.seen.event_type or row.seen.event_id)}"
    elif row.like:
        yield f"{indent}- … {row.more:,} more of this shape ({escape(row.like.event_type or 'event')})"


def _step(step: ChainEvent, start: int | None) -> str:
    ways = ", ".join(known_by(edge) for edge in step.parents)
    facts = (step.service or "", place(step), f"by {ways}" if ways else "", spot(step.evidence))
    failed = " ✗ failed" if step.outcome == "error" else ""
    name = escape(step.event_type or step.event_id)
    told = ", ".join(escape(fact) for fact in facts if fact)
    return f"\\#{step.step} {offset(step.at, start)} **{name}**{failed} ({told})"


def _details(step: ChainEvent, start: int | None) -> Iterator[str]:
    for delivery in step.deliveries:
        reader = delivery.grp or delivery.service or "unknown reader"
        told = f"→ {reader} attempt {delivery.attempt}: {handled(delivery, step.at)}"
        yield escape(told) + (f" ({escape(spot(delivery.evidence))})" if delivery.evidence else "")
    for line in step.logs:
        told = f"{offset(line.at, start)} {line.level or 'log'}: {first_line(line.message)}"
        yield f"{escape(told)} ({escape(spot(line.evidence))})"


def _listed(name: str, sentences: Sequence[str]) -> Iterator[str]:
    if sentences:
        yield f"### {name}\n"
        yield from (f"- {escape(sentence)}" for sentence in sentences)
        yield ""


def flows(found: FlowList) -> str:
    """A table of flows."""
    rows = [lists.flow_cells(row) for row in found.rows]
    text = _table(lists.FLOW_HEAD, rows) + f"\n{len(found.rows):,} of {counted(found.total, 'flow')}\n"
    incidents = [lists.incident_cells(one) for one in found.incidents]
    return text + (f"\n{_table(lists.INCIDENT_HEAD, incidents)}" if incidents else "")


def sources(found: Sequence[SourceSummary], *, explain: bool = False) -> str:
    """A table of sources; with `explain` a list of what the fields of each mean."""
    text = _table(lists.SOURCE_HEAD, [lists.source_cells(source) for source in found])
    for source in found if explain else ():
        lines = "\n".join(f"- {escape(line.strip())}" for line in mapping_lines(source.mapping, _PLAIN))
        text += f"\n### {escape(source.uri)}\n\n{lines}\n"
    return text


def ingested(summary: IngestSummary, *, explain: bool = False) -> str:
    """A table of sources and the totals."""
    total = (
        counted(summary.records, "record"),
        counted(summary.rejects, "reject"),
        counted(summary.flows, "flow"),
    )
    return f"{sources(summary.sources, explain=explain)}\n{', '.join(total)}\n"


def rejects(found: Sequence[Reject]) -> str:
    """A table of what could not be read."""
    rows = [[r.source, "" if r.line is None else str(r.line), r.reason, r.text or ""] for r in found]
    return _table(("source", "line", "reason", "text"), rows)


def report(name: str, found: Report, *, limit: int) -> str:
    """A delivery report: a section per rule, then what could not be judged."""
    judged = "nothing found" if found.evaluated else "not evaluated"
    head = ", ".join(f"{total.rows:,} {total.rule}" for total in found.totals) or judged
    parts = [f"## {escape(name)}: {escape(head)}\n"]
    parts += [_rule(found, total, limit) for total in found.totals]
    parts += ["\n".join(_listed("Not evaluated", reasons(found.not_evaluated)))]
    parts += ["\n".join(_listed("Notes", found.notes))]
    return "\n".join(part for part in parts if part) + "\n"


def lag(found: Report, *, limit: int) -> str:
    """How far groups are behind, as a table."""
    head, rows = lag_table(found.rows[:limit] if limit else found.rows)
    more = len(found.rows) - len(rows)
    parts = ["## lag\n", _table(head, rows)]
    parts += [f"… {more:,} more\n"] if more else []
    parts += ["\n".join(_listed("Not evaluated", reasons(found.not_evaluated)))]
    parts += ["\n".join(_listed("Notes", found.notes))]
    return "\n".join(part for part in parts if part)


def _rule(found: Report, total: RuleTotal, limit: int) -> str:
    rows = [row for row in found.rows if (row.rule, row.severity) == (total.rule, total.severity)]
    shown = rows[:limit] if limit else rows
    lines = [[clock(row.at), row.sentence, " ".join(spot(place) for place in row.evidence)] for row in shown]
    more = f"\n… {total.rows - len(shown):,} more\n" if total.rows > len(shown) else ""
    head = f"### {total.severity}: [{escape(total.rule)}]({total.docs})\n\n{escape(total.means)}\n"
    return f"{head}\n{_table(('at', 'what', 'evidence'), lines)}{more}"


def table(found: Table) -> str:
    """Rows of SQL."""
    return _table(
        found.columns, [["" if value is None else str(value) for value in row] for row in found.rows]
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [_cells(head), _cells(["---"] * len(head), raw=True), *(_cells(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _cells(row: Sequence[str], *, raw: bool = False) -> str:
    return "| " + " | ".join(cell if raw else escape(cell) for cell in row) + " |"
