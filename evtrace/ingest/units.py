"""The units of a piece of a source: outer format, then the formats inside it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from evtrace.formats import Sample
from evtrace.ingest.blocks import Block
from evtrace.ingest.relation import (
    Layer,
    document_units,
    inner_texts,
    joined_units,
    line_units,
    literal,
    patterns_above,
    placed_lines,
    read_lines,
    table_units,
    text_units,
    unwrap,
)
from evtrace.store import Store

Above = tuple[str | None, ...]


def joins_lines(layers: Sequence[Layer]) -> bool:
    """Lines inside an envelope may continue the line before: a stack trace in a container's log."""
    return len(layers) > 1 and layers[0].format.SHAPE == "line" and layers[-1].format.SHAPE == "text"


class Units:
    """Units as SQL; a context manager, because some shapes need a table of lines first."""

    def __init__(
        self,
        store: Store,
        layers: Sequence[Layer],
        sample: Sample,
        *,
        trusting: bool = False,
        tells: bool = False,
        above: Above = (),
    ) -> None:
        self._store = store
        self._layers = layers
        self._sample = sample
        self._trusting = trusting
        self._tells = tells  # a line may become several records
        self.above = (
            above  # the last lines that say something about those below: before the block, then in it
        )
        self._tables: list[str] = []
        self.texts: str | None = (
            None  # a relation (line, doc) with the text of units that have none with them
        )
        self._sql = ""

    @property
    def is_placed(self) -> bool:
        """The units say their line themselves."""
        return self._layers[0].format.SHAPE != "line" or joins_lines(self._layers) or self._tells

    def of(self, block: Block, *, is_only: bool) -> Units:
        """The units in `block`; it may be one document if it `is_only`."""
        lines = read_lines(str(block.path), longest_bytes=block.longest_bytes)
        match self._layers[0].format.SHAPE:
            case "line":
                self._of_lines(lines, block)
            case "text":
                stage = self._table("stage_lines", _numbered(f"SELECT text FROM {lines}"))
                units = text_units(self._layers[0], stage, block.first_line, self.above)
                self._unwrap(units, "line, item, text, parts, blanks")
                self.above = self._last_above(stage)
            case "document":
                self._unwrap(self._of_documents(lines, block.first_line, is_only=is_only), "line, item")
            case _:
                self._unwrap(table_units(self._layers[0], str(block.path), self._sample), "line, item, text")
        return self

    def _of_lines(self, lines: str, block: Block) -> None:
        units = line_units(self._layers[0], lines, trusting=self._trusting)
        if not joins_lines(self._layers):
            self._unwrap(units, "text")
            if self._tells:
                self._sql = placed_lines(self._sql, block.first_line)
            return
        self._unwrap(units, "text", layers=self._layers[:-1])
        inner = self._layers[-1]
        stage = self._table("stage_inner", _numbered(inner_texts(self._sql, inner)))
        self._sql = joined_units(stage, self._layers[-2].format, inner, block.first_line)

    def _last_above(self, stage: str) -> Above:
        """For the next block: the last lines so far that matched the format's ABOVE."""
        patterns = patterns_above(self._layers[0])
        if not patterns:
            return ()
        last = ", ".join(
            f"arg_max(text, n) FILTER (regexp_matches(text, {literal(pattern)}))" for pattern in patterns
        )
        found = self._store.row(f"SELECT {last} FROM {stage}")
        before = self.above or (None,) * len(patterns)
        return tuple(new if new is not None else old for new, old in zip(found, before, strict=True))

    def _unwrap(self, units: str, columns: str, *, layers: Sequence[Layer] | None = None) -> None:
        layers = self._layers if layers is None else layers
        for outer, inner in itertools.pairwise(layers):
            units = unwrap(units, outer.format, inner, columns)
        self._sql = units

    def _of_documents(self, lines: str, first_line: int, *, is_only: bool) -> str:
        """One document a line where the first line is one, else one document of all lines."""
        stage = self._table("stage_lines", _numbered(f"SELECT text FROM {lines}"))
        first_is_whole = self._store.value(
            f"SELECT json_valid(text) AND (SELECT count(text) FROM {stage}) > 1 FROM {stage} "
            "WHERE text IS NOT NULL ORDER BY n LIMIT 1"
        )
        number = f"n + {first_line}"
        if is_only and not first_is_whole:
            whole = f"SELECT {first_line} AS line, string_agg(text, chr(10) ORDER BY n) AS doc FROM {stage}"
            self.texts = self._table("stage_docs", whole)
            return document_units(self._layers[0], self.texts)
        docs = self._table(
            "stage_docs", f"SELECT {number} AS line, text AS doc FROM {stage} WHERE json_valid(text)"
        )
        self.texts = f"(SELECT {number} AS line, text AS doc FROM {stage} WHERE text IS NOT NULL)"
        bad = f"SELECT {number} AS line, NULL AS item, NULL AS doc, FALSE AS skipped FROM {stage} WHERE NOT json_valid(text)"
        return f"SELECT line, item, doc, skipped FROM ({document_units(self._layers[0], docs)}) AS d UNION ALL {bad}"

    def _table(self, name: str, query: str) -> str:
        self._tables.append(name)
        self._store.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")
        return name

    def __enter__(self) -> str:
        return self._sql

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind:  # the transaction takes the tables with it, and would refuse to drop them
            return
        for name in self._tables:
            self._store.execute(f"DROP TABLE IF EXISTS {name}")


def _numbered(rows: str) -> str:
    """The rows with their place `n`, from 0. (A rowid says nothing yet inside a transaction.)"""
    return f"SELECT row_number() OVER () - 1 AS n, * FROM ({rows}) AS r"
