"""Decides which kinds of business ids join records into flows, and says why."""

from __future__ import annotations

from dataclasses import dataclass

from evtrace.dialects.kinds_of_ids import Prior, prior
from evtrace.links.work import DecisionFlipped, N, Work

LEAST_SINGLE = 0.8  # share of values in exactly one flow from which an unknown kind joins
LEAST_VALUES = 5  # values it takes to judge
MOST_WIDE = 0.2  # share of values over more than N flows above which a known kind does not join


@dataclass(frozen=True)
class Counts:
    """What the flows that other ids make say about one kind."""

    judged: int = 0  # values that occur in such flows
    single: int = 0  # of these, in exactly one
    wide: int = 0  # of these, in more than N


@dataclass(frozen=True)
class Decision:
    """One row of id_kinds."""

    kind: str
    joins: bool
    reason: str
    single_share: float | None


def decide(work: Work) -> None:
    """Fill the temp table kinds(kind, joins, reason, single_share) for every kind ever seen.

    Reads value_cores(kind, h, core): the values of the scope and the flows that other ids make of it.
    """
    known = _known(work)
    counts = _count(work)
    decisions = [_decision(kind, counts.get(kind, Counts()), work) for kind in _names(work, known)]
    for decision in decisions:
        if known.get(decision.kind, decision.joins) != decision.joins:
            raise DecisionFlipped(f"{decision.kind} ids: {decision.reason}")
    work.run(
        "CREATE OR REPLACE TEMP TABLE kinds (kind VARCHAR, joins BOOLEAN, reason VARCHAR, single_share DOUBLE)"
    )
    for decision in decisions:
        values = [decision.kind, decision.joins, decision.reason, decision.single_share]
        work.store.execute("INSERT INTO kinds VALUES (?, ?, ?, ?)", values)


def _known(work: Work) -> dict[str, bool]:
    return dict(work.store.rows("SELECT kind, joins FROM id_kinds ORDER BY kind"))


def _names(work: Work, known: dict[str, bool]) -> list[str]:
    rows = work.store.rows("SELECT DISTINCT kind FROM id_sets ORDER BY kind")
    return sorted(set(known) | {kind for (kind,) in rows})


def _count(work: Work) -> dict[str, Counts]:
    """Flows that hold more than N values of the kind are batches or lists: no witnesses for this kind."""
    values = """
        SELECT kind, h, core FROM id_cores
        UNION ALL
        SELECT kind, h, core FROM value_cores WHERE strong
    """
    many = f"SELECT core FROM ({values}) AS x GROUP BY core HAVING COUNT(*) > {N}"
    lists = f"""
        ANTI JOIN (
            SELECT x.kind AS kind, x.core AS core
            FROM ({values}) AS x SEMI JOIN ({many}) AS m ON m.core = x.core
            GROUP BY x.kind, x.core HAVING COUNT(*) > {N}
        ) AS b ON b.kind = v.kind AND b.core = v.core
    """
    rows = work.store.rows(f"""
        WITH fans AS (
            SELECT MIN(v.kind) AS kind, v.h AS h, COUNT(*) AS n
            FROM ({values}) AS v {lists if work.any(many) else ""}
            GROUP BY v.h
        )
        SELECT kind, COUNT(*) AS judged, SUM(CASE WHEN n = 1 THEN 1 ELSE 0 END) AS single,
               SUM(CASE WHEN n > {N} THEN 1 ELSE 0 END) AS wide
        FROM fans
        GROUP BY kind
        ORDER BY kind
    """)
    return {kind: Counts(judged, int(single), int(wide)) for kind, judged, single, wide in rows}


def _decision(kind: str, counts: Counts, work: Work) -> Decision:
    share = round(counts.single / counts.judged, 6) if counts.judged else None
    joins, reason = _declared(kind, work) or _RULES[prior_of(kind)](kind, counts)
    return Decision(kind, joins, reason, share)


def prior_of(kind: str) -> Prior:
    """What is known before the data were asked; request ids name a call, not a flow."""
    return "never" if kind == "request" else prior(kind)


def _declared(kind: str, work: Work) -> tuple[bool, str] | None:
    if kind in work.declared.never:
        return False, "declared never to join"
    return (True, "declared to join") if kind in work.declared.join else None


def _never(kind: str, counts: Counts) -> tuple[bool, str]:
    return False, f"a {kind} outlives flows"


def _usually_joins(kind: str, counts: Counts) -> tuple[bool, str]:
    if counts.judged >= LEAST_VALUES and counts.wide > MOST_WIDE * counts.judged:
        return False, f"{counts.wide} of {counts.judged} values touch more than {N} flows"
    if not counts.judged:
        return True, f"a {kind} is one happening; no other ids to judge it by"
    return (
        True,
        f"a {kind} is one happening; {counts.single} of {counts.judged} values touch exactly one flow",
    )


def _by_data(kind: str, counts: Counts) -> tuple[bool, str]:
    if counts.judged < LEAST_VALUES:
        return False, f"only {counts.judged} values occur with other ids: too few to judge"
    joins = counts.single >= LEAST_SINGLE * counts.judged
    return joins, f"{counts.single} of {counts.judged} values touch exactly one flow"


_RULES = {"never": _never, "joins": _usually_joins, "unknown": _by_data}
