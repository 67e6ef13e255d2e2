"""Aliases must fit: a generic name counts only when its values look like the role."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from evtrace.dialects.mapping import Use
from evtrace.dialects.survey import Seen, Survey

_NUMBER = re.compile(r"-?\d{1,19}")
_DIGITS = re.compile(r"\d+")
_TIME = re.compile(
    r"\d{9,19}(\.\d+)?"  # since the epoch, in any unit
    r"|.*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*"
    r"|.*\d{1,2}:\d{2}.*"
    r"|.*\d{1,2}[ /-]?[A-Z][a-z]{2}[ /-]?\d{2,4}.*"
)
_OUTCOMES = re.compile(
    r"ok|success(ful|fully)?|succeeded|fail(ed|ure)?|error(ed)?|reject(ed)?|denied|declined"
    r"|dead[_ -]?letter(ed)?|true|false|timeout|timed[_ -]?out|unknown|completed?|done|cancell?ed|skipped|fault",
    re.IGNORECASE,
)
_NUMBERS = {"part", "pos", "version", "attempt"}
_TIMES = {"ts", "end_ts", "event_ts", "publish_ts"}


def fitting(use: Use, survey: Survey, kinds: Mapping[str, str]) -> Use | None:
    """The generic use as its values allow it, None when they do not."""
    seen = survey.seen.get(use.path)
    if seen is None or not (seen.values or seen.is_list):
        return use
    if use.role in _NUMBERS:
        return _numeric(use, seen)
    if use.role == "error" and all(isinstance(value, bool) for value in seen.values):
        return replace(use, role="outcome", reading="outcome_error")
    test = _test(use.role, kinds)
    return use if test is None or _most(seen, test) else None


def _test(role: str, kinds: Mapping[str, str]) -> Callable[[str], object] | None:
    if role in _TIMES:
        return _TIME.fullmatch
    tests: dict[str, Callable[[str], object]] = {
        "operation": lambda text: text.lower() in kinds,
        "outcome": _OUTCOMES.fullmatch,
    }
    return tests.get(role)


def _numeric(use: Use, seen: Seen) -> Use | None:
    if _most(seen, _NUMBER.fullmatch):
        return use
    is_long = use.role == "pos" and _most(seen, _DIGITS.fullmatch)
    return replace(use, role="pos_text", reading="text") if is_long else None


def _most(seen: Seen, test: Callable[[str], object]) -> bool:
    texts = seen.texts
    return sum(bool(test(text)) for text in texts) * 2 > len(texts)
