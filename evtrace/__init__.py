"""evtrace: rebuild who caused what from broker and service logs.

>>> import evtrace
>>> with evtrace.open("evtrace.duckdb") as logs:  # doctest: +SKIP
...     print(logs.why("order-8123").verdict)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, overload

# everything else is imported when it is used, so that `import evtrace` costs nothing
if TYPE_CHECKING:
    from types import TracebackType

    import networkx as nx  # type: ignore[import-untyped]  # networkx ships no types

    from evtrace.anomalies import Report
    from evtrace.diagnosis.difference import Difference
    from evtrace.diagnosis.similar import SimilarAnswer
    from evtrace.picture import Picture
    from evtrace.reports.lag import LagReport
    from evtrace.reports.lost import LostReport
    from evtrace.reports.order import OrderReport
    from evtrace.results import FlowList, IngestSummary, SourceSummary, Table, WhyAnswer
    from evtrace.store import Store

__version__ = "0.1.0"

__all__ = ["Answers", "open"]


class Answers:
    """A store that answers questions. It is opened with the first and closed by `close` or `with`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._opened: Store | None = None

    def ingest(
        self,
        *paths: str,
        maps: Sequence[str] = (),
        zone: str | None = None,
        format: str | None = None,
        at: str | None = None,
    ) -> IngestSummary:
        """Read files, folders or patterns into the store, which is made where there is none."""
        from pathlib import Path

        from evtrace.diagnosis import declared
        from evtrace.diagnosis.judge import judge
        from evtrace.ingest import Options, ingest
        from evtrace.reports.delivery import findings
        from evtrace.store import Store

        self.close()
        flows = declared.read()
        options = Options(tuple(Path(name) for name in maps), zone, format, at)
        summary = ingest(self.path, list(paths), options)
        with Store.open(self.path) as store:
            judge(store, flows)
            if summary.records:
                findings.forget(store)
        return summary

    @overload
    def why(self, query: str, *, all: Literal[False] = False) -> WhyAnswer: ...
    @overload
    def why(self, query: str, *, all: Literal[True]) -> tuple[WhyAnswer, ...]: ...
    def why(self, query: str, *, all: bool = False) -> WhyAnswer | tuple[WhyAnswer, ...]:
        """Say what happened to an id, and why; with `all` for each flow that has it."""
        from evtrace.diagnosis.why import why

        return (
            why(self._store, query, all=True, with_text=True)
            if all
            else why(self._store, query, with_text=True)
        )

    def similar(self, query: str, *, limit: int = 10) -> SimilarAnswer:
        """Find the flows with the same cause, and what sets them apart; limit 0 names all of them."""
        from evtrace.diagnosis.similar import similar

        return similar(self._store, query, limit=limit)

    def diff(self, query: str, other: str | None = None) -> Difference:
        """Say how a flow differs from another; without one from the normal flows of its type."""
        from evtrace.diagnosis.difference import difference

        return difference(self._store, query, other)

    def flows(
        self,
        *,
        verdicts: Sequence[str] = (),
        causes: Sequence[str] = (),
        root_type: str | None = None,
        since: str | None = None,
        until: str | None = None,
        limit: int = 20,
    ) -> FlowList:
        """List the flows that fit, newest first; limit 0: all."""
        from evtrace.reports import flows
        from evtrace.reports.window import window

        wanted = flows.Wanted(
            window(self._store, since, until), tuple(verdicts), root_type, tuple(causes), limit
        )
        return flows.run(self._store, wanted)

    def lag(self, *, at: str | None = None, over: float | None = None) -> LagReport:
        """Say how far each group is behind; with `over` also over time, in steps of so many seconds."""
        from evtrace.reports import lag
        from evtrace.reports.delivery.asked import Asked
        from evtrace.reports.window import moment

        asked = Asked(at=moment(self._store, "at", at))
        return lag.run(self._store, asked, over_ns=None if over is None else int(over * 1e9))

    def duplicates(self) -> Report:
        """Find what came twice."""
        from evtrace.reports import duplicates
        from evtrace.reports.delivery.asked import Asked

        return duplicates.run(self._store, Asked())

    def order(self, *, bound: float = 0.0, skew: float = 0.0) -> OrderReport:
        """Find what is out of order; disorder of `bound` seconds and clocks that differ by `skew` are fine."""
        from evtrace.reports import order
        from evtrace.reports.delivery.asked import Asked

        return order.run(self._store, Asked(bound_ns=int(bound * 1e9), skew_ns=int(skew * 1e9)))

    def lost(self, *, at: str | None = None) -> LostReport:
        """Find what never arrived."""
        from evtrace.reports import lost
        from evtrace.reports.delivery.asked import Asked
        from evtrace.reports.window import moment

        return lost.run(self._store, Asked(at=moment(self._store, "at", at)))

    def sources(self) -> tuple[SourceSummary, ...]:
        """List what was read."""
        from evtrace.reports import sources

        return sources.run(self._store)

    def sql(self, query: str) -> Table:
        """Run SQL over the tables of the store; nothing can be changed."""
        from evtrace.reports import query as report

        return report.run(self._store, query)

    def graph(self, query: str) -> nx.DiGraph:
        """The flow of an id as a graph of events and deliveries."""
        from evtrace.diagnosis.find import one_flow
        from evtrace.diagnosis.graph import graph

        return graph(self._store, one_flow(self._store, query).flow_ids[0])

    def picture(self, query: str | None = None, *, diff: str | None = None, boxes: int = 80) -> Picture:
        """The flow of an id as boxes and lines, beside another or what is `normal`; without an id the topology."""
        from evtrace.pictures.making import Making
        from evtrace.reports.window import Window

        making = Making(self._store, boxes)
        if query is None:
            return making.topology(Window())
        return making.flow(query) if diff is None else making.difference(query, diff)

    def close(self) -> None:
        """Close the store; the next question opens it again."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def __enter__(self) -> Answers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _store(self) -> Store:
        if self._opened is None:
            from evtrace.store import Store

            self._opened = Store.open(self.path, read_only=True)
        return self._opened


def open(path: str = "evtrace.duckdb") -> Answers:
    """Open a store to ask it questions, or to ingest into it."""
    return Answers(path)
