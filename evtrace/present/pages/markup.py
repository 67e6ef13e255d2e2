"""HTML that cannot be broken by what it holds: every text is escaped unless it was made here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from evtrace.present.terminal import clean


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def safe(value: object) -> Html:
    """Text of logs as HTML that shows it and does nothing else; line ends stay."""
    if isinstance(value, Html):
        return value
    lines = str(value).split("\n") if isinstance(value, str) and "\n" in value else [str(value)]
    return Html(escape("\n".join(clean(line) for line in lines), quote=True))


def tag(name: str, *inside: object, **attributes: object) -> Html:
    """An element. `cls` is its class; an attribute that is None is left out, one that is True stands alone."""
    told = "".join(_attribute(key, value) for key, value in attributes.items() if value not in (None, False))
    return Html(f"<{name}{told}>{join(inside)}</{name}>")


def _attribute(key: str, value: object) -> str:
    name = {"cls": "class"}.get(key, key).replace("_", "-")
    if name in ("href", "src") and not str(value).startswith("#"):
        raise ValueError(f"{name}={value!r}: a page links into itself only")
    return f" {name}" if value is True else f' {name}="{safe(value)}"'


def join(parts: Iterable[object], between: str = "") -> Html:
    """Parts one after the other; None is left out."""
    return Html(between.join(safe(part) for part in parts if part is not None))


def link(target: str, *inside: object) -> Html:
    """A link to a place on the page."""
    return tag("a", *inside, href=f"#{target}")


def table(head: Sequence[object], rows: Iterable[Sequence[object]], *, cls: str | None = None) -> Html:
    """A table with a head, in a frame that scrolls where it is too wide."""
    top = tag("thead", tag("tr", *(tag("th", cell, scope="col") for cell in head)))
    lines = join(tag("tr", *(tag("td", cell) for cell in row)) for row in rows)
    return tag("div", tag("table", top, tag("tbody", lines), cls=cls), cls="wide", tabindex="0", role="group")


def facts(pairs: Iterable[tuple[object, object]]) -> Html:
    """Names with what they are; without those that are nothing."""
    told = [join((tag("dt", name), tag("dd", value))) for name, value in pairs if value not in (None, "", ())]
    return tag("dl", *told) if told else Html("")


def listed(items: Iterable[object], *, cls: str | None = None) -> Html:
    """A list; nothing where there is nothing in it."""
    lines = [tag("li", item) for item in items]
    return tag("ul", *lines, cls=cls) if lines else Html("")


def details(summary: object, *inside: object, name: str | None = None, is_open: bool = False) -> Html:
    """What is shown when asked for; with a name links lead to it, and the search finds it."""
    return tag(
        "details",
        tag("summary", summary),
        *inside,
        id=name,
        open=is_open,
        cls="apart",
        data_row=name is not None,
    )


def told(value: Any) -> Html:
    """Data of any shape, as JSON knows it, for people: names with values, rows as tables."""
    if isinstance(value, dict):
        return facts((key.replace("_", " "), told(item)) for key, item in value.items())
    if isinstance(value, list):
        if value and all(isinstance(item, dict) for item in value):
            head = list(dict.fromkeys(key for item in value for key in item))
            rows = ([told(item.get(key)) for key in head] for item in value)
            return table([key.replace("_", " ") for key in head], rows)
        return listed(told(item) for item in value)
    return safe(
        ""
        if value is None
        else {True: "yes", False: "no"}.get(value, value)
        if isinstance(value, bool)
        else value
    )
