"""A check of contracts as CI systems see it: a case for each contract, a mark for each change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evtrace.changes import Bar, Change, ContractDiff, ContractGate, Rule, Undecided
from evtrace.present.contract_groups import Group, doubt, groups, sentence
from evtrace.present.verdict import LEVELS, Case, Mark, RuleNote, Spot, Verdict

_UNDECIDED = Rule("contract/undecided", "nothing sure can be said of a direction", (), "breaking", "{reason}")


def verdict(found: ContractDiff | ContractGate, command: str, bar: Bar, rules: Mapping[str, Rule]) -> Verdict:
    """What is held against the bar."""
    every = groups(found)
    marks = tuple(mark for group in every for mark in _marks(group, bar))
    known = {**rules, _UNDECIDED.id: _UNDECIDED}
    return Verdict(
        command=command,
        passed=bar.is_met(found),
        marks=marks,
        cases=tuple(_case(group, bar) for group in every),
        rules=tuple(_note(known[name]) for name in dict.fromkeys(mark.rule for mark in marks)),
        notes=found.notes if isinstance(found, ContractGate) else (),
    )


def _note(rule: Rule) -> RuleNote:
    return RuleNote(rule.id, LEVELS[rule.severity], rule.says)


def _marks(group: Group, bar: Bar) -> Iterator[Mark]:
    for change in group.changes:
        yield Mark(
            rule=change.rule,
            severity=change.severity,
            sentence=sentence(change, group.mode),
            spots=(Spot(change.file or group.file, change.line or 1),),
            fingerprint=change.fingerprint,
            fails=bar.refuses(change),
            is_told=change.severity != "safe",
            is_known=change.accepted is not None,
            accepted=change.accepted,
            properties={"contract": group.contract, "path": change.path, "severity": change.severity},
        )
    for undecided in group.undecided:
        yield _open(undecided, group, bar)


def _open(undecided: Undecided, group: Group, bar: Bar) -> Mark:
    return Mark(
        rule=_UNDECIDED.id,
        severity="breaking" if bar.refuses_doubt else "risky",
        sentence=doubt(undecided),
        spots=(Spot(group.file, 1),),
        fingerprint=f"{group.contract} {undecided.direction} {undecided.against}",
        fails=bar.refuses_doubt,
        properties={"contract": group.contract},
    )


def _case(group: Group, bar: Bar) -> Case:
    name = f"{group.contract} {group.mode}"
    failing = [change for change in group.changes if bar.refuses(change)]
    if failing:
        told = "\n".join(_line(change, group) for change in failing)
        return Case(group.file, name, "failure", failing[0].message, told, failing[0].severity)
    if group.undecided and bar.refuses_doubt:
        told = "\n".join(map(doubt, group.undecided))
        return Case(group.file, name, "error", doubt(group.undecided[0]), told)
    return Case(group.file, name, "passed")


def _line(change: Change, group: Group) -> str:
    return f"{change.file}:{change.line} [{change.rule}] {sentence(change, group.mode)}"
