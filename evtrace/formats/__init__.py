"""Formats: how bytes become rows of fields. One file is one syntax, found by being there.

A format is a module with these names; nothing is registered and nothing inherited:

NAME     str: the word shown to people and used by `--format`.
SHAPE    how its units lie in the source:
         "line"      one line is one unit and needs no other line;
         "text"      a record begins at a line that matches START and takes the lines that follow;
         "document"  a JSON document holds many units (one document a line, or one for the source);
         "table"     the format reads the file by itself (CSV).
UNIT     str: what is counted: "line", "element", "span", "row" …
INNER    str | None: the field that holds another log line's text, where it is an envelope.
SAMPLES  tuple[str, ...]: real text of this format; `detect` must know each of them.
detect   (Sample) -> float: 0 … 1, how surely the text is of this format. 1 is proof.

and, by SHAPE, pieces of SQL, over a VARCHAR expression `text` unless they say otherwise:

line      doc(text) -> str       expression: the unit as a JSON object (VARCHAR), NULL if unreadable
          skip(text) -> str      expression, BOOLEAN: the line is no observation (a header, a comment)
text      START: str             regular expression, for both Python's re and RE2, unanchored
          doc(text) -> str       as above; text holds all lines of the record, joined by line feeds
          writer(text) -> str    optional, expression: who wrote the line, where lines of several come mixed
          skip(text) -> str      as above; may be absent
          ABOVE: tuple[str, …]   may be absent: regular expressions of lines that say something about those
                               below them. doc(text, *above) then gets the last line that matched each.
          steps(text, *above)    may be absent: dicts of columns, name → expression, that doc and later steps may
                               name; lambdas one in the other take DuckDB long, columns do not
          FANS_OUT: bool         may be absent: some docs hold a list "@each" of objects, and are as many
                               records: the doc with each of them merged into it
document  elements(root) -> Iterator[Element]  Python, not SQL: the units below a JSON value (documents.py); each line
                               that is a document of its own is such a value, else what the whole source holds
          AROUND: dict[str, str]  optional: names for what elements() tells with a unit, each with SQL that makes
                               of its text (VARCHAR, by that name) what doc() is to see; worked out once for all units
          doc() -> str         as above, over `element`, the unit as JSON, and the names in AROUND
          steps(), FANS_OUT    as above; may be absent
          items(docs) -> str   instead of these, where units have to be put together from parts of a document: SELECT
                               line, item, doc, skipped FROM the relation docs(line, doc); such documents are small
table     rows(path, sample)     SELECT line, item, text, doc, skipped FROM the file at `path` (an SQL literal)
          writer_columns(sample), time_columns(sample)  optional: the columns that say who wrote a row and when, for
                               rows that hold one line of a log each
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast, runtime_checkable


@dataclass(frozen=True)
class Sample:
    """The head of a source, as text."""

    text: str
    whole: bool = False  # true: the source holds nothing else

    @cached_property
    def lines(self) -> list[str]:
        """Its lines that are not blank; the last one only when it is complete."""
        lines = self.text.split("\n")
        if not self.whole and len(lines) > 1:
            lines = lines[:-1]
        return [line for line in lines if line.strip()]

    @cached_property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects among the first 50 lines."""
        found = (_parsed(line) for line in self.lines[:50] if line.lstrip()[:1] == "{")
        return [value for value in found if isinstance(value, dict)]

    def share_of_objects(self, *keys: str) -> float:
        """The share of the first 50 lines that are JSON objects with all these keys."""
        marks = sum(all(key in value for key in keys) for value in self.objects)
        return marks / max(1, len(self.lines[:50]))

    def share(self, lines: Iterable[bool]) -> float:
        """The share of true among `lines`; 0 when there are none."""
        marks = list(lines)
        return sum(marks) / len(marks) if marks else 0.0


def _parsed(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


@runtime_checkable
class Format(Protocol):
    """What every format module offers; see the module's text for the names that depend on SHAPE."""

    NAME: str
    SHAPE: str
    UNIT: str
    INNER: str | None
    SAMPLES: tuple[str, ...]

    def detect(self, sample: Sample) -> float: ...


def load() -> dict[str, Format]:
    """Every format by name, in the order of their names."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    formats = [cast(Format, module) for module in modules if hasattr(module, "NAME")]
    return {format.NAME: format for format in sorted(formats, key=lambda f: f.NAME)}
