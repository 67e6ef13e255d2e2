"""A case file: one flow as a page. One file of this room is one part of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from evtrace.case import AS_USUAL, Case, Payload
from evtrace.present import json
from evtrace.present.graph import inline
from evtrace.present.pages.case import answer, evidence, payloads, steps, timeline
from evtrace.present.pages.case.places import Places, places, without_texts
from evtrace.present.pages.markup import Html, join, listed
from evtrace.present.pages.page import Page, Section, figure, render
from evtrace.present.terminal import clean
from evtrace.present.words import verdict

_TOO_BIG = "Too many boxes to be drawn without Graphviz; the steps below tell the same."
_KEYS = (
    "Drag to move; + and − or Ctrl and the wheel magnify, 0 shows all, arrows move. A box leads to its step."
)


def page(case: Case) -> str:
    """The case as one HTML file."""
    flow = case.answer.flow
    spots = places(case.answer)
    return render(Page(
        title=clean(f"{case.answer.query}: {verdict(case.answer.verdict)}"),
        head=answer.head(case),
        sections=(
            Section("answer", "Answer", answer.body(case.answer, spots)),
            Section("graph", "Who caused what", _graph(case), hint=_KEYS),
            Section("timeline", "Timeline", timeline.body(case.answer.chain, flow),
                    hint="A dashed box is waiting in the queue, a full one handling, a stroke the moment of publishing."),
            Section("sequence", "Sequence", figure(inline.sequence_svg(case.sequence), "Sequence diagram", otherwise="")),
            Section("steps", "Steps", steps.body(case.answer, spots)),
            Section("payloads", "Payloads beside their contract", payloads.body(case.payloads)),
            Section("evidence", "Evidence", evidence.body(spots)),
        ),
        data=_data(case, spots),
    ))  # fmt: skip


def _graph(case: Case) -> Html:
    """The picture tells its notes itself; where it cannot be drawn they stand alone."""
    drawn = inline.picture_svg(case.picture)
    shown = figure(drawn, "Graph of causes", otherwise=_TOO_BIG)
    return shown if drawn else join((shown, listed(case.picture.notes)))


def _data(case: Case, spots: Places) -> Any:
    """The answer as `why` gives it, with what stands at each place told once."""
    return {"evtrace": json.FORMAT, "command": "case", "redacted": list(case.redacted),
            "data": json.plain(without_texts(case.answer)), "payloads": json.plain(tuple(map(_departing, case.payloads))),
            "evidence": json.plain(tuple(spots.of.values()))}  # fmt: skip


def _departing(payload: Payload) -> Payload:
    """What is as usual, `evtrace schema infer` tells once for all events."""
    return replace(payload, parts=tuple(part for part in payload.parts if part.stands != AS_USUAL))
