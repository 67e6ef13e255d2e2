"""The gate of a build: thresholds, exceptions, baseline, and the forms that CI systems read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from evtrace.cli.run import run
from evtrace.reports.design.names import is_command
from tests.reports.cases import Logs
from tests.reports.own_cases import did, effect, got, pub, three

#: A loss for group b, and a second payment that costs money.
FAULTY = [*three(), got(3, 0), got(4, 2), effect(6, 0, "p1", "e0"), effect(7, 1, "p2", "e0")]


@pytest.fixture
def faulty(logs: Logs) -> Logs:
    return logs.add(FAULTY)


def _settings(logs: Logs, text: str) -> str:
    path = logs.folder / "evtrace.toml"
    path.write_text(text)
    return str(path)


def _check(logs: Logs, *args: str, code: int) -> dict[str, Any]:
    return logs.ask("check", *args, code=code)


def test_findings_of_severity_error_fail(faulty: Logs) -> None:
    answer = _check(faulty, code=1)
    failing = {one["finding"]["rule"] for one in answer["data"]["findings"] if one["fails"]}
    assert (answer["status"], failing) == ("findings", {"lost", "duplicate_effect"})


def test_a_healthy_store_passes(logs: Logs) -> None:
    logs.add([*three(), *(got(3 + n, n) for n in range(3))])
    assert _check(logs, code=0)["data"]["passed"]


def test_an_empty_store_is_not_evaluated_and_fails_only_when_strict(logs: Logs) -> None:
    logs.add([{"kind": "log", "ts": 0, "message": "hello", "event_id": "x"}])
    assert _check(logs, code=0)["status"] == "not_evaluated"
    _check(logs, "--strict", code=4)


def test_fail_on_warning_is_stricter(logs: Logs) -> None:
    logs.add([pub(0, 0), got(1, 0), got(2, 0)])
    _check(logs, code=0)
    _check(logs, "--fail-on", "warning", code=1)


def test_exceptions_let_findings_through(faulty: Logs) -> None:
    allow = (
        '[check]\nallow = [{ rule = "lost", grp = "b", reason = "replayed by hand" }, "duplicate_effect"]\n'
    )
    answer = _check(faulty, "--config", _settings(faulty, allow), code=0)
    states = {one["finding"]["rule"]: (one["state"], one["reason"]) for one in answer["data"]["findings"]}
    assert states["lost"] == ("allowed", "replayed by hand")


def test_a_threshold_judges_its_rule(faulty: Logs) -> None:
    wide = '[check]\nthresholds = ["duplicates.effect <= 1", "lost.lost <= 1"]\n'
    answer = _check(faulty, "--config", _settings(faulty, wide), code=0)
    assert [(one["state"], one["value"]) for one in answer["data"]["thresholds"]] == [
        ("kept", 1),
        ("kept", 1),
    ]
    narrow = '[check]\nthresholds = ["duplicates.effect = 0", "lost.lost <= 1"]\n'
    answer = _check(faulty, "--config", _settings(faulty, narrow), code=1)
    assert [one["state"] for one in answer["data"]["thresholds"]] == ["broken", "kept"]


def test_a_group_has_limits_of_its_own(logs: Logs) -> None:
    logs.add(
        [
            *(pub(n, n) for n in range(9)),
            *(got(1, n, "slow") for n in range(3)),
            *(got(9, n, "quick") for n in range(9)),
        ]
    )
    both = '[check]\nthresholds = ["lag.messages <= 2"]\n[check.groups.slow]\nthresholds = ["lag.messages <= 6"]\n'
    path = _settings(logs, both)
    answer = _check(logs, "--config", path, code=0)
    assert [(one["state"], one["grp"], one["value"]) for one in answer["data"]["thresholds"]] == [
        ("kept", "quick", 0),
        ("kept", "slow", 6),
    ]
    _check(logs, "--config", _settings(logs, '[check]\nthresholds = ["lag.messages <= 2"]\n'), code=1)


def test_a_group_with_a_limit_on_a_rule_is_counted_apart(faulty: Logs) -> None:
    both = '[check]\nthresholds = ["lost.lost = 0"]\n[check.groups.b]\nthresholds = ["lost.lost <= 1"]\n'
    answer = _check(faulty, "--config", _settings(faulty, both), code=1)  # for the duplicate effect
    assert [(one["state"], one["grp"], one["value"]) for one in answer["data"]["thresholds"]] == [
        ("kept", None, 0),
        ("kept", "b", 1),
    ]


def test_never_fails_on_findings_yet_on_thresholds(faulty: Logs) -> None:
    _check(faulty, "--fail-on", "never", code=0)
    _check(faulty, "--config", _settings(faulty, '[check]\nfail_on = "never"\n'), code=0)
    limit = '[check]\nfail_on = "never"\nthresholds = ["lost.lost = 0"]\n'
    _check(faulty, "--config", _settings(faulty, limit), code=1)


def test_a_group_in_trouble_is_noted_where_no_limit_is_set(logs: Logs) -> None:
    logs.add([*(pub(n, n) for n in range(9)), *(did("commit", 1 + n, 1) for n in range(5)), pub(30, 9)])
    told = [note for note in _check(logs, code=0)["data"]["notes"] if "lag fails by thresholds only" in note]
    assert len(told) == 1 and told[0].startswith("evtrace lag says 1 STOP of 1 partition;")
    answer = _check(logs, "--config", _settings(logs, '[check]\nthresholds = ["lag.stop = 0"]\n'), code=1)
    assert not [note for note in answer["data"]["notes"] if "lag fails by thresholds only" in note]


def test_the_worst_group_is_the_same_each_time(logs: Logs) -> None:
    """Of several that are equally bad, the first by lag and name."""
    logs.add([*three(), *(got(3, n, grp) for grp in "zyxwvuts" for n in range(3))])
    config = _settings(logs, '[check]\nthresholds = ["lag.stop = 0"]\n')
    assert _check(logs, "--config", config, code=0)["data"]["thresholds"][0]["grp"] == "s"


def test_what_cannot_be_measured_is_neither_kept_nor_broken(logs: Logs) -> None:
    logs.add(three())
    answer = _check(
        logs, "--config", _settings(logs, '[check]\nthresholds = ["lag.seconds <= 60"]\n'), code=0
    )
    assert [one["state"] for one in answer["data"]["thresholds"]] == ["not_evaluated"]
    assert answer["status"] == "incomplete"


def test_only_what_is_new_fails_with_a_baseline(faulty: Logs) -> None:
    path = str(faulty.folder / "baseline.json")
    assert run(["check", "--store", faulty.store, "--baseline", path, "--write-baseline"]) == 0
    said = faulty.capture()
    assert said.out.startswith("PASSED") and "findings known from now on" in said.err
    assert _check(faulty, "--baseline", path, code=0)["data"]["passed"]
    faulty.add([got(20, 0, "other"), got(21, 2, "other")])
    answer = _check(faulty, "--baseline", path, code=1)
    failing = [one["finding"] for one in answer["data"]["findings"] if one["fails"]]
    assert [(row["rule"], row["grp"]) for row in failing] == [("lost", "other")]


def test_thresholds_count_only_what_the_baseline_does_not_know(faulty: Logs) -> None:
    path = str(faulty.folder / "baseline.json")
    run(["check", "--store", faulty.store, "--baseline", path, "--write-baseline"])
    faulty.capture()
    config = _settings(faulty, '[check]\nthresholds = ["duplicates.effect = 0"]\n')
    assert (
        _check(faulty, "--baseline", path, "--config", config, code=0)["data"]["thresholds"][0]["value"] == 0
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[check]\nthresholds = ["lag.seconds is small"]', "is no threshold; write for example"),
        ('[check]\nthresholds = ["lag.parsecs <= 1"]', "lag.parsecs is nothing that is measured"),
        ('[check]\nlimits = []', "[check] knows no limits"),
        ('[check]\nallow = ["losst"]', "names the rule losst, which there is not"),
        ('[check]\nfail_on = "mild"', "no such severity"),
    ],
)  # fmt: skip
def test_wrong_settings_are_said_in_one_sentence(faulty: Logs, text: str, said: str) -> None:
    assert run(["check", "--store", faulty.store, "--config", _settings(faulty, text)]) == 2
    assert said in faulty.capture().err


def test_broken_settings_are_unreadable(faulty: Logs) -> None:
    path = _settings(faulty, "fine = 1\n[check")
    assert run(["check", "--store", faulty.store, "--config", path]) == 3
    assert f"{path}:2: broken TOML" in faulty.capture().err


def test_what_is_wrong_is_said_with_its_line(faulty: Logs) -> None:
    path = _settings(faulty, '[check]\nthresholds = [\n  "lag.seconds <= 60",\n  "lag.parsecs <= 1",\n]\n')
    assert run(["check", "--store", faulty.store, "--config", path]) == 2
    assert f"{path}:4: lag.parsecs" in faulty.capture().err


def test_settings_above_count_from_their_folder(faulty: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    _settings(faulty, '[check]\nbaseline = "known.json"\nthresholds = ["lost.share > 2"]\n')
    below = faulty.folder / "service" / "src"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert run(["check", "--store", faulty.store, "--write-baseline"]) == 0
    faulty.capture()
    assert (faulty.folder / "known.json").exists()
    answer = _check(faulty, code=1)["data"]
    assert [one["state"] for one in answer["thresholds"]] == ["broken"]
    assert {one["state"] for one in answer["findings"]} == {"known"}


def test_both_gates_share_a_baseline(faulty: Logs) -> None:
    path = faulty.folder / "baseline.json"
    path.write_text('{"evtrace_baseline": 1, "accepted": [{"rule": "json/type-changed"}]}')
    words = ["check", "--store", faulty.store, "--baseline", str(path)]
    assert run(words) == 1
    assert run([*words, "--write-baseline"]) == 0
    assert run(words) == 0
    assert json.loads(path.read_text())["accepted"] == [{"rule": "json/type-changed"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", ":1: broken JSON"), ("[]", "no baseline"), ('{"evtrace_baseline": 9}', "another evtrace"),
     ('{"evtrace_baseline": 1, "findings": 5}', "findings is no list")],
)  # fmt: skip
def test_a_broken_baseline_is_unreadable(faulty: Logs, text: str, said: str) -> None:
    path = faulty.folder / "baseline.json"
    path.write_text(text)
    assert run(["check", "--store", faulty.store, "--baseline", str(path)]) == 3
    assert said in faulty.capture().err


def test_a_missing_baseline_is_said(faulty: Logs) -> None:
    assert run(["check", "--store", faulty.store, "--baseline", "nowhere.json"]) == 2
    assert "make it with --write-baseline" in faulty.capture().err


def _form(logs: Logs, form: str) -> str:
    assert run(["check", "--store", logs.store, "-o", form]) == 1
    return str(logs.capture().out)


def test_junit_has_a_case_per_rule(faulty: Logs) -> None:
    (suite,) = ElementTree.fromstring(_form(faulty, "junit"))
    failed = {case.get("name") for case in suite if case.find("failure") is not None}
    skipped = {case.get("name") for case in suite if case.find("skipped") is not None}
    assert failed == {"lost", "duplicate_effect"}
    assert (suite.get("failures"), suite.get("skipped")) == ("2", str(len(skipped)))
    assert "unroutable" in skipped


def test_sarif_names_file_and_line(faulty: Logs) -> None:
    (found,) = json.loads(_form(faulty, "sarif"))["runs"]
    lost = next(result for result in found["results"] if result["ruleId"] == "lost")
    place = lost["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"][-15:], place["region"]["startLine"]) == ("records-1.jsonl", 2)
    assert lost["level"] == "error" and lost["partialFingerprints"]


def test_gitlab_gets_each_finding_with_its_line(faulty: Logs) -> None:
    issues = json.loads(_form(faulty, "gitlab"))
    assert {(one["check_name"], one["severity"]) for one in issues} >= {
        ("lost", "major"),
        ("duplicate_effect", "major"),
    }
    assert all(one["location"]["lines"]["begin"] > 0 for one in issues)


def test_github_annotations_cannot_be_forged(logs: Logs) -> None:
    logs.add([*three(), got(3, 0), got(4, 2), pub(1, 1, "e1\n::error::forged")])
    lines = _form(logs, "github").splitlines()
    assert not [line for line in lines if line.startswith("::error::forged")]
    assert any(line.startswith("::error file=") and "title=evtrace lost::" in line for line in lines)


def test_a_form_goes_to_a_file_that_is_named_for_it(faulty: Logs, tmp_path: Path) -> None:
    for name in ("gate.sarif", "gate.xml"):
        assert run(["check", "--store", faulty.store, "-o", str(tmp_path / name)]) == 1
        assert (tmp_path / name).read_text()


@pytest.mark.parametrize(
    "name", ["CreateOrder", "order.create", "ShipOrderCommand", "shop.v1.SendEmail", "urn:shop:ChargeCard"]
)
def test_commands_are_told_by_their_name(name: str) -> None:
    assert is_command(name)


@pytest.mark.parametrize(
    "name",
    ["OrderCreated", "order.created.v1", "PaymentFailedEvent", "OrderPlaced", "StockLevel", "EmailSent"],
)
def test_events_are_not_commands(name: str) -> None:
    assert not is_command(name)


def _designed(number: int, **more: Any) -> dict[str, Any]:
    facts = {
        "type": "OrderPlaced",
        "payload": {"order": number, "amount": 10.5},
        "corr_id": f"c{number}",
        "schema_version": "1",
    }
    return pub(number, number, **(facts | more))


@pytest.mark.parametrize(
    ("records", "rule", "said"),
    [
        ([_designed(n, type="PlaceOrder") for n in range(3)], "command_name", "such as OrderPlaced"),
        ([_designed(n, payload={"text": "x" * (9000 if n == 4 else 20)}) for n in range(9)], "fat_event", "carries 9,0"),
        ([_designed(n, corr_id=None if n else "c") for n in range(3)], "missing_correlation", "1 of 3 carry a correlation"),
        ([_designed(n, schema_version=None) for n in range(3)], "missing_schema_version", "none name a contract"),
        ([_designed(n, schema_version=None, payload={"amount": str(n) if n % 2 else n}) for n in range(6)], "parallel_shapes", "amount is"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_design_is_noted_when_asked(logs: Logs, records: list[dict[str, Any]], rule: str, said: str) -> None:
    logs.add(records)
    assert rule not in {one["finding"]["rule"] for one in _check(logs, code=0)["data"]["findings"]}
    notes = [
        one["finding"]
        for one in _check(logs, "--design", code=0)["data"]["findings"]
        if one["finding"]["rule"] == rule
    ]
    assert len(notes) == 1 and said in notes[0]["sentence"] and notes[0]["severity"] == "info"


def test_optional_fields_are_no_shapes_of_their_own(logs: Logs) -> None:
    logs.add(
        _designed(n, schema_version=None, payload={"a": 1} if n % 2 else {"a": None, "b": 2})
        for n in range(6)
    )
    assert "parallel_shapes" not in {
        one["finding"]["rule"] for one in _check(logs, "--design", code=0)["data"]["findings"]
    }


def test_acks_are_positions_too(logs: Logs) -> None:
    logs.add([*three(), got(3, 0), got(4, 1), did("ack", 5, 0), did("ack", 6, 1)])
    (row,) = logs.rows("lag")
    assert (row["source"], row["position"], row["lag_messages"]) == ("ack", 2, 1)
