"""The question that all languages share: does a new version keep what the mode promises?"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evtrace.changes import DIRECTIONS, FAILING, SEVERITIES, Change, ContractDiff, Undecided
from evtrace.contracts import languages
from evtrace.contracts.found import Comparison, Found, Language
from evtrace.contracts.modes import Mode
from evtrace.contracts.source import Source


@dataclass(frozen=True)
class Terms:
    """What is asked: the promise, and how a schema is to be read."""

    mode: Mode
    policy: str | None = None  # None: the language's own
    language: str | None = None  # None: found by name and content
    contract: str = ""  # what people call the contract


def check(older: Sequence[Source], new: Source, terms: Terms) -> ContractDiff:
    """Compare a new version with the older ones, newest first, that the mode asks about."""
    language = languages.shared([new, *older], terms.language)
    policy = languages.policy(language, terms.policy)
    asked = tuple(older) if terms.mode.is_transitive else tuple(older[:1])
    reader = language.parse(new)
    pairs = [(source.label, language.compare(language.parse(source), reader, policy)) for source in asked]
    return _judged(pairs, new, terms, _Named(language, policy))


@dataclass(frozen=True)
class _Named:
    language: Language
    policy: str


def _judged(
    pairs: Sequence[tuple[str, Comparison]], new: Source, terms: Terms, named: _Named
) -> ContractDiff:
    mode = terms.mode
    contract = terms.contract or new.only or new.label
    changes = [_change(found, terms, contract, label) for label, pair in pairs for found in pair.found]
    undecided = tuple(
        Undecided(direction, pair.undecided[direction], label)
        for label, pair in pairs
        for direction in mode.directions
        if direction in pair.undecided
    )
    is_broken = any(change.severity in FAILING for change in changes)
    return ContractDiff(
        contract=contract,
        language=named.language.NAME,
        compatible=False if is_broken else None if undecided else True,
        mode=mode.name,
        policy=named.policy,
        file=new.label,
        against=tuple(label for label, _ in pairs),
        changes=tuple(sorted(changes, key=_order)),
        undecided=undecided,
    )


def _change(found: Found, terms: Terms, contract: str, against: str) -> Change:
    mode = terms.mode
    asked = [found.effects[direction] for direction in mode.directions if direction in found.effects]
    breaks = tuple(direction for direction in DIRECTIONS if found.effects.get(direction) in FAILING)
    return Change(
        rule=found.rule.id,
        path=found.path,
        breaks=breaks,
        severity=min(asked, key=SEVERITIES.index, default="safe"),
        file=found.file,
        line=found.line,
        message=found.rule.message.format_map(found.words),
        example=_example(found, mode),
        against=against,
        fingerprint=fingerprint(contract, found.rule.id, found.path, *breaks, *_facts(found)),
    )


def fingerprint(contract: str, rule: str, path: str, *facts: str) -> str:
    """What a change is known by in baselines and reports, wherever its line is and whatever it was compared with."""
    text = "\0".join((contract, rule, path, *facts))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _facts(found: Found) -> list[str]:
    """What was and what is: an accepted change of a place does not accept the next one there."""
    return [
        str(word)
        for name, word in sorted(found.words.items())
        if name not in ("hint", "why", "place", "reason")
    ]


def _example(found: Found, mode: Mode) -> Any:
    for direction in [*mode.directions, *DIRECTIONS]:
        if direction in found.examples:
            return found.examples[direction]
    return None


def _order(change: Change) -> tuple[int, str, int, str, str]:
    worst_first = SEVERITIES.index(change.severity)
    return worst_first, change.file or "", change.line or 0, change.path, change.rule
