"""`evtrace demo`: what evtrace does, on the logs that come with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from evtrace.cli import options
from evtrace.cli.output import output, show
from evtrace.diagnosis.find import SeveralFlows
from evtrace.diagnosis.judge import judge
from evtrace.diagnosis.why import why
from evtrace.errors import UnreadableError
from evtrace.ingest import Options, ingest
from evtrace.present import json, lists, markdown, text
from evtrace.present.terminal import Screen
from evtrace.reports import flows, sources
from evtrace.results import FlowList, FlowRow, SourceSummary, WhyAnswer
from evtrace.store import Store

#: The verdicts that tell most, and how many answers are shown.
_TELLING = ("failed", "stuck", "partly_compensated", "compensated", "completed_late", "completed")
_ANSWERS = 2
#: Of the three shops in the sample logs, the one that is shown.
_SHOP = "kafka"
_LOGS = f"sample_logs/{_SHOP}"


@dataclass(frozen=True)
class Demo:
    """Everything the demo shows."""

    sources: tuple[SourceSummary, ...]
    flows: FlowList
    answers: tuple[WhyAnswer, ...]


def run(out: options.Output = "text") -> None:
    """Show what evtrace does, on logs that come with it.

    Reads the sample logs into a temporary store and shows the answers that tell most.

    \b
      evtrace demo
      evtrace demo -o demo.md
    """
    to = output(out)
    with TemporaryDirectory() as folder:
        demo = _demo(sample_logs() / _SHOP, f"{folder}/demo.duckdb")
    show(to, {
        "text": lambda: _text(demo, to.screen),
        "json": lambda: json.envelope("demo", demo),
        "markdown": lambda: _markdown(demo),
    })  # fmt: skip


def sample_logs() -> Path:
    """The sample logs: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    for folder in (package / "sample_logs", package.parent / "sample_logs"):
        if folder.is_dir():
            return folder
    raise UnreadableError(
        "the sample logs are not installed; install evtrace again, or run it on your own logs"
    )


def _demo(logs: Path, store_path: str) -> Demo:
    ingest(
        store_path, [str(logs)], Options(at="name")
    )  # kafka-consumer-groups tells no time but in that of its file
    with Store.open(store_path) as store:
        judge(store)
        telling = [row for name in _TELLING for row in flows.run(store, flows.Wanted(verdicts=(name,))).rows]
        answers = tuple(_why(store, row) for row in _different(telling)[:_ANSWERS])
        read = tuple(replace(source, uri=f"{_LOGS}/{Path(source.uri).name}") for source in sources.run(store))
        return Demo(read, flows.run(store, flows.Wanted(limit=10)), answers)


def _different(rows: Sequence[FlowRow]) -> list[FlowRow]:
    """One flow of each verdict first, then the rest; the richest before the poor."""
    rich = sorted(
        rows, key=lambda row: (_TELLING.index(row.verdict or ""), -row.services, -row.events, row.flow_id)
    )
    first = {row.verdict: row for row in reversed(rich)}
    return [row for row in rich if first[row.verdict] is row] + [
        row for row in rich if first[row.verdict] is not row
    ]


def _why(store: Store, row: FlowRow) -> WhyAnswer:
    """Asked by the id that people would type, where that finds one flow."""
    try:
        return why(store, row.identity.value if row.identity else f"flow:{row.flow_id}")
    except SeveralFlows:
        return why(store, f"flow:{row.flow_id}")


def _text(demo: Demo, screen: Screen) -> str:
    parts = [f"$ evtrace ingest {_LOGS} --at name", lists.sources(demo.sources, screen)]
    parts += ["$ evtrace flows --limit 10", lists.flows(demo.flows, screen)]
    for answer in demo.answers:
        parts += [f"$ evtrace why {answer.query}", text.why(answer, screen)]
    return "\n".join(parts)


def _markdown(demo: Demo) -> str:
    return "\n".join((markdown.sources(demo.sources), markdown.flows(demo.flows), markdown.why(demo.answers)))
