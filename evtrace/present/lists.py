"""Text for people: lists of flows, sources, rejects and rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from evtrace.present.mapping import mapping_lines
from evtrace.present.terminal import Screen, Span, clean, columns
from evtrace.present.times import clock, duration
from evtrace.present.words import counted, verdict
from evtrace.results import FlowList, FlowRow, Incident, IngestSummary, Reject, SourceSummary, Table

SOURCE_HEAD = ("source", "format", "dialect", "records", "rejects", "first", "last", "")
_NAMES = 3

#: Sources that add nothing: told of together, with the reason.
_LEFT_OUT = ("skipped", "known")

FLOW_HEAD = ("flow", "verdict", "cause", "id", "type", "started", "took", "events", "services", "errors")
INCIDENT_HEAD = ("flows", "cause", "service", "event", "since", "last", "example", "detail")


def flows(found: FlowList, screen: Screen) -> str:
    """A table of flows, how many more there are, and what they suffer from."""
    return _joined([*flow_table(found.rows, screen), _more(found), *_incidents(found, screen)])


def _incidents(found: FlowList, screen: Screen) -> Iterator[str]:
    if found.incidents:
        yield ""
        yield from columns(screen, INCIDENT_HEAD, [incident_cells(one) for one in found.incidents])


def incident_cells(one: Incident) -> list[str]:
    """An incident as text, in the order of the table's head."""
    facts = (f"{one.flows:,}", one.cause.replace("_", " "), one.service or "-", one.event_type or "-")
    times = (clock(one.since_at), clock(one.last_at))
    return [clean(fact) for fact in (*facts, *times, f"flow:{one.example}", one.detail or "-")]


def flow_table(rows: Sequence[FlowRow], screen: Screen) -> list[str]:
    """One line per flow."""
    return columns(screen, FLOW_HEAD, [flow_cells(row) for row in rows])


def flow_cells(row: FlowRow) -> list[str]:
    """A flow as text, in the order of the table's head."""
    took = None if row.started_at is None or row.last_at is None else row.last_at - row.started_at
    name = f"{row.identity.kind} {row.identity.value}" if row.identity else "-"
    counts = (row.events, row.services, row.errors)
    cause = (row.cause or "-").replace("_", " ")
    facts = (
        f"flow:{row.flow_id}",
        verdict(row.verdict),
        cause,
        name,
        row.root_type or "-",
        clock(row.started_at),
    )
    return [clean(fact) for fact in (*facts, duration(took), *(f"{count or 0:,}" for count in counts))]


def _more(found: FlowList) -> str:
    if found.total > len(found.rows):
        return f"{len(found.rows):,} of {counted(found.total, 'flow')}; --limit 0 shows all"
    return counted(found.total, "flow")


def ingested(summary: IngestSummary, screen: Screen, *, explain: bool = False) -> str:
    """One line per source, then the totals."""
    speed = summary.records / summary.seconds if summary.seconds > 0 else 0
    total = ", ".join(
        (
            counted(summary.records, "record"),
            counted(summary.rejects, "reject"),
            counted(summary.flows, "flow"),
            f"{summary.seconds:.1f} s",
            f"{speed:,.0f} records/s",
        )
    )
    return _joined([*_sources(summary.sources, screen, explain), total])


def sources(found: Sequence[SourceSummary], screen: Screen, *, explain: bool = False) -> str:
    """One line per source; with `explain` what its fields mean."""
    return _joined([*_sources(found, screen, explain), counted(len(found), "source")])


def _sources(found: Sequence[SourceSummary], screen: Screen, explain: bool) -> Iterator[str]:
    left_out = {status: [one for one in found if _is_left_out(one, status)] for status in _LEFT_OUT}
    read = [source for source in found if not any(_is_left_out(source, status) for status in _LEFT_OUT)]
    if read or not found:
        yield from columns(screen, SOURCE_HEAD, [source_cells(source) for source in read])
    for status, some in left_out.items():
        yield from _left_out(some, status, screen)
    for source in read:
        name = clean(source.uri)
        for note in source.notes:
            said = note.removeprefix(f"{source.uri}: ")  # what failed names its place itself
            yield screen.line([Span("! ", "warn"), f"{name}: {clean(said)}"], rest="  ")
        if explain and source.mapping:
            yield f"\n{screen.paint(name, 'bold')}"
            yield from mapping_lines(source.mapping, screen)
    yield ""


def _is_left_out(source: SourceSummary, status: str) -> bool:
    """Nothing was read of it now; what stands in a store is known as well, but has a format."""
    return source.status == status and source.format is None


def _left_out(found: Sequence[SourceSummary], status: str, screen: Screen) -> Iterator[str]:
    """What added nothing, and why, in one line; a terminal is shown a few names only."""
    if not found:
        return
    names: dict[str, list[str]] = {}
    for source in found:
        name = source.uri if screen.width is None else PurePath(source.uri).name
        names.setdefault("; ".join(source.notes), []).append(clean(name))
    groups = [f"{clean(reason)} ({_some(of, screen)})" for reason, of in sorted(names.items())]
    yield screen.line(
        [Span(f"{counted(len(found), 'file')} {status}: ", "dim"), "; ".join(groups)], rest="  "
    )


def _some(names: Sequence[str], screen: Screen) -> str:
    shown = names if screen.width is None else names[:_NAMES]
    more = len(names) - len(shown)
    return ", ".join((*shown, *([f"and {more:,} more"] if more else [])))


def source_cells(source: SourceSummary) -> list[str]:
    """A source as text, in the order of the table's head."""
    state = "" if source.status in ("new", "known") else source.status
    facts = (
        source.uri,
        source.format or "-",
        source.dialect or "-",
        f"{source.records:,}",
        f"{source.rejects:,}",
    )
    times = ("-" if ts is None else clock(ts) for ts in (source.first_ts, source.last_ts))
    return [clean(fact) for fact in (*facts, *times, state)]


def rejects(found: Sequence[Reject], screen: Screen) -> str:
    """Every unit that could not be read: where, why, what stands there."""
    lines = []
    for reject in found:
        where = reject.source if reject.line is None else f"{reject.source}:{reject.line}"
        lines.append(screen.line([Span(clean(where), "bold"), f"  {clean(reject.reason)}"], rest="  "))
        if reject.text:
            lines.append(screen.line([clean(reject.text)], first="  "))
    return _joined([*lines, counted(len(found), "reject")])


def table(found: Table, screen: Screen) -> str:
    """Rows of SQL."""
    if not found.columns:
        return ""
    rows = [["NULL" if value is None else clean(value) for value in row] for row in found.rows]
    return _joined(
        [*columns(screen, [clean(name) for name in found.columns], rows), counted(len(rows), "row")]
    )


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
