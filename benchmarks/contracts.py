"""How fast contracts are compared, and how right: `python benchmarks/contracts.py` prints the tables of contracts.md."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from evtrace.changes import DIRECTIONS
from evtrace.contracts.check import Terms, check
from evtrace.contracts.languages import load
from evtrace.contracts.modes import mode
from evtrace.contracts.source import Source

ROOT = Path(__file__).parents[1]
FOLDERS = (ROOT / "tests" / "contracts" / "cases", ROOT.parent / "shared" / "cases" / "contracts")
SUITES = ("own-json-rules", "own-avro-rules", "buf-atomic", "sentry-json-schema-diff", "avro-py")
TRIPS = {"BACKWARD": "old->new", "FORWARD": "new->old"}
DAMAGE = {"value-lost", "value-changed", "parse-error"}

Case = dict[str, Any]


def suite(name: str) -> list[Case]:
    """The cases of a suite; none where it is not here."""
    path = next((folder / f"{name}.json" for folder in FOLDERS if (folder / f"{name}.json").exists()), None)
    return json.loads(path.read_text()) if path else []


def source(case: Case, side: str) -> Source:
    """One side of a case."""
    schema = case[side]
    if case["format"] == "protobuf":
        return Source(schema["entry"], schema["files"], name=side)
    return Source(side, {side: json.dumps(schema)})


def verdict(case: Case, asked: str) -> bool | None:
    """What evtrace says under `strict`."""
    terms = Terms(mode(asked), "strict", case["format"])
    return check([source(case, "old")], source(case, "new"), terms).compatible


def truths(case: Case) -> Iterator[tuple[str, bool, bool]]:
    """Mode, expected verdict, and whether a break was proved: by an instance, or by a round trip."""
    if case["format"] == "protobuf":
        for asked in DIRECTIONS:
            is_damaged = bool(set(case["decode"][TRIPS[asked]]) & DAMAGE)
            yield asked, not is_damaged, is_damaged
    elif "oracle" in case:
        for asked in DIRECTIONS:
            is_broken = case["oracle"][asked.lower()]["counterexample_found"]
            yield asked, not is_broken, is_broken
    else:
        yield case["mode"], case["compatible"], not case["compatible"]


def rows() -> Iterator[str]:
    """One row a suite: pairs, agreement, breaks called compatible, undecided, itself."""
    for name in SUITES:
        cases, counts = suite(name), Counter[str]()
        for case in cases:
            for asked, expected, is_proved in truths(case):
                said = verdict(case, asked)
                counts["asked"] += 1
                counts["agree"] += said is expected
                counts["unsafe"] += is_proved and said is True
                counts["undecided"] += said is None
            counts["self"] += all(
                verdict({**case, "old": case[side], "new": case[side]}, "FULL") for side in ("old", "new")
            )
        if cases:
            agree = f"{counts['agree']:,} ({counts['agree'] / counts['asked']:.1%})"
            yield f"| {name} | {counts['asked']:,} | {agree} | {counts['unsafe']} | {counts['undecided']} | {counts['self']} of {len(cases)} |"
        else:
            yield f"| {name} | not here | | | | |"


def timed(cases: list[Case], pairs: int) -> float:
    """Seconds for so many pairs, each parsed anew and compared in both directions, with examples."""
    began = time.perf_counter()
    for number in range(pairs):
        case = cases[number % len(cases)]
        verdict(case, "FULL")
    return time.perf_counter() - began


def best(measure: Callable[[], float], repeat: int) -> tuple[float, float]:
    """The best and the worst of several runs."""
    seconds = [measure() for _ in range(repeat)]
    return min(seconds), max(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args()
    print(
        "| suite | verdicts asked | agree | proved break called compatible | undecided | compatible with itself |"
    )
    print("|---|---|---|---|---|---|")
    for row in rows():
        print(row)
    plain = [case for name in SUITES for case in suite(name) if case["format"] != "protobuf"]
    protobuf = suite("buf-atomic")
    for language in ("json", "avro", "protobuf"):
        load(language)
    print("\n| what | pairs | promise | best | worst |\n|---|---|---|---|---|")
    for name, cases, pairs, promise in (("JSON and Avro", plain, 1000, 5), ("Protobuf", protobuf, 300, 15)):
        low, high = best(lambda cases=cases, pairs=pairs: timed(cases, pairs), chosen.repeat)  # type: ignore[misc]
        print(f"| {name} | {pairs:,} | < {promise} s | {low:.2f} s | {high:.2f} s |")


if __name__ == "__main__":
    main()
