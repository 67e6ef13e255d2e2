"""JUnit XML: a test case for each thing that was checked, so that what is clean is seen as well."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree

from evtrace.present.verdict import Case, Verdict

#: XML knows no control characters, not even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def report(found: Verdict) -> str:
    """One suite; what breaks is a failure, what nobody can tell an error, what was not judged skipped."""
    counts = Counter(case.outcome for case in found.cases)
    suites = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(suites, "testsuite", name=f"evtrace {found.command}")
    suite.set("tests", str(len(found.cases)))
    for name, outcome in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(counts[outcome]))
    for case in found.cases:
        _add(suite, case)
    ElementTree.indent(suites)
    text = ElementTree.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _add(suite: ElementTree.Element, case: Case) -> None:
    element = ElementTree.SubElement(suite, "testcase", classname=_xml(case.room), name=_xml(case.name))
    if case.outcome == "passed":
        return
    problem = ElementTree.SubElement(element, case.outcome, message=_xml(case.message))
    if case.kind is not None:
        problem.set("type", case.kind)
    if case.text:
        problem.text = _xml(case.text)


def _xml(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
