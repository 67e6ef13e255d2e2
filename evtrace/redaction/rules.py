"""What is to be hidden: the table [redact] of evtrace.toml, and what is personal wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from evtrace import settings_file
from evtrace.errors import UsageError

HASH, REMOVE, KEEP = "hash", "remove", "keep"
_WAYS = (HASH, REMOVE, KEEP)

#: Names of fields that hold something of a person or a secret; case, '_', '-' and '.' do not count.
_PERSONAL = """
    name firstname lastname fullname surname givenname familyname middlename customername username userfullname
    accountholder cardholder cardholdername holdername recipientname contactname displayname nickname
    email emailaddress mail phone phonenumber mobile mobilenumber telephone fax
    address addressline addressline1 addressline2 street streetaddress city town zip zipcode postcode postalcode
    birthdate birthday dateofbirth dob gender nationality passport passportnumber ssn socialsecuritynumber taxid vatid
    iban bic accountnumber cardnumber pan cvv cvc creditcard ip ipaddress clientip remoteip
    password passwd secret token accesstoken refreshtoken apikey authorization cookie sessionid
"""
PERSONAL = frozenset(_PERSONAL.split())

#: Kinds of id that name a person.
_PERSONS = "customer user account member person patient employee client email phone login username subscriber"
PERSONAL_KINDS = frozenset(_PERSONS.split())

#: What is personal wherever it stands.
PATTERNS = (
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),  # a mail address
    re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b"),  # a bank account (IBAN)
    re.compile(r"(?<!\w)\+\d[\d ()/-]{6,16}\d"),  # a phone number with its country
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),  # a signed token
    re.compile(r"(?i)\b(?:bearer|basic) [\w.~+/=-]{8,}"),  # a credential
)


#: What may be a payment card, as it is printed or in one piece.
CARD = re.compile(
    r"(?<![\w.-])(?:\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{1,7}|\d{4}[ -]\d{6}[ -]\d{5}|\d{13,16})(?![\w.-])"
)


def is_card(text: str) -> bool:
    """Its last digit checks the others (Luhn)."""
    digits = [int(digit) for digit in text if digit.isdecimal()]
    doubled = (
        digit if place % 2 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits[-2::-1])
    )
    return (sum(doubled) + digits[-1]) % 10 == 0


@dataclass(frozen=True)
class Rules:
    """How to treat what."""

    payload: str = HASH  # values of payloads that nothing else speaks of
    keep: tuple[str, ...] = ()  # names or dotted paths in payloads, '*' stands for any text
    hash: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()  # kinds of id that are hidden, beside those of persons
    patterns: tuple[re.Pattern[str], ...] = ()
    evidence: str = KEEP  # keep, or remove: no line of a source is shown at all

    def way(self, path: str) -> str:
        """What happens to the value at a path of a payload."""
        for way, names in ((KEEP, self.keep), (REMOVE, self.remove), (HASH, self.hash)):
            if _fits(path, names):
                return way
        if self.payload == KEEP and is_personal(path):
            return HASH
        return self.payload

    def hides_kind(self, kind: str) -> bool:
        """Ids of this kind are hidden."""
        return kind in self.ids or (kind in PERSONAL_KINDS and kind not in self.keep)


def is_personal(path: str) -> bool:
    """The name of a field says that it holds something of a person, or a secret."""
    return _plain(_leaf(path)) in PERSONAL


def _fits(path: str, names: Iterable[str]) -> bool:
    bare = path.replace("[]", "").lower()
    return any(fnmatchcase(bare, name.lower()) or fnmatchcase(_leaf(bare), name.lower()) for name in names)


def _leaf(path: str) -> str:
    return path.replace("[]", "").rpartition(".")[2]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def read(path: Path | None) -> Rules:
    """The rules of a file; without one those that always hold. A file that is named has to be there."""
    if path is None:
        usual = Path("evtrace.toml")
        return read(usual) if usual.is_file() else Rules()
    return _rules(settings_file.read("redact", path).table, path)


def _rules(table: Mapping[str, Any], path: Path) -> Rules:
    lists = ("keep", "hash", "remove", "ids", "patterns")
    known = (*lists, "payload", "evidence")
    unknown = sorted(set(table) - set(known))
    if unknown:
        raise UsageError(f"{path}: [redact] knows no {unknown[0]}; it knows {', '.join(known)}")
    for name in lists:
        value = table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise UsageError(f"{path}: [redact] {name}: must be a list of texts")
    payload, evidence = table.get("payload", HASH), table.get("evidence", KEEP)
    if payload not in _WAYS or evidence not in (KEEP, REMOVE):
        raise UsageError(f"{path}: [redact] payload is hash, remove or keep, evidence is keep or remove")
    keep, hashed, remove, ids = (tuple(table.get(name, ())) for name in lists[:4])
    return Rules(payload, keep, hashed, remove, ids, _patterns(table, path), evidence)


def _patterns(table: Mapping[str, Any], path: Path) -> tuple[re.Pattern[str], ...]:
    try:
        return tuple(re.compile(one) for one in table.get("patterns", ()))
    except re.error as problem:
        raise UsageError(f"{path}: [redact] patterns: no regular expression: {problem}") from problem
