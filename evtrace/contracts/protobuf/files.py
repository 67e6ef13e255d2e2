"""What a file says of itself, and its services: nothing that events hold, but something that people look for."""

from __future__ import annotations

from collections.abc import Iterator

from evtrace.contracts.found import Found
from evtrace.contracts.protobuf.pair import Pair, risky
from evtrace.contracts.protobuf.types import Spot


def differences(pair: Pair) -> Iterator[Found]:
    """Compare packages, syntaxes, options and services."""
    old, new = pair.old, pair.new
    top = Spot(new.label, 1)
    if old.package != new.package:
        words = {"old": old.package or "(none)", "new": new.package or "(none)"}
        yield risky(pair.found("protobuf/package-changed", new.package, top, **words))
    if old.syntax != new.syntax:
        yield pair.found("protobuf/syntax-changed", new.package, top, old=old.syntax, new=new.syntax)
    if old.options != new.options:
        yield pair.found("protobuf/options-changed", new.package, top)
    yield from _calls(pair, top)


def _calls(pair: Pair, top: Spot) -> Iterator[Found]:
    was, now = pair.old.calls, pair.new.calls
    for name in {**now, **was}:
        if name not in now:
            turn, spot = "is gone", top
        elif name not in was:
            turn, spot = "is new", now[name].spot
        elif was[name].signature != now[name].signature:
            turn, spot = f"was {was[name].signature} and is now {now[name].signature}", now[name].spot
        else:
            continue
        found = pair.found("protobuf/call-changed", name, spot, call=name, turn=turn)
        yield found if turn == "is new" else risky(found)
