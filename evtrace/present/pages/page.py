"""One page: head, links, sections, data. Its policy lets nothing in, and runs one script and one style: its own."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from evtrace.present.pages.markup import Html, join, link, safe, tag

#: Characters from which on a page is long.
_LONG = 1_000_000

_HERE = Path(__file__).parent

#: In JSON these stand in texts only: escaped they end no script, begin no comment, turn no text.
_ACTIVE = {code: f"\\u{code:04x}" for code in (*map(ord, "<>&"), *range(0x7F, 0xA0), 0xAD, 0x61C, *range(0x200B, 0x2010),
           *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF, *range(0xFFF9, 0xFFFC))}  # fmt: skip


@dataclass(frozen=True)
class Section:
    """A part of a page under its own heading."""

    name: str  # what links call it
    title: str
    body: Html
    hint: str = ""  # how to read it


@dataclass(frozen=True)
class Page:
    """Everything that a page shows."""

    title: str
    head: Html  # what stands above all sections
    sections: tuple[Section, ...]
    data: Any  # what the page is made of, as JSON, for programs


def render(page: Page) -> str:
    """The page as one HTML file."""
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    shown = [section for section in page.sections if section.body]
    # what is out of sight need not be laid out; on a short page that would only make it jump
    body = '<body class="long">' if sum(len(section.body) for section in shown) > _LONG else "<body>"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"{tag('title', page.title)}\n<style>{style}</style>\n</head>\n{body}\n"
        f"{tag('a', 'Skip to the answer', href='#' + (shown[0].name if shown else 'top'), cls='skip')}\n"
        f"{tag('header', page.head, id='top')}\n{_links(shown)}\n<main>\n{join(map(_section, shown), chr(10))}\n</main>\n"
        f'<script type="application/json" id="data">{_data(page.data)}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _links(sections: Sequence[Section]) -> Html:
    """Links to the sections, and the search, which a script puts to work."""
    places = tag("ul", *(tag("li", link(section.name, section.title)) for section in sections))
    field = tag("input", type="search", id="search", placeholder="Search this page", autocomplete="off")
    search = tag("div", tag("label", "Search", **{"for": "search"}), Html(field.removesuffix("</input>")),
                 tag("output", id="found", **{"for": "search"}), cls="search", hidden=True)  # fmt: skip
    return tag("nav", places, search, aria_label="On this page")


def _section(section: Section) -> Html:
    hint = tag("p", section.hint, cls="hint") if section.hint else None
    return tag("section", tag("h2", section.title, id=f"{section.name}-title"), hint, section.body, id=section.name,
               aria_labelledby=f"{section.name}-title")  # fmt: skip


def _data(data: Any) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ACTIVE)
    return text.encode("utf-8", "backslashreplace").decode()


def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def figure(svg: str | None, label: str, *, otherwise: str) -> Html:
    """A picture that can be moved and magnified; without one, why there is none."""
    if svg is None:
        return tag("p", otherwise)
    buttons = (("in", "+", "Magnify"), ("out", "−", "Make smaller"), ("fit", "Fit", "Show all"))
    tools = tag("div", *(tag("button", sign, type="button", data_zoom=what, aria_label=name) for what, sign, name in buttons),
                cls="tools", hidden=True)  # fmt: skip
    return tag(
        "figure", tools, tag("div", Html(svg), cls="picture", tabindex="0", role="group", aria_label=label)
    )


def badge(words: object, style: str) -> Html:
    """A word in a box; `style` good, warn or bad gives it a sign besides its colour."""
    sign = {"good": "✓ ", "warn": "! ", "bad": "✗ "}.get(style, "")
    return tag("span", sign, safe(words), cls=f"badge {style}")
