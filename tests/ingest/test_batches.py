"""Small logs of text are read together; nobody sees that but in the time it takes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from evtrace.ingest.load import Loader
from evtrace.store import SqlError


def logback(number: int) -> str:
    """Of every third the fields have other names, some have stack traces, odd lines in front, or no line end."""
    name = "orderId" if number % 3 else f"field{number}"
    lines = [
        f"2026-11-20 14:{number % 60:02}:{n:02},000 INFO  [main] c.e.shop.S{number % 5} - seen {name}=v-{number}-{n}\n"
        + ("java.lang.Error: no funds\n\tat c.e.A(A.java:1)\n\n" if n % 4 == number % 4 else "")
        for n in range(12)
    ]
    return ("stray\n" if number % 7 == 0 else "") + "".join(lines)[: None if number % 5 else -1]


def pylog(number: int) -> str:
    return "".join(
        f"2026-11-20 14:02:{n:02},000 INFO shop.s{number}: order-{number * 20 + n} done\r\n" for n in range(9)
    )


def client(number: int) -> str:
    """Some lines are among the sayings that a dialect knows."""
    told = (
        "(Re-)joining group"
        if number % 2
        else "Setting offset for partition orders-0 to the committed offset"
    )
    return "".join(
        f"[2026-11-20 14:{number:02}:{n:02},000] INFO [Consumer clientId=c-{number}, groupId=g-{number}] {told} ({n}) "
        "(org.apache.kafka.clients.consumer.internals.ConsumerCoordinator)\n"
        for n in range(5)
    )


def latin(number: int) -> bytes:
    return f"2026-11-20 14:02:11,000 INFO shop.s{number}: Stra\xdfe {number}\n".encode("latin-1") * 30


def jsonl(number: int) -> str:
    rows = [{"ts": f"2026-11-20T14:02:{n:02}Z", "msg": f"m{n}", "order_id": f"o-{number}"} for n in range(9)]
    return "".join(json.dumps(row) + "\n" for row in rows)


def docker(number: int) -> str:
    """Some begin inside a stack trace, some say what a dialect knows, by another writing of its characters."""
    texts = (client if number % 4 == 3 else logback)(number).splitlines()[2 if number % 3 == 0 else 0 :]
    return "".join(
        json.dumps({"log": text + "\n", "stream": "stdout", "time": "2026-11-20T14:02:11Z"}).replace(
            "(", "\\u0028"
        )
        + "\n"
        for text in texts
    )


KINDS: list[Callable[[int], str | bytes]] = [logback, pylog, client, latin, jsonl, docker]


@pytest.fixture
def files(reader) -> list[Any]:
    return [
        reader.write(f"logs/{make.__name__}-{number:02}.log", make(number))
        for make in KINDS
        for number in range(9)
    ]


@pytest.fixture
def alone(reader, files, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple[Any, ...]]]:
    """What a store holds that took one file after the other."""
    with monkeypatch.context() as patched:
        patched.setattr("evtrace.ingest.run.may_wait", lambda _: False)
        reader.read(reader.folder / "logs")
    held = reader.tables()
    reader.store_path = str(reader.folder / "together.duckdb")
    return held


def test_sources_read_together_give_what_each_gives_alone(
    reader, files, alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    together: list[int] = []
    load = Loader.load_together

    def counted(loader: Loader, candidates: Any) -> Any:
        together.append(len(candidates))
        return load(loader, candidates)

    monkeypatch.setattr(Loader, "load_together", counted)
    summaries = reader.read(reader.folder / "logs")
    assert [summary.uri for summary in summaries] == [str(path) for path in sorted(files)]
    assert reader.tables() == alone
    assert len(alone["records"]) > 400
    assert sum(together) >= 9 + 4 + 6, "too few were read together"


def test_a_run_that_was_cut_short_between_batches_ends_as_any_other(reader, files, alone) -> None:
    with pytest.raises(KeyboardInterrupt):
        reader.read(reader.folder / "logs", progress=stopped_at(len(files) * 3 // 4))
    assert 0 < reader.rows("SELECT count(*) FROM sources")[0][0] < len(files)
    reader.read(reader.folder / "logs")
    assert reader.tables() == alone


def stopped_at(count: int) -> Callable[[object], None]:
    """A progress that ends the run, as a user would, when it was told so often."""
    told = itertools.count(1)

    def tell(_: object) -> None:
        if next(told) == count:
            raise KeyboardInterrupt

    return tell


def test_copies_among_those_that_wait_are_known(reader) -> None:
    text = logback(1) + logback(2)
    reader.write("logs/a.log", text)
    reader.write("logs/a.log.bak", text[: text.index("\n2026-11-20 14:01:09") + 1])
    reader.write("logs/b.log", text)
    reader.write("logs/c.log", text + logback(3))
    summaries = reader.read(reader.folder / "logs")
    assert [(summary.status, summary.records) for summary in summaries] == [
        ("new", 24), ("known", 0), ("known", 0), ("grown", 12)
    ]  # fmt: skip


def test_those_that_cannot_be_read_together_are_read_alone(
    reader, files, alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise SqlError("too much")

    monkeypatch.setattr("evtrace.ingest.load.load_together", broken)
    summaries = reader.read(reader.folder / "logs")
    assert {summary.status for summary in summaries} == {"new"}
    assert reader.tables() == alone


def test_a_small_log_that_grows_adds_its_tail(reader) -> None:
    paths = [reader.write(f"logs/{number}.log", pylog(number)) for number in range(3)]
    reader.read(*paths)
    paths[1].write_bytes((pylog(1) * 2).encode())
    assert [summary.status for summary in reader.read(*paths)] == ["known", "grown", "known"]
    assert reader.rows("SELECT records FROM sources ORDER BY source_id") == [(9,), (18,), (9,)]
