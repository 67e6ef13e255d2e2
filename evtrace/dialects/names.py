"""Field names made comparable: case and separators do not count."""

from __future__ import annotations

import re

JSON = "@json"  # the path segment that parses the text met there

_SEPARATORS = str.maketrans("", "", "-_. :")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def plain(name: str) -> str:
    """The name in lower case without separators: 'log.level', 'Log-Level' and 'log_level' are one."""
    return name.lower().translate(_SEPARATORS)


def plain_path(path: tuple[str, ...]) -> str:
    """The path as one plain name; nested and dotted keys are the same."""
    return "".join(plain(key) for key in path if key != JSON)


def words(name: str) -> list[str]:
    """The words of a name in lower case: 'shipmentNo' and 'shipment-no' are ['shipment', 'no']."""
    return [word.lower() for word in _WORD.findall(name)]
