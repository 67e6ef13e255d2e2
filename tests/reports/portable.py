"""What the portable subset of SQL refuses, found in the tree that DuckDB's own parser makes of a text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb

Node = dict[str, Any]

FUNCTIONS = {
    "count", "count_star", "sum", "min", "max", "coalesce", "nullif", "greatest", "least", "abs", "replace", "round",
    "||", "+", "-", "*", "/", "%", "mod", "row_number", "lag", "lead", "dense_rank", "rank", "lower", "length",
}  # fmt: skip
AGGREGATES = {"count", "count_star", "sum", "min", "max"}
CLASSES = {
    "COLUMN_REF",
    "CONSTANT",
    "FUNCTION",
    "WINDOW",
    "CASE",
    "CAST",
    "COMPARISON",
    "CONJUNCTION",
    "OPERATOR",
    "BETWEEN",
}
OPERATORS = {"OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "OPERATOR_NOT", "OPERATOR_COALESCE", "COMPARE_IN", "COMPARE_NOT_IN",
             "OPERATOR_NULLIF"}  # fmt: skip
COMPARISONS = {"COMPARE_EQUAL", "COMPARE_NOTEQUAL", "COMPARE_LESSTHAN", "COMPARE_GREATERTHAN",
               "COMPARE_LESSTHANOREQUALTO", "COMPARE_GREATERTHANOREQUALTO"}  # fmt: skip
TYPES = {"BIGINT", "DOUBLE", "VARCHAR", "DECIMAL", "NUMERIC"}
FRAMES = {
    "UNBOUNDED_PRECEDING",
    "CURRENT_ROW_RANGE",
    "CURRENT_ROW_ROWS",
    "EXPR_PRECEDING_ROWS",
    "UNBOUNDED_FOLLOWING",
}

#: Reserved in Spark (ANSI), Trino, ClickHouse or standard SQL, so no name of ours.
RESERVED = frozenset("""
    all alter and any array as at authorization begin between both by case cast check collate column commit constraint
    create cross cube current current_date current_time current_timestamp cursor date day deallocate delete desc describe
    distinct drop else end escape except exists extract false fetch filter first for foreign from full function global
    grant group grouping having hour if in inner insert intersect interval into is join key language last lateral leading
    left like limit local localtime match minute month natural no not null of offset on only or order outer over overlaps
    partition position prepare primary range references returning right rollup row rows second select session_user set
    some start table tablesample then time timestamp to trailing true truncate union unique unknown unnest update user
    using value values when where window with within year
""".split())  # noqa: SIM905  # fmt: skip


def refusals(sql: str) -> list[str]:
    """What in a text does not run everywhere."""
    text = re.sub(r"\{[a-z_]+\}", "0", sql)
    with duckdb.connect() as con:
        ((tree_text,),) = con.execute("SELECT json_serialize_sql(?::VARCHAR) AS tree", [text]).fetchall()
    tree = json.loads(tree_text)
    if tree["error"]:
        return [f"does not parse: {tree['error_message']}"]
    found = [refusal for statement in tree["statements"] for refusal in _walk(statement["node"])]
    return sorted(set(found))


def _walk(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _walk(item)
    elif isinstance(node, dict):
        yield from _node(node)
        for value in node.values():
            yield from _walk(value)


def _node(node: Node) -> Iterator[str]:
    kind = node.get("type")
    if kind == "SELECT_NODE":
        yield from _select(node)
    elif kind == "RECURSIVE_CTE_NODE":
        yield "a recursive CTE"
    elif kind == "SET_OPERATION_NODE":
        if node.get("setop_type") != "UNION" or node.get("setop_by_name"):
            yield f"{node.get('setop_type')}: only UNION"
    elif kind == "JOIN":
        yield from _join(node)
    elif kind in ("TABLE_FUNCTION", "PIVOT", "SHOW_REF", "EXPRESSION_LIST", "DELIM_GET"):
        yield f"{kind} in FROM"
    elif kind == "SUBQUERY" and "class" in node:
        yield "a subquery in an expression"
    elif "class" in node:
        yield from _expression(node)
    if node.get("cte_map", {}).get("map"):
        yield from (
            f"the reserved name {cte['key']}"
            for cte in node["cte_map"]["map"]
            if cte["key"].lower() in RESERVED
        )


def _select(node: Node) -> Iterator[str]:
    if node["qualify"]:
        yield "QUALIFY"
    if node["sample"]:
        yield "SAMPLE"
    if node["aggregate_handling"] != "STANDARD_HANDLING":
        yield "GROUP BY ALL"
    if len(node["group_sets"]) > 1:
        yield "grouping sets"
    if any(group["class"] == "CONSTANT" for group in node["group_expressions"]):
        yield "GROUP BY a number"
    for modifier in node["modifiers"]:
        if modifier.get("distinct_on_targets"):
            yield "DISTINCT ON"
        if any(order["expression"]["class"] == "CONSTANT" for order in modifier.get("orders", ())):
            yield "ORDER BY a number"
    names = {ref["column_names"][-1] for ref in _refs(node)}
    for item in node["select_list"]:
        yield from _output(item, names)


def _output(item: Node, names: set[str]) -> Iterator[str]:
    if item["class"] == "STAR":
        yield "SELECT *"
        return
    if not item["alias"]:
        yield f"an output without a name: {json.dumps(item)[:80]}"
    if item["alias"].lower() in RESERVED:
        yield f"the reserved name {item['alias']}"
    if item["alias"] in names and _is_aggregated(item):
        yield f"an aggregate named like the column {item['alias']}"


def _is_aggregated(item: Any) -> bool:
    if isinstance(item, list):
        return any(_is_aggregated(one) for one in item)
    if not isinstance(item, dict):
        return False
    own = item.get("class") == "WINDOW" or (
        item.get("class") == "FUNCTION" and item.get("function_name") in AGGREGATES
    )
    return own or any(_is_aggregated(value) for value in item.values())


def _refs(node: Any) -> Iterator[Node]:
    """Columns that one SELECT names itself, not in subqueries or CTEs."""
    if isinstance(node, list):
        for item in node:
            yield from _refs(item)
    elif isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            yield node
        for name, value in node.items():
            if name not in ("cte_map", "from_table"):
                yield from _refs(value)


def _join(node: Node) -> Iterator[str]:
    if node["ref_type"] not in ("REGULAR", "CROSS"):
        yield f"{node['ref_type']} JOIN"
    if node["join_type"] not in ("INNER", "LEFT"):
        yield f"{node['join_type']} JOIN"
    if node["using_columns"]:
        yield "USING"


def _expression(node: Node) -> Iterator[str]:
    kind = node["class"]
    if kind in ("STAR", "TYPE"):  # told by the SELECT or the CAST that has it
        return
    if kind not in CLASSES:
        yield f"an expression of class {kind}"
    if kind in ("FUNCTION", "WINDOW"):
        yield from _function(node)
    if kind == "OPERATOR" and node["type"] not in OPERATORS:
        yield f"the operator {node['type']}"
    if kind == "COMPARISON" and node["type"] not in COMPARISONS:
        yield f"the comparison {node['type']}"
    if kind == "CAST":
        if node["try_cast"]:
            yield "TRY_CAST"
        if node["type_expr"]["type_name"].upper() not in TYPES:
            yield f"the type {node['type_expr']['type_name']}"


def _function(node: Node) -> Iterator[str]:
    if node["function_name"].lower() not in FUNCTIONS:
        yield f"the function {node['function_name']}"
    if node.get("filter") or node.get("filter_expr"):
        yield "FILTER"
    if node.get("ignore_nulls"):
        yield "IGNORE NULLS"
    if node.get("order_bys", {}).get("orders") or node.get("arg_orders"):
        yield "ORDER BY inside an aggregate"
    if node["class"] == "WINDOW" and not {node["start"], node["end"]} <= FRAMES:
        yield f"the frame {node['start']} to {node['end']}"
