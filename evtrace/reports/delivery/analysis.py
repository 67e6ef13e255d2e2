"""An analysis as data, and how its rows are found: one SQL text, one row type, the evidence it needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from evtrace.anomalies import Anomaly, NotEvaluated
from evtrace.reports.delivery.asked import Asked
from evtrace.reports.delivery.rules import BY_ID
from evtrace.store import Store


@dataclass(frozen=True)
class Need:
    """Evidence without which a rule cannot be judged."""

    condition: str  # over the view evidence: some row must fit
    reason: str  # what is said where none does
    rules: tuple[str, ...] = ()  # the rules that need it; none named: all of the analysis


#: Why a row does not count.
EXCUSES = {1: "the clocks explain {them}", 2: "nothing tells whose clocks stamped {them}"}


@dataclass(frozen=True)
class Analysis:
    """One question about deliveries.

    Columns of `sql` are fields of `row`, but `seen_at` is `at`, and `record_id` and `other_id` are the records
    that prove it. Fields of `row` that it leaves out are taken from the first of these. `severity` may differ
    from the rule's; `excused` is a key of EXCUSES where a row is none after all. Limits stand in it as {names}.
    """

    rules: tuple[str, ...]
    row: type[Anomaly]
    sql: str
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True)
class Found:
    """What analyses found: the rows that were asked for, and how many there are."""

    rows: tuple[Anomaly, ...] = ()
    totals: Mapping[tuple[str, str], int] = field(default_factory=dict)  # by rule and severity
    excused: Mapping[tuple[str, int], int] = field(default_factory=dict)  # by rule and key of EXCUSES
    missing: tuple[NotEvaluated, ...] = ()

    def __add__(self, other: Found) -> Found:
        totals, excused = Counter(self.totals), Counter(self.excused)
        totals.update(other.totals)
        excused.update(other.excused)
        return Found((*self.rows, *other.rows), totals, excused, (*self.missing, *other.missing))


def find(store: Store, analysis: Analysis, asked: Asked) -> Found:
    """Ask one analysis."""
    rows = _rows(store, analysis, asked)
    totals = {(row["rule"], row["severity"]): row["total_no"] for row in rows if not row["excused"]}
    excused = {(row["rule"], row["excused"]): row["total_no"] for row in rows if row["excused"]}
    made = _made(store, analysis.row, [row for row in rows if not row["excused"]])
    broken = {row["rule"] for row in rows}
    reasons = ((rule, lack(store, analysis, rule)) for rule in analysis.rules if rule not in broken)
    missing = tuple(NotEvaluated(rule, reason) for rule, reason in reasons if reason)
    return Found(tuple(made), totals, excused, missing)


def lack(store: Store, analysis: Analysis, rule: str) -> str | None:
    """Why a rule cannot be judged; None: it can."""
    for need in analysis.needs:
        if need.rules and rule not in need.rules:
            continue
        if not store.rows(f"SELECT 1 AS one FROM evidence WHERE {need.condition} LIMIT 1"):
            return need.reason
    return None


_NUMBERED = """
SELECT *
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY rule, severity, excused ORDER BY {order}) AS place_no,
           COUNT(*) OVER (PARTITION BY rule, severity, excused) AS total_no
    FROM ({sql}) AS found
    WHERE {where}
) AS numbered
WHERE place_no <= {limit}
"""

_ORDER = "seen_at, grp, channel, part, record_id"


def _rows(store: Store, analysis: Analysis, asked: Asked) -> list[dict[str, Any]]:
    where, params = _filter(asked)
    limit = asked.limit or 2**62
    sql = completed(analysis.sql.format(**asked.numbers))
    return store.dicts(_NUMBERED.format(order=_ORDER, sql=sql, where=where, limit=limit), params)


def completed(sql: str) -> str:
    """The analysis with the columns that it may leave out."""
    extra = [] if " AS severity" in sql else ["'' AS severity"]
    extra += [] if " AS excused" in sql else ["0 AS excused"]
    return f"SELECT *, {', '.join(extra)} FROM ({sql}) AS told" if extra else sql


def _filter(asked: Asked) -> tuple[str, list[Any]]:
    named = "(channel = ? OR starts_with(channel, ? || '@') OR starts_with(channel, ? || '['))"
    wishes: Sequence[tuple[str, Any]] = (
        ("grp = ?", asked.grp),
        (named, asked.channel),
        ("seen_at >= ?", asked.window.since),
        ("seen_at <= ?", asked.window.until),
        ("record_id IN (SELECT f.record_id FROM record_flows AS f WHERE f.flow_id = ?)", asked.flow_id),
    )
    parts = [(text, value) for text, value in wishes if value is not None]
    params = [value for text, value in parts for _ in range(text.count("?"))]
    return " AND ".join(text for text, _ in parts) or "TRUE", params


#: What stands for "none" in columns that are joined and grouped by.
_NONE = {"grp": "", "channel": "", "part": -1}

#: Names that SQL keeps for itself.
_RENAMED = {"stand_pos": "position", "end_pos": "end"}

_PROOF = ("record_id", "other_id")
_INTERNAL = ("place_no", "total_no", "excused", "seen_at", *_PROOF)

# A record that names a place only tells of the event that linking has found there.
# Each table is asked for the few that are wanted: joined at once they would be joined whole.
_DETAILS = """
WITH wanted AS MATERIALIZED (
    SELECT UNNEST(?::BIGINT[]) AS record_id
), placed AS MATERIALIZED (
    SELECT f.record_id, f.flow_id, f.event_no FROM record_flows AS f JOIN wanted AS w ON w.record_id = f.record_id
), known AS MATERIALIZED (
    SELECT s.event_no, s.event_id, s.event_type, s.record_id
    FROM stored_events AS s
    JOIN (SELECT DISTINCT event_no FROM placed) AS p ON p.event_no = s.event_no
), own AS MATERIALIZED (
    SELECT o.record_id, o.event_id FROM records AS o JOIN (SELECT DISTINCT record_id FROM known) AS k ON k.record_id = o.record_id
)
SELECT e.record_id, COALESCE(e.event_id, s.event_id, o.event_id) AS event_id, COALESCE(e.event_type, s.event_type) AS event_type,
       e.message_key, CASE WHEN e.kind = 'publish' THEN e.producer ELSE e.service END AS service, f.flow_id
FROM evidence AS e
JOIN wanted AS w ON w.record_id = e.record_id
LEFT JOIN placed AS f ON f.record_id = e.record_id
LEFT JOIN known AS s ON s.event_no = f.event_no
LEFT JOIN own AS o ON o.record_id = s.record_id
"""


def _made(store: Store, kind: type[Anomaly], rows: Sequence[dict[str, Any]]) -> list[Anomaly]:
    """Rows of SQL as rows of the report, with what the records behind them say."""
    ids = sorted({row["record_id"] for row in rows if row.get("record_id") is not None})
    details = {one["record_id"]: one for one in store.dicts(_DETAILS, [ids])} if ids else {}
    names = {one.name for one in fields(kind)}
    return [_one(kind, row, details.get(row.get("record_id"), {}), names) for row in rows]


def _one(kind: type[Anomaly], row: dict[str, Any], details: dict[str, Any], names: set[str]) -> Anomaly:
    facts = {name: value for name, value in details.items() if name in names} | {
        _RENAMED.get(name, name): None if name in _NONE and value == _NONE[name] else value
        for name, value in row.items()
        if name not in _INTERNAL
    }
    facts |= {
        name: bool(value) for name, value in facts.items() if name.startswith("is_") and value is not None
    }
    proof = [row.get(name) for name in _PROOF]
    facts["at"] = row["seen_at"]
    facts["record_ids"] = tuple(dict.fromkeys(record for record in proof if record is not None))
    facts["severity"] = facts["severity"] or BY_ID[facts["rule"]].severity
    return kind(**facts)
