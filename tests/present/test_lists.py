"""Lists say much in few lines."""

from __future__ import annotations

from dataclasses import replace

from evtrace.present import lists
from evtrace.present.terminal import Screen
from evtrace.results import IngestSummary, SourceSummary


def source(uri: str, status: str, *notes: str) -> SourceSummary:
    count = 3 if status == "new" else 0
    return SourceSummary(
        uri, "jsonl" if count else None, None, count, count, 0, 0, 0, None, None, 0, status, notes
    )


FOUND = (
    source("logs/app.log", "new"),
    *(source(f"logs/doc{n}.md", "skipped", "Markdown") for n in range(12)),
    source("logs/LICENSE", "skipped", "a licence"),
    source("logs/old.log", "known", "already in the store"),
)


def test_skipped_files_take_one_line_on_a_terminal() -> None:
    text = lists.ingested(IngestSummary(FOUND, 3, 0, 1.0, 0), Screen(width=120))
    assert "13 files skipped: Markdown (doc0.md, doc1.md, doc2.md, and 9 more); a licence (LICENSE)\n" in text
    assert text.count("skipped") == 1
    assert "1 file known: already in the store (old.log)\n" in text
    assert "logs/app.log" in text


def test_nothing_is_left_out_when_piped() -> None:
    text = lists.ingested(IngestSummary(FOUND, 3, 0, 1.0, 0), Screen())
    assert all(found.uri in text for found in FOUND)


def test_a_name_is_harmless_among_the_skipped() -> None:
    text = lists.sources([source("logs/\x1b[31m.md", "skipped", "Markdown")], Screen())
    assert "\x1b" not in text


def test_what_failed_names_its_place_once() -> None:
    text = lists.sources([source("logs/cut.gz", "failed", "logs/cut.gz: the gzip data is cut off")], Screen())
    assert "! logs/cut.gz: the gzip data is cut off\n" in text


def test_the_sources_of_a_store_are_listed_one_by_one() -> None:
    stored = replace(source("logs/app.log", "known"), format="jsonl", records=3)
    assert "logs/app.log  jsonl" in lists.sources([stored], Screen())
