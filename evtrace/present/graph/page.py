"""A picture as a page of its own: no script, no network, light and dark."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape

from evtrace.picture import Picture, Sequence
from evtrace.present.graph import inline, outline
from evtrace.present.graph.labels import heading
from evtrace.present.terminal import Screen, clean
from evtrace.present.words import verdict

_STYLE = """
:root { color-scheme: light dark; }
body { margin: 1rem; font: 15px/1.5 system-ui, sans-serif; background: #fff; color: #1a202c; }
h1 { font-size: 1.2rem; } pre { overflow-x: auto; }
figure { margin: 0; overflow: auto; border: 1px solid #c3ccd8; border-radius: 6px; }
figure:focus { outline: 3px solid #2b6cb0; }
@media (prefers-color-scheme: dark) {
  body { background: #12161c; color: #e6eaf0; }
  figure { border-color: #3a4352; }
}
@media print { figure { overflow: visible; border: 0; } svg { max-width: 100%; height: auto; } }
"""


def picture(drawn: Picture) -> str:
    """A picture with its text under it, which is all there is where the picture is too big."""
    return _page(heading(drawn), inline.picture_svg(drawn), outline.text(drawn, Screen()))


def sequence(diagram: Sequence) -> str:
    """A sequence with its text under it."""
    name = f"{clean(diagram.title)} · {verdict(diagram.subtitle)}"
    return _page(name, inline.sequence_svg(diagram), outline.sequence(diagram, Screen()))


def _page(name: str, svg: str | None, told: str) -> str:
    digest = b64encode(sha256(_STYLE.encode()).digest()).decode()
    shown = (
        f'<figure tabindex="0" aria-label="{escape(name)}">{svg}</figure>'
        if svg
        else "<p>Too many boxes for a picture without Graphviz.</p>"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(name)}</title>\n<style>{_STYLE}</style></head>\n"
        f"<body><h1>{escape(name)}</h1>\n{shown}\n<details><summary>As text</summary><pre>{escape(told)}</pre></details>\n"
        "</body></html>\n"
    )
