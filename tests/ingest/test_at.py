"""Outputs that tell no time get one by --at, or stay undated and say so."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

import pytest

from evtrace.errors import UsageError
from evtrace.ingest.at import time_in_name_ns

DESCRIBED = (
    "\nGROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID\n"
    "billing         orders          0          7               9               2               -               -               -\n"
)


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000_000


def test_a_time_is_given_to_what_has_none(reader: Any) -> None:
    (summary,) = reader.read(reader.write("a.txt", DESCRIBED), at="2026-11-20T14:02:11Z")
    found = reader.rows("SELECT kind, grp, pos, ts FROM records ORDER BY record_id")
    at = ns("2026-11-20T14:02:11+00:00")
    assert found == [("commit", "billing", 7, at), ("end_offset", "billing", 9, at)]
    assert (summary.undated, summary.notes) == (0, ())


def test_a_time_of_its_own_stays(reader: Any) -> None:
    text = f"2026-11-20T15:00:00Z\n{DESCRIBED}\nFri Nov 20 15:00:05 UTC 2026\n{DESCRIBED}\n1795186810\n{DESCRIBED}"
    reader.read(reader.write("a.txt", text), at="2026-11-20T14:02:11Z")
    found = reader.rows("SELECT DISTINCT ts FROM records ORDER BY ts")
    assert found == [(ns(f"2026-11-20T15:00:{second}+00:00"),) for second in ("00", "05", "10")]


def test_the_file_knows_when_it_was_written(reader: Any) -> None:
    path = reader.write("a.txt", DESCRIBED)
    os.utime(path, ns=(0, 1_795_183_331_513_000_000))
    reader.read(path, at="mtime")
    assert reader.rows("SELECT DISTINCT ts FROM records") == [(1_795_183_331_513_000_000,)]


def test_the_name_tells_a_time_each(reader: Any) -> None:
    paths = [
        reader.write(f"groups.2026-11-20T14-02-{second}Z.txt", DESCRIBED + "\n" * n)
        for n, second in enumerate(("11", "16"))
    ]
    unnamed = reader.write("groups.txt", DESCRIBED + "\n\n\n")
    *_, last = reader.read(*paths, unnamed, at="name")
    found = reader.rows("SELECT DISTINCT source_id, ts FROM records ORDER BY source_id")
    assert found == [(1, ns("2026-11-20T14:02:11+00:00")), (2, ns("2026-11-20T14:02:16+00:00")), (3, None)]
    assert last.notes == ("2 records have no time; give one with --at TIME or --at mtime",)


def test_without_a_time_records_are_kept_and_said(reader: Any) -> None:
    (summary,) = reader.read(reader.write("groups.2026-11-20T14-02-11Z.txt", DESCRIBED))
    assert (summary.records, summary.undated) == (2, 2)
    assert summary.notes == (
        "2 records have no time; give one with --at TIME, --at mtime or, as its name tells one, --at name",
    )
    (again,) = reader.read(reader.folder / "groups.2026-11-20T14-02-11Z.txt", at="name")
    assert "use a new store" in again.notes[0]


@pytest.mark.parametrize("at", ["yesterday", "Mtime", "12:00"])
def test_what_is_no_time_is_refused(at: str, reader: Any) -> None:
    with pytest.raises(UsageError, match=f"--at {at}: no time; write it as .* --at mtime .* --at name"):
        from evtrace.ingest import Options, ingest

        ingest(reader.store_path, [str(reader.write("a.txt", DESCRIBED))], Options(at=at))


@pytest.mark.parametrize(
    ("name", "zone", "expected"),
    [
        ("groups.2026-11-20T14-02-11Z.txt", None, "2026-11-20T14:02:11+00:00"),
        ("groups-20261120-140211.txt", None, "2026-11-20T14:02:11+00:00"),
        ("groups_2026-11-20_14.02.txt", None, "2026-11-20T14:02:00+00:00"),
        ("2026-11-20T14:02:11.513+02:00.txt", None, "2026-11-20T12:02:11+00:00"),
        ("groups-20261120T140211.txt", "Europe/Berlin", "2026-11-20T13:02:11+00:00"),
        ("groups-2026-11-20.txt", None, None),
        ("groups-2026-13-20T14-02-11Z.txt", None, None),
        ("00000000000000000000.log", None, None),
        ("orders-8123.txt", None, None),
    ],
)
def test_time_in_name(name: str, zone: str | None, expected: str | None) -> None:
    found = time_in_name_ns(name, zone)
    assert found == (ns(expected) if expected else None)
    assert found is None or datetime.fromtimestamp(found / 1e9, UTC).year == 2026
