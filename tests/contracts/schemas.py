"""Schemas and values for property tests: small enough to collide, wide enough to meet every keyword."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

NAMES = ("a", "b", "x_c", "k")
DRAFTS = {
    "04": "http://json-schema.org/draft-04/schema#",
    "07": "http://json-schema.org/draft-07/schema#",
    "2019": "https://json-schema.org/draft/2019-09/schema",
    "2020": "https://json-schema.org/draft/2020-12/schema",
}

_scalars = st.sampled_from(
    [None, True, False, 0, 1, 2, 3, -1, 1.5, 0.5, 1.0, "", "a", "b", "ab", "abc", "x_", "1", 10]
)
values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*NAMES, "zz", "x_q"]), inner, max_size=3)
    ),
    max_leaves=6,
)
_regexes = st.sampled_from(["^a", "^ab", "b$", "^[a-z]+$", "^x_", "[0-9]", "a|b"])
_sizes = st.integers(0, 3)
_limits = st.sampled_from([-1, 0, 1, 1.5, 2, 3, 5, 10])


def _some(keywords: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keywords)


def _typed(name: str, keywords: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return _some(keywords).map(lambda schema: {"type": name, **schema})


def _numbers(draft: str) -> st.SearchStrategy[dict[str, Any]]:
    keywords = {"minimum": _limits, "maximum": _limits, "multipleOf": st.sampled_from([1, 2, 3, 0.5])}
    if draft == "04":
        return st.sampled_from(["integer", "number"]).flatmap(lambda name: _typed(name, keywords))
    keywords |= {"exclusiveMinimum": _limits, "exclusiveMaximum": _limits}
    return st.sampled_from(["integer", "number"]).flatmap(lambda name: _typed(name, keywords))


def _arrays(inner: st.SearchStrategy[Any], draft: str) -> st.SearchStrategy[dict[str, Any]]:
    keywords: dict[str, st.SearchStrategy[Any]] = {
        "items": inner,
        "minItems": _sizes,
        "maxItems": _sizes,
        "uniqueItems": st.booleans(),
    }
    tuples = st.lists(inner, min_size=1, max_size=2)
    if draft == "2020":
        keywords["prefixItems"] = tuples
    else:
        keywords |= {"items": inner | tuples, "additionalItems": inner}
    if draft != "04":
        keywords["contains"] = inner
    if draft.startswith("20"):
        keywords |= {
            "minContains": st.integers(0, 2),
            "maxContains": st.integers(1, 2),
            "unevaluatedItems": inner,
        }
    return _typed("array", keywords)


def _objects(inner: st.SearchStrategy[Any], draft: str) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from(NAMES)
    some_names = st.lists(names, min_size=1, max_size=2, unique=True)
    keywords: dict[str, st.SearchStrategy[Any]] = {
        "properties": st.dictionaries(names, inner, min_size=1, max_size=3),
        "required": some_names,
        "additionalProperties": inner,
        "patternProperties": st.dictionaries(
            st.sampled_from(["^x_", "a", "^[ab]$"]), inner, min_size=1, max_size=1
        ),
        "minProperties": _sizes,
        "maxProperties": _sizes,
    }
    if draft in ("04", "07"):
        keywords["dependencies"] = st.dictionaries(names, some_names, min_size=1, max_size=1)
    if draft != "04":
        keywords["propertyNames"] = st.builds(lambda regex: {"pattern": regex}, _regexes)
    if draft.startswith("20"):
        keywords["dependentSchemas"] = st.dictionaries(names, inner, min_size=1, max_size=1)
        keywords["unevaluatedProperties"] = inner
    return _typed("object", keywords)


def _combined(inner: st.SearchStrategy[Any], draft: str) -> st.SearchStrategy[dict[str, Any]]:
    branches = st.lists(inner, min_size=1, max_size=3)
    keywords = {"allOf": branches, "anyOf": branches, "oneOf": branches, "not": inner}
    if draft not in ("04",):
        keywords |= {"if": inner, "then": inner, "else": inner}
    return _some(keywords)


def schemas(draft: str) -> st.SearchStrategy[Any]:
    """Schemas of a draft, without $schema."""
    strings = _typed("string", {"minLength": _sizes, "maxLength": _sizes, "pattern": _regexes})
    plain: st.SearchStrategy[Any] = st.sampled_from([{}, {"type": "null"}, {"type": "boolean"}, {"not": {}}])
    enums = st.lists(values, min_size=1, max_size=3, unique_by=repr).map(lambda one: {"enum": one})
    leaves = plain | enums | strings | _numbers(draft)
    if draft != "04":
        leaves |= st.booleans()
    return st.recursive(
        leaves,
        lambda inner: _objects(inner, draft) | _arrays(inner, draft) | _combined(inner, draft),
        max_leaves=8,
    )


@st.composite
def pairs(draw: st.DrawFn, draft: str) -> tuple[Any, Any]:
    """Two schemas of a draft, the second often the first with one keyword changed; both may lead to themselves."""
    old = draw(schemas(draft))
    new = draw(schemas(draft))
    if isinstance(old, dict) and isinstance(new, dict) and draw(st.booleans()):
        key = draw(st.sampled_from(sorted({*old, *new}) or [""]))
        new = {**old, **({key: new[key]} if key in new else {})} if key else new
    return _whole(draw, old, draft), _whole(draw, new, draft)


def _whole(draw: st.DrawFn, schema: Any, draft: str) -> dict[str, Any]:
    whole = schema if isinstance(schema, dict) else {"allOf": [schema]}
    if draw(st.booleans()):
        members = {**whole.get("properties", {}), "next": {"$ref": "#"}}
        whole = {**whole, "properties": members}
    return {"$schema": DRAFTS[draft], **whole}
