"""What the logs cannot tell about a flow: absent causes, logs that end too early, endings not logged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evtrace.diagnosis.evidence import Material
from evtrace.diagnosis.problems import STOPPED, UNSEEN, WAITING, Problem
from evtrace.diagnosis.spread import LEAST_ENDED
from evtrace.results import Expected, NotSeen
from evtrace.store import Store

_USUAL_ENDS = f"""
SELECT event_type FROM usual_ends
WHERE root_type = ? AND (flows = 0 OR flows >= {LEAST_ENDED})
ORDER BY flows DESC, event_type
"""

#: So many types are named.
_NAMED = 3

_ENDS = "SELECT service, last_ts FROM service_ends ORDER BY service"


def not_seen(
    store: Store, material: Material, problems: Sequence[Problem], usual: Expected | None
) -> tuple[NotSeen, ...]:
    """List what is missing, in the order: causes, readers, services, the end of the flow, endings, times."""
    found = (
        *_parents(material),
        *_readers(material, problems),
        *_services(store, material, usual),
        *_end(store, material, problems, usual),
        *_endings(material),
        *_times(material),
    )
    return tuple(found)


def _services(store: Store, material: Material, usual: Expected | None) -> Iterator[NotSeen]:
    """Services that such flows pass through, and whose logs end before this one does."""
    last_ts = material.flow["last_ts"]
    wanted = {step.service for step in usual.steps if step.here != "seen"} if usual else set()
    if not wanted or last_ts is None:
        return
    for service, until in store.rows(_ENDS):
        if service in wanted and until < last_ts:
            yield NotSeen("service", f"the logs of {service} end before this flow does", until)


def _end(
    store: Store, material: Material, problems: Sequence[Problem], usual: Expected | None
) -> Iterator[NotSeen]:
    """Why nobody can say whether a flow in which nothing went wrong is done."""
    is_open = material.flow["verdict"] == "unknown" and all(problem.repaired for problem in problems)
    if not is_open:
        return
    if not material.events:
        yield NotSeen(
            "end",
            "these are log lines only: none tells of a message or of work begun and done, so whether it is done "
            "cannot be known",
        )
        return
    if usual is None:
        yield NotSeen(
            "end",
            "what begins this flow has neither a type nor a channel, so whether it is done cannot be known",
        )
        return
    ends = " or ".join(name for (name,) in store.rows(_USUAL_ENDS, [usual.root_type])[:_NAMED])
    known = (
        f"flows of {usual.root_type} end with {ends}, and this one was not seen to"
        if ends
        else f"how flows of {usual.root_type} end is not known"
    )
    yield NotSeen("end", f"{known}: whether it is done cannot be known")


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


def _readers(material: Material, problems: Sequence[Problem]) -> Iterator[NotSeen]:
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
        elif problem.what == STOPPED and problem.other_id is None:
            yield NotSeen(
                "reader",
                f"nothing is heard of {problem.grp} any more; whether it stopped or its log was cut, the logs cannot tell",
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
