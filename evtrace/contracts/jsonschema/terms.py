"""A JSON Schema as logic: terms that hold of a value or do not, numbered, so that equal ones are one.

A *literal* is the number of a term, or its negative for the term's opposite; `TRUE` and `-TRUE` hold of all values
and of none. What a schema says with keywords is one literal; that two schemas are compatible is that no value
satisfies the one and the other's opposite.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

# Kinds of value, as bits. A number without a fraction may be written 1 or 1.0: draft-04 tells them apart.
NULL, BOOLEAN, WHOLE, WHOLE_AS_FLOAT, BROKEN, STRING, ARRAY, OBJECT = (1 << bit for bit in range(8))
NUMBER = WHOLE | WHOLE_AS_FLOAT | BROKEN
ANYTHING = (1 << 8) - 1

TRUE = 1
FALSE = -1

Key = tuple[str, object]  # a scalar that can be compared: 1 is 1.0, and True is not 1


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: frozenset[int]


@dataclass(frozen=True, slots=True)
class One:
    """Exactly one part holds."""

    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Recursive:
    """What stands at a place of a schema that leads to itself."""

    place: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something that the engine cannot look into."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Kind:
    """The value is of one of these kinds."""

    kinds: int


@dataclass(frozen=True, slots=True)
class Among:
    """The value is one of these scalars."""

    values: frozenset[Key]


@dataclass(frozen=True, slots=True)
class Bound:
    """A number is not beyond this one; where open, not on it either."""

    value: Fraction
    is_upper: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class Multiple:
    """A number is a multiple of this one."""

    of: Fraction


@dataclass(frozen=True, slots=True)
class Size:
    """A string, array or object has so many characters, items or properties."""

    kind: int
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A string matches somewhere."""

    regex: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A string is accepted by the validator library's check: a format, a media type."""

    fragment: str
    draft: str


@dataclass(frozen=True, slots=True)
class Items:
    """Each item of an array satisfies the literal of its place, the later ones all the same."""

    first: tuple[int, ...]
    rest: int


@dataclass(frozen=True, slots=True)
class Unique:
    """No two items of an array are equal."""


@dataclass(frozen=True, slots=True)
class Contains:
    """So many items of an array satisfy the part."""

    part: int
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class ItemAt:
    """The value is an array with an item, from this place on or only there, that satisfies the part."""

    place: int
    is_last: bool
    part: int


@dataclass(frozen=True, slots=True)
class Members:
    """Each property of an object satisfies the literals of its name and patterns, or else the rest."""

    named: tuple[tuple[str, int], ...]
    matching: tuple[tuple[str, int], ...]
    rest: int


@dataclass(frozen=True, slots=True)
class Required:
    """An object has the property."""

    name: str


@dataclass(frozen=True, slots=True)
class Names:
    """The name of each property of an object satisfies the part."""

    part: int


@dataclass(frozen=True, slots=True)
class Member:
    """The value is an object with a property, chosen by name or pattern or as any other, that satisfies the part."""

    part: int
    name: str | None = None
    regex: str | None = None
    other_than: tuple[tuple[str, ...], tuple[str, ...]] | None = None  # names, patterns


@dataclass(frozen=True, slots=True)
class MemberName:
    """The value is an object with a property whose name satisfies the part."""

    part: int


Term = (
    All | One | Recursive | Opaque | Kind | Among | Bound | Multiple | Size | Pattern | Checked | Items | Unique
    | Contains | ItemAt | Members | Required | Names | Member | MemberName
)  # fmt: skip


def scalar_key(value: object) -> Key | None:
    """The key of a scalar; None for arrays and objects."""
    if value is None:
        return ("null", None)
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, (int, float)):
        number = exact(value)
        return ("whole" if number.denominator == 1 else "broken", number)
    return ("string", value) if isinstance(value, str) else None


def exact(number: float) -> Fraction:
    """A number as it is written: 0.1 is a tenth."""
    return Fraction(number) if isinstance(number, int) else Fraction(repr(number))
