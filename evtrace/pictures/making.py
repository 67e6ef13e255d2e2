"""Makes the picture that is asked for from the store."""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.diagnosis.why import why
from evtrace.picture import Picture, Sequence
from evtrace.pictures import difference, flow, sequence, topology
from evtrace.pictures.condensed import condensed
from evtrace.reports import topology as topology_report
from evtrace.reports import usual
from evtrace.reports.window import Window
from evtrace.store import Store

#: What a flow is compared with where it is no other flow.
NORMAL = "normal"


@dataclass(frozen=True)
class Making:
    """Pictures of one store, of at most about so many boxes."""

    store: Store
    boxes: int

    def flow(self, query: str) -> Picture:
        """One flow, with what such flows usually have and it lacks."""
        return condensed(flow.picture(why(self.store, query)), limit=self.boxes)

    def sequence(self, query: str) -> Sequence:
        """One flow in the order of time."""
        return sequence.diagram(why(self.store, query), limit=self.boxes)

    def topology(self, window: Window) -> Picture:
        """The whole store."""
        return topology.picture(topology_report.run(self.store, window), limit=self.boxes)

    def difference(self, query: str, other: str) -> Picture:
        """One flow beside another, or beside what is normal."""
        answer = why(self.store, query)
        here = flow.picture(answer, with_ghosts=False)
        if other.lower() == NORMAL:
            there = difference.normal(usual.run(self.store, answer.flow.root_type), answer)
        else:
            there = flow.picture(why(self.store, other), with_ghosts=False)
        return condensed(difference.picture(there, here), limit=self.boxes)
