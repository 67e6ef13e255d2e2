"""A check in the forms that CI systems read: JUnit XML, SARIF, GitHub's annotations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

from evtrace.anomalies import docs_of
from evtrace.present.gate import is_told
from evtrace.present.terminal import clean
from evtrace.present.words import spot
from evtrace.results import Evidence
from evtrace.thresholds import Gate, Judged, Measured

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}

#: XML knows no control characters, not even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(found: Gate) -> str:
    """One test case per rule and per threshold; what cannot be judged is skipped."""
    suite = ElementTree.Element("testsuite", name="evtrace")
    for rule in dict.fromkeys((*found.evaluated, *(one.rule for one in found.not_evaluated))):
        _rule_case(suite, rule, found)
    for limit in found.thresholds:
        _limit_case(suite, limit)
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("errors", "0")
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _rule_case(suite: ElementTree.Element, rule: str, found: Gate) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname="evtrace.rules", name=rule)
    failing = [one.finding for one in found.findings if one.fails and one.finding.rule == rule]
    if failing:
        failure = ElementTree.SubElement(
            case, "failure", message=f"{len(failing)} findings; {docs_of(rule)}", type=failing[0].severity
        )
        failure.text = _xml(
            "\n".join(
                f"{row.sentence} ({', '.join(spot(place) for place in row.evidence)})" for row in failing
            )
        )
    elif rule not in found.evaluated:
        reason = next(one.reason for one in found.not_evaluated if one.rule == rule)
        ElementTree.SubElement(case, "skipped", message=_xml(f"not evaluated: {reason}"))


def _limit_case(suite: ElementTree.Element, limit: Measured) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", classname="evtrace.thresholds", name=_xml(limit.threshold)
    )
    if limit.state == "broken":
        ElementTree.SubElement(case, "failure", message=_xml(_broken(limit)), type="threshold")
    elif limit.state == "not_evaluated":
        ElementTree.SubElement(case, "skipped", message="not evaluated: nothing to measure")


def _broken(limit: Measured) -> str:
    whom = f" ({limit.grp})" if limit.grp else ""
    return f"threshold broken: {limit.threshold}, measured {limit.value:g}{whom}"


def _xml(text: str) -> str:
    return _NO_XML.sub("�", text)


def sarif(found: Gate) -> str:
    """SARIF 2.1.0: known findings are unchanged, allowed ones suppressed."""
    rules = list(dict.fromkeys(one.finding.rule for one in found.findings))
    broken = [limit for limit in found.thresholds if limit.state == "broken"]
    driver = {
        "name": "evtrace",
        "informationUri": "https://github.com/evtrace/evtrace",
        "rules": [{"id": rule, "helpUri": docs_of(rule)} for rule in rules]
        + ([{"id": "threshold"}] if broken else []),
    }
    results = [_result(one) for one in found.findings] + [_limit_result(limit) for limit in broken]
    skipped = [
        {"level": "note", "message": {"text": f"{one.rule} not evaluated: {one.reason}"}}
        for one in found.not_evaluated
    ]
    invocation = {"executionSuccessful": True, "toolExecutionNotifications": skipped}
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "invocations": [invocation], "results": results}],
    }
    return (
        json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace").decode() + "\n"
    )


def _result(one: Judged) -> dict[str, Any]:
    row = one.finding
    result: dict[str, Any] = {
        "ruleId": row.rule,
        "level": _LEVELS[row.severity],
        "message": {"text": row.sentence},
        "locations": [_location(place) for place in row.evidence[:1]],
        "relatedLocations": [_location(place) for place in row.evidence[1:]],
        "partialFingerprints": {"evtrace/v1": one.fingerprint},
        "baselineState": "unchanged" if one.state == "known" else "new",
    }
    if one.state == "allowed":
        result["suppressions"] = [
            {"kind": "external", "justification": one.reason or "allowed by evtrace.toml"}
        ]
    return result


def _limit_result(limit: Measured) -> dict[str, Any]:
    return {"ruleId": "threshold", "level": "error", "message": {"text": _broken(limit)}, "locations": []}


def _location(place: Evidence) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": place.source}}
    if place.line is not None and place.line >= 1:
        physical["region"] = {"startLine": place.line}
    return {"physicalLocation": physical}


def github(found: Gate) -> str:
    """Workflow commands: GitHub shows them beside the lines they name."""
    lines = [*_limit_lines(found.thresholds), *_finding_lines(found.findings)]
    verdict = "passed" if found.passed else "failed"
    return "\n".join([*lines, f"evtrace check {verdict}"]) + "\n"


def _limit_lines(limits: Sequence[Measured]) -> Iterator[str]:
    for limit in limits:
        if limit.state == "broken":
            yield f"::error title=evtrace threshold::{_data(_broken(limit))}"


def _finding_lines(found: Sequence[Judged]) -> Iterator[str]:
    for one in found:
        if one.state == "new" and (one.fails or is_told(one)):
            place = next(iter(one.finding.evidence), None)
            where = (
                ""
                if place is None
                else f"file={_property(place.source)}," + (f"line={place.line}," if place.line else "")
            )
            command = "error" if one.fails else _COMMANDS[one.finding.severity]
            yield f"::{command} {where}title={_property(f'evtrace {one.finding.rule}')}::{_data(one.finding.sentence)}"


def _data(text: str) -> str:
    """What follows the second colons; log text may hold commands of its own."""
    return clean(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
