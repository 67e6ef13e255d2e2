"""What of all that was learned decides over a flow in which nothing is wrong so far."""

from __future__ import annotations

import hashlib

from evtrace.diagnosis.missing import USUAL_INPUT
from evtrace.diagnosis.problems import TELLS
from evtrace.diagnosis.spread import LEAST_ENDED, LEAST_FLOWS, RARE
from evtrace.store import Store

# Figures stand here only as the answers to the questions that are asked of them. Limits of time are not among these:
# `late` names the flows that they can concern.
_OF_READERS = (
    f"""
    SELECT event_type AS event_type, channel, reader, service, ends_told >= {TELLS} AS tells, read_from, read_to
    FROM usual_readers
    ORDER BY ALL
    """,
)
_OF_COHORTS = (
    f"""
    SELECT u.root_type AS root_type, u.event_type AS event_type, u.service AS service, u.child_type AS child_type,
           u.expected AS expected, u.alternatives AS alternatives, u.led > 0 AS known, u.led > {RARE} * u.causes AS usual,
           u.led >= 0.5 * u.causes AS acting,
           u.led >= {LEAST_FLOWS} AND u.several <= (1 - COALESCE(c.least_share, 1)) * u.led AS single
    FROM usual_effects AS u
    LEFT JOIN cohorts AS c ON c.root_type = u.root_type
    ORDER BY ALL
    """,
    f"SELECT root_type AS root_type, child_type, service, event_type FROM usual_inputs WHERE share >= {USUAL_INPUT} ORDER BY ALL",
    f"SELECT root_type AS root_type FROM cohorts WHERE normal >= {LEAST_FLOWS} ORDER BY ALL",
    f"SELECT root_type AS root_type, event_type, flows = 0 OR flows >= {LEAST_ENDED} AS known FROM usual_ends ORDER BY ALL",
)

# what took longer than others of its root type, or may not take longer than is declared
_LATE = """
SELECT f.flow_id AS flow_id
FROM flows AS f
JOIN cohorts AS c ON c.root_type = f.root_type
LEFT JOIN (SELECT DISTINCT root_type AS root_type FROM usual_effects WHERE declared AND limit_ns IS NOT NULL) AS u
  ON u.root_type = f.root_type
WHERE u.root_type IS NOT NULL OR (c.limit_ns IS NOT NULL AND (c.declared OR f.last_ts - f.started_ts > 1.5 * c.median_ns))
"""


def of_readers(store: Store) -> str:
    """Equal where no reader is missed in flows in which none was missed before."""
    return _fingerprint(store, _OF_READERS)


def of_cohorts(store: Store) -> str:
    """Equal where the cohorts find nothing in flows in which they found nothing before; but see `late`."""
    return _fingerprint(store, _OF_COHORTS)


def _fingerprint(store: Store, answers: tuple[str, ...]) -> str:
    told = hashlib.sha256()
    for sql in answers:
        told.update(repr(store.rows(sql)).encode())
    return told.hexdigest()


def late(store: Store) -> None:
    """Let `judged` hold the flows that limits of time can concern as well."""
    store.execute(
        f"INSERT INTO judged SELECT flow_id FROM ({_LATE}) AS l WHERE flow_id NOT IN (SELECT flow_id FROM judged)"
    )
