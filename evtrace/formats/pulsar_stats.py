"""pulsar-admin topics stats and partitioned-stats: the figures of a topic and of each of its subscriptions."""

from __future__ import annotations

import re

from evtrace.formats import Sample, documents
from evtrace.formats.sql import object_of, without

NAME = "pulsar_stats"
SHAPE = "document"
UNIT = "observation"
INNER = None
SAMPLES = (
    '{\n "msgRateIn": 0.0,\n "msgInCounter": 1,\n "subscriptions": {\n  "billing": {"msgBacklog": 1, "unackedMessages": 1}\n }\n}\n',
    '{"msgRateIn":0.0,"subscriptions":{},"partitions":{"persistent://shop/prod/orders-partition-0":{"msgRateIn":0.0,'
    '"subscriptions":{"billing":{"msgBacklog":1}}}}}\n',
)

_BEGIN = re.compile(r'\s*\{\s*"(?:msgRateIn|msgInCounter|bytesInCounter|count|msgThroughputIn)"')


def detect(sample: Sample) -> float:
    head = sample.text[:50_000]
    return 0.95 if _BEGIN.match(head) and '"subscriptions"' in head else 0.0


def items(docs: str) -> str:
    """SQL: the topic, its subscriptions, and the same of its partitions."""
    partition = f"json_extract(root, {_pointer('/partitions/', 'p')})"
    partitions = (
        f"flatten(list_transform(json_keys(root, '$.partitions'), lambda p: {_of_topic(partition, 'p')}))"
    )
    whole = _of_topic("root", "CAST(NULL AS VARCHAR)")
    return documents.units(
        docs, f"CASE WHEN root IS NOT NULL THEN list_concat({whole}, COALESCE({partitions}, [])) END"
    )


def _of_topic(stats: str, topic: str) -> str:
    rest = without(stats, "subscriptions", "partitions")
    of_topic = object_of({"figures_of": "'topic'", "topic": topic, "figures": rest})
    one = f"json_extract({stats}, {_pointer('/subscriptions/', 's')})"
    of_one = object_of({"figures_of": "'subscription'", "topic": topic, "subscription": "s", "figures": one})
    each = f"list_transform(json_keys({stats}, '$.subscriptions'), lambda s: CAST({of_one} AS JSON))"
    return f"list_concat([CAST({of_topic} AS JSON)], COALESCE({each}, []))"


def _pointer(place: str, name: str) -> str:
    return f"'{place}' || replace(replace({name}, '~', '~0'), '/', '~1')"
