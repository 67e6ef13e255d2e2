"""Graphviz as a process of its own: it is given a time, and is ended when that is over."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from shutil import which

from evtrace.errors import UnreadableError, UsageError

_GET = "install it (apt install graphviz, brew install graphviz) or the wheel that brings it (pip install 'evtrace[render]')"

#: How to get pictures, in one sentence; and better ones, where a small one is drawn without.
ADVICE = f"this picture needs Graphviz: {_GET}; without it take -o mermaid, d2, dot, html or text"
BETTER = f"drawn without Graphviz, as small pictures can be; for a better layout {_GET}"

#: Seconds that a layout may take.
LIMIT_S = 8.0

# The layout holds the interpreter and cannot be interrupted, so it never runs in ours.
_WHEEL = """
import sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode("utf-8"))
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog=sys.argv[2], args=" ".join(sys.argv[3:])))
"""


class NoEngine(UsageError):
    """There is no Graphviz here."""

    def __init__(self) -> None:
        super().__init__(ADVICE)


class TooSlow(UsageError):
    """The layout took longer than it may."""


class NotDrawn(UnreadableError):
    """Graphviz failed."""


@dataclass(frozen=True)
class Engine:
    """A way to run Graphviz."""

    name: str
    command: tuple[str, ...]  # what stands before the format

    def arguments(self, form: str, layout: str) -> list[str]:
        extra = ["-Gdpi=144"] if form == "png" else []
        if self.name == "dot":
            return [*self.command, f"-K{layout}", f"-T{form}", *extra]
        return [*self.command, form, layout, *extra]


def engine() -> Engine | None:
    """The system's Graphviz, else the wheel that brings one; None: there is none."""
    found = which("dot")
    if found:
        return Engine("dot", (found,))
    if find_spec("pygraphviz"):
        return Engine("pygraphviz", (sys.executable, "-P", "-c", _WHEEL))
    return None


def render(dot: str, form: str, *, layout: str = "dot", limit_s: float = LIMIT_S) -> bytes:
    """Lay a DOT file out as svg, png or pdf; raise NoEngine or TooSlow where that cannot be."""
    used = engine()
    if used is None:
        raise NoEngine
    try:
        done = subprocess.run(
            used.arguments(form, layout),
            input=dot.encode(),
            capture_output=True,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as problem:
        raise TooSlow(
            f"the layout took more than {limit_s:g} s; draw less (--boxes), or take -o mermaid or d2"
        ) from problem
    if done.returncode or not done.stdout:
        said = _reason(done.stderr.decode(errors="replace"))
        raise NotDrawn(f"Graphviz ({used.name}) could not draw: {said}")
    return done.stdout


def _reason(said: str) -> str:
    """The line that says what is wrong: warnings stand before it, the calls of Python above it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return next(
        (line for line in lines if line.lower().startswith("error")),
        lines[-1] if lines else "no reason given",
    )
