"""`evtrace graph` as people and programs meet it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evtrace.cli.run import run
from evtrace.present.graph import engine


@pytest.fixture
def graph(shop_path: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run `evtrace graph` on the shop; gives exit code, stdout and stderr."""

    def call(*args: str) -> tuple[int, str, str]:
        code = run(["graph", "--store", shop_path, *args])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.mark.parametrize(
    ("args", "begins"),
    [
        (("8123",), "8123 · failed\n"),
        (("8123", "-o", "MERMAID"), "%% 8123 · failed\n"),
        (("8123", "-o", "markdown"), "```mermaid\n%% 8123"),
        (("8123", "-o", "dot"), 'digraph "8123 · failed" {'),
        (("8123", "-o", "d2"), "# 8123 · failed\n"),
        (("8123", "-o", "html"), "<!DOCTYPE html>"),
        (("8123", "-o", "svg"), "<svg "),
        (("8123", "--sequence"), "8123 · failed\n"),
        (("8123", "--sequence", "-o", "mermaid"), "%% 8123 · failed\n"),
        (("8123", "--sequence", "-o", "svg"), "<svg "),
        (("8123", "--diff", "8101"), "8101 → 8123\n"),
        (("8123", "--diff", "normal", "-o", "d2"), "# normal ("),
        ((), "topology · 12 flows"),
        (("-o", "dot"), 'digraph "topology'),
        (("--since", "1h"), "topology · 12 flows"),
    ],
)
def test_every_form_goes_to_stdout(graph: Callable[..., Any], args: tuple[str, ...], begins: str) -> None:
    code, out, _ = graph(*args)
    assert code == 0
    assert out.startswith(begins)


def test_json_is_the_picture_itself(graph: Callable[..., Any]) -> None:
    code, out, err = graph("8123", "-o", "json")
    told = json.loads(out)
    assert (code, err, told["command"], told["status"]) == (0, "", "graph", "ok")
    assert told["data"]["nodes"][0]["at"] == "2026-03-01T12:00:10.000000000Z"
    assert {edge["source"] for edge in told["data"]["edges"]} <= {
        node["id"] for node in told["data"]["nodes"]
    }


@pytest.mark.parametrize("ending", ["svg", "dot", "gv", "mmd", "d2", "html", "md", "txt", "json"])
def test_a_file_is_named_by_its_ending(graph: Callable[..., Any], tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"flow.{ending}"
    code, out, _ = graph("8123", "-o", str(path))
    assert (code, out) == (0, "")
    assert "OrderPlaced" in path.read_text()


@pytest.mark.skipif(engine.engine() is None, reason="no Graphviz here: neither `dot` nor pygraphviz")
@pytest.mark.parametrize(("ending", "begins"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_pictures_of_dots_are_written(
    graph: Callable[..., Any], tmp_path: Path, ending: str, begins: bytes
) -> None:
    for number, args in enumerate((("8123",), ("8123", "--sequence"), ("8123", "--diff", "8101"), ())):
        path = tmp_path / f"{number}.{ending}"
        assert graph(*args, "-o", str(path))[0] == 0
        assert path.read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("nobody",), "nobody: unknown id"),
        (("--sequence",), "--sequence and --diff draw a flow; name it"),
        (("--diff", "8101"), "--sequence and --diff draw a flow; name it"),
        (("8123", "--diff", "nobody"), "nobody: unknown id"),
        (("8123", "-o", "flow.bmp"), "-o flow.bmp: neither a format (text, json,"),
        (("8123", "--boxes", "1"), "see: evtrace graph --help"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    graph: Callable[..., Any], args: tuple[str, ...], says: str
) -> None:
    code, out, err = graph(*args)
    assert (code, out) == (2, "")
    assert says in err


def test_without_graphviz_the_way_to_get_pictures_is_said(
    graph: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(engine, "which", lambda name: None)
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    code, _, err = graph("8123", "-o", str(tmp_path / "flow.png"))
    assert code == 2
    assert "pip install 'evtrace[render]'" in err
    assert "-o mermaid" in err
    assert not (tmp_path / "flow.png").exists()
    code, out, err = graph("8123", "-o", "svg")
    assert code == 0
    assert out.startswith("<svg ")
    assert "drawn without Graphviz" in err


def test_the_same_store_gives_the_same_bytes(graph: Callable[..., Any]) -> None:
    assert graph("8123", "-o", "svg")[1] == graph("8123", "-o", "svg")[1]
    assert graph("-o", "dot")[1] == graph("-o", "dot")[1]
