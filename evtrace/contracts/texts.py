"""JSON and YAML texts as values, with the line of everything in them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from evtrace.contracts import extras
from evtrace.contracts.positions import Lines, step
from evtrace.errors import UnreadableError

YAML_ENDINGS = (".yaml", ".yml")


def read(text: str, path: str, label: str) -> tuple[Any, Lines]:
    """The value of a text, and its lines; what is broken is refused with its line."""
    if PurePosixPath(path).suffix.lower() in YAML_ENDINGS:
        return _yaml(text, label)
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite), Lines(text)
    except json.JSONDecodeError as problem:
        raise UnreadableError(f"{label}:{problem.lineno}: broken JSON: {problem.msg}") from problem
    except RecursionError as problem:
        raise UnreadableError(f"{label}:1: nested too deep") from problem
    except _NoNumber as problem:
        line = text.count("\n", 0, max(text.find(str(problem)), 0)) + 1
        raise UnreadableError(f"{label}:{line}: {problem} is no number that JSON can hold") from problem


class _NoNumber(Exception):
    pass


def _refuse(name: str) -> Any:
    raise _NoNumber(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _NoNumber(text)
    return number


def _yaml(text: str, label: str) -> tuple[Any, Lines]:
    yaml = extras.library("yaml")
    loader = _json_types(yaml)
    try:
        node = yaml.compose(text, Loader=loader)
        value = loader("").construct_document(node) if node is not None else None
        return json.loads(json.dumps(value, allow_nan=False)), Lines(text, _places(node))
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        reason = getattr(problem, "problem", None) or problem
        raise UnreadableError(f"{label}:{line}: broken YAML: {reason}") from problem
    except (RecursionError, TypeError, ValueError) as problem:
        raise UnreadableError(f"{label}:1: not what JSON can hold: {problem}") from problem


def _json_types(yaml: Any) -> Any:
    """A loader that knows JSON's types only: no dates, and `on` is a word."""

    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # a library without types
        pass

    Loader.yaml_implicit_resolvers = {
        first: [(tag, regex) for tag, regex in resolvers if tag.rpartition(":")[2] in _PLAIN]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver(
        "tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
    )
    return Loader


_PLAIN = ("null", "int", "float", "merge")


def _places(root: Any) -> Mapping[str, int]:
    found: dict[str, int] = {}
    todo = [("", root, root)]
    while todo:
        pointer, key, node = todo.pop()
        if node is None or pointer in found:
            continue
        found[pointer] = key.start_mark.index
        if node.id == "mapping":
            todo += [(step(pointer, name.value), name, value) for name, value in node.value]
        elif node.id == "sequence":
            todo += [(step(pointer, number), value, value) for number, value in enumerate(node.value)]
    return found
