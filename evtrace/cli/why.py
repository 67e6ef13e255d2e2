"""`evtrace why`: what happened to an id, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from evtrace.cli import options
from evtrace.cli.output import caution, output, show
from evtrace.diagnosis.find import SeveralFlows
from evtrace.diagnosis.originals import with_originals
from evtrace.diagnosis.why import why
from evtrace.errors import HEALTHY, INCOMPLETE, UsageError
from evtrace.present import text
from evtrace.reports.pending import pending
from evtrace.results import FlowRow, WhyAnswer
from evtrace.store import Store


def run(
    id: Annotated[
        str, typer.Argument(metavar="ID", help="Any id: order, event, correlation, trace, channel/part/pos.")
    ],
    every: Annotated[
        bool, typer.Option("--all", help="Answer for each flow where several have the id.")
    ] = False,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Show the text behind each statement.")
    ] = False,
    explain_sql: Annotated[
        bool, typer.Option("--explain-sql", help="Show the SQL that gives each number again.")
    ] = False,
    limit: Annotated[int, typer.Option(min=0, help="Steps of the chain to show; 0: all.")] = text.STEPS,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 4 where the logs cannot tell it all.")
    ] = False,
    store: options.Store = options.DEFAULT_STORE,
    out: options.Output = "text",
) -> int:
    """Say what happened to an id, and why.

    Takes any id: of an order, an event, a message's place (channel/partition/position), a correlation,
    a trace; kind=value says which kind is meant, flow:N names a flow.

    \b
      evtrace why 8123
      evtrace why order=8123 --evidence
      evtrace why orders/0/12 -o json
      evtrace why 4bf92f3577b34da6a3ce929d0e0e4736 -o ticket.md
    """
    to = output(out)
    with Store.open(store, read_only=True) as opened:
        undone = pending(opened)
        caution(undone)
        answers = answers_of(opened, id, every=every, evidence=evidence, explain_sql=explain_sql)
    status = "incomplete" if undone else _status(answers)
    show(to, {
        "text": lambda: text.several(answers, to.screen, steps=limit, evidence=evidence),
        "json": lambda: _json(_data(answers, every), status, undone),
        "markdown": lambda: _markdown(answers, limit),
    })  # fmt: skip
    is_open = status == "incomplete" or any(answer.not_seen for answer in answers)
    return INCOMPLETE if strict and is_open else HEALTHY


def answers_of(
    store: Store, query: str, *, every: bool | None, evidence: bool, explain_sql: bool = False
) -> tuple[WhyAnswer, ...]:
    """The answer, or with `every` those of all flows that have the id; `evidence` in the words of its sources.

    None is of a command that gives one answer only.
    """
    try:
        if every:
            found = why(store, query, all=True, with_text=evidence, recounted=explain_sql)
        else:
            found = (why(store, query, with_text=evidence, recounted=explain_sql),)
    except SeveralFlows as problem:
        raise _choice(store, problem, "" if every is None else " or take --all") from problem
    return _in_words_of_sources(store, found) if evidence else found


def _in_words_of_sources(store: Store, answers: tuple[WhyAnswer, ...]) -> tuple[WhyAnswer, ...]:
    from evtrace.ingest.again import read_again  # the rooms of ingest cost each other answer 60 ms

    return with_originals(answers, lambda uri, lines: read_again(store, uri, lines))


def _json(data: object, status: str, diagnostics: tuple[str, ...]) -> str:
    from evtrace.present import json

    return json.envelope("why", data, status=status, diagnostics=diagnostics)


def _markdown(answers: tuple[WhyAnswer, ...], limit: int) -> str:
    from evtrace.present import markdown  # shows every kind of answer, and takes as long to load

    return markdown.why(answers, steps=limit)


def _choice(store: Store, problem: SeveralFlows, otherwise: str) -> _Choice:
    from evtrace.present.lists import flow_table
    from evtrace.present.terminal import Screen
    from evtrace.reports.flows import rows_of

    flows = rows_of(store, problem.flow_ids, limit=len(problem.flow_ids))
    return _Choice(problem, flows, f"{otherwise}\n" + "\n".join(flow_table(flows, Screen())))


class _Choice(UsageError):
    """Several flows, shown so that one can be chosen."""

    def __init__(self, problem: SeveralFlows, flows: tuple[FlowRow, ...], table: str) -> None:
        found, total = ", ".join(problem.kinds), problem.total
        newest = f", the newest {len(flows)} below" if total > len(flows) else ""
        super().__init__(
            f"{problem.query}: found as {found} in {total:,} flows{newest}; choose one (flow:N){table}"
        )
        self.data = {"query": problem.query, "found_as": problem.kinds, "flows": flows, "total": total}


def _data(answers: tuple[WhyAnswer, ...], every: bool) -> object:
    return {"answers": answers} if every else answers[0]


def _status(answers: tuple[WhyAnswer, ...]) -> str:
    """The worst of all: something is wrong, something cannot be known, or all is well."""
    if any(answer.cause and answer.verdict not in ("unknown", "running") for answer in answers):
        return "findings"
    is_open = any(answer.verdict in ("unknown", "running") for answer in answers)
    return "incomplete" if is_open else "ok"
