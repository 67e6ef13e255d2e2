"""Compare each delivery report with hand-written DuckDB SQL that computes the same figures on the same tables.

    python benchmarks/delivery.py [--millions 20] [--repeat 3] [--store FILE]

Each is a process of its own with the same memory limit, and both must come to the same figures. Prints a Markdown table
of medians. The hand-written SQL uses whatever DuckDB has (QUALIFY, FILTER, arg_max, anti joins) and gives up rows,
reasons, evidence and sentences: only the figures. delivery_store.py says what is planted.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

#: Per report: figure → query of one number.
HAND: dict[str, dict[str, str]] = {
    "duplicates": {
        "redelivery_unexplained": """
            SELECT SUM(n - 1) FROM (
                SELECT COUNT(*) AS n FROM records WHERE kind = 'receive' GROUP BY grp, channel, part, pos HAVING n > 1)""",
        "duplicate_publish": """
            SELECT COUNT(*) FROM (
                SELECT channel, event_id FROM records WHERE kind = 'publish' GROUP BY ALL
                HAVING MIN(pos) <> MAX(pos) OR MIN(part) <> MAX(part))""",
        "conflicting_slot": """
            SELECT COUNT(*) FROM (
                SELECT channel FROM records WHERE kind = 'publish' GROUP BY channel, part, pos
                HAVING COUNT(*) > 1 AND COUNT(DISTINCT event_id) > 1)""",
        "duplicate_effect": """
            SELECT COUNT(*) FROM (
                SELECT service FROM records WHERE kind = 'publish' AND causation_id IS NOT NULL
                GROUP BY service, event_type, causation_id, message_key HAVING COUNT(*) > 1 AND COUNT(DISTINCT event_id) > 1)""",
    },
    "order": {
        "event_time_inversion": """
            SELECT COUNT(*) FROM (
                SELECT event_ts, MAX(event_ts) OVER (PARTITION BY channel, part ORDER BY pos
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS mx
                FROM records WHERE kind = 'publish' QUALIFY event_ts < mx)""",
        "version_inversion": """
            SELECT COUNT(*) FROM (
                SELECT version, MAX(version) OVER (PARTITION BY channel, part, message_key ORDER BY pos
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS mx
                FROM records WHERE kind = 'publish' QUALIFY version < mx)""",
        "version_gap": """
            SELECT COUNT(*) FROM (
                SELECT version - LAG(version) OVER (PARTITION BY channel, message_key ORDER BY version) AS step
                FROM (SELECT DISTINCT channel, message_key, version FROM records WHERE kind = 'publish') QUALIFY step > 1)""",
        "key_split": """
            SELECT COUNT(*) FROM (
                SELECT channel FROM records WHERE kind = 'publish' GROUP BY channel, message_key HAVING MIN(part) <> MAX(part))""",
        "consumption_inversion": """
            SELECT COUNT(*) FROM (
                SELECT pos, MAX(pos) OVER (PARTITION BY grp, channel, part ORDER BY ts, record_id
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS mx
                FROM (SELECT grp, channel, part, pos, MIN(ts) AS ts, MIN(record_id) AS record_id
                      FROM records WHERE kind = 'receive' GROUP BY ALL) QUALIFY pos < mx)""",
        "stale_delivery": """
            SELECT COUNT(*) FROM (
                SELECT p.version, MAX(p.version) OVER (PARTITION BY r.grp, r.channel, p.message_key ORDER BY r.ts, r.record_id
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS mx
                FROM (SELECT grp, channel, part, pos, MIN(ts) AS ts, MIN(record_id) AS record_id
                      FROM records WHERE kind = 'receive' GROUP BY ALL) AS r
                JOIN (SELECT channel, part, pos, message_key, version FROM records WHERE kind = 'publish') AS p
                  USING (channel, part, pos)
                QUALIFY p.version < mx)""",
        "causal_inversion": """
            SELECT COUNT(*) FROM stored_edges AS x JOIN stored_events AS p ON p.event_no = x.parent_no
            JOIN stored_events AS c ON c.event_no = x.child_no WHERE c.published_ts < p.published_ts""",
        "clocks": """
            SELECT COUNT(*) FROM (
                SELECT p.instance, r.instance, p.ts // 30000000000, MIN(d.received_ts - p.ts)
                FROM stored_deliveries AS d JOIN records AS r USING (record_id) JOIN stored_events AS e ON e.event_no = d.event_no
                JOIN records AS p ON p.record_id = e.record_id
                WHERE d.attempt = 1 AND p.instance <> r.instance GROUP BY 1, 2, 3)""",
        "clock_step": """
            SELECT COUNT(*) FROM (
                SELECT ts - LAG(ts) OVER (PARTITION BY source_id, instance ORDER BY record_id) AS step
                FROM records WHERE service IS NOT NULL QUALIFY step < -1000000000)""",
    },
    "lost": {
        "lost": """
            WITH passed AS (
                SELECT grp, channel, part, GREATEST(MAX(pos) FILTER (kind = 'receive'), MAX(pos - 1) FILTER (kind = 'commit')) AS top
                FROM records WHERE kind IN ('receive', 'commit') GROUP BY ALL)
            SELECT COUNT(*) FROM (SELECT DISTINCT channel, part, pos FROM records WHERE kind = 'publish') AS p
            JOIN passed AS g USING (channel, part)
            ANTI JOIN (SELECT grp, channel, part, pos FROM records WHERE kind = 'receive') AS r
              ON r.grp = g.grp AND r.channel = p.channel AND r.part = p.part AND r.pos = p.pos
            WHERE p.pos <= g.top""",
        "unseen": """
            WITH passed AS (
                SELECT grp, channel, part, GREATEST(MAX(pos) FILTER (kind = 'receive'), MAX(pos - 1) FILTER (kind = 'commit')) AS top
                FROM records WHERE kind IN ('receive', 'commit') GROUP BY ALL)
            SELECT COUNT(*) FROM (SELECT DISTINCT channel, part, pos FROM records WHERE kind = 'publish') AS p
            JOIN passed AS g USING (channel, part)
            WHERE p.pos > g.top""",
        "poison": """
            SELECT COUNT(*) FROM (
                SELECT grp FROM records WHERE kind = 'receive' GROUP BY grp, channel, part, pos HAVING COUNT(*) >= 3)""",
        "unacked": """
            WITH k AS (SELECT grp, channel, part, MAX(pos) AS pos FROM records WHERE kind = 'commit' GROUP BY ALL),
            h AS (SELECT grp, channel, MAX(ts) AS last_ts FROM records WHERE kind IN ('receive', 'commit') GROUP BY ALL)
            SELECT COUNT(DISTINCT (r.grp, r.channel, r.part, r.pos)) FROM records AS r
            JOIN h ON h.grp = r.grp AND h.channel = r.channel
            JOIN k ON k.grp = r.grp AND k.channel = r.channel AND k.part = r.part
            WHERE r.kind = 'receive' AND r.pos >= k.pos AND r.ts <= h.last_ts - 300000000000""",
        "no_follow_up": """
            WITH fate AS (
                SELECT d.service, e.event_type, d.event_no, d.received_ts, f.event_no IS NOT NULL AS has_effect
                FROM stored_deliveries AS d JOIN stored_events AS e USING (event_no)
                LEFT JOIN (SELECT DISTINCT x.parent_no AS event_no, c.service FROM stored_edges AS x
                           JOIN stored_events AS c ON c.event_no = x.child_no) AS f ON f.event_no = d.event_no AND f.service = d.service),
            habit AS (
                SELECT service, event_type, MAX(received_ts) AS last_ts FROM fate GROUP BY ALL
                HAVING COUNT(*) >= 20 AND AVG(CAST(has_effect AS INTEGER)) >= 0.95)
            SELECT COUNT(DISTINCT (f.event_no, f.service)) FROM fate AS f JOIN habit AS h USING (service, event_type)
            WHERE NOT f.has_effect AND f.received_ts <= h.last_ts - 300000000000""",
        "audit": """
            SELECT COUNT(*) FROM (
                SELECT g.grp, p.channel, p.event_ts // 60000000000, COUNT(DISTINCT (p.part, p.pos))
                FROM records AS p JOIN (SELECT DISTINCT grp, channel FROM records WHERE kind = 'receive') AS g USING (channel)
                WHERE p.kind = 'publish' GROUP BY 1, 2, 3)""",
    },
    "lag": {
        "lag_messages": """
            WITH stand AS (
                SELECT grp, channel, part, ARG_MAX(pos, (ts, record_id)) AS pos FROM records WHERE kind = 'commit' GROUP BY ALL)
            SELECT COUNT(DISTINCT (s.grp, p.channel, p.part, p.pos)) FROM records AS p JOIN stand AS s USING (channel, part)
            WHERE p.kind = 'publish' AND p.pos >= s.pos""",
        "partitions that do not keep up": """
            WITH point AS (
                SELECT grp, channel, part, pos, ts FROM records WHERE kind = 'commit'
                QUALIFY ROW_NUMBER() OVER (PARTITION BY grp, channel, part ORDER BY ts DESC) <= 10),
            seen AS (
                SELECT c.grp, c.channel, c.part, c.pos, c.ts, p.top FROM point AS c ASOF LEFT JOIN (
                    SELECT channel, part, ts, MAX(pos + 1) OVER (PARTITION BY channel, part ORDER BY ts) AS top
                    FROM records WHERE kind = 'publish') AS p
                ON p.channel = c.channel AND p.part = c.part AND p.ts <= c.ts),
            step AS (
                SELECT *, top - pos AS behind, LAG(top - pos) OVER w AS behind_0, LAG(pos) OVER w AS pos_0 FROM seen
                WINDOW w AS (PARTITION BY grp, channel, part ORDER BY ts)),
            shape AS (
                SELECT grp, channel, part, MIN(ts) AS t0, MAX(ts) AS t1, MIN(behind) AS least, BOOL_OR(behind < behind_0) AS sunk,
                       ARG_MAX(behind, ts) AS last_behind FROM step GROUP BY ALL)
            SELECT COUNT(*) FROM shape WHERE last_behind > 0 AND ((SELECT MAX(ts) FROM records) - t1 > t1 - t0
                   OR (least > 0 AND NOT COALESCE(sunk, FALSE)))""",
    },
}

_HAND = """
import json, os, sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=True, config={"memory_limit": os.environ.get("EVTRACE_MEMORY", "640MB")})
con.execute("SET enable_progress_bar = FALSE")
print(json.dumps({name: int(con.execute(sql).fetchall()[0][0] or 0) for name, sql in json.loads(sys.argv[2]).items()}))
"""

#: Figures that are no count of rows of a rule.
_NOT_RULES = {"clocks", "audit", "lag_messages", "partitions that do not keep up"}


def timed(command: list[str]) -> tuple[float, float, str]:
    """Seconds, peak MiB and output of one process."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        if status:
            raise SystemExit(f"failed: {' '.join(command)[:200]}")
        out.seek(0)
        return seconds, usage.ru_maxrss / 1024, out.read().decode()


def compare(store: str, report: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """The hand-written SQL and the report, once each; they must agree."""
    hand_s, hand_mib, said = timed([sys.executable, "-c", _HAND, store, json.dumps(HAND[report])])
    own_s, own_mib, answer = timed([sys.executable, "-m", "evtrace", report, "--store", store, "-o", "json"])
    check(report, json.loads(said), json.loads(answer)["data"])
    return (hand_s, hand_mib), (own_s, own_mib)


def check(report: str, hand: dict[str, int], data: dict[str, object]) -> None:
    """Stop where the two do not come to the same figures."""
    totals: dict[str, int] = {}
    for total in data["totals"]:  # type: ignore[attr-defined]
        totals[total["rule"]] = totals.get(total["rule"], 0) + total["rows"]
    own = {name: totals.get(name, 0) for name in hand if name not in _NOT_RULES}
    if report == "lag":
        own["lag_messages"] = sum(row["lag_messages"] for row in data["rows"])  # type: ignore[attr-defined]
        own["partitions that do not keep up"] = sum(row["severity"] != "info" for row in data["rows"])  # type: ignore[attr-defined]
    wrong = {name: (hand[name], own[name]) for name in own if hand[name] != own[name]}
    if wrong:
        raise SystemExit(f"{report}: hand-written and report differ: {wrong}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--millions", type=float, default=20.0)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--store", help="a store that delivery_store.py has written; else one is made")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = chosen.store or f"{folder}/delivery.duckdb"
        if not chosen.store:
            writer = str(Path(__file__).with_name("delivery_store.py"))
            subprocess.run(
                [sys.executable, writer, store, "--millions", str(chosen.millions)],
                check=True,
                stdout=sys.stderr,
            )
        print(
            "| report | hand-written s | evtrace s | ratio | hand-written MiB | evtrace MiB |\n|---|---|---|---|---|---|"
        )
        for report in HAND:
            runs = [compare(store, report) for _ in range(chosen.repeat)]
            hand, own = (statistics.median(pair[side][0] for pair in runs) for side in (0, 1))
            peaks = [max(pair[side][1] for pair in runs) for side in (0, 1)]
            print(
                f"| {report} | {hand:.1f} | {own:.1f} | {own / hand:.2f} | {peaks[0]:.0f} | {peaks[1]:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
