"""JUnit XML: a test case for each contract, so that a clean one is seen as well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from evtrace.changes import ContractDiff, GateAnswer
from evtrace.present.contract_groups import Group, doubt, groups, sentence

_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def report(found: ContractDiff | GateAnswer) -> str:
    """One suite; what breaks is a failure, what is undecided an error."""
    every = groups(found)
    failures = sum(bool(group.failing) for group in every)
    errors = sum(bool(group.undecided) and not group.failing for group in every)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites><testsuite name="evtrace schema" tests="{len(every)}" failures="{failures}" errors="{errors}">',
        *(line for group in every for line in _case(group)),
        "</testsuite></testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _case(group: Group) -> Iterator[str]:
    name = f"{group.contract} {group.mode}"
    head = f"<testcase classname={_attribute(group.file)} name={_attribute(name)}"
    body = list(_problems(group))
    if not body:
        yield f"{head}/>"
        return
    yield f"{head}>"
    yield from body
    yield "</testcase>"


def _problems(group: Group) -> Iterator[str]:
    told = [
        f"{change.file}:{change.line} [{change.rule}] {sentence(change, group.mode)}"
        for change in group.failing
    ]
    if told:
        yield f"<failure message={_attribute(group.failing[0].message)}>{_text(chr(10).join(told))}</failure>"
    elif group.undecided:
        doubts = "\n".join(map(doubt, group.undecided))
        yield f"<error message={_attribute(doubt(group.undecided[0]))}>{_text(doubts)}</error>"


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", text))
