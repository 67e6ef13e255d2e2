"""Evidence in the words of its source, where these can be read again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from evtrace.results import Evidence, WhyAnswer

#: Reads lines of a source again: its name and their numbers → those that are still there.
Reader = Callable[[str, Iterable[int]], Mapping[int, str]]
_T = TypeVar("_T")


def with_originals(answers: Iterable[WhyAnswer], read: Reader) -> tuple[WhyAnswer, ...]:
    """The answers, each text of the evidence as the source has it; what the store keeps of it elsewhere."""
    answers = tuple(answers)
    wanted: dict[str, set[int]] = {}

    def note(evidence: Evidence) -> Evidence:
        if evidence.text is not None and evidence.line is not None:
            wanted.setdefault(evidence.source, set()).add(evidence.line)
        return evidence

    def tell(evidence: Evidence) -> Evidence:
        if evidence.text is None:
            return evidence
        line = texts[evidence.source].get(evidence.line) if evidence.line is not None else None
        return replace(evidence, text=evidence.text if line is None else line, is_original=line is not None)

    _mapped(answers, note)
    texts = {source: read(source, sorted(lines)) for source, lines in sorted(wanted.items())}
    return _mapped(answers, tell)


def _mapped(value: _T, change: Callable[[Evidence], Evidence]) -> _T:
    """The same data with each piece of evidence in it changed."""
    found: Any = value
    if isinstance(value, Evidence):
        found = change(value)
    elif isinstance(value, tuple):
        found = tuple(_mapped(one, change) for one in value)
    elif is_dataclass(value) and not isinstance(value, type):
        found = replace(
            value, **{one.name: _mapped(getattr(value, one.name), change) for one in fields(value)}
        )
    return found  # type: ignore[no-any-return]  # each branch gives what it was given
