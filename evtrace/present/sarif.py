"""SARIF 2.1.0, for code scanning: what was accepted stays in it, marked as such, so that alerts do not come and go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from evtrace import __version__
from evtrace.changes import Change, ContractDiff, GateAnswer, Rule
from evtrace.present.contract_groups import LEVELS, Group, doubt, groups, sentence

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_UNDECIDED = Rule("contract/undecided", "nothing sure can be said of a direction", (), "breaking", "{reason}")


def report(found: ContractDiff | GateAnswer, rules: Mapping[str, Rule]) -> str:
    """One run."""
    results = [result for group in groups(found) for result in _results(group)]
    known = {**rules, _UNDECIDED.id: _UNDECIDED}
    used = [known[name] for name in dict.fromkeys(result["ruleId"] for result in results)]
    driver = {"name": "evtrace", "version": __version__, "rules": [_rule(rule) for rule in used]}
    whole = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.says},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
    }


def _results(group: Group) -> Iterator[dict[str, Any]]:
    for change in group.changes:
        yield _result(change, group)
    for undecided in group.undecided:
        mark = f"{group.contract} {undecided.direction} {undecided.against}"
        yield {
            "ruleId": _UNDECIDED.id,
            "level": "error",
            "message": {"text": doubt(undecided)},
            "locations": [_location(group.file, 1)],
            "partialFingerprints": {"evtrace/v1": mark},
        }


def _result(change: Change, group: Group) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": change.rule,
        "level": LEVELS[change.severity],
        "message": {"text": sentence(change, group.mode)},
        "locations": [_location(change.file or group.file, change.line or 1)],
        "partialFingerprints": {"evtrace/v1": change.fingerprint},
        "properties": {"contract": group.contract, "path": change.path, "severity": change.severity},
    }
    if change.accepted is not None:
        result["baselineState"] = "unchanged"
        result["suppressions"] = [{"kind": "external", "justification": change.accepted}]
    return result


def _location(file: str, line: int) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": quote(file)}, "region": {"startLine": line}}}
