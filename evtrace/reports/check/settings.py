"""What a project asks of its store: the table [check] of evtrace.toml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from evtrace import settings_file
from evtrace.anomalies import NEVER, SEVERITIES
from evtrace.reports.check.metrics import OPERATORS, is_metric
from evtrace.reports.delivery.rules import BY_ID
from evtrace.settings_file import SettingsFile
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
    baseline: Path | None = None
    fail_on: str = "error"
    source: str | None = None  # the file it is read from


def read(path: Path | None) -> Settings:
    """Read the settings; without a file, the nearest one above that has a [check]. There need not be one."""
    found = path or settings_file.find("check", Path.cwd())
    return Settings() if found is None else _settings(settings_file.read("check", found))


def _settings(file: SettingsFile) -> Settings:
    table = file.table
    file.check(table, _KEYS, "[check]")
    fail_on = str(table.get("fail_on", "error")).lower()
    if fail_on not in (*SEVERITIES, NEVER):
        file.refuse(
            "fail_on", f"fail_on = {fail_on}: no such severity; there are {', '.join(SEVERITIES)} and {NEVER}"
        )
    baseline = table.get("baseline")
    return Settings(
        thresholds=tuple(_thresholds(file)),
        allow=tuple(_allowed(entry, file) for entry in _list(table, "allow", file)),
        baseline=None if baseline is None else _shown(file.root / str(baseline)),
        fail_on=fail_on,
        source=str(_shown(file.path)),
    )


def _shown(path: Path) -> Path:
    """As people write it from here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _list(table: Mapping[str, Any], key: str, file: SettingsFile) -> Sequence[Any]:
    values = table.get(key, [])
    if not isinstance(values, list):
        file.refuse(key, f"{key} is a list: {key} = [{values!r}]")
    return values


def _thresholds(file: SettingsFile) -> Iterator[Threshold]:
    for text in _list(file.table, "thresholds", file):
        yield threshold(text, file)
    groups = file.table.get("groups", {})
    for name, group in groups.items() if isinstance(groups, dict) else ():
        if not isinstance(group, dict):
            file.refuse(name, f"group {name}: write [check.groups.{name}] and its thresholds below")
        file.check(group, ("thresholds",), f"group {name}")
        for text in _list(group, "thresholds", file):
            yield threshold(text, file, grp=name)


def threshold(text: object, file: SettingsFile, *, grp: str | None = None) -> Threshold:
    """Read 'lag.seconds <= 60'."""
    found = _TEXT.fullmatch(str(text))
    if found is None:
        file.refuse(str(text), f'{text!r} is no threshold; write for example "lag.seconds <= 60"')
    metric, operator, limit = found.groups()
    if not is_metric(metric):
        file.refuse(metric, f"{metric} is nothing that is measured; see docs/check.md")
    return Threshold(metric, OPERATORS.get(operator, operator), float(limit), grp)


def _allowed(entry: Any, file: SettingsFile) -> Allowed:
    if isinstance(entry, str):
        entry = {"rule": entry}
    names = {one.name for one in fields(Allowed)}
    if not isinstance(entry, dict) or not entry.keys() <= names or "rule" not in entry:
        file.refuse("allow", f"allow takes a rule, or a table of {', '.join(sorted(names))}; not {entry!r}")
    if entry["rule"] not in BY_ID:
        file.refuse(
            str(entry["rule"]), f"allow names the rule {entry['rule']}, which there is not; see docs/rules"
        )
    return Allowed(**entry)
