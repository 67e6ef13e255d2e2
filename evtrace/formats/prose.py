"""Files that lie beside logs and are none: documentation, licences, configuration, schemas."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePath

from evtrace.formats import Sample

_TIMED = re.compile(r"^.{0,60}?(?:\d{4}[-/.]\d\d[-/.]\d\d[T _]|\b)\d\d:\d\d:\d\d\b")
_LICENCE = re.compile(
    r"Permission is hereby granted|Apache License\b.{0,200}Version 2|GNU (?:LESSER |AFFERO )?GENERAL PUBLIC LICENSE"
    r"|Redistribution and use in source and binary|Mozilla Public License|THE SOFTWARE IS PROVIDED",
    re.IGNORECASE | re.DOTALL,
)
_YAML_LINE = re.compile(
    r"^(?:\s*#.*|---.*|\.\.\.|\s*-(?:\s+\S.*)?|\s*(?:- )*[\w.$/\"'@-]+[\w .$/\"'-]*:(?:\s+\S.*)?)$"
)
_YAML_KEY = re.compile(r"^\s*(?:- )*[\w.$/\"'@-]+:(?:\s|$)")
_TOML_LINE = re.compile(r"^(?:#.*|\[\[?[\w.\"' -]+\]\]?\s*|[\w.\"-]+\s*=\s*\S.*|\s+\S.*|\])$")
_GHERKIN = re.compile(r"^\s*(?:Feature|Scenario(?: Outline)?|Background|Given|When|Then|And|Examples):?\s")
_MARKDOWN = re.compile(r"^(?:#{1,6} \S|\s*[-*] \[.*\]\(|```|!\[|\|.*\|.*\|\s*$|> \S)|\[[^\]]+\]\(https?:")
_SCHEMA = re.compile(r'"\$schema"\s*:\s*"[^"]*json-schema\.org')


def is_prose(name: str, sample: Sample) -> str | None:
    """The reason why this is no log; None for a log. The content decides, the name only helps."""
    ending = PurePath(name).suffix.lower()
    lines = sample.lines[:300]
    if not lines:
        return None
    if _SCHEMA.search(sample.text[:4000]) and _is_schema(sample):
        return "a JSON Schema"
    if (
        lines[0].lstrip()[:1] in ("{", "<")
        or sample.share(_TIMED.match(line) is not None for line in lines) > 0.3
    ):
        return None
    if lines[0].lstrip()[:1] == "[" and not _TOML_LINE.match(lines[0]):
        return None
    return next((reason for reason, holds in _reasons(ending).items() if holds(lines)), None)


def _reasons(ending: str) -> dict[str, Callable[[list[str]], bool]]:
    """What the text may be, and how that shows; an ending that says the same asks for less."""
    return {
        "a licence": lambda lines: _LICENCE.search("\n".join(lines[:40])) is not None,
        "a Gherkin feature": lambda lines: _share(_GHERKIN, lines) > (0.05 if ending == ".feature" else 0.5),
        "YAML": lambda lines: _is_yaml(lines, sure=ending in (".yaml", ".yml")),
        "Markdown": lambda lines: (
            _share(_MARKDOWN, lines) > (0.01 if ending in (".md", ".markdown") else 0.1)
        ),
        "TOML or INI": lambda lines: (
            lines[0][:1] in "[#" and _share(_TOML_LINE, lines) > 0.95 and len(lines) > 2
        ),
        "a list of sources": lambda lines: _is_source_list(lines),
    }


def _is_yaml(lines: list[str], *, sure: bool) -> bool:
    """Keys at nearly every line; without the ending also some nesting, as plain `key: value` is also output."""
    keys = _share(_YAML_KEY, lines)
    if sure:
        return keys > 0.3
    nested = sum(line.startswith(("  ", "- ")) for line in lines) > 1 or lines[0].startswith("---")
    return nested and keys > 0.6 and _share(_YAML_LINE, lines) == 1.0


def _is_source_list(lines: list[str]) -> bool:
    """`file.ext   where it is from`, line after line."""
    listed = re.compile(r"^[\w*./-]+(?:\.\w+|/\*)\s{2,}\S.*\s")
    return len(lines) > 1 and _share(listed, lines) > 0.6


def _is_schema(sample: Sample) -> bool:
    """The keyword stands at the top of the document and what describes an object follows."""
    return '"properties"' in sample.text or '"$defs"' in sample.text or '"definitions"' in sample.text


def _share(pattern: re.Pattern[str], lines: list[str]) -> float:
    return sum(pattern.search(line) is not None for line in lines) / len(lines)
