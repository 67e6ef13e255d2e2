"""What a project asks of its store: the table [check] of evtrace.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from evtrace.anomalies import SEVERITIES
from evtrace.errors import UsageError
from evtrace.reports.check.metrics import OPERATORS, is_metric
from evtrace.reports.delivery.rules import BY_ID
from evtrace.store_gate import Threshold

_TEXT = re.compile(r"\s*([a-z_.]+)\s*(<=|>=|==|=|<|>)\s*(-?\d+(?:\.\d+)?)\s*")
_KEYS = ("thresholds", "allow", "groups", "baseline", "fail_on")


@dataclass(frozen=True)
class Allowed:
    """Findings that are known and fine: those that have all that is named."""

    rule: str
    grp: str | None = None
    channel: str | None = None
    event_type: str | None = None
    service: str | None = None
    message_key: str | None = None
    reason: str | None = None

    def fits(self, finding: Any) -> bool:
        wanted = ((one.name, getattr(self, one.name)) for one in fields(self) if one.name != "reason")
        return all(value is None or getattr(finding, name) == value for name, value in wanted)


@dataclass(frozen=True)
class Settings:
    """Everything that a check asks for."""

    thresholds: tuple[Threshold, ...] = ()
    allow: tuple[Allowed, ...] = ()
    baseline: str | None = None
    fail_on: str = "error"
    source: str | None = field(default=None)  # the file it is read from


def read(path: Path | None) -> Settings:
    """Read the settings; without a file there are none. A file that is named has to be there."""
    if path is None:
        usual = Path("evtrace.toml")
        return read(usual) if usual.is_file() else Settings()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("check", {})
    except OSError as problem:
        raise UsageError(f"{path}: cannot be read: {problem.strerror}") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path}: no TOML: {problem}") from problem
    return _settings(table, str(path))


def _settings(table: Mapping[str, Any], source: str) -> Settings:
    for key in table:
        if key not in _KEYS:
            raise UsageError(f"{source}: [check] knows no {key}; there are {', '.join(_KEYS)}")
    fail_on = str(table.get("fail_on", "error")).lower()
    if fail_on not in SEVERITIES:
        raise UsageError(
            f"{source}: fail_on = {fail_on}: no such severity; there are {', '.join(SEVERITIES)}"
        )
    return Settings(
        thresholds=tuple(_thresholds(table, source)),
        allow=tuple(_allowed(entry, source) for entry in table.get("allow", ())),
        baseline=table.get("baseline"),
        fail_on=fail_on,
        source=source,
    )


def _thresholds(table: Mapping[str, Any], source: str) -> Iterator[Threshold]:
    for text in table.get("thresholds", ()):
        yield threshold(text, where=source)
    for name, group in table.get("groups", {}).items():
        for text in group.get("thresholds", ()):
            yield threshold(text, where=f"{source}, group {name}", grp=name)


def threshold(text: str, *, where: str, grp: str | None = None) -> Threshold:
    """Read 'lag.seconds <= 60'."""
    found = _TEXT.fullmatch(str(text))
    if found is None:
        raise UsageError(f'{where}: {text!r} is no threshold; write for example "lag.seconds <= 60"')
    metric, operator, limit = found.groups()
    if not is_metric(metric):
        raise UsageError(f"{where}: {metric} is nothing that is measured; see docs/check.md")
    return Threshold(metric, OPERATORS.get(operator, operator), float(limit), grp)


def _allowed(entry: Any, source: str) -> Allowed:
    if isinstance(entry, str):
        entry = {"rule": entry}
    names = {one.name for one in fields(Allowed)}
    if not isinstance(entry, dict) or not entry.keys() <= names or "rule" not in entry:
        raise UsageError(
            f"{source}: allow takes a rule, or a table of {', '.join(sorted(names))}; not {entry!r}"
        )
    if entry["rule"] not in BY_ID:
        raise UsageError(
            f"{source}: allow names the rule {entry['rule']}, which there is not; see docs/rules"
        )
    return Allowed(**entry)
