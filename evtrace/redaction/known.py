"""Values that are hidden wherever they stand, in small letters or capitals, plain or as a URL has them.

They are found as whole words, in one pass, however many there are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from urllib.parse import quote, quote_plus

#: What a percent sign spells is a word of its own: behind '%2F' begins another.
_WORD = re.compile(r"(?<=%)[0-9A-Fa-f]{2}|[A-Za-z0-9]+")


class Known:
    """Values and their marks."""

    def __init__(self) -> None:
        self._values: set[str] = set()  # as they were told
        self._marks: dict[str, str] = {}  # by each spelling, in small letters
        self._signs: list[str] = []  # values without a word in them
        self._spans: dict[str, set[tuple[int, int]]] = defaultdict(
            set
        )  # first word → (length, signs before it)

    def add(self, value: str, mark: str) -> None:
        """Hide this value behind this mark; the first mark stays."""
        self._values.add(value)
        for spelling in dict.fromkeys((value, *_in_urls(value))):
            self._spell(_small(spelling), mark)

    def _spell(self, value: str, mark: str) -> None:
        if value in self._marks:
            return
        self._marks[value] = mark
        word = _WORD.search(value)
        if word:
            self._spans[word[0]].add((len(value), word.start()))
        else:
            self._signs.append(value)

    def __contains__(self, value: str) -> bool:
        return value in self._values

    def hidden(self, text: str) -> str:
        """The text with every value behind its mark."""
        parts, done, small = [], 0, _small(text)
        for word in _WORD.finditer(small):
            found = self._at(small, word.start(), word[0], done)
            if found:
                start, value = found
                parts += [text[done:start], self._marks[value]]
                done = start + len(value)
        whole = "".join((*parts, text[done:]))
        for value in self._signs:
            whole = self._marks[value].join(re.split(re.escape(value), whole, flags=re.IGNORECASE))
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


def _in_urls(value: str) -> tuple[str, ...]:
    """As paths and as forms have it."""
    return tuple(
        way(value, safe=safe, encoding="utf-8", errors="surrogatepass")
        for way in (quote, quote_plus)
        for safe in ("", "/")
    )


def _small(text: str) -> str:
    """In small letters, each sign in its place: a few letters have none of the same length."""
    small = text.lower()
    if len(small) != len(text):
        small = "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in text)
    return small


def _is_word(sign: str) -> bool:
    return bool(sign) and sign.isascii() and sign.isalnum()
