"""A case file is one page that needs nothing: what it says, and what it cannot do."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evtrace.cli.run import run
from evtrace.present.pages import page as pages
from evtrace.present.pages.markup import Html, safe, tag, told
from tests.hostile_logs import ALL

Case = Callable[..., Path]

_EVENTS = re.compile(r"on[a-z]+")
_ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_VOID = ("meta", "input", "br", "link", "img")


class Read(HTMLParser):
    """A page as a strict reader sees it: every element, and the text in each section."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.inside: dict[str, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            self.inside[self.open[-1] + str(len(self.inside))] = data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def data(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(
            next(text for name, text in self.inside.items() if name.startswith("script"))
        )
        return found


def _checked(path: Path) -> Read:
    """Read a page and see that it is whole, that its ids are unique and its links lead somewhere."""
    read = Read(path.read_text(encoding="utf-8"))
    assert read.open == []
    ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in read.tags:
        assert not [
            name
            for name in attributes
            if _EVENTS.fullmatch(name) or name in ("style", "src", "srcdoc", "action", "data")
        ]
        for name in ("href", "xlink:href"):
            assert name not in attributes or (attributes[name] or "").removeprefix("#") in ids
    assert {tag for tag, _ in read.tags}.isdisjoint(
        {"iframe", "object", "embed", "link", "base", "form", "img", "foreignobject", "use"}
    )
    return read


def test_the_whole_answer_is_there_without_a_script(shop_path: str, case: Case) -> None:
    read = _checked(case(shop_path, "8123"))
    for words in (
        "order 8123",
        "✗ failed",
        "Cause:",
        "timed out after 50 ms",
        "Ruled out",
        "Timeline",
        "dead letter",
        "shop.log:",
        "OrderPlaced",
    ):
        assert words in read.text
    assert [attributes["id"] for tag, attributes in read.tags if tag == "section"] == [
        "answer",
        "graph",
        "timeline",
        "sequence",
        "steps",
        "evidence",
    ]


def test_the_policy_lets_nothing_in(shop_path: str, case: Case) -> None:
    text = case(shop_path, "8123").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]  # type: ignore[index]  # or the test fails here
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]  # type: ignore[index]  # as above
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)[1]  # type: ignore[index]  # as above
    assert rules == {
        "default-src": "'none'", "base-uri": "'none'", "form-action": "'none'",
        "style-src": f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'",
        "script-src": f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'",
    }  # fmt: skip
    assert text.count("<script") == 2
    assert "http" not in style + script


def test_the_answer_stands_in_it_as_json(
    shop_path: str, case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    data = _checked(case(shop_path, "8123")).data
    assert run(["why", "8123", "--store", shop_path, "-o", "json"]) == 0
    why = json.loads(capsys.readouterr().out)["data"]
    assert {key: value for key, value in data["data"].items() if key != "next"} == {
        key: value for key, value in why.items() if key != "next"
    }  # type: ignore[attr-defined]  # it is a dict
    assert (data["evtrace"], data["command"], data["redacted"]) == (1, "case", [])


def test_the_same_store_gives_the_same_page(kafka_store: str, case: Case) -> None:
    assert case(kafka_store, "order-8105").read_bytes() == case(kafka_store, "order-8105").read_bytes()


@pytest.mark.parametrize("order", ["order-8105", "order-8123", "order-8157"])
def test_pages_of_real_flows_are_small(kafka_store: str, case: Case, order: str) -> None:
    path = case(kafka_store, order)
    _checked(path)
    assert path.stat().st_size < 200_000


def test_payloads_stand_beside_their_contract(kafka_store: str, case: Case) -> None:
    read = _checked(case(kafka_store, "order-8105"))
    payloads = read.data["payloads"]
    assert isinstance(payloads, list)
    placed = next(one for one in payloads if one["event_type"] == "OrderPlaced")
    assert placed["events"] > 20
    assert "order_id" in placed["text"]
    assert f"inferred from {placed['events']} events of this type in the store" in read.text
    assert "order_id string 100% string ✓" in read.text


def test_a_payload_that_departs_is_marked(tmp_path: Path, case: Case) -> None:
    lines = []
    for number in range(30):
        payload: dict[str, object] = {
            "order_id": f"o-{number}",
            "amount": 10 + number,
            "lines": [{"sku": "a"}],
            "currency": "EUR",
        }
        if number == 7:
            payload = {"order_id": "o-7", "amount": "10", "currency": "EUR", "lines": [], "voucher": 1}
        lines.append({"ts": 10**18 + number * 10**9, "kind": "publish", "service": "shop", "event_id": f"e-{number}", "event_type": "Placed",
                      "channel": "orders", "correlation_id": f"c-{number}", "payload": json.dumps(payload)})  # fmt: skip
    source, store = tmp_path / "shop.jsonl", str(tmp_path / "shop.duckdb")
    source.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert run(["ingest", str(source), "--store", store, "--quiet"]) == 0
    (payload_told,) = _checked(case(store, "c-7")).data["payloads"]  # type: ignore[misc]  # it is a list of one
    assert {part["path"]: part["stands"] for part in payload_told["parts"]} == {
        "amount": "other type",
        "lines[]": "absent",
        "voucher": "new",
    }  # type: ignore[has-type]  # as above
    (healthy,) = _checked(case(store, "c-8")).data["payloads"]  # type: ignore[misc]  # as above
    assert healthy["parts"] == []  # type: ignore[has-type]  # as above


@pytest.mark.parametrize("number", range(len(ALL)))
def test_hostile_text_does_nothing(hostile_path: str, case: Case, number: int) -> None:
    path = case(hostile_path, f"corr-{number}")
    read = _checked(path)
    assert not _ACTIVE.findall(path.read_text(encoding="utf-8").replace("\n", ""))
    assert sum(tag == "script" for tag, _ in read.tags) == 2
    data = read.data["data"]
    assert isinstance(data, dict)
    assert ALL[number] in {step["event_type"] for step in data["chain"]}


def test_text_is_escaped_unless_it_was_made_here() -> None:
    assert (
        tag("p", "<b>", Html("<i>x</i>"), None, title='"&') == '<p title="&quot;&amp;">&lt;b&gt;<i>x</i></p>'
    )
    assert safe("a\nb\x1b[2J\u202e") == "a\nb\\x1b[2J\\u202e"
    with pytest.raises(ValueError, match="links into itself"):
        tag("a", "x", href="javascript:alert(1)")


def test_answers_of_any_shape_are_shown() -> None:
    shown = told(
        {
            "cohort_size": 12,
            "steps": [{"name": "<x>", "share": 0.5}, {"name": "y"}],
            "none": None,
            "yes": True,
            "list": ["a"],
        }
    )
    assert "<dt>cohort size</dt><dd>12</dd>" in shown
    assert "<td>&lt;x&gt;</td><td>0.5</td>" in shown
    assert "<dd>yes</dd>" in shown


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out(scheme: int) -> None:
    style = (Path(pages.__file__).parent / "page.css").read_text(encoding="utf-8")
    colours = dict(
        re.findall(r"--([\w-]+): (#[0-9a-f]{6})", re.findall(r":root \{(.*?)\}", style, re.DOTALL)[scheme])
    )
    grounds = dict.fromkeys(("text", "soft", "link"), ("ground", "panel", "mark"))
    grounds |= {name: (f"{name}-ground",) for name in ("good", "warn", "bad")}
    for name, on in grounds.items():
        for ground in on:
            assert _contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    for name in ("wait", "work", "bad"):  # bars are no text
        assert _contrast(colours[name], colours["panel"]) >= 3, name


def test_misuse_is_told(shop_path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["case", "no-such-thing-at-all", "--store", shop_path, "-o", str(tmp_path / "x.html")]) == 2
    assert "unknown id" in capsys.readouterr().err
    assert run(["case", "8123", "--store", shop_path, "-o", str(tmp_path / "no" / "x.html")]) == 3
    assert "cannot be written" in capsys.readouterr().err
    assert run(["case", "c-7", "--store", shop_path, "-o", str(tmp_path / "x.html")]) == 2
    assert "in 11 flows" in capsys.readouterr().err
