"""The suites of schema pairs: ours lie beside this file, those of other projects beside the repository."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from evtrace.changes import ContractDiff
from evtrace.contracts.check import Terms, check
from evtrace.contracts.modes import mode
from evtrace.contracts.source import Source

OWN = Path(__file__).parent / "cases"
SHARED = Path(__file__).parents[3] / "shared" / "cases" / "contracts"

Case = dict[str, Any]


@cache
def suite(name: str) -> tuple[Case, ...]:
    """All cases of a suite; a suite of another project that is not here skips the test, saying so."""
    path = next((path for path in (OWN / f"{name}.json", SHARED / f"{name}.json") if path.exists()), None)
    if path is None:
        pytest.skip(f"the suite {name} is not beside this repository (../shared/cases/contracts)")
    return tuple(json.loads(path.read_text()))


def source(schema: Any, language: str, name: str) -> Source:
    """A schema as the suites write it."""
    if language == "protobuf":
        return Source(schema["entry"], schema["files"], name=name)
    return Source(name, {name: json.dumps(schema)})


def judge(case: Case, *, asked: str | None = None, policy: str = "strict") -> ContractDiff:
    """What the engine says about a case."""
    older = [
        source(one, case["format"], f"old{n}") for n, one in enumerate(case.get("history") or [case["old"]])
    ]
    terms = Terms(mode(asked or case["mode"]), policy, case["format"])
    return check(older, source(case["new"], case["format"], "new"), terms)


def disagreements(cases: tuple[Case, ...]) -> list[str]:
    """The cases on which the verdict is another one."""
    return [
        f"{case['id']} ({case['description']}): {judge(case).compatible}, not {case['compatible']}"
        for case in cases
        if judge(case).compatible is not case["compatible"]
    ]
