"""What pictures look like: golden files, legible, harmless, with and without Graphviz."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest

from evtrace.errors import UsageError
from evtrace.picture import Picture, Sequence
from evtrace.pictures import flow, sequence
from evtrace.pictures.condensed import condensed
from evtrace.pictures.making import Making
from evtrace.present.graph import d2, dot, drawn, engine, inline, ladder, mermaid, outline, pinned, svg
from evtrace.present.graph.colours import COLOURS, EDGE_TEXT, LANE, LANE_TEXT, PAGE
from evtrace.present.pages import drawing as page
from evtrace.present.terminal import Screen
from evtrace.reports.window import Window
from evtrace.results import ParentEdge
from evtrace.store import Store
from tests.pictures.drawn_svg import overlaps, texts
from tests.pictures.made import answer, delivery, event

Golden = Callable[[str, str], None]

PICTURES: dict[str, Callable[[Making], Picture]] = {
    "flow-8123": lambda making: making.flow("8123"),
    "flow-8101": lambda making: making.flow("8101"),
    "diff-8123": lambda making: making.difference("8123", "8101"),
    "topology": lambda making: making.topology(Window()),
}
LANGUAGES: dict[str, Callable[[Picture], str]] = {
    "dot": dot.text,
    "mmd": mermaid.text,
    "d2": d2.text,
    "txt": lambda picture: outline.text(picture, Screen()),
    "svg": svg.text,
}
SEQUENCES: dict[str, Callable[[Sequence], str]] = {
    "dot": pinned.text,
    "mmd": mermaid.sequence,
    "d2": d2.sequence,
    "txt": lambda diagram: outline.sequence(diagram, Screen()),
    "svg": ladder.text,
}


@pytest.mark.parametrize("ending", LANGUAGES)
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_as_written(shop: Store, golden: Golden, name: str, ending: str) -> None:
    golden(f"{name}.{ending}", LANGUAGES[ending](PICTURES[name](Making(shop, 80))))


@pytest.mark.parametrize("ending", SEQUENCES)
def test_a_sequence_is_drawn_as_written(shop: Store, golden: Golden, ending: str) -> None:
    golden(f"sequence-8123.{ending}", SEQUENCES[ending](Making(shop, 80).sequence("8123")))


# legible


def thirty() -> Picture:
    """A flow of 30 events over six services: branches, joins, failures, guesses."""
    names = ("Placed", "PaymentRequested", "StockReserved", "InvoiceDrawn", "Shipped", "MailSent")
    steps = [event(1, event_type="OrderPlaced", service="shop", deliveries=(delivery("audit"),))]
    for number in range(2, 31):
        cause = max(1, number // 2)
        kind = number % 6
        parents = (
            ParentEdge(
                f"ev-{cause}",
                cause,
                "E1" if number % 5 else "E4d",
                1.0 if number % 5 else 0.6,
                "causes",
                0,
                (),
            ),
        )
        tried = (
            (delivery("audit"), delivery("stock", "error", error="no stock left"))
            if number % 11 == 0
            else (delivery("audit"),)
        )
        steps.append(event(number, event_type=names[kind], service=f"service-{kind}", channel=f"shop.{names[kind].lower()}",
                           parents=parents, deliveries=tried))  # fmt: skip
    return flow.picture(answer(*steps))


def drawings(shop: Store) -> Iterator[tuple[str, Picture]]:
    yield from ((name, make(Making(shop, 80))) for name, make in PICTURES.items())
    yield "thirty", thirty()


def test_no_label_covers_another_without_graphviz(shop: Store) -> None:
    for name, picture in drawings(shop):
        assert overlaps(svg.text(picture)) == [], name


def test_no_label_covers_another_with_graphviz(shop: Store, graphviz: None) -> None:
    for name, picture in drawings(shop):
        assert overlaps(drawn.svg(picture, limit_s=60)) == [], name


def test_no_label_of_a_sequence_covers_another(shop: Store) -> None:
    for query in ("8101", "8123", "8125", "593"):
        assert overlaps(ladder.text(Making(shop, 80).sequence(query))) == []


def test_overlaps_are_seen() -> None:
    shown = '<svg xmlns="http://www.w3.org/2000/svg"><text x="0" y="10" font-size="10">one</text><text x="5" y="12" font-size="10">two</text></svg>'
    assert overlaps(shown) == [("one", "two")]


@pytest.mark.parametrize(
    "make", [svg.text, lambda picture: drawn.svg(picture, limit_s=60)], ids=["own", "graphviz"]
)
def test_thirty_events_fit_a_screen(make: Callable[[Picture], str], graphviz: None) -> None:
    root = ElementTree.fromstring(make(thirty()))
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    scale = min(1920 / width, 1080 / height, 1.0)
    assert min(text.size for text in texts(make(thirty()))) * scale >= 5.5  # points that can still be read


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("ground", "ink"), [
    *((ground, ink) for ground, _, ink in COLOURS.values()), (PAGE, EDGE_TEXT), (LANE, EDGE_TEXT), (PAGE, LANE_TEXT), (LANE, LANE_TEXT),
])  # fmt: skip
def test_text_stands_out(ground: str, ink: str) -> None:
    assert contrast(ground, ink) >= 4.5


@pytest.mark.parametrize(("ground", "line"), [(ground, line) for ground, line, _ in COLOURS.values()])
def test_lines_stand_out(ground: str, line: str) -> None:
    assert contrast(ground, line) >= 3
    assert contrast(LANE, line) >= 3


@pytest.mark.parametrize("make", LANGUAGES.values(), ids=LANGUAGES)
def test_colour_is_never_the_only_sign(make: Callable[[Picture], str]) -> None:
    bare = [
        re.sub(r"#[0-9a-f]{6}", "", make(flow.picture(answer(event(1, deliveries=(delivery("r", end),))))))
        for end in ("ok", "error", None)
    ]
    words = [re.sub(r"\b(ok|bad|warn|open)\b", "", text) for text in bare]
    assert len(set(words)) == 3


# harmless

HOSTILE = [
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    '"]; click e1 "javascript:alert(1)"',
    "a\"]\nclick e1 href \"http://evil.example\"\n",
    "\u202egnp.exe\u202c",
    "\x1b[31mred\x1b[0m\x07",
    "]]><!--", "%%{init: {'securityLevel': 'loose'}}%%",
    "end", "`code` $(rm) ${HOME} \\N \\G |md x|",
    "</title></svg><img src=x onerror=alert(1)>",
    "&lt;b&gt; &amp; #quot; #59;",
    "style x:#a; classDef y:#b;",
    "x\u2028y\u0000z\ud800",
    "=cmd|' /C calc'!A0",
    "-->|x| e9",
    "{a: {b}} // # comment",
]  # fmt: skip


def hostile(text: str) -> tuple[Picture, Sequence]:
    bad = event(
        1,
        event_id=text,
        event_type=text,
        service=text,
        channel=text,
        deliveries=(delivery(text), delivery(f"{text}2", "error", error=text)),
    )
    guess = event(
        2,
        event_type=text,
        service="s",
        error=text,
        outcome="error",
        parents=(ParentEdge("ev-1", 1, text, 0.5, "causes", 1, ()),),
    )
    told = answer(bad, guess, query=text)
    return flow.picture(told), sequence.diagram(told, limit=80)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_harmless_in_svg_and_pages(text: str) -> None:
    picture, diagram = hostile(text)
    for made in (svg.text(picture), ladder.text(diagram)):
        root = ElementTree.fromstring(made)
        assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
            "svg",
            "title",
            "rect",
            "g",
            "path",
            "text",
            "circle",
        }
        names = {name for element in root.iter() for name in element.attrib}
        assert not [name for name in names if name.startswith("on") or "href" in name]
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", made)
    for made in (page.picture(picture), page.sequence(diagram)):
        assert not re.search(r"<(img|iframe|object|form)\b", made)
        assert made.count("<script") == 2  # the page's own: its data, and what moves the picture
        assert "default-src 'none'" in made


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_harmless_in_graphviz(text: str, graphviz: None) -> None:
    picture, diagram = hostile(text)
    for made in (
        drawn.svg(picture, limit_s=60),
        engine.render(pinned.text(diagram), "svg", layout="nop2", limit_s=60).decode(),
    ):
        root = ElementTree.fromstring(made[made.index("<svg") :])
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags <= {"svg", "title", "g", "path", "polygon", "ellipse", "polyline", "text"}
        assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_no_line_to_text_formats(text: str) -> None:
    picture, diagram = hostile(text)
    plain, plain_diagram = hostile("plain")
    for make in (mermaid.text, dot.text, d2.text):
        assert len(make(picture).splitlines()) == len(make(plain).splitlines())
    for tell in (mermaid.sequence, pinned.text, d2.sequence):
        assert len(tell(diagram).splitlines()) == len(tell(plain_diagram).splitlines())
    shown = outline.text(picture, Screen()) + outline.sequence(diagram, Screen())
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b\x07]", shown)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_label_of_mermaid_holds_nothing_that_ends_it(text: str) -> None:
    picture, diagram = hostile(text)
    made = mermaid.text(picture)
    assert "click" not in [line.split()[0] for line in made.splitlines() if line.split()]
    for label in re.findall(r'"([^\n]*?)"', made):
        assert not re.search(r'["\]\[{}<>`|]', label.replace("<br/>", "")), label
    for line in mermaid.sequence(diagram).splitlines():
        assert not re.search(r";(?<!#\d\d;)(?<!#\d\d\d;)(?<!#\d\d\d\d;)(?<!#\d\d\d\d\d;)", line), line


@pytest.mark.parametrize("text", HOSTILE)
def test_strings_of_d2_end_where_they_should(text: str) -> None:
    picture, _ = hostile(text)
    for line in d2.text(picture).splitlines():
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
        assert '"' not in bare or line.startswith("#"), line
        strings = re.findall(r'"((?:[^"\\]|\\.)*)"', line)
        assert not any(re.search(r"(?<!\\)\$\{", one) for one in strings), line


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "very long words " * 5_000, "名" * 50_000], ids=["one word", "words", "wide"]
)
def test_long_text_is_cut_in_pictures(text: str) -> None:
    picture, diagram = hostile(text)
    for make in LANGUAGES.values():
        assert len(make(picture)) < 20_000
    for tell in SEQUENCES.values():
        assert len(tell(diagram)) < 20_000
    assert overlaps(svg.text(picture)) == []
    assert overlaps(ladder.text(diagram)) == []


def test_what_is_said_can_still_be_read() -> None:
    picture, _ = hostile('<b>&"]')
    assert '<b>&"]' in {text.words for text in texts(svg.text(picture))} | {
        unescape(one.words) for one in texts(svg.text(picture))
    }
    assert "#60;b#62;#38;#34;#93;" in mermaid.text(picture)


# with and without Graphviz


def test_without_graphviz_a_small_picture_is_still_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "which", lambda name: None)
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    picture = flow.picture(answer(event(1), event(2, (1,))))
    assert inline.must_svg(picture) == svg.text(picture)
    big = replace(
        picture, nodes=tuple(replace(picture.nodes[0], id=f"x{n}") for n in range(svg.BOXES + 1)), edges=()
    )
    with pytest.raises(UsageError, match=r"pip install 'evtrace\[render\]'"):
        inline.must_svg(big)
    monkeypatch.setattr(inline, "engine", lambda: None)
    assert inline.picture_svg(big) is None
    assert "Too many boxes" in page.picture(big)
    with pytest.raises(UsageError, match="this picture needs Graphviz"):
        engine.render(dot.text(picture), "png")


def test_the_system_comes_before_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "which", lambda name: "/usr/bin/dot")
    assert engine.engine() == engine.Engine("dot", ("/usr/bin/dot",))
    assert engine.Engine("dot", ("/usr/bin/dot",)).arguments("png", "dot") == [
        "/usr/bin/dot",
        "-Kdot",
        "-Tpng",
        "-Gdpi=144",
    ]
    monkeypatch.setattr(engine, "which", lambda name: None)
    monkeypatch.setattr(engine, "find_spec", lambda name: object())
    found = engine.engine()
    assert found is not None
    assert found.name == "pygraphviz"


def _program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = tmp_path / "dot"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(engine, "which", lambda name: str(program))


def test_a_layout_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path, monkeypatch, "exec sleep 60")
    began = sum(os.times()[:4])  # of the processor, its children included: the machine may be busy
    with pytest.raises(engine.TooSlow, match=r"took more than 0\.3 s"):
        engine.render("digraph {}", "png", limit_s=0.3)
    assert sum(os.times()[:4]) - began < 10
    picture = flow.picture(answer(event(1)))
    assert inline.must_svg(picture, limit_s=0.3) == svg.text(picture)  # drawn all the same


def test_a_program_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(
        tmp_path,
        monkeypatch,
        "echo 'Warning: a font' >&2; echo 'Error: no such plugin' >&2; echo end >&2; exit 1",
    )
    with pytest.raises(engine.NotDrawn, match="could not draw: Error: no such plugin"):
        engine.render("digraph {}", "png")
    picture = flow.picture(answer(event(1)))
    assert inline.must_svg(picture) == svg.text(picture)  # drawn all the same


@pytest.mark.parametrize(("form", "begins"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<")])
def test_graphviz_draws_every_form(shop: Store, graphviz: None, form: str, begins: bytes) -> None:
    assert engine.render(dot.text(Making(shop, 80).flow("8123")), form, limit_s=60).startswith(begins)
    assert pinned.render(Making(shop, 80).sequence("8123"), form).startswith(begins)


def test_an_svg_names_nothing_elsewhere(shop: Store, graphviz: None) -> None:
    made = drawn.svg(Making(shop, 80).flow("8123"), limit_s=60)
    assert set(re.findall(r"https?://[^\"' ]+", made)) == {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert "<!DOCTYPE" not in made
    assert "CardGateway: timed out after 50 ms" in made  # the title of the box tells the whole error


@pytest.mark.parametrize("make", [
    lambda n: (n // 3,) if n > 3 else (),
    lambda n: (n - 1,) if n > 1 else (),
    lambda n: (1,) if n > 1 else (),
], ids=["tree", "chain", "fan"])  # fmt: skip
def test_ten_thousand_events_are_drawn_in_time(
    make: Callable[[int], tuple[int, ...]], graphviz: None
) -> None:
    steps = [event(n, make(n), event_type=f"T{n % 501}", service=f"s{n % 40}") for n in range(1, 10_001)]
    began = sum(os.times()[:4])  # of the processor, its children included: the machine may be busy
    picture = condensed(flow.picture(answer(*steps)), limit=80)
    made = drawn.svg(picture, limit_s=60)
    assert sum(os.times()[:4]) - began < 10
    assert len(picture.nodes) <= 81
    assert "10,000 steps are drawn as" in made
