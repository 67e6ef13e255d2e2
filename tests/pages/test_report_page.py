"""A report is one page about a whole store: what it says, what it cannot do, and how it opens."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evtrace.cli.run import run
from evtrace.overview import LagLine
from evtrace.present.pages.report import lag as curves
from evtrace.reports import overview
from evtrace.store import Store
from tests.browser.chromium import Browser
from tests.hostile_logs import ALL


class Read(HTMLParser):
    """Elements, their attributes, and the words between them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.code = ""
        self.is_code = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.is_code = tag in ("script", "style")
        self.code = "" if tag == "script" and dict(attrs).get("type") == "application/json" else self.code

    def handle_endtag(self, tag: str) -> None:
        self.is_code = False

    def handle_data(self, data: str) -> None:
        if not self.is_code:
            self.words.append(data)
        elif self.tags[-1][1].get("type") == "application/json":
            self.code += data

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def report(store: str, folder: Path, *args: str) -> Path:
    path = folder / "report.html"
    assert run(["report", "--store", store, "-o", str(path), *args]) == 0
    return path


def sections(read: Read) -> list[str | None]:
    return [attributes.get("id") for tag, attributes in read.tags if tag == "section"]


def test_a_store_is_told_of_without_a_script(kafka_store: str, tmp_path: Path) -> None:
    path = report(kafka_store, tmp_path)
    read = Read(path.read_text())
    assert sections(read) == ["incidents", "topology", "lag", "duplicates", "lost", "drift", "open"]
    for words in ("80 flows", "consumer stopped", "no warehouse holds article", "evtrace why order-8", "shop.inventory",
                  "duplicate effect", "amount was number and is string as well", "behind"):  # fmt: skip
        assert words in read.text, words
    assert path.stat().st_size < 500_000


def test_the_page_holds_what_it_shows_as_json(
    kafka_store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = json.loads(Read(report(kafka_store, tmp_path).read_text()).code)
    assert (held["evtrace"], held["command"]) == (1, "report")
    assert run(["report", "--store", kafka_store, "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["data"] == held["data"]
    assert sum(one["flows"] for one in held["data"]["verdicts"]) == 80
    assert {one["cause"] for one in held["data"]["incidents"]} >= {
        "dead_letter",
        "lost_delivery",
        "consumer_stopped",
    }


def test_the_same_store_gives_the_same_report(kafka_store: str, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    assert report(kafka_store, tmp_path).read_bytes() == report(kafka_store, tmp_path / "again").read_bytes()


def test_a_window_chooses_flows(kafka_store: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for args in ([], ["--since", "5s"], ["--since", "5s", "--until", "2s"]):
        assert run(["report", "--store", kafka_store, "-o", "json", *args]) == 0
        told.append(json.loads(capsys.readouterr().out)["data"])
    flows = [sum(one["flows"] for one in data["verdicts"]) for data in told]
    incidents = [sum(one["flows"] for one in data["incidents"]) for data in told]
    assert 80 == flows[0] > flows[1] > flows[2] > 0
    assert incidents[0] > incidents[1] > incidents[2] > 0
    assert told[1]["until_at"] == told[0]["until_at"] > told[2]["until_at"]


def test_hostile_stores_give_harmless_reports(hostile_path: str, tmp_path: Path) -> None:
    text = report(hostile_path, tmp_path).read_text(encoding="utf-8")
    read = Read(text)
    assert {tag for tag, _ in read.tags}.isdisjoint(
        {"iframe", "img", "form", "object", "link", "base", "foreignobject"}
    )
    assert len([tag for tag, _ in read.tags if tag == "script"]) == 2
    for _, attributes in read.tags:
        assert not [name for name in attributes if re.fullmatch("on[a-z]+", name) or name in ("style", "src")]
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f]", text)
    assert "alert(1)" in read.text  # it is told of, as text


def test_an_empty_store_is_not_called_clean(tmp_path: Path) -> None:
    store = str(tmp_path / "empty.duckdb")
    Store.open(store).close()
    read = Read(report(store, tmp_path).read_text())
    for words in (
        "No flow has a cause to name",
        "Not evaluated: no group's position is known",
        "Not evaluated: the logs hold no evidence",
    ):
        assert words in read.text


def test_a_report_goes_to_html_or_json_only(kafka_store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "--store", kafka_store, "-o", "report.pdf"]) == 2
    assert (
        "neither a format (html, json) nor a file that ends in .json, .html, .htm" in capsys.readouterr().err
    )


def test_lag_of_partitions_is_added_as_it_was_told_last(kafka_store: str) -> None:
    with Store.open(kafka_store, read_only=True) as store:
        lines, found = overview.lag_lines(store)
    (line,) = [one for one in lines if (one.grp, one.channel) == ("fulfilment", "shop.inventory")]
    assert line.lag_messages == line.points[-1][1] == 4
    assert [at for at, _ in line.points] == sorted({at for at, _ in line.points})
    assert len(lines) <= len(found.rows)


@pytest.mark.parametrize(
    ("points", "drawn"),
    [
        (((0, 0), (5, 10), (10, 5)), "M0.0 42.0 H160.0 V4.0 H320.0 V23.0 H320"),
        (((0, 1), (5, None), (10, 1)), "M0.0 4.0 M320.0 4.0 H320"),  # no line where nothing is known
    ],
)
def test_a_curve_stands_until_it_is_told_anew(points: tuple[tuple[int, int | None], ...], drawn: str) -> None:
    line = LagLine("g", "c", "OK", 5, 1.0, points)
    assert f'd="{drawn}"' in curves.body([line])


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_report_opens_without_a_word(
    kafka_store: str, tmp_path: Path, browser: Browser, shots: Path, dark: bool
) -> None:
    path, page = report(kafka_store, tmp_path), browser.page(dark=dark)
    page.open(path)
    page.shot(shots / f"report-{'dark' if dark else 'light'}.png", whole=True)
    assert page.run("document.documentElement.dataset.ready") == "yes"
    assert page.run("document.documentElement.scrollWidth <= innerWidth")
    assert (page.complaints, page.requests, page.dialogs) == ([], [path.resolve().as_uri()], [])


@pytest.mark.browser
def test_a_hostile_report_does_nothing(hostile_path: str, tmp_path: Path, browser: Browser) -> None:
    path, page = report(hostile_path, tmp_path), browser.page()
    page.open(path)
    assert (page.complaints, page.requests, page.dialogs) == ([], [path.resolve().as_uri()], [])
    assert len(ALL) > 5
