"""Text for people: `why` as one readable screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evtrace.present.comparison import comparison_lines, ledger_lines, recount_lines, time_lines
from evtrace.present.headings import MARGIN, head
from evtrace.present.story import View, entry_lines, story_lines
from evtrace.present.terminal import Screen, Span, clean
from evtrace.present.times import clock, duration
from evtrace.present.words import VERDICT_STYLE, counted, large_from, spots, verdict
from evtrace.results import Cause, Evidence, Flow, Identity, WhyAnswer

#: Steps of the chain, and ids of one kind, that are shown before the rest is counted.
STEPS, IDS = 300, 2

#: Consequences of a cause that are told before the rest is counted.
_CONSEQUENCES = 5


def why(answer: WhyAnswer, screen: Screen, *, steps: int = STEPS, evidence: bool = False) -> str:
    """One screen: verdict, cause, chain, what is not seen, what to type next. `steps` 0: all."""
    view = View(screen, answer.flow.started_at, _folder(answer), large_from(answer.chain))
    entries = list(entry_lines(answer, view))
    parts = [
        _headline(answer, screen),
        _causes(answer, view),
        [*comparison_lines(answer, view)],
        [head("Story", screen) + counted(answer.flow.traces, "trace"), *entries] if entries else [],
        [*_chain_head(answer, view), *story_lines(answer, view, steps)],
        [*time_lines(answer, view)],
        [*ledger_lines(answer, view)],
        _listed("Found", [f"{f.severity}: {f.sentence} [{f.rule}]" for f in answer.findings], screen),
        _listed("Ruled out", [ruled.sentence for ruled in answer.ruled_out], screen),
        _listed("Not seen", list(_unseen(answer)), screen),
        _evidence(answer, view) if evidence else [],
        _listed("Next", list(answer.next), screen),
        [*recount_lines(answer, view)],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def several(
    answers: Sequence[WhyAnswer], screen: Screen, *, steps: int = STEPS, evidence: bool = False
) -> str:
    """Several answers, one after the other."""
    rule = screen.paint("─" * (screen.width or 72), "dim")
    return f"\n{rule}\n\n".join(why(answer, screen, steps=steps, evidence=evidence) for answer in answers)


def _headline(answer: WhyAnswer, screen: Screen) -> list[str]:
    flow, style = answer.flow, VERDICT_STYLE.get(answer.verdict, "bold")
    kinds = [kind for kind in answer.found_as if kind not in ("text", "place", "flow")]
    kind = kinds[0] if kinds else ""
    name = f"{kind} {answer.query.removeprefix(f'{kind}=')}".strip()
    spans: list[Span | str] = [Span(clean(name), "bold"), "  ", Span(verdict(answer.verdict).upper(), style)]
    if answer.found_as == ("text",):
        spans.append("  (found in the text of records, not as an id)")
    return [
        screen.line(spans),
        screen.line([clean(" · ".join(_facts(flow)))], rest="  "),
        screen.line([clean(f"ids: {_ids(flow.identities)}")], rest="  "),
    ]


def _facts(flow: Flow) -> Iterator[str]:
    yield flow.root_type or "no type"
    yield f"flow:{flow.flow_id}"
    yield clock(flow.started_at)
    if flow.started_at is not None and flow.last_at is not None:
        yield f"took {duration(flow.last_at - flow.started_at)}"
    yield counted(flow.events, "event")
    if flow.traces:
        yield counted(flow.traces, "trace")
    yield counted(len(flow.services), "service")
    yield counted(flow.records, "record")


def _ids(identities: Sequence[Identity]) -> str:
    kinds: dict[str, list[str]] = {}
    for identity in identities:
        kinds.setdefault(identity.kind, []).append(identity.value)
    return " · ".join(f"{kind} {_some(values)}" for kind, values in kinds.items()) or "none"


def _some(values: list[str]) -> str:
    left = len(values) - IDS
    return ", ".join(values[:IDS]) + (f" and {left:,} more" if left > 0 else "")


def _causes(answer: WhyAnswer, view: View) -> list[str]:
    lines = _cause(answer.cause, view, "Cause")
    for other in answer.other_causes:
        lines += _cause(other, view, "And")
    return lines


def _cause(cause: Cause | None, view: View, heading: str) -> list[str]:
    if cause is None:
        return []
    screen = view.screen
    step = f", step #{cause.step}" if cause.step else ""
    said = clean(f"{cause.sentence} ({cause.kind}, confidence {cause.confidence:.2g}{step})")
    lines = [screen.line([said], first=head(heading, screen), rest=MARGIN)]
    places = " · ".join(view.spot(evidence) for evidence in cause.evidence)
    if places:
        lines.append(screen.line([Span(clean(places), "dim")], first=MARGIN))
    for consequence in cause.consequences[:_CONSEQUENCES]:
        lines.append(screen.line([clean(f"then: {consequence}")], first=MARGIN, rest=MARGIN + "  "))
    if len(cause.consequences) > _CONSEQUENCES:
        lines.append(f"{MARGIN}… {counted(len(cause.consequences) - _CONSEQUENCES, 'more consequence')}")
    return lines


def _chain_head(answer: WhyAnswer, view: View) -> Iterator[str]:
    flow, screen = answer.flow, view.screen
    words = [f"times count from {clock(flow.started_at)}"]
    if flow.services_naming and answer.found_as != ("flow",):
        words.append(f"{_naming(answer)}: {', '.join(flow.services_naming)}")
    if view.folder:
        words.append(f"files are under {view.folder}")
    yield screen.line([clean("; ".join(words))], first=head("Chain", screen), rest=MARGIN)


def _naming(answer: WhyAnswer) -> str:
    """'1 of 4 services names 8123'; what is found in texts names nothing."""
    named, every = len(answer.flow.services_naming), len(answer.flow.services)
    does = "write" if answer.found_as == ("text",) else "name"
    what = "it" if answer.found_as == ("text",) else answer.query
    return f"{named} of {counted(every, 'service')} {does}{'s' * (named == 1)} {what}"


def _unseen(answer: WhyAnswer) -> Iterator[str]:
    for absent in answer.not_seen:
        until = f" (logs end {clock(absent.until_at)})" if absent.until_at is not None else ""
        yield absent.sentence + until


def _places(answer: WhyAnswer) -> list[Evidence]:
    """Every place that the answer names, once; what proves the cause comes first."""
    causes = [cause for cause in (answer.cause, *answer.other_causes) if cause]
    places: list[Evidence | None] = [place for cause in causes for place in cause.evidence]
    places += [step.evidence for step in answer.chain]
    places += [place for step in answer.chain for delivery in step.deliveries for place in spots(delivery)]
    places += [line.evidence for step in answer.chain for line in step.logs]
    places += [line.evidence for line in answer.other_logs]
    return list(dict.fromkeys(place for place in places if place))


def _folder(answer: WhyAnswer) -> str:
    """What the paths of all files begin with; said once it need not be said in every line."""
    paths = {place.source for place in _places(answer)}
    folder = min(paths, default="").rpartition("/")[0]
    while folder and not all(path.startswith(f"{folder}/") for path in paths):
        folder = folder.rpartition("/")[0]
    return f"{folder}/" if folder else ""


def _evidence(answer: WhyAnswer, view: View) -> list[str]:
    """Every place named above with what stands there."""
    screen = view.screen
    lines = [head("Evidence", screen).rstrip()]
    for place in (place for place in _places(answer) if place.text):
        kept = "" if place.is_original else "  as the store keeps it"
        lines.append(screen.line([Span(clean(view.spot(place)) + kept, "dim")], first="  "))
        lines += [screen.line([clean(text)], first="    ") for text in (place.text or "").splitlines()]
    return lines if len(lines) > 1 else []


def _listed(name: str, sentences: Sequence[str], screen: Screen) -> list[str]:
    heads = [head(name, screen)] + [MARGIN] * len(sentences)
    return [
        screen.line([clean(sentence)], first=head, rest=MARGIN)
        for head, sentence in zip(heads, sentences, strict=False)
    ]
