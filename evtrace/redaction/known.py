"""Values that are hidden wherever they stand: found as whole words, in one pass, however many there are."""

from __future__ import annotations

import re
from collections import defaultdict

_WORD = re.compile(r"[A-Za-z0-9]+")


class Known:
    """Values and their marks."""

    def __init__(self) -> None:
        self._marks: dict[str, str] = {}
        self._signs: list[str] = []  # values without a word in them
        self._spans: dict[str, set[tuple[int, int]]] = defaultdict(
            set
        )  # first word → (length, signs before it)

    def add(self, value: str, mark: str) -> None:
        """Hide this value behind this mark; the first mark stays."""
        if value in self._marks:
            return
        self._marks[value] = mark
        word = _WORD.search(value)
        if word:
            self._spans[word[0]].add((len(value), word.start()))
        else:
            self._signs.append(value)

    def __contains__(self, value: str) -> bool:
        return value in self._marks

    def hidden(self, text: str) -> str:
        """The text with every value behind its mark."""
        parts, done = [], 0
        for word in _WORD.finditer(text):
            found = self._at(text, word.start(), word[0], done)
            if found:
                start, value = found
                parts += [text[done:start], self._marks[value]]
                done = start + len(value)
        whole = "".join((*parts, text[done:]))
        for value in self._signs:
            whole = whole.replace(value, self._marks[value])
        return whole

    def _at(self, text: str, place: int, word: str, done: int) -> tuple[int, str] | None:
        """The longest value whose first word stands here, and where it begins."""
        for length, before in sorted(self._spans.get(word, ()), reverse=True):
            start = place - before
            value = text[start : start + length]
            if (
                start >= done
                and value in self._marks
                and not _is_word(text[start + length : start + length + 1])
            ):
                return start, value
        return None


def _is_word(sign: str) -> bool:
    return bool(sign) and sign.isascii() and sign.isalnum()
