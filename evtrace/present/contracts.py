"""Contracts as text and Markdown for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evtrace.changes import FAILING, Change, ContractDiff, ContractGate
from evtrace.present.contract_groups import Group, doubt, example, groups, sentence, shows
from evtrace.present.markdown import escape
from evtrace.present.terminal import Screen, Span, clean
from evtrace.present.words import counted

_STYLES = {"breaking": "bad", "lossy": "bad", "risky": "warn", "safe": "dim"}
_MARKS = {"breaking": "✗", "lossy": "✗", "risky": "!", "safe": "·"}
_STATUS_STYLES = {
    "broken": "bad",
    "deleted": "bad",
    "undecided": "warn",
    "accepted": "good",
    "compatible": "good",
}


def text(found: ContractDiff | ContractGate, screen: Screen) -> str:
    """Each contract with its changes, the worst first, and what they come to."""
    lines = [line for group in groups(found) for line in _contract(group, screen)]
    if isinstance(found, ContractGate):
        lines += [
            screen.line([Span("note", "warn"), f" {clean(note)}"], rest="     ") for note in found.notes
        ]
        lines.append(screen.line([_total(found)]))
    return "\n".join(lines) + "\n"


def _contract(group: Group, screen: Screen) -> Iterator[str]:
    status = Span(group.status.upper(), _STATUS_STYLES.get(group.status, "bold"))
    yield screen.line(
        [Span(clean(group.contract), "bold"), "  ", status, f"  {clean(_terms(group))}"], rest="    "
    )
    for change in group.changes:
        yield from _change(change, group, screen)
    for undecided in group.undecided:
        yield screen.line([Span("?", "warn"), f" {clean(doubt(undecided))}"], first="  ", rest="    ")
    for replay in group.history:
        told = f" {clean(replay.event_type)}: {clean(replay.sentence)}"
        yield screen.line([Span("sent", "name"), told], first="  ", rest="    ")
    yield ""


def _terms(group: Group) -> str:
    words = [group.mode, *([f"policy {group.policy}"] if group.policy else [])]
    older = [f"against {group.against[0]}"] if group.against else []
    older += [f"and {counted(len(group.against) - 1, 'older version')}"] if len(group.against) > 1 else []
    return ", ".join([*words, " ".join(older)] if older else words)


def _change(change: Change, group: Group, screen: Screen) -> Iterator[str]:
    style = "dim" if change.accepted is not None else _STYLES[change.severity]
    mark = Span(f"{_MARKS[change.severity]} {change.severity}", style)
    said = f" {clean(_place(change))}  {clean(change.message)}"
    yield screen.line([mark, said, Span(f"  [{change.rule}]", "dim")], first="  ", rest="    ")
    if change.severity in FAILING:
        yield from _proof(change, group, screen)


def _proof(change: Change, group: Group, screen: Screen) -> Iterator[str]:
    broken = f"breaks {' and '.join(change.breaks)}"
    older = f" against {change.against}" if len(group.against) > 1 else ""
    if change.example is None:
        yield screen.line([clean(broken + older)], first="      ")
    else:
        yield screen.line([clean(f"{broken}{older}; {shows(change, group.mode)}:")], first="      ")
        yield screen.line([clean(example(change.example))], first="        ")
    if change.accepted is not None:
        yield screen.line([Span(clean(f"accepted: {change.accepted}"), "good")], first="      ")


def _place(change: Change) -> str:
    return f"{change.file}:{change.line}" if change.file else ""


def _total(found: ContractGate) -> str:
    counts = Counter(contract.status for contract in found.contracts)
    told = [f"{counts[status]:,} {status}" for status in dict.fromkeys(one.status for one in found.contracts)]
    return f"{counted(len(found.contracts), 'contract')} against {clean(found.against)}: {', '.join(told) or 'none'}"


def markdown(found: ContractDiff | ContractGate) -> str:
    """A section for each contract, for a pull request."""
    lines = [line for group in groups(found) for line in _section(group)]
    if isinstance(found, ContractGate):
        lines += [f"- {escape(note)}" for note in found.notes] + ([""] if found.notes else [])
        lines.append(escape(_total(found)))
    return "\n".join(lines) + "\n"


def _section(group: Group) -> Iterator[str]:
    yield f"## {escape(group.contract)}: {group.status}\n"
    yield f"{escape(_terms(group))}.\n"
    for change in group.changes:
        yield f"- **{change.severity}** {escape(sentence(change, group.mode))} ({escape(_place(change))}, {escape(change.rule)})"
    for undecided in group.undecided:
        yield f"- **undecided** {escape(doubt(undecided))}"
    for replay in group.history:
        yield f"- **sent** {escape(replay.event_type)}: {escape(replay.sentence)}"
    if group.changes or group.undecided or group.history:
        yield ""
