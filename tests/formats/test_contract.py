"""What every format must keep: its samples are its own, its SQL runs, nothing is lost."""

from __future__ import annotations

import re
import time
from functools import cache

import pytest

from evtrace.formats import Format, Sample, load

from .running import Unit, run

FORMATS = load()
SAMPLES = [
    pytest.param(format, text, id=f"{format.NAME}-{number}")
    for format in FORMATS.values()
    for number, text in enumerate(format.SAMPLES)
]


@cache
def units_of(name: str, text: str) -> list[Unit]:
    return run(FORMATS[name], text)


@pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS)
def test_format_keeps_the_protocol(format: Format) -> None:
    assert isinstance(format, Format)
    assert format.SHAPE in ("line", "text", "document", "table")
    assert format.SAMPLES
    needed = {
        "line": ("doc", "skip"),
        "text": ("START", "doc"),
        "document": ("elements", "doc"),
        "table": ("rows",),
    }
    is_put_together = format.SHAPE == "document" and hasattr(format, "items")
    assert is_put_together or all(hasattr(format, name) for name in needed[format.SHAPE])


@pytest.mark.parametrize(("format", "text"), SAMPLES)
@pytest.mark.parametrize("whole", [True, False])
def test_sample_is_detected_as_its_own(format: Format, text: str, whole: bool) -> None:
    if not whole:
        text = text + text  # the sample breaks off somewhere in a source that goes on
    scores = {name: other.detect(Sample(text, whole=whole)) for name, other in FORMATS.items()}
    assert all(0 <= score <= 1 for score in scores.values())
    assert max(scores, key=lambda name: scores[name]) == format.NAME


@pytest.mark.parametrize(("format", "text"), SAMPLES)
def test_sample_is_read_without_rejects(format: Format, text: str) -> None:
    units = units_of(format.NAME, text)
    assert any(doc for _, _, doc, _ in units)
    assert all(skipped is True if doc is None else skipped is False for _, _, doc, skipped in units)
    assert len({(line, item) for line, item, _, _ in units}) == len(units)


@pytest.mark.parametrize(("format", "text"), SAMPLES)
def test_units_begin_where_the_text_has_lines(format: Format, text: str) -> None:
    last = text.rstrip("\n").count("\n") + 1
    assert all(1 <= line <= last for line, _, _, _ in units_of(format.NAME, text))


@pytest.mark.parametrize("format", [f for f in FORMATS.values() if f.SHAPE == "text"], ids=lambda f: f.NAME)
def test_start_is_not_multiline(format: Format) -> None:
    start = format.START  # type: ignore[attr-defined]  # only formats of this shape have it
    assert re.compile(start).groups == 0


@pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("repeated", ["{", "a,", '"', "[", "a=", " \n"])
def test_detection_is_never_quadratic(format: Format, repeated: str) -> None:
    """Each takes under 10 ms; a pattern that steps back from every character would take minutes."""
    text = repeated * ((1 << 18) // len(repeated))
    assert min(_seconds(format, Sample(text)) for _ in range(3)) < 0.25


def _seconds(format: Format, sample: Sample) -> float:
    """Of this thread alone: other tests' stores have threads at work. The best of some: memory may be collected."""
    before = time.thread_time()
    format.detect(sample)
    return time.thread_time() - before
