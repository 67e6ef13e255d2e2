"""Every analysis is SQL that other engines run as well."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from types import ModuleType

import pytest

from evtrace import reports
from evtrace.reports.delivery.analysis import Analysis
from evtrace.reports.delivery.evidence import Oddities, view_sql
from tests.reports.portable import refusals

#: Rooms of reports that are analyses. What they prepare with JSON is payload inspection, which may use anything.
ROOMS = ("delivery", "duplicates", "order", "lost", "lag", "design")
#: Rows fetched by their numbers, the filters around an analysis and a look into payloads are no analyses.
_FETCHES = ("UNNEST(?", "{sql}", "json_structure")


def _modules() -> list[ModuleType]:
    found = []
    for room in ROOMS:
        package = import_module(f"{reports.__name__}.{room}")
        found += [
            package,
            *(
                import_module(f"{package.__name__}.{one.name}")
                for one in pkgutil.iter_modules(package.__path__)
            ),
        ]
    return found


def _texts() -> dict[str, str]:
    """Every whole query that stands in these modules; parts of queries stand in the whole ones."""
    found = {}
    for module in _modules():
        for name, value in vars(module).items():
            text = value.sql if isinstance(value, Analysis) else value
            is_query = isinstance(text, str) and re.match(r"\s*(WITH|SELECT)\b", text)
            if is_query and not any(mark in text for mark in _FETCHES):
                found.setdefault(text, f"{module.__name__.removeprefix('evtrace.reports.')}.{name}")
    every = Oddities(True, frozenset({"pos", "ts", "event_ts", "version"}), True, True, True, (1, 2))
    found[view_sql(every, at=5).partition(" AS\n")[2]] = "delivery.evidence.view_sql"
    return {name: text for text, name in found.items()}


TEXTS = _texts()


def test_every_analysis_is_there() -> None:
    assert len(TEXTS) >= 25


@pytest.mark.parametrize("name", TEXTS)
def test_a_query_is_in_the_portable_subset(name: str) -> None:
    assert refusals(TEXTS[name]) == []


@pytest.mark.parametrize(
    ("sql", "refused"),
    [
        ("SELECT * FROM t", "SELECT *"),
        ("SELECT a FROM t", "an output without a name"),
        ("SELECT 1 AS one FROM t QUALIFY a = 1", "QUALIFY"),
        ("SELECT a AS a FROM t GROUP BY ALL", "GROUP BY ALL"),
        ("SELECT a AS a FROM t GROUP BY 1", "GROUP BY a number"),
        ("SELECT a AS a FROM t ORDER BY 1", "ORDER BY a number"),
        ("SELECT COUNT(*) FILTER (a > 1) AS n FROM t", "FILTER"),
        ("SELECT MAX_BY(a, b) AS n FROM t", "the function max_by"),
        ("SELECT MAX(a) AS a FROM t", "an aggregate named like the column a"),
        ("SELECT a AS at FROM t", "the reserved name at"),
        ("SELECT a.x AS x FROM a ASOF JOIN b ON a.t >= b.t", "ASOF JOIN"),
        ("SELECT a.x AS x FROM a SEMI JOIN b ON a.t = b.t", "SEMI JOIN"),
        ("SELECT a.x AS x FROM a JOIN b USING (t)", "USING"),
        ("SELECT a.x AS x FROM a FULL JOIN b ON a.t = b.t", "FULL JOIN"),
        ("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 AS n FROM r) SELECT n AS n FROM r", "a recursive CTE"),
        ("SELECT DISTINCT ON (a) a AS a FROM t", "DISTINCT ON"),
        ("SELECT TRY_CAST(a AS BIGINT) AS a FROM t", "TRY_CAST"),
        ("SELECT CAST(a AS TIMESTAMP) AS a FROM t", "the type TIMESTAMP"),
        ("SELECT LAST_VALUE(a IGNORE NULLS) OVER (ORDER BY b) AS a FROM t", "IGNORE NULLS"),
        ("SELECT a AS a FROM t WHERE EXISTS (SELECT 1 AS one FROM u WHERE u.a = t.a)", "a subquery in an expression"),
        ("SELECT a IS DISTINCT FROM b AS c FROM t", "the comparison COMPARE_DISTINCT_FROM"),
        ("SELECT a // 2 AS c FROM t", "the function //"),
        ("SELECT json_extract_string(a, 'b') AS c FROM t", "the function json_extract_string"),
        ("SELECT list_transform(a, lambda x: x) AS c FROM t", "an expression of class LAMBDA"),
        ("SELECT a AS a FROM t EXCEPT SELECT b AS a FROM u", "EXCEPT: only UNION"),
        ("SELECT a AS a FROM range(3) AS r(a)", "TABLE_FUNCTION in FROM"),
        ("SELECT now() AS c FROM t", "the function now"),
        ("SELECT QUANTILE_CONT(a, 0.5) AS c FROM t", "the function quantile_cont"),
    ],
)  # fmt: skip
def test_what_is_outside_of_the_subset_is_refused(sql: str, refused: str) -> None:
    assert [one for one in refusals(sql) if one.startswith(refused)]
