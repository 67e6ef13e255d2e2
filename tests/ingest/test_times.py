"""Every notation of a time as nanoseconds."""

from __future__ import annotations

import pytest

from evtrace.ingest import ingest
from evtrace.ingest.readings.times import epoch, time_auto
from evtrace.store import Store

AT = 1795183331 * 10**9  # 2026-11-20T14:02:11Z
CASES = [
    ("2026-11-20T14:02:11Z", None, AT),
    ("2026-11-20T14:02:11.123456789Z", None, AT + 123456789),
    ("2026-11-20T14:02:11+01:00", None, AT - 3600 * 10**9),
    ("2026-11-20T14:02:11.5-0530", None, AT + 19800 * 10**9 + 5 * 10**8),
    ("2026-11-20 14:02:11+02", None, AT - 7200 * 10**9),
    ("2026-11-20 14:02:11.123-05", "Europe/Berlin", AT + 18000 * 10**9 + 123 * 10**6),
    ("2026-11-20T14:02:11z", None, AT),
    ("2026-11-20 14:02:11 PST", None, None),
    ("2026-11-20 14:02:11 Europe/Berlin", None, None),
    ("2026-11-20 14:02:11,123", None, AT + 123 * 10**6),
    ("[2026-11-20 14:02:11,123]", None, AT + 123 * 10**6),
    ("2026-11-20 14:02:11", "Europe/Berlin", AT - 3600 * 10**9),
    ("2026-07-20 14:02:11", "Europe/Berlin", 1784548931 * 10**9),
    ("2026-11-20 14:02:11.123456789", "Europe/Berlin", AT - 3600 * 10**9 + 123456789),
    ("2026-11-20T14:02:11Z", "Europe/Berlin", AT),
    ("2026-11-20 14:02:11 UTC", "Europe/Berlin", AT),
    ("2026-11-20 14:02:11 +0000", None, AT),
    ("2026-11-20 14:02:11:123456 Z", None, AT + 123456 * 10**3),
    ("2026-11-20T14:02:11.5Z+0000", None, AT + 5 * 10**8),
    ("2026-11-20T15:02:11.5Z+0100", None, AT + 5 * 10**8),
    ("2026/11/20 14:02:11.25", None, AT + 25 * 10**7),
    ("20/Nov/2026:15:02:11 +0100", None, AT),
    ("Fri, 20 Nov 2026 14:02:11 GMT", None, AT),
    ("Nov 20 14:02:11", None, AT),
    ("Nov  5 14:02:11.250", None, AT - 15 * 86400 * 10**9 + 25 * 10**7),
    ("1120 14:02:11.5", None, AT + 5 * 10**8),
    ("1795183331", None, AT),
    ("1795183331.123456789", None, AT + 123456789),
    ("1795183331123", None, AT + 123 * 10**6),
    ("1795183331123456", None, AT + 123456 * 10**3),
    ("1795183331123456789", None, AT + 123456789),
    ("1.795183331e9", None, AT),
    ("garbage", None, None),
    ("", None, None),
    ("2026-13-45T99:00:00Z", None, None),
    ("99999999999999999999999", None, None),
]


@pytest.fixture(scope="module")
def store():
    with Store.memory() as store:
        yield store


@pytest.mark.parametrize(("text", "zone", "expected"), CASES)
def test_a_written_time_is_read(store: Store, text: str, zone: str | None, expected: int | None) -> None:
    sql = f"SELECT {time_auto('t', zone=zone, year=2026)} FROM (SELECT CAST(? AS VARCHAR) AS t)"
    assert store.value(sql, [text]) == expected


@pytest.mark.parametrize(
    ("text", "unit", "expected"), [("1.5", 10**9, 15 * 10**8), ("7", 10**3, 7000), ("x", 1, None)]
)
def test_a_number_of_units_is_exact(store: Store, text: str, unit: int, expected: int | None) -> None:
    assert store.value(f"SELECT {epoch('t', unit)} FROM (SELECT CAST(? AS VARCHAR) AS t)", [text]) == expected


def test_text_takes_the_zone_of_the_users_map(reader) -> None:
    """What its fields mean is learnt from its first block, later than for other formats."""
    zone = reader.write("shop.toml", 'zone = "Europe/Berlin"\n[detect]\nall = ["message"]\n')
    path = reader.write("app.log", "2026-11-20 14:02:11,513 ERROR [main] x: late\n")
    (summary,) = reader.read(path, maps=(zone,))
    assert reader.rows("SELECT ts FROM records") == [(1795179731513 * 10**6,)]
    assert reader.rows("SELECT zone FROM sources") == [("Europe/Berlin",)]
    assert summary.notes == ()


def orders(service: str, hour: int, first: int) -> str:
    """Four orders, each seen by the service."""
    line = '{{"ts":"2026-11-20T{:02}:0{}:00","service":"{}","correlation_id":"c-{}","msg":"order-{} seen"}}\n'
    return "".join(line.format(hour, n, service, first + n, first + n) for n in range(4))


def test_a_clock_that_is_hours_off_is_noted_with_its_source_only(reader) -> None:
    """Two sources by one name: the second has another clock."""
    reader.write("billing.log", orders("billing", 14, 0) + orders("billing", 14, 4))
    shop = reader.write("shop.log", orders("shop", 14, 0))
    ingest(reader.store_path, [str(reader.folder / "billing.log"), str(shop)])
    shop.write_text(orders("shop", 16, 4))
    (summary,) = ingest(reader.store_path, [str(shop)]).sources
    assert summary.notes[-1].startswith("its times are 2 h ahead of the sources that share its flows")
    rows = reader.rows(
        "SELECT contains(notes, '2 h ahead') FROM sources WHERE uri LIKE '%shop.log' ORDER BY source_id"
    )
    assert rows == [(False,), (True,)]
