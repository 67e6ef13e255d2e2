"""What was really sent: contracts inferred, drift dated, stored events judged, changes replayed."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fastavro
import pytest

from evtrace.cli.run import run
from evtrace.ingest import Options, ingest
from evtrace.reports import drift, observed
from evtrace.store import Store

EVENTS = 600


def payload(n: int) -> dict[str, Any]:
    """Orders whose shape changes six times."""
    sent: dict[str, Any] = {
        "order_id": f"o-{n}" if n < 500 else n,
        "total" if n < 300 else "sum": n * 1.5 + 0.25,
        "status": ["new", "paid", "refunded"][n % (3 if n >= 350 else 2)],
        "customer": {"id": f"customer-{n:03}", "name": "x"} if n < 450 else {"id": f"customer-{n:03}"},
        "note": None if n > 400 and n % 3 == 0 else "n",
        "placed_at": f"2026-03-01T12:{n // 60:02}:{n % 60:02}Z",
        "lines": [{"sku": "a", "price": 1.5}],
    }
    return sent | ({"coupon": "X"} if n >= 200 and n % 10 == 0 else {})


def lines(
    make: Callable[[int], Any], event_type: str = "OrderPlaced", failing: range = range(300, 310)
) -> Iterator[str]:
    for n in range(EVENTS):
        at = f"2026-03-01T12:{n // 60:02}:{n % 60:02}"
        place = {
            "channel": event_type,
            "part": 0,
            "pos": n,
            "event_id": f"{event_type}-{n}",
            "event_type": event_type,
        }
        body = make(n)
        text = body if isinstance(body, str) else json.dumps(body)
        yield json.dumps({"ts": f"{at}Z", "kind": "publish", "service": "order", "payload": text, **place})
        read = {"kind": "receive", "service": "billing", "grp": "billing", "attempt": 1, **place}
        yield json.dumps({"ts": f"{at}.2Z", **read})
        is_bad = n in failing
        done = {"outcome": "error", "error": "KeyError: total"} if is_bad else {"outcome": "ok"}
        yield json.dumps({"ts": f"{at}.4Z", **read, **done, "kind": "nack" if is_bad else "ack"})


def stored(folder: Path, **sent: Callable[[int], Any]) -> str:
    path = str(folder / "store.duckdb")
    for event_type, make in sent.items():
        log = folder / f"{event_type}.jsonl"
        log.write_text("\n".join(lines(make, event_type)))
        ingest(path, [str(log)], Options())
    return path


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> str:
    steady: Callable[[int], Any] = lambda n: {"id": n, "amount": n / 2}  # noqa: E731  # one line says it best
    return stored(tmp_path_factory.mktemp("shop"), OrderPlaced=payload, Paid=steady)


def test_a_contract_is_inferred_from_what_was_sent(shop: str) -> None:
    with Store.open(shop, read_only=True) as store:
        order, paid = observed.run(store, observed.Wanted())
    fields = {field.path: field for field in order.fields}
    assert (order.event_type, order.events, order.unreadable) == ("OrderPlaced", EVENTS, 0)
    assert fields["total"].share == fields["sum"].share == 0.5
    assert fields["order_id"].types == {"integer": 100, "string": 500}
    assert fields["status"].values == ("new", "paid", "refunded") and not fields["customer.id"].values
    assert fields["placed_at"].format == "date-time" and fields["lines[].price"].types == {"number": EVENTS}
    assert fields["note"].types["null"] == 66
    assert paid.schema["required"] == ["amount", "id"] and paid.schema["properties"]["id"] == {
        "type": "integer"
    }
    assert all(jsonschema_accepts(order.schema, payload(n)) for n in range(EVENTS))


def jsonschema_accepts(schema: Any, value: Any) -> bool:
    import jsonschema

    return bool(jsonschema.Draft202012Validator(schema).is_valid(value))


def test_drift_is_dated_and_says_who_failed(shop: str) -> None:
    with Store.open(shop) as store:
        found = {one.rule: one for one in drift.run(store)}
        kept = dict(store.rows("SELECT rule, COUNT(*) AS n FROM findings GROUP BY rule ORDER BY rule"))
        again = drift.run(store)
        kept_again = dict(store.rows("SELECT rule, COUNT(*) AS n FROM findings GROUP BY rule ORDER BY rule"))
    assert {(one.rule, one.path, one.event_id, one.events) for one in found.values()} == {
        ("drift/field-new", "coupon", "OrderPlaced-200", 40),
        ("drift/field-renamed", "sum", "OrderPlaced-300", 300),
        ("drift/value-new", "status", "OrderPlaced-350", 84),
        ("drift/null-new", "note", "OrderPlaced-402", 66),
        ("drift/field-gone", "customer.name", "OrderPlaced-450", 150),
        ("drift/type-changed", "order_id", "OrderPlaced-500", 100),
    }
    renamed = found["drift/field-renamed"]
    assert (renamed.severity, renamed.producer, renamed.flows) == ("error", "order", 300)
    assert [(one.reader, one.failed, one.read) for one in renamed.failed] == [("billing", 10, 300)]
    assert kept == kept_again and kept["drift/field-renamed"] == 300 and "drift/field-new" not in kept
    assert len(again) == 6


def test_what_never_changes_is_no_drift(tmp_path: Path) -> None:
    path = stored(tmp_path, Steady=lambda n: {"id": n, "optional": 1} if n % 3 else {"id": n, "half": n / 2})
    with Store.open(path) as store:
        assert drift.run(store) == ()


def test_why_shows_the_drift_of_a_flow(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Store.open(shop) as store:
        drift.run(store)
    assert run(["why", "OrderPlaced-305", "--store", shop]) == 0
    assert "total is now called sum [drift/field-renamed]" in capsys.readouterr().out


# -- stored events against contracts

ORDER = {
    "type": "object",
    "properties": {"order_id": {"type": "string"}, "status": {"enum": ["new", "paid"]}},
    "required": ["order_id"],
}
PAID = {"type": "record", "name": "Paid", "fields": [{"name": "id", "type": "int"}, {"name": "note", "type": ["null", "string"], "default": None}]}  # fmt: skip
PROTO = 'syntax = "proto3"; package shop; message Paid { int32 id = 1; string note = 2; }'


def test_events_are_judged_by_the_contract_of_their_type(
    shop: str, tmp_path: Path, capsys, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "order-placed.json").write_text(json.dumps(ORDER))
    (tmp_path / "refund.json").write_text(json.dumps(ORDER))
    assert run(["schema", "validate", ".", "--store", shop, "-o", "json"]) == 1
    data = json.loads(capsys.readouterr().out)["data"]
    (contract,) = data["contracts"]
    assert (contract["event_type"], contract["events"], contract["broken"]) == ("OrderPlaced", EVENTS, 150)
    found = {one["rule"]: (one["path"], one["events"], one["first_event_id"]) for one in data["violations"]}
    assert found == {
        "event/type": ("order_id", 100, "OrderPlaced-500"),
        "event/enum": ("status", 50, "OrderPlaced-350"),
    }
    assert data["without_contract"] == {"Paid": EVENTS} and data["without_events"] == ["refund.json"]
    with Store.open(shop, read_only=True) as store:
        assert store.value("SELECT COUNT(*) FROM findings WHERE rule = 'event/type'") == 100


def avro(schema: Any, value: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, value)
    return out.getvalue()


def in_hex(raw: bytes) -> str:
    return raw.hex()


def in_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def framed(raw: bytes, number: int = 7) -> bytes:
    return b"\0" + number.to_bytes(4, "big") + raw


OLD_PAID = {
    "type": "record",
    "name": "Paid",
    "fields": [{"name": "note", "type": "string"}, {"name": "id", "type": "int"}],
}


@pytest.mark.parametrize("text", [in_hex, in_base64])
@pytest.mark.parametrize("has_header", [False, True])
def test_avro_bytes_are_decoded(
    text: Callable[[bytes], str], has_header: bool, tmp_path, capsys, monkeypatch
) -> None:
    def make(n: int) -> str:
        raw = (
            avro(PAID, {"id": n, "note": "x" * 300})
            if n % 100
            else b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
        )
        return text(framed(raw) if has_header else raw)

    store = stored(tmp_path, Paid=make)
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "paid.avsc").write_text(json.dumps(PAID))
    monkeypatch.chdir(tmp_path)
    assert run(["schema", "validate", "contracts", "--store", store, "-o", "json"]) == 1
    (contract,) = json.loads(capsys.readouterr().out)["data"]["contracts"]
    assert (contract["language"], contract["events"], contract["broken"]) == ("avro", EVENTS, EVENTS // 100)


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_wire_header_names_the_writers_schema(is_folder: bool, tmp_path: Path, capsys, monkeypatch) -> None:
    store = stored(tmp_path, Paid=lambda n: in_base64(framed(avro(OLD_PAID, {"id": n, "note": "x"}))))
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "paid.avsc").write_text(json.dumps(PAID))
    monkeypatch.chdir(tmp_path)
    if is_folder:
        (tmp_path / "registry").mkdir()
        (tmp_path / "registry" / "7.avsc").write_text(json.dumps(OLD_PAID))
    else:
        (tmp_path / "registry").write_text(json.dumps([{"id": 7, "schema": json.dumps(OLD_PAID)}]))
    assert run(["schema", "validate", "contracts", "--store", store]) == 1  # read by the wrong schema
    assert run(["schema", "validate", "contracts", "--store", store, "--registry", "registry"]) == 0
    assert "all as promised" in capsys.readouterr().out


@pytest.mark.parametrize("has_header", [False, True])
def test_protobuf_bytes_are_parsed(has_header: bool, tmp_path: Path, capsys, monkeypatch) -> None:
    def make(n: int) -> str:
        raw = b"\x08\x05\x12\x01x" if n % 50 else b"\x98\x06\x05"  # field 99: not in the contract
        return in_base64(framed(b"\0" + raw) if has_header else raw)

    store = stored(tmp_path, Paid=make)
    (tmp_path / "paid.proto").write_text(PROTO)
    monkeypatch.chdir(tmp_path)
    assert run(["schema", "validate", "paid.proto", "--store", store, "-o", "json"]) == 1
    (violation,) = json.loads(capsys.readouterr().out)["data"]["violations"]
    assert (violation["rule"], violation["events"]) == ("event/unknown-field", EVENTS // 50)


def test_a_change_is_replayed_on_what_was_sent(shop: str, tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, schema in (("old", ORDER), ("new", {**ORDER, "required": ["order_id", "total"]})):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "OrderPlaced.json").write_text(json.dumps(schema))
    words = ["schema", "check", "new", "--against", "old", "--history", shop]
    assert run([*words, "-o", "json"]) == 1
    (contract,) = json.loads(capsys.readouterr().out)["data"]["contracts"]
    (replay,) = contract["history"]
    assert (replay["events"], replay["refused_by_new"], replay["first_refused_by_new"]) == (
        EVENTS,
        150,
        "OrderPlaced-300",
    )
    assert replay["refused_by_old"] == 0
    assert run(words) == 1
    assert (
        "the new schema would have refused 150 of 600 stored events (first: OrderPlaced-300)"
        in capsys.readouterr().out
    )


def test_a_contract_of_which_nothing_was_sent_is_named(
    shop: str, tmp_path: Path, capsys, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "refund.json").write_text(json.dumps(ORDER))
    assert run(["schema", "check", "new", "--against", "old", "--history", shop]) == 0
    said = "--history: no stored event is of new/refund.json; the store holds OrderPlaced, Paid"
    assert said in capsys.readouterr().out


def test_nothing_checked_is_not_well(shop: str, tmp_path: Path, capsys) -> None:
    (tmp_path / "refund.json").write_text(json.dumps(ORDER))
    words = ["schema", "validate", str(tmp_path / "refund.json"), "--store", shop]
    assert run([*words, "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "not_evaluated"
    assert run(words) == 0
    assert capsys.readouterr().out.startswith("NOT EVALUATED: no stored event")


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
@pytest.mark.parametrize("command", ["infer", "drift"])
def test_every_form_shows_every_change(shop: str, capsys, form: str, command: str) -> None:
    code = run(["schema", command, "--store", shop, "-o", form])
    out = capsys.readouterr().out
    assert code == (1 if command == "drift" else 0) and "OrderPlaced" in out and "refunded" in out


def test_inferred_contracts_are_written_as_schemas(shop: str, tmp_path: Path, capsys) -> None:
    assert run(["schema", "infer", "--store", shop, "--write", str(tmp_path / "schemas")]) == 0
    assert {path.name for path in (tmp_path / "schemas").iterdir()} == {"OrderPlaced.json", "Paid.json"}
    assert run(["schema", "validate", str(tmp_path / "schemas"), "--store", shop]) == 0
    assert "all as promised" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            ("infer", "--type", "Nope"),
            2,
            "no stored payloads of Nope; in the store there are OrderPlaced, Paid",
        ),
        (("drift", "--fail-on", "x"), 2, "no such severity"),
        (("validate", "nowhere"), 2, "nowhere: no such file or folder"),
    ],
)
def test_what_is_meant_wrong_is_said(shop: str, capsys, words: tuple[str, ...], code: int, said: str) -> None:
    assert run(["schema", *words, "--store", shop]) == code
    assert said in capsys.readouterr().err
