"""What RabbitMQ's traces have in common: which attempt a delivery is, told by its headers."""

from __future__ import annotations

from evtrace.formats.sql import let


def attempt(queue: str, deaths: str, returned: str) -> str:
    """SQL: the number of a delivery from `queue`, from 1; NULL where no header tells it.

    `deaths` is x-death as JSON text: the queues the message died in. Waiting in a retry queue until it expired
    was no attempt, and being refused elsewhere none of this queue. `returned` is x-delivery-count: how often a
    quorum queue took it back.
    """
    refused = (
        "list_filter(json_extract(x, '$[*]'), lambda d: json_extract_string(d, '$.reason') <> 'expired')"
    )
    here = f"list_filter(ds, lambda d: json_extract_string(d, '$.queue') = {queue})"
    counts = f"list_transform({here}, lambda d: COALESCE(TRY_CAST(json_extract_string(d, '$.count') AS BIGINT), 1))"
    returns = f"TRY_CAST({returned} AS BIGINT)"
    told = f"len(ds) > 0 OR {returns} IS NOT NULL"
    number = f"CASE WHEN {told} THEN 1 + COALESCE(list_sum({counts}), 0) + COALESCE({returns}, 0) END"
    return let(f"CASE WHEN json_valid({deaths}) THEN {deaths} END", "x", let(refused, "ds", number))
