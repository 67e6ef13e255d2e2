"""The rules for JSON Schema, as a table."""

from __future__ import annotations

from evtrace.changes import DIRECTIONS, Rule

_BOTH = DIRECTIONS

# fmt: off
RULES = (
    Rule("json/type-changed", "the allowed types changed", _BOTH, "breaking",
         "{place}: the type {turn}"),
    Rule("json/property-added", "a property is new", _BOTH, "breaking",
         "property {place} is new{why}{hint}"),
    Rule("json/property-removed", "a property is gone", _BOTH, "breaking",
         "property {place} is gone{why}{hint}"),
    Rule("json/required-added", "a property must now be there", _BOTH, "breaking",
         "{place} is now required{hint}"),
    Rule("json/required-removed", "a property need no longer be there", _BOTH, "breaking",
         "{place} is no longer required{why}"),
    Rule("json/enum-value-added", "an enum has a new value", _BOTH, "breaking",
         "{place} may now be {values}{why}"),
    Rule("json/enum-value-removed", "an enum lost a value", _BOTH, "breaking",
         "{place} may no longer be {values}"),
    Rule("json/enum-changed", "an enum or const came, went or turned into the other", _BOTH, "breaking",
         "{place}: {keyword} {turn}"),
    Rule("json/limit-tightened", "a limit allows less", _BOTH, "breaking",
         "{place}: {keyword} {turn}"),
    Rule("json/limit-loosened", "a limit allows more", _BOTH, "breaking",
         "{place}: {keyword} {turn}"),
    Rule("json/multiple-changed", "multipleOf changed", _BOTH, "breaking",
         "{place}: multipleOf {turn}"),
    Rule("json/pattern-changed", "the pattern of a string changed", _BOTH, "breaking",
         "{place}: the pattern {turn}"),
    Rule("json/format-changed", "the format of a string changed", _BOTH, "breaking",
         "{place}: the format {turn}{hint}"),
    Rule("json/content-changed", "what a string holds changed", _BOTH, "breaking",
         "{place}: {keyword} {turn}"),
    Rule("json/additional-properties-changed", "what is said of properties that are not listed changed", _BOTH,
         "breaking", "{place}: additionalProperties {turn}"),
    Rule("json/pattern-property-added", "patternProperties has a new pattern", _BOTH, "breaking",
         "{place}: properties that match {name} now have a schema"),
    Rule("json/pattern-property-removed", "patternProperties lost a pattern", _BOTH, "breaking",
         "{place}: properties that match {name} no longer have a schema"),
    Rule("json/property-names-changed", "what is said of the names of properties changed", _BOTH, "breaking",
         "{place}: propertyNames {turn}"),
    Rule("json/dependency-changed", "what properties need beside them changed", _BOTH, "breaking",
         "{place}: {keyword} {turn}"),
    Rule("json/items-changed", "what is said of items changed its form", _BOTH, "breaking",
         "{place}: {keyword} {turn}"),
    Rule("json/unique-items-changed", "whether items may be equal changed", _BOTH, "breaking",
         "{place}: uniqueItems {turn}"),
    Rule("json/contains-changed", "what an array must contain changed", _BOTH, "breaking",
         "{place}: contains {turn}"),
    Rule("json/unevaluated-changed", "what is said of parts that nothing else looks at changed", _BOTH, "breaking",
         "{place}: {keyword} {turn}"),
    Rule("json/branch-added", "allOf, anyOf or oneOf has a new branch", _BOTH, "breaking",
         "{place}: {keyword} has a new branch: {branch}"),
    Rule("json/branch-removed", "allOf, anyOf or oneOf lost a branch", _BOTH, "breaking",
         "{place}: {keyword} lost a branch: {branch}"),
    Rule("json/branches-overlap", "several branches of a oneOf may hold at once", _BOTH, "breaking",
         "{place}: what one branch of oneOf took, several now take, or the other way round"),
    Rule("json/combination-changed", "allOf, anyOf, oneOf, not or if came, went or changed", _BOTH, "breaking",
         "{place}: {keyword} {turn}"),
    Rule("json/reference-changed", "a $ref beside other keywords came or went", _BOTH, "breaking",
         "{place}: {keyword} {turn}"),
    Rule("json/schema-replaced", "true or false took the place of a schema, or the other way round", _BOTH, "breaking",
         "{place} {turn}"),
    Rule("json/dialect-changed", "the draft changed", _BOTH, "breaking",
         "the draft {turn}{hint}"),
    Rule("json/narrowed", "the schemas differ in a way that no other rule names", _BOTH, "breaking",
         "{reader} refuses events that {writer} allows: {reason}"),
    Rule("json/default-changed", "a default changed", (), "risky",
         "{place}: the default {turn}; validation fills nothing in, but consumers may"),
    Rule("json/annotation-changed", "something changed that validation does not look at", (), "safe",
         "{place}: {keys} changed; validation does not look at it"),
    Rule("json/rewritten", "the same thing is said in another way", (), "safe",
         "{place}: {keyword} is written in another way and says the same"),
)
# fmt: on

BY_ID = {rule.id: rule for rule in RULES}

#: (rule, direction that it breaks) → why, in the words of the people whose events or readers it meets.
WHY = {
    ("json/property-added", "BACKWARD"): ": old events may hold it already, with any value",
    ("json/property-added", "FORWARD"): ": old readers refuse it",
    ("json/property-removed", "BACKWARD"): ": the new schema refuses events that hold it",
    ("json/property-removed", "FORWARD"): ": new events may hold anything there, which old readers refuse",
    ("json/required-removed", "FORWARD"): ": old readers need it",
    ("json/enum-value-added", "FORWARD"): ": old readers refuse it",
}
