"""What RabbitMQ's traces have in common: which attempt a delivery is, told by its headers."""

from __future__ import annotations

from evtrace.formats.sql import let


def attempt(queue: str, deaths: str, returned: str) -> str:
    """SQL: the number of a delivery from `queue`, from 1; NULL where no header tells it.

    `deaths` is x-death as JSON text: it counts every queue the message died in, also by waiting in a retry
    queue, which was no attempt. `returned` is x-delivery-count: how often a quorum queue took it back.
    """
    died_here = f"json_extract_string(d, '$.queue') = {queue} AND json_extract_string(d, '$.reason') <> 'expired'"
    count = "COALESCE(TRY_CAST(json_extract_string(d, '$.count') AS BIGINT), 1)"
    counts = f"list_transform(list_filter(ds, lambda d: {died_here}), lambda d: {count})"
    returns = f"TRY_CAST({returned} AS BIGINT)"
    number = f"CASE WHEN len(ds) > 0 OR {returns} IS NOT NULL THEN 1 + COALESCE(list_sum({counts}), 0) + COALESCE({returns}, 0) END"
    return let(f"CASE WHEN json_valid({deaths}) THEN json_extract({deaths}, '$[*]') END", "ds", number)
