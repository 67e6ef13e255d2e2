"""GitLab's code quality report."""

from __future__ import annotations

import json
from typing import Any

from evtrace.present.verdict import Mark, Verdict

_SEVERITIES = {
    "breaking": "critical",
    "lossy": "major",
    "risky": "minor",
    "safe": "info",
    "error": "major",
    "warning": "minor",
    "info": "info",
}


def report(found: Verdict) -> str:
    """A list of issues; each stands in it once. GitLab takes only what has a place."""
    issues = {mark.fingerprint: _issue(mark) for mark in found.marks if mark.spots}
    return json.dumps(list(issues.values()), ensure_ascii=False, indent=2) + "\n"


def _issue(mark: Mark) -> dict[str, Any]:
    place = mark.spots[0]
    return {
        "description": mark.sentence,
        "check_name": mark.rule,
        "fingerprint": mark.fingerprint,
        "severity": "info" if mark.accepted is not None else _SEVERITIES[mark.severity],
        "location": {"path": place.file, "lines": {"begin": place.line or 1}},
    }
