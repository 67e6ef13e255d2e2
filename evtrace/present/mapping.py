"""What each field of a source was taken for, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evtrace.present.terminal import Screen, clean


def mapping_lines(mapping: Mapping[str, Any], screen: Screen) -> Iterator[str]:
    """One line per role: the fields that fill it, who says so, in what share of rows; then what is left."""
    for use in mapping.get("roles", ()):
        yield screen.line([clean(f"  {use.get('role', ''):<15} ← {_use(use)}")], rest=" " * 21)
    for role, value in mapping.get("constants", {}).items():
        yield screen.line([clean(f"  {role:<15} = {value} (for every record)")], rest=" " * 21)
    for found in mapping.get("ids", ()):
        yield screen.line(
            [clean(f"  id {found.get('kind', ''):<12} ← {found.get('field', '')}")], rest=" " * 21
        )
    unmapped = ", ".join(str(field) for field in mapping.get("unmapped", ()))
    if unmapped:
        yield screen.line([clean(f"  unmapped          {unmapped}")], rest=" " * 20)


def _use(use: Mapping[str, Any]) -> str:
    facts = [str(use.get("dialect") or "generic")]
    if use.get("reading", "text") != "text":
        facts.append(f"read as {use['reading']}")
    if use.get("share") is not None:
        facts.append(f"{use['share']:.0%} of rows")
    return f"{use.get('field', '')} ({', '.join(facts)})"
