"""Regular expressions of ECMA-262, as far as they are regular, read into automata."""

from __future__ import annotations

from functools import lru_cache

from evtrace.contracts.jsonschema.automaton import (
    ANY,
    CLASSES,
    CONTROLS,
    LINE_END,
    Automaton,
    Irregular,
    Ranges,
    beside,
    live,
    of,
    united,
)


@lru_cache(maxsize=2000)
def automaton(regex: str) -> Automaton:
    """The automaton of the strings that have a match somewhere."""
    return _Reader(regex).whole()


_Part = tuple[int, int]  # where a piece of the automaton begins and ends


class _Reader:
    """Recursive descent; every rule gives the piece of the automaton that it read."""

    def __init__(self, regex: str) -> None:
        self._text, self._at = regex, 0
        self._made = Automaton()

    def whole(self) -> Automaton:
        made = self._made
        begin = made.state()
        first, last = self._choice()
        if self._at < len(self._text):
            raise Irregular(f"the pattern breaks off at character {self._at + 1}")
        made.reads[begin].append((ANY, begin))
        made.free[begin].append(first)
        made.last = made.state()
        made.free[last].append(made.last)
        made.reads[made.last].append((ANY, made.last))
        made.live = live(made)
        return made

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        character = self._peek()
        if not character:
            raise Irregular("the pattern ends too early")
        self._at += 1
        return character

    def _skip(self, text: str) -> bool:
        found = self._text.startswith(text, self._at)
        self._at += len(text) * found
        return found

    def _choice(self) -> _Part:
        parts = [self._sequence()]
        while self._skip("|"):
            parts.append(self._sequence())
        if len(parts) == 1:
            return parts[0]
        first, last = self._made.state(), self._made.state()
        for begin, end in parts:
            self._made.free[first].append(begin)
            self._made.free[end].append(last)
        return first, last

    def _sequence(self) -> _Part:
        first = last = self._made.state()
        while self._peek() not in ("", "|", ")"):
            begin, end = self._repeated()
            self._made.free[last].append(begin)
            last = end
        return first, last

    def _repeated(self) -> _Part:
        start = self._at
        part = self._atom()
        end = self._at
        bounds = self._quantifier()
        while bounds is not None:
            self._skip("?")  # lazy: the same strings
            part = self._times(part, bounds, (start, end))
            start, bounds = self._at, self._quantifier()
            if bounds is not None:
                raise Irregular("nothing to repeat")
        return part

    def _quantifier(self) -> tuple[int, int | None] | None:
        simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if self._peek() in simple and self._peek():
            return simple[self._take()]
        if self._peek() != "{":
            return None
        inside, brace, _ = self._text[self._at + 1 :].partition("}")
        low, comma, high = inside.partition(",")
        if not brace or not low.isdecimal() or not (high.isdecimal() or not high):
            return None  # a brace that stands for itself
        self._at += len(inside) + 2
        return int(low), (int(high) if high else None) if comma else int(low)

    def _times(self, part: _Part, bounds: tuple[int, int | None], text: tuple[int, int]) -> _Part:
        """Repeat what was read; each further copy is read again from the text."""
        least, most = bounds
        if most is not None and most < least:
            raise Irregular("a repetition counts down")
        made, first = self._made, self._made.state()
        last, behind = first, self._at
        exits = [first] if not least else []
        for number in range(max(least, most or 1) if most != 0 else 0):
            begin, end = part if not number else self._again(text)
            made.free[last].append(begin)
            last = end
            if number + 1 >= least:
                exits.append(last)
            if most is None and number + 1 == max(least, 1):
                made.free[last].append(begin)
        self._at = behind
        out = made.state()
        for state in exits:
            made.free[state].append(out)
        return first, out

    def _again(self, text: tuple[int, int]) -> _Part:
        self._at = text[0]
        return self._atom()

    def _atom(self) -> _Part:
        character = self._take()
        if character == "(":
            return self._group()
        if character in "^$":
            return self._anchor(self._made.at_start if character == "^" else self._made.at_end)
        if character == "[":
            return self._read(self._set())
        if character == ".":
            return self._read(beside(LINE_END))
        if character == "\\":
            return self._read(self._escape())
        if character in "*+?":
            raise Irregular("nothing to repeat")
        return self._read(of(character))

    def _group(self) -> _Part:
        if self._skip("?"):
            is_named = self._peek() == "<" and self._text[self._at + 1 : self._at + 2] not in ("=", "!")
            if is_named:
                self._at = self._text.find(">", self._at) + 1 or len(self._text)
            elif not self._skip(":"):
                raise Irregular("the pattern looks ahead or behind")
        part = self._choice()
        if not self._skip(")"):
            raise Irregular("a group is not closed")
        return part

    def _anchor(self, steps: list[list[int]]) -> _Part:
        first, last = self._made.state(), self._made.state()
        steps[first].append(last)
        return first, last

    def _read(self, ranges: Ranges) -> _Part:
        first, last = self._made.state(), self._made.state()
        self._made.reads[first].append((ranges, last))
        return first, last

    def _escape(self) -> Ranges:
        character = self._take()
        if character in CLASSES:
            return CLASSES[character]
        if character in "bB" or character in "kpP" or character in "123456789":
            raise Irregular(f"the pattern uses \\{character}")
        return of(self._escaped(character))

    def _escaped(self, character: str) -> str:
        if character in CONTROLS:
            return CONTROLS[character]
        if character == "c":
            return chr(ord(self._take()) % 32)
        if character == "x":
            return self._hexadecimal(2)
        if character == "u" and self._skip("{"):
            return self._hexadecimal(self._text.find("}", self._at) - self._at, end="}")
        return self._hexadecimal(4) if character == "u" else character

    def _hexadecimal(self, length: int, end: str = "") -> str:
        digits = self._text[self._at : self._at + max(length, 0)]
        self._at += len(digits)
        try:
            number = chr(int(digits, 16))
        except (ValueError, OverflowError) as problem:
            raise Irregular("a character's number is broken") from problem
        self._skip(end)
        return number

    def _set(self) -> Ranges:
        is_negative = self._skip("^")
        ranges: list[tuple[int, int]] = []
        while not self._skip("]"):
            low = self._member()
            is_range = self._peek() == "-" and self._text[self._at + 1 : self._at + 2] not in ("]", "")
            if is_range and isinstance(low, int):
                self._at += 1
                high = self._member()
                if not isinstance(high, int) or high < low:
                    raise Irregular("a range of characters is broken")
                ranges.append((low, high))
            else:
                ranges.extend([(low, low)] if isinstance(low, int) else low)
        return beside(united(ranges)) if is_negative else united(ranges)

    def _member(self) -> int | Ranges:
        character = self._take()
        if character != "\\":
            return ord(character)
        escaped = self._take()
        if escaped in CLASSES:
            return CLASSES[escaped]
        if escaped in "pPkB":
            raise Irregular(f"the pattern uses \\{escaped}")
        return ord("\b" if escaped == "b" else self._escaped(escaped))
