"""Who searches for a value of which kind."""

from __future__ import annotations

from collections.abc import Mapping

from evtrace.contracts.jsonschema import arrays, objects, scalars
from evtrace.contracts.jsonschema.answers import Finder
from evtrace.contracts.jsonschema.terms import (
    ARRAY,
    BOOLEAN,
    BROKEN,
    NULL,
    OBJECT,
    STRING,
    WHOLE,
    WHOLE_AS_FLOAT,
)

FINDERS: Mapping[int, Finder] = {
    **dict.fromkeys((NULL, BOOLEAN, WHOLE, WHOLE_AS_FLOAT, BROKEN), scalars.plain),
    STRING: scalars.string,
    ARRAY: arrays.find,
    OBJECT: objects.find,
}
