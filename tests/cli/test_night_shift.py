"""What somebody meets who does not know evtrace: typing errors, odd payloads, the same command twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evtrace.cli.run import run

LOGS = Path(__file__).parent.parent.parent / "sample_logs" / "kafka"
SERVICES = [
    name
    for pattern in ("*-0.log", "*-0.json*", "*-0.clef", "payment-1.json")
    for name in sorted(LOGS.glob(pattern))
]


@pytest.fixture
def store(tmp_path: Path) -> str:
    return str(tmp_path / "night.duckdb")


def _flows(store: str, capsys: pytest.CaptureFixture[str]) -> object:
    capsys.readouterr()
    assert run(["flows", "--limit", "0", "--store", store, "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["data"]
    names = [(row["identity"]["value"], row["verdict"], row["cause"]) for row in found["rows"]]
    incidents = [{**one, "example": None} for one in found["incidents"]]
    return sorted(names, key=str), sorted(incidents, key=str)


def test_the_order_of_the_files_changes_no_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dump = LOGS / "kafka-dump-log.txt.gz"
    answers = []
    for name, files in (("first", [dump, *SERVICES]), ("last", [*SERVICES, dump])):
        store = str(tmp_path / f"{name}.duckdb")
        assert run(["ingest", *map(str, files), "--store", store, "--quiet"]) == 0
        answers.append(_flows(store, capsys))
    assert answers[0] == answers[1]
    assert "missing_event" in str(answers[0])


def test_the_same_logs_again_change_no_answer(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for _ in range(2):
        assert run(["ingest", *map(str, SERVICES), "--store", store, "--quiet"]) == 0
        capsys.readouterr()
        assert run(["why", "order-8123", "--store", store]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]


@pytest.mark.parametrize("filter", [("--channel", "nope"), ("--group", "nope")])
@pytest.mark.parametrize("command", ["duplicates", "order", "lost", "lag"])
def test_a_name_that_nothing_has_is_no_good_news(
    command: str, filter: tuple[str, str], store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    record = {
        "ts": 1,
        "kind": "publish",
        "channel": "orders",
        "part": 0,
        "pos": 0,
        "event_id": "e-1",
        "service": "shop",
    }
    Path(store).with_suffix(".jsonl").write_text(json.dumps(record) + "\n")
    assert run(["ingest", str(Path(store).with_suffix(".jsonl")), "--store", store, "--quiet"]) == 0
    assert run([command, *filter, "--store", store]) == 2
    assert f"{filter[0]} nope: no record names it" in capsys.readouterr().err


def test_an_id_from_a_clipboard_is_found(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ingest", str(LOGS / "order-0.jsonl"), "--store", store, "--quiet"]) == 0
    assert run(["why", " order-8123 ", "--store", store]) == 0
    assert "found in the text" not in capsys.readouterr().out


def test_a_time_with_a_zone_is_shown(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ingest", str(LOGS / "order-0.jsonl"), "--store", store, "--quiet"]) == 0
    capsys.readouterr()
    assert run(["sql", "SELECT to_timestamp(0) AS t", "--store", store]) == 0
    assert "1970-01-01" in capsys.readouterr().out


def test_one_payload_that_is_no_json_stops_nothing(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    payloads = ['{"a": 1, "b": "x"}'] * 30 + ["not json at all"] + ['{"a": 1, "b": null}'] * 30
    lines = [
        json.dumps({"ts": n * 10**9, "kind": "publish", "channel": "c", "part": 0, "pos": n, "event_id": f"e{n}",
                    "event_type": "T", "service": "s", "payload": payload})
        for n, payload in enumerate(payloads)
    ]  # fmt: skip
    log = tmp_path / "odd.jsonl"
    log.write_text("\n".join(lines) + "\n")
    assert run(["ingest", str(log), "--store", store, "--quiet"]) == 0
    assert run(["schema", "drift", "--store", store]) in (0, 1)
    assert run(["schema", "infer", "--store", store]) == 0
    assert run(["case", "e3", "--store", store, "-o", str(tmp_path / "case.html")]) == 0
    assert "Malformed" not in capsys.readouterr().err


def test_a_case_is_an_html_file(store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ingest", str(LOGS / "order-0.jsonl"), "--store", store, "--quiet"]) == 0
    assert run(["case", "order-8123", "--store", store, "-o", str(tmp_path / "case.pdf")]) == 2
    assert not (tmp_path / "case.pdf").exists()


def test_wrong_settings_are_told_before_anything_is_written(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evtrace.toml").write_text("[flows.OrderPlaced]\nwithin = 'soon'\n")
    assert run(["ingest", str(LOGS / "order-0.jsonl"), "--store", store, "--quiet"]) == 2
    assert not Path(store).exists()


def test_json_holds_nothing_that_a_terminal_obeys(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = {
        "ts": 1,
        "kind": "publish",
        "channel": "c",
        "event_id": "e-1",
        "event_type": "A\u009b31mB\u202eC",
        "service": "s",
    }
    (tmp_path / "evil.jsonl").write_text(json.dumps(record) + "\n")
    assert run(["ingest", str(tmp_path / "evil.jsonl"), "--store", store, "--quiet"]) == 0
    capsys.readouterr()
    run(["why", "e-1", "--store", store, "-o", "json"])
    out = capsys.readouterr().out
    assert not {"\u009b", "\u202e"} & set(out)
    assert json.loads(out)["data"]["flow"]["root_type"] == "A\u009b31mB\u202eC"
