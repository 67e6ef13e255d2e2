"""GitLab's code quality report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from evtrace.changes import ContractDiff, GateAnswer
from evtrace.present.contract_groups import Group, doubt, groups, sentence

_SEVERITIES = {"breaking": "critical", "lossy": "major", "risky": "minor", "safe": "info"}


def report(found: ContractDiff | GateAnswer) -> str:
    """A list of issues; what several older versions share stands in it once."""
    issues = {issue["fingerprint"]: issue for group in groups(found) for issue in _issues(group)}
    return json.dumps(list(issues.values()), ensure_ascii=False, indent=2) + "\n"


def _issues(group: Group) -> Iterator[dict[str, Any]]:
    for change in group.changes:
        severity = "info" if change.accepted is not None else _SEVERITIES[change.severity]
        words = (sentence(change, group.mode), change.rule, change.fingerprint, severity)
        yield _issue(words, change.file or group.file, change.line or 1)
    for undecided in group.undecided:
        mark = f"{group.contract} {undecided.direction} {undecided.against}"
        yield _issue((doubt(undecided), "undecided", mark, "major"), group.file, 1)


def _issue(words: tuple[str, str, str, str], file: str, line: int) -> dict[str, Any]:
    description, check, fingerprint, severity = words
    return {
        "description": description,
        "check_name": check,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": file, "lines": {"begin": line}},
    }
