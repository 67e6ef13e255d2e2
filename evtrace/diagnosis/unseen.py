"""What the logs cannot tell about a flow: absent causes, logs that end too early, endings not logged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evtrace.diagnosis.evidence import Material
from evtrace.diagnosis.problems import UNSEEN, WAITING, Problem
from evtrace.results import NotSeen


def not_seen(material: Material, problems: Iterable[Problem]) -> tuple[NotSeen, ...]:
    """List what is missing, in the order: causes, readers, endings, times."""
    found = (*_parents(material), *_readers(material, problems), *_endings(material), *_times(material))
    return tuple(found)


def _parents(material: Material) -> Iterator[NotSeen]:
    """A cause that an event names and that no log shows."""
    known = {event["event_id"] for event in material.events}
    known |= {
        identity.value for identity in material.identities if identity.kind not in ("event", "causation")
    }
    spans = {record["span_id"] for record in material.records.values()}
    caused = {edge["child_no"] for edge in material.edges}
    for event in material.events:
        record = material.records.get(event["record_id"])
        if record is None or event["event_no"] in caused:
            continue
        if record["causation_id"] and record["causation_id"] not in known:
            yield NotSeen(
                "parent", f"{_name(event)} was caused by {record['causation_id']}, which is not in the logs"
            )
        elif (
            event["kind"] == "operation"
            and record["parent_span_id"]
            and record["parent_span_id"] not in spans
        ):
            yield NotSeen(
                "parent",
                f"{_name(event)} was called from span {record['parent_span_id']}, which is not in the logs",
            )


def _readers(material: Material, problems: Iterable[Problem]) -> Iterator[NotSeen]:
    events = {event["event_no"]: event for event in material.events}
    for problem in problems:
        if problem.what in (UNSEEN, WAITING) and problem.event_no in events:
            when = "before" if problem.what == UNSEEN else "soon after"
            yield NotSeen(
                "reader",
                f"{problem.grp} usually reads {_name(events[problem.event_no])}; its logs end {when} that was "
                "published, so whether it was handled cannot be known",
                problem.watermark,
            )


def _endings(material: Material) -> Iterator[NotSeen]:
    open_ends = [row for row in material.deliveries if row["outcome"] is None]
    if open_ends:
        of_all = f"{len(open_ends)} of {len(material.deliveries)} deliveries"
        yield NotSeen("ending", f"{of_all}: received, but how the handling ended is not logged")


def _times(material: Material) -> Iterator[NotSeen]:
    undated = sum(record["ts"] is None for record in material.records.values())
    if undated:
        yield NotSeen("time", f"{undated} of {len(material.records)} records have no time")


def _name(event: dict[str, object]) -> str:
    return f"{event['event_type'] or event['event_id']}"
