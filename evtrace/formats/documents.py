"""What JSON documents have in common: one document, many units."""

from __future__ import annotations

from evtrace.formats.sql import object_of


def units(docs: str, elements: str, doc: str = "", *, about: str = "NULL") -> str:
    """SELECT line, item, doc, skipped: a unit for each element of the documents in `docs(line, doc)`.

    `elements` is SQL over `root`, the document as JSON, and gives a JSON[]; where it is empty the
    document is one skipped unit. `doc` is SQL over `element` and `about`, which is worked out once for
    a document, over `root`. A document that is no JSON is one unit without a doc: a reject.
    """
    return (
        f"SELECT line, item, CASE WHEN element IS NOT NULL THEN {doc or as_object('element')} END AS doc, "
        "(is_blank OR is_read) AND element IS NULL AS skipped "
        "FROM (SELECT line, is_blank, is_read, about, unnest(found) AS element, "
        "CAST(generate_subscripts(found, 1) AS INTEGER) AS item "
        "FROM (SELECT line, is_blank, is_read, about, "
        "CASE WHEN len(found) > 0 THEN found ELSE [CAST(NULL AS JSON)] END AS found "
        f"FROM (SELECT line, NOT regexp_matches(doc, '\\S') AS is_blank, root IS NOT NULL AS is_read, {about} AS about, "
        f"{elements} AS found FROM (SELECT line, doc, {root('doc')} AS root FROM {docs}))))"
    )


def root(text: str) -> str:
    """SQL: the text as JSON; NULL where it is none. Everything that reads JSON fails on other text."""
    return f"CASE WHEN json_valid({text}) THEN CAST({text} AS JSON) END"


def as_object(element: str) -> str:
    """SQL: the element as an object (VARCHAR); anything else becomes one with the key `value`."""
    return (
        f"CASE WHEN json_type({element}) = 'OBJECT' THEN CAST({element} AS VARCHAR) "
        f"ELSE {object_of({'value': element})} END"
    )


def listed(path: str, source: str = "root") -> str:
    """SQL: the elements at a path that ends in [*], as JSON[]; empty where there are none."""
    return f"json_extract({source}, '{path}')"
