"""Ask `why` about every order of Train Ticket that has error lines, and hold the answers against the raw logs.

    python -m benchmarks.train_ticket ../shared/real/train-ticket/2023-01-29

The expectation is read from the raw files alone, without evtrace: of the traces that name an order and no other, the
earliest ERROR line that no ERROR line of a deeper span explains; its service is to be named, at that line.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import evtrace
from evtrace.errors import UsageError

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ORDER = re.compile(rf"order\s*_?(?:id)?[^0-9a-f\[\]]{{0,12}}({_UUID})", re.IGNORECASE)
_ERROR = re.compile(r"\S+ ERROR ")
_PODS = re.compile(r"-[0-9a-f]{8,10}-[a-z0-9]{5}$")


@dataclass(frozen=True)
class Line:
    """A log line as it stands in the file."""

    at: int
    service: str
    span: str
    text: str
    place: str  # file:line


@dataclass(frozen=True)
class Expected:
    """What is to be named for an order."""

    order_id: str
    service: str
    place: str  # of the line that says it
    errors: int  # traces of the order with an error


@dataclass(frozen=True)
class Named:
    """What is expected, and what `why` says."""

    expected: Expected
    service: str | None
    place: str | None  # of the first evidence
    sentence: str

    @property
    def is_right(self) -> bool:
        """The service, and the very line."""
        return self.service == self.expected.service and self.place == self.expected.place


def expected(folder: Path) -> list[Expected]:
    """Every order with error lines, from the raw files."""
    lines, parents = _lines(folder), _parents(folder)
    traces: dict[str, set[str]] = defaultdict(set)
    for trace, told in lines.items():
        named = {order for line in told for order in _ORDER.findall(line.text)}
        if len(named) == 1:
            traces[named.pop()].add(trace)
    found = []
    for order_id, of_order in sorted(traces.items()):
        sources = [source for trace in of_order if (source := _source(lines[trace], parents))]
        if sources:
            first = min(sources, key=lambda line: line.at)
            found.append(Expected(order_id, first.service, first.place, len(sources)))
    return found


def _source(told: list[Line], parents: dict[str, str]) -> Line | None:
    """The earliest error of a trace whose span has no erring span below it."""
    errors = [line for line in told if _ERROR.match(line.text)]
    above = {span for line in errors for span in _above(line.span, parents)}
    return min((line for line in errors if line.span not in above), key=lambda line: line.at, default=None)


def _above(span: str, parents: dict[str, str]) -> Iterator[str]:
    seen = {span}
    while (span := parents.get(span, "")) and span not in seen:
        seen.add(span)
        yield span


def _lines(folder: Path) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for place, row in _rows(folder, "log/*_log.csv"):
        text = json.loads(row["Log"])["log"] if row["Log"].startswith("{") else row["Log"]
        service = _PODS.sub("", row["PodName"])
        found[row["TraceID"]].append(Line(int(row["TimeUnixNano"]), service, row["SpanID"], text, place))
    return found


def _parents(folder: Path) -> dict[str, str]:
    return {row["SpanID"]: row["ParentID"] for _, row in _rows(folder, "trace/*_trace.csv")}


def _rows(folder: Path, pattern: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row with the place where it begins."""
    csv.field_size_limit(1 << 30)
    for path in sorted(folder.glob(pattern)):
        with path.open(newline="", encoding="utf-8") as file:
            reader, line = csv.DictReader(file), 2
            for row in reader:
                yield f"{path.name}:{line}", row
                line = reader.line_num + 1


def named(logs: evtrace.Answers, folder: Path) -> list[Named]:
    """What `why` says of each of these orders."""
    return [_named(logs, one) for one in expected(folder)]


def _named(logs: evtrace.Answers, one: Expected) -> Named:
    try:
        cause = logs.why(one.order_id).cause
    except UsageError as problem:
        return Named(one, None, None, str(problem).splitlines()[0])
    if cause is None:
        return Named(one, None, None, "no cause")
    places = [f"{Path(place.source).name}:{place.line}" for place in cause.evidence]
    return Named(one, cause.service, next(iter(places), None), cause.sentence)


def page(rows: list[Named]) -> str:
    """A table of Markdown."""
    right = sum(row.is_right for row in rows)
    head = (
        f"{right} of {len(rows)} orders with error lines: the first explaining error is named, at its line.\n"
    )
    lines = ["| order | traces with errors | first error by | named | right |", "|---|---|---|---|---|"]
    for row in rows:
        one = row.expected
        verdict = "yes" if row.is_right else f"**no**: {row.sentence}"
        lines.append(f"| {one.order_id} | {one.errors} | {one.service} | {row.service or '–'} | {verdict} |")
    return "\n".join((head, *lines)) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, evtrace.open(f"{scratch}/tickets.duckdb") as logs:
        logs.ingest(str(chosen.folder))
        print(page(named(logs, chosen.folder)))


if __name__ == "__main__":
    main()
