"""A schema before it is understood: its text, and the texts that it may refer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evtrace.contracts.positions import Lines, steps
from evtrace.errors import UnreadableError

#: Larger schemas are refused: nobody writes them, and comparing them would take minutes.
MOST_BYTES = 2_000_000


@dataclass(frozen=True)
class Source:
    """A schema file among the files of one version."""

    entry: str  # the path of the file that holds the contract
    files: Mapping[str, str | bytes] = field(repr=False)  # every file that can be reached, by path
    pointer: str = ""  # where in the file the schema stands; payloads of AsyncAPI documents
    name: str = ""  # what people call this version: a path, or a path at a git ref
    only: str = ""  # of several messages in the file, the one that the contract is about

    @property
    def label(self) -> str:
        """The name to show."""
        return self.name or self.entry

    def text(self) -> str:
        """The entry as text."""
        return decoded(self.files[self.entry], self.label)


def part(raw: Any, source: Source, lines: Lines) -> Any:
    """The schema itself, where it stands inside a larger document."""
    for key in steps(source.pointer):
        try:
            raw = raw[int(key) if isinstance(raw, list) else key]
        except (KeyError, IndexError, ValueError, TypeError) as problem:
            line = lines.line(source.pointer)
            raise UnreadableError(f"{source.label}:{line}: nothing stands at {source.pointer}") from problem
    return raw


def decoded(content: str | bytes, label: str) -> str:
    """Text within the stated size; UTF-8 with or without a byte order mark."""
    size = len(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    if size > MOST_BYTES:
        raise UnreadableError(
            f"{label}:1: the schema has {size:,} bytes; evtrace reads up to {MOST_BYTES:,}; split it"
        )
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise UnreadableError(f"{label}:{line}: not UTF-8 text") from problem
