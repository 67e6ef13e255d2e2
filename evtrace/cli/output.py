"""Where an answer goes and in which form; the only place that writes to stdout."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from evtrace.errors import UnreadableError, UsageError
from evtrace.present.terminal import Screen

_ENDINGS = {
    ".txt": "text",
    ".json": "json",
    ".jsonl": "jsonl",
    ".md": "markdown",
    ".markdown": "markdown",
    ".csv": "csv",
    ".xml": "junit",
    ".sarif": "sarif",
    ".svg": "svg",
    ".png": "png",
    ".pdf": "pdf",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".d2": "d2",
    ".html": "html",
    ".htm": "html",
}


@dataclass(frozen=True)
class Output:
    """A form, and the file it goes to; None: stdout."""

    form: str
    path: Path | None = None

    @property
    def screen(self) -> Screen:
        """Colour and width only where a terminal is."""
        if self.path is not None or not sys.stdout.isatty():
            return Screen()
        is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return Screen(width=_terminal_width(), colour=not is_plain)


def output(wish: str, *, forms: tuple[str, ...] = ("text", "json", "markdown")) -> Output:
    """Read what -o says: a form in any case or short ('md'), a file whose ending names one, or both: 'gitlab=a.json'."""
    if wish.lower() in forms:
        return Output(wish.lower())
    named, is_both, file = wish.partition("=")
    if is_both and named.lower() in forms and file:
        return Output(named.lower(), Path(file))
    short = _ENDINGS.get(f".{wish.lower()}")
    if short in forms:
        return Output(short)
    path = Path(wish)
    form = _ENDINGS.get(path.suffix.lower())
    if form not in forms:
        endings = ", ".join(ending for ending, name in _ENDINGS.items() if name in forms)
        raise UsageError(
            f"-o {wish}: neither a format ({', '.join(forms)}) nor a file that ends in {endings}"
        )
    return Output(form, path)


def show(out: Output, views: Mapping[str, Callable[[], str | bytes]]) -> None:
    """Make the one view that is wanted and write it."""
    made = views[out.form]()
    whole = made if isinstance(made, bytes) else made.encode("utf-8", "backslashreplace")
    if out.path is None:
        _print(made)
        return
    try:
        out.path.write_bytes(whole)
    except OSError as problem:
        raise UnreadableError(f"{out.path}: cannot be written: {problem.strerror}") from problem


def _print(made: str | bytes) -> None:
    if isinstance(made, str):
        sys.stdout.write(made)
        return
    if sys.stdout.isatty():
        raise UsageError("a picture is no text for a terminal; name a file: -o flow.png")
    sys.stdout.flush()
    sys.stdout.buffer.write(made)


def caution(sentences: Iterable[str]) -> None:
    """Say on stderr what the reader must know beside the answer."""
    for sentence in sentences:
        print(f"evtrace: {sentence}", file=sys.stderr)


def _terminal_width() -> int:
    import shutil

    return max(shutil.get_terminal_size().columns, 40)
