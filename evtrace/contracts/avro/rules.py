"""The rules for Avro, as a table."""

from __future__ import annotations

from evtrace.changes import BACKWARD, DIRECTIONS, FORWARD, Rule

_B, _F, _BOTH = (BACKWARD,), (FORWARD,), DIRECTIONS

# fmt: off
RULES = (
    Rule("avro/field-added-without-default", "a field is new and has no default", _B, "breaking",
         "field {field} is new and has no default: the new schema cannot read events that lack it{hint}"),
    Rule("avro/field-removed-without-default", "a field is gone that had no default", _F, "breaking",
         "field {field} is gone and had no default: old readers need it{hint}"),
    Rule("avro/field-renamed", "a field has a new name and the old one as alias", _F, "breaking",
         "field {old} is now {field}, with the old name as alias: old readers do not know the alias{hint}"),
    Rule("avro/field-added-with-default", "a field is new and has a default", (), "safe",
         "field {field} is new; where it is absent, {default} is read"),
    Rule("avro/field-removed-with-default", "a field is gone that had a default", (), "safe",
         "field {field} is gone; old readers read {default}"),
    Rule("avro/type-changed", "a type was replaced by one that cannot read it", _BOTH, "breaking",
         "{place} was {old} and is now {new}"),
    Rule("avro/type-promoted", "a type was replaced by one that reads it", _BOTH, "breaking",
         "{place} was {old} and is now {new}{hint}"),
    Rule("avro/name-changed", "a record, enum or fixed has a new name and no alias", _BOTH, "breaking",
         "{old} is now called {new}; readers look for the name: add it as alias"),
    Rule("avro/name-aliased", "a record, enum or fixed has a new name and the old one as alias", _BOTH, "breaking",
         "{old} is now called {new}, with the old name as alias: old readers do not know the alias"),
    Rule("avro/namespace-changed", "a record, enum or fixed moved to another namespace", (), "risky",
         "{old} is now {new}: readers compare the name only, but many serialisers route by the full name"),
    Rule("avro/fixed-size-changed", "a fixed has another size", _BOTH, "breaking",
         "{place} had {old} bytes and has now {new}"),
    Rule("avro/enum-symbol-added", "an enum has a new symbol", _F, "breaking",
         "symbol {symbol} is new in enum {enum}{hint}"),
    Rule("avro/enum-symbol-removed", "an enum lost a symbol", _B, "breaking",
         "symbol {symbol} is gone from enum {enum}{hint}"),
    Rule("avro/enum-symbols-reordered", "the symbols of an enum stand in another order", (), "safe",
         "the symbols of enum {enum} stand in another order; they are read by name"),
    Rule("avro/enum-default-changed", "the default of an enum changed", (), "risky",
         "the default of enum {enum} was {old} and is now {new}: unknown symbols read differently"),
    Rule("avro/union-branch-added", "a union has a new branch", _F, "breaking",
         "{place} may now be {branch}: old readers have no branch for it"),
    Rule("avro/union-branch-removed", "a union lost a branch", _B, "breaking",
         "{place} may no longer be {branch}: the new schema has no branch for what was written"),
    Rule("avro/default-changed", "the default of a field changed", (), "risky",
         "the default of {field} was {old} and is now {new}: where it is absent, readers differ"),
    Rule("avro/default-added", "a field got a default", (), "safe", "{field} now has the default {new}"),
    Rule("avro/default-removed", "a field lost its default", (), "safe",
         "{field} no longer has a default: later versions must keep it"),
    Rule("avro/default-invalid", "a new default does not fit its field", (), "risky",
         "the default {new} of {field} is no {type}: Java refuses the schema, other readers read what is no {type}"),
    Rule("avro/logical-type-changed", "the logical type changed over the same bytes", (), "risky",
         "{place} was {old} and is now {new}: the same bytes are read as another value"),
    Rule("avro/fields-reordered", "the fields of a record stand in another order", (), "safe",
         "the fields of {record} stand in another order; they are read by name"),
    Rule("avro/annotation-changed", "something changed that no reader sees", (), "safe",
         "{place}: {keys} changed; no reader of the data sees it"),
)
# fmt: on

BY_ID = {rule.id: rule for rule in RULES}
