"""The lines that the answer rests on, each as it stands in its source."""

from __future__ import annotations

from evtrace.present.pages.case.places import LINES, Places
from evtrace.present.pages.markup import Html, join, tag
from evtrace.present.words import counted, spot


def body(spots: Places) -> Html:
    """Every place that the answer names."""
    left = len(spots.of) - LINES
    more = tag("p", f"… {counted(left, 'more line')}: in the data of this page") if left > 0 else None
    return join((*(_place(number, spots) for number in range(1, min(len(spots.of), LINES) + 1)), more))


def _place(number: int, spots: Places) -> Html:
    evidence = spots.of[number]
    kept = (
        None
        if evidence.is_original or evidence.text is None
        else tag("span", " as the store keeps it", cls="soft")
    )
    text = tag("pre", evidence.text) if evidence.text else tag("p", "not kept", cls="soft")
    return tag(
        "div", tag("code", spot(evidence)), kept, text, id=f"evidence-{number}", cls="apart", data_row=True
    )
