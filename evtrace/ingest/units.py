"""The units of a piece of a source: outer format, then the formats inside it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from evtrace.formats import Sample
from evtrace.formats.documents import whole
from evtrace.formats.sql import literal
from evtrace.ingest.blocks import USUAL, Block, Sizes
from evtrace.ingest.pieces import Cutter, is_a_document_a_line
from evtrace.ingest.relation import (
    Layer,
    inner_texts,
    joined_units,
    line_units,
    patterns_above,
    piece_units,
    placed_lines,
    pointer_to,
    read_lines,
    table_units,
    text_units,
    unwrap,
)
from evtrace.store import Store

Above = tuple[str | None, ...]


def joins_lines(layers: Sequence[Layer]) -> bool:
    """Lines inside an envelope may continue the line before: a stack trace in a container's log."""
    is_by_lines = layers[0].format.SHAPE in ("line", "table")
    return len(layers) > 1 and is_by_lines and layers[-1].format.SHAPE == "text"


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
        borders: Sequence[int] = (),
    ) -> None:
        self._store = store
        self._layers = layers
        self._sample = sample
        self._trusting = trusting
        self._tells = tells  # a line may become several records
        self.above = (
            above  # the last lines that say something about those below: before the block, then in it
        )
        self._borders = borders  # the lines behind which another source begins
        self._tables: list[str] = []
        self._pieces: Iterator[str] = iter(())
        self.cutter: Cutter | None = None  # of documents: what it could not read is known once all is read

    @property
    def is_placed(self) -> bool:
        """The units say their line themselves."""
        return self._layers[0].format.SHAPE != "line" or joins_lines(self._layers) or self._tells

    def of(self, block: Block, *, is_only: bool, is_cut: bool = False, sizes: Sizes = USUAL) -> Units:
        """The units in `block`; it may be one document if it `is_only`, which breaks off if it `is_cut`."""
        lines = read_lines(str(block.path), longest_bytes=block.longest_bytes)
        match self._layers[0].format.SHAPE:
            case "line":
                self._pieces = iter((self._of_lines(lines, block),))
            case "text":
                stage = self._table("stage_lines", _numbered(f"SELECT text FROM {lines}"))
                units = text_units(self._layers[0], stage, block.first_line, self.above)
                self._pieces = iter((self._unwrapped(units, "line, item, text, parts, blanks"),))
                self.above = self._last_above(stage)
            case "document":
                elements = getattr(self._layers[0].format, "elements", whole)
                self.cutter = Cutter(elements, block.path.parent, sizes)
                self._pieces = self._of_documents(self.cutter, block, is_only=is_only, is_cut=is_cut)
            case _:
                self._pieces = iter((self._of_table(str(block.path)),))
        return self

    def _of_lines(self, lines: str, block: Block) -> str:
        units = line_units(self._layers[0], lines, trusting=self._trusting)
        if not joins_lines(self._layers):
            units = self._unwrapped(units, "text")
            return placed_lines(units, block.first_line) if self._tells else units
        outside = self._unwrapped(units, "text", layers=self._layers[:-1])
        return self._joined(_placed(outside, block.first_line))

    def _of_table(self, path: str) -> str:
        units = table_units(self._layers[0], path, self._sample)
        if not joins_lines(self._layers):
            return self._unwrapped(units, "line, item, text")
        return self._joined(self._unwrapped(units, "line, text", layers=self._layers[:-1]))

    def _joined(self, outside: str) -> str:
        """Records of the innermost text in units (line, text, doc, skipped) of what is around it."""
        *_, around, inner = self._layers
        time = self._pointers("time_columns")
        stage = self._table("stage_inner", inner_texts(outside, inner, teller=self._teller(), time=time))
        return joined_units(stage, around.format, inner)

    def _teller(self) -> str:
        """SQL: who told a line, where that can be said."""
        if self._borders:
            return f"len(list_filter({list(self._borders)}, lambda border: border < line))"
        columns = self._pointers("writer_columns")
        return f"json_extract_string(doc, [{', '.join(map(literal, columns))}])" if columns else "NULL"

    def _pointers(self, told: str) -> list[str]:
        """Pointers to the columns that a table says to be of a kind; it lies in all envelopes that are inside it."""
        columns = getattr(self._layers[0].format, told, None)
        inside = [layer.format.NAME for layer in self._layers[-3::-1]] if len(self._layers) > 2 else []
        return [pointer_to((*inside, name)) for name in columns(self._sample)] if columns else []

    def _of_documents(self, cutter: Cutter, block: Block, *, is_only: bool, is_cut: bool) -> Iterator[str]:
        text = block.path.read_bytes()
        is_one = is_only and not is_a_document_a_line(text)
        for piece in cutter.pieces(text, block.first_line, is_one=is_one, is_cut=is_cut):
            yield self._unwrapped(piece_units(self._layers[0], piece), "line, item, text")

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

    def _unwrapped(self, units: str, columns: str, *, layers: Sequence[Layer] | None = None) -> str:
        layers = self._layers if layers is None else layers
        for outer, inner in itertools.pairwise(layers):
            units = unwrap(units, outer.format, inner, columns)
        return units

    def _table(self, name: str, query: str) -> str:
        self._tables.append(name)
        self._store.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")
        return name

    def __enter__(self) -> Iterator[str]:
        """The units in order, in one SELECT or several; of documents each must be run before the next."""
        return self._pieces

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind:  # the transaction takes the tables with it, and would refuse to drop them
            return
        for name in self._tables:
            self._store.execute(f"DROP TABLE IF EXISTS {name}")


def _placed(rows: str, first_line: int) -> str:
    """The rows with their line."""
    return f"SELECT row_number() OVER () + {first_line - 1} AS line, * FROM ({rows}) AS r"


def _numbered(rows: str) -> str:
    """The rows with their place `n`, from 0. (A rowid says nothing yet inside a transaction.)"""
    return f"SELECT row_number() OVER () - 1 AS n, * FROM ({rows}) AS r"
