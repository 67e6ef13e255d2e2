"""SARIF 2.1.0, for code scanning: what was accepted stays in it, marked as such, so that alerts do not come and go."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from evtrace import __version__
from evtrace.present.verdict import Mark, RuleNote, Spot, Verdict

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME = "https://github.com/evtrace/evtrace"


def report(found: Verdict) -> str:
    """One run."""
    rules = [_rule(rule) for rule in found.rules]
    driver = {"name": "evtrace", "version": __version__, "informationUri": _HOME, "rules": rules}
    notes = [{"level": "note", "message": {"text": note}} for note in found.notes]
    has_baseline = any(mark.is_known for mark in found.marks)
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "results": [_result(mark, has_baseline=has_baseline) for mark in found.marks],
    }
    whole = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(whole, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace").decode() + "\n"


def _rule(rule: RuleNote) -> dict[str, Any]:
    told: dict[str, Any] = {"id": rule.id, "defaultConfiguration": {"level": rule.level}}
    if rule.says is not None:
        told["shortDescription"] = {"text": rule.says}
    if rule.docs is not None:
        told["helpUri"] = rule.docs
    return told


def _result(mark: Mark, *, has_baseline: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": mark.rule,
        "level": mark.level,
        "message": {"text": mark.sentence},
        "locations": [_location(spot) for spot in mark.spots[:1]],
        "partialFingerprints": {"evtrace/v1": mark.fingerprint},
        "properties": dict(mark.properties),
    }
    if mark.spots[1:]:
        result["relatedLocations"] = [_location(spot) for spot in mark.spots[1:]]
    if has_baseline:  # either all results tell, or none does
        result["baselineState"] = "unchanged" if mark.is_known else "new"
    if mark.accepted is not None:
        result["suppressions"] = [{"kind": "external", "justification": mark.accepted}]
    return result


def _location(spot: Spot) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(spot.file)}}
    if spot.line is not None and spot.line >= 1:
        physical["region"] = {"startLine": spot.line}
    return {"physicalLocation": physical}


def _uri(file: str) -> str:
    return PurePath(file).as_uri() if PurePath(file).is_absolute() else quote(file)
