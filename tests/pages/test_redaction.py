"""What --redact takes out is nowhere in the file, in no spelling; what the flow is told with stays."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from evtrace.cli.run import run
from evtrace.redaction.cover import Cover
from evtrace.redaction.known import Known
from evtrace.redaction.rules import Rules, read

Case = Callable[..., Path]

#: What must not leave the house; each stands in payloads, log lines, errors or ids of the flow.
SECRETS = (
    "Ada Lovelace", "ada@example.org", "+44 20 7946 0958", "12 St James's Square", "4111 1111 1111 1111", "GB29 NWBK 6016 1331 9268 19",
    "customer-4711", "240.58", "SW1Y", "grüße <&> \"quoted\"", "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", "hunter2secret", "GIFT-7788", "31999",
)  # fmt: skip
KEPT = ("order-8123", "OrderPlaced", "payments", "orders/0/7", "timed out")

START, MS = 1_772_366_400_000_000_000, 1_000_000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("redact")
    payload = {
        "order_id": "order-8123", "customer_id": "customer-4711", "amount": 240.58, "paid": True, "status": "new", "note": 'grüße <&> "quoted"',
        "customer": {"name": "Ada Lovelace", "email": "ada@example.org", "phone": "+44 20 7946 0958"},
        "address": {"street": "12 St James's Square", "zip": "SW1Y"}, "card": "4111 1111 1111 1111", "iban": "GB29 NWBK 6016 1331 9268 19",
        "vouchers": ["GIFT-7788", 31999],
    }  # fmt: skip
    event = {"event_id": "placed-8123", "event_type": "OrderPlaced", "channel": "orders", "part": 0, "pos": 7, "correlation_id": "corr-8123",
             "message_key": "customer-4711"}  # fmt: skip
    error = "card of Ada Lovelace (4111 1111 1111 1111) timed out, amount=240.58, mail ada@example.org"
    records = [
        {"ts": START, "kind": "publish", "service": "shop", **event, "payload": json.dumps(payload), "ids": "x"},
        {"ts": START + MS, "kind": "receive", "service": "payments", "grp": "payments", **event, "outcome": "error", "level": "error", "error": error, "message": error},
        {"ts": START + 2 * MS, "kind": "log", "service": "payments", "level": "error", "correlation_id": "corr-8123", "event_id": "placed-8123",
         "message": f"POST /charge Authorization: Bearer eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl password=hunter2secret body {json.dumps(payload)}"},
    ]  # fmt: skip
    (folder / "shop.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    path = str(folder / "shop.duckdb")
    assert run(["ingest", str(folder / "shop.jsonl"), "--store", path, "--quiet"]) == 0
    return path


def _spellings(text: str) -> set[str]:
    """A file as it stands, with its entities read, and with its JSON read: once, and once more for JSON in it."""
    read = {text, unescape(text)}
    for _ in range(2):
        read |= {re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), one) for one in read}
        read |= {one.replace('\\"', '"').replace("\\\\", "\\") for one in read}
    return read


def _holds(path: Path, secret: str) -> bool:
    return any(secret in text for text in _spellings(path.read_text(encoding="utf-8")))


def test_without_it_everything_is_there(store: str, case: Case) -> None:
    path = case(store, "corr-8123")
    assert [one for one in (*SECRETS, *KEPT) if not _holds(path, one)] == []


@pytest.mark.parametrize("rules", ["", "payload = 'remove'", "evidence = 'remove'"])
def test_no_secret_is_left(store: str, case: Case, tmp_path: Path, rules: str) -> None:
    (tmp_path / "rules.toml").write_text(f"[redact]\n{rules}\n")
    path = case(store, "corr-8123", "--redact", "--config", str(tmp_path / "rules.toml"))
    assert [one for one in SECRETS if _holds(path, one)] == []
    missing = [one for one in KEPT if not _holds(path, one)]
    assert missing == ([] if "evidence" not in rules else [one for one in missing if one == "order-8123"])


def test_marks_cannot_be_made_again(store: str, case: Case) -> None:
    """Two files hide the same value behind different marks: the salt is gone with the process."""
    marks = [
        set(re.findall(r"hidden ([0-9a-f]{10})", case(store, "corr-8123", "--redact").read_text()))
        for _ in range(2)
    ]
    assert marks[0]
    assert not marks[0] & marks[1]


def test_the_same_value_has_the_same_mark(store: str, case: Case) -> None:
    text = case(store, "corr-8123", "--redact").read_text()
    data = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])  # type: ignore[index]  # or the test fails here
    sent = json.loads(data["payloads"][0]["text"])
    customer = next(one["value"] for one in data["data"]["flow"]["identities"] if one["kind"] == "customer")
    assert sent["customer_id"] == customer == data["data"]["chain"][0]["message_key"]
    assert (sent["order_id"], sent["paid"]) == ("order-8123", True)
    assert "[hidden " in sent["customer"]["name"]


def test_rules_choose(store: str, case: Case, tmp_path: Path) -> None:
    (tmp_path / "evtrace.toml").write_text(
        "[redact]\nkeep = ['amount', 'status']\nremove = ['address.*']\nids = ['order']\npatterns = ['GIFT-\\d+']\n"
    )
    path = case(store, "corr-8123", "--redact", "--config", str(tmp_path / "evtrace.toml"))
    text = path.read_text()
    data = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])  # type: ignore[index]  # or the test fails here
    sent = json.loads(data["payloads"][0]["text"])
    assert (sent["amount"], sent["status"], sent["address"]) == (
        240.58,
        "new",
        {"street": "[removed]", "zip": "[removed]"},
    )
    assert not _holds(path, "order-8123")
    assert any("redacted" in line for line in text.splitlines())
    assert data["redacted"]


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[redact]\npayloads = 'hash'\n", "knows no payloads"),
        ("[redact]\npayload = 'hide'\n", "payload is hash, remove or keep"),
        ("[redact]\nkeep = 'a'\n", "keep: must be a list"),
        ("[redact]\npatterns = ['(']\n", "no regular expression"),
        ("[chek]\n", "evtrace knows no chek"),
        ("redact = 3\n", "[redact] is no table"),
    ],
)
def test_bad_rules_are_told_before_anything_is_written(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], toml: str, said: str
) -> None:
    (tmp_path / "rules.toml").write_text(toml)
    out = tmp_path / "case.html"
    assert (
        run(
            [
                "case",
                "corr-8123",
                "--store",
                store,
                "-o",
                str(out),
                "--redact",
                "--config",
                str(tmp_path / "rules.toml"),
            ]
        )
        == 2
    )
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_a_file_of_rules_that_is_named_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="no such file"):
        read(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "is_hidden"),
    [
        ("mail to bob.smith+x@mail.example.com now", True),
        ("card 4111-1111-1111-1111", True),
        ("DE89 3704 0044 0532 0130 00", True),
        ("call +1 (555) 010-9999", True),
        ("user_name=bob first_name: Bob", True),
        ('{"password": "x"}', True),
        ("card 4111111111111111", True),
        ("number 4111111111111112", False),
        ("offset 1795183331513204871 of shop.orders-2", False),
        ("at 2026-03-01T12:00:00.000+01:00 took 12 ms", False),
        ("com.example.Handler.handle(Handler.java:42)", False),
        ("9d748577-382a-46c7-b87d-b2c526ecaa2a", False),
    ],
)
def test_what_looks_personal(text: str, is_hidden: bool) -> None:
    assert (Cover(Rules()).text(text) != text) == is_hidden


def test_a_payload_that_is_no_json_is_hidden_whole() -> None:
    assert Cover(Rules()).payload("Ada Lovelace;240.58").startswith("[hidden ")
    assert Cover(Rules(payload="remove")).payload("\\x00\\x01") == "[removed]"


def test_values_are_found_as_whole_words_the_longest_first() -> None:
    known = Known()
    for number, value in enumerate(("Ada", "Ada Lovelace", "+44 20", "42", "***")):
        known.add(value, f"<{number}>")
    said = known.hidden("Ada Lovelace, Ada, Adam; +44 20 not 4420, 42 of 142 and 42a: *** grüße Ada")
    assert said == "<1>, <0>, Adam; <2> not 4420, <3> of 142 and 42a: <4> grüße <0>"


@pytest.mark.parametrize(
    "text",
    [
        "JANE.DOE@EXAMPLE.COM",
        "GET /user?mail=jane.doe%40example.com&x=1",
        "GET /user?mail=Jane.Doe%40Example.com",
        "redirect=%2Fuser%2Fjane.doe%40example.com%2Forders",
        "name=J%C3%B6rg%20Doe;",
        "name=j%c3%b6rg+doe",
        "J\xd6RG DOE was here",
        "/people/J%C3%B6rg%20Doe/orders",
        "\u0438\u0432\u0430\u043d",
    ],
)
def test_other_spellings_of_a_value_are_hidden(text: str) -> None:
    known = Known()
    for value in ("jane.doe@example.com", "J\xf6rg Doe", "\u0418\u0432\u0430\u043d"):
        known.add(value, "<mark>")
    said = known.hidden(text)
    assert said.count("<mark>") == 1
    assert not re.search(r"(?i)jane|doe|rg|\u0438", said.replace("/orders", ""))


def test_a_name_that_the_flow_is_told_with_stays_however_a_payload_spells_it() -> None:
    cover = Cover(Rules())
    cover.learn_payload('{"method": "PAYMENTS", "note": "Urgent"}', ["payments"])
    assert cover.text("payments was urgent").startswith("payments was [hidden ")


def test_many_values_cost_little() -> None:
    known = Known()
    for number in range(20_000):
        known.add(f"value-{number}", "x")
    began = time.process_time()
    assert known.hidden("value-7 other value-19999 " * 10_000).count("x") == 20_000
    assert time.process_time() - began < 5


@pytest.mark.parametrize(("payload", "key", "said"), [
    ('{"customerName": "Alice Brown", "city": "Ulm", "total": 3}', "Alice Brown", "no answer for Alice Brown of Ulm"),
    ("<order><name>Bob Carter</name><street no='7'>Hill Road 7</street></order>", "k-1", "Bob Carter of Hill Road 7 is not in"),
    ("name;Bob Carter\nstreet;Hill Road 7", "k-1", "Bob Carter, Hill Road 7: not in"),
], ids=["a key that is a person", "xml", "cells"])  # fmt: skip
def test_a_person_in_keys_and_in_payloads_that_are_no_json_is_hidden(
    payload: str, key: str, said: str, tmp_path: Path
) -> None:
    event = {
        "event_id": "placed-1",
        "event_type": "OrderPlaced",
        "channel": "orders",
        "part": 0,
        "pos": 7,
        "message_key": key,
    }
    records = [
        {"ts": START, "kind": "publish", "service": "shop", **event, "payload": payload},
        {"ts": START + MS, "kind": "receive", "service": "payments", "grp": "payments", **event, "outcome": "error", "level": "error",
         "error": said, "message": said},
    ]  # fmt: skip
    (tmp_path / "shop.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    store, out = str(tmp_path / "shop.duckdb"), tmp_path / "case.html"
    assert run(["ingest", str(tmp_path / "shop.jsonl"), "--store", store, "--quiet"]) == 0
    assert run(["case", "placed-1", "--redact", "--store", store, "-o", str(out)]) == 0
    pages = _spellings(out.read_text(encoding="utf-8"))
    for secret in ("Alice Brown", "Ulm", "Bob Carter", "Hill Road 7"):
        assert not [page for page in pages if re.search(rf"\b{secret}\b", page)], secret
    assert any("OrderPlaced" in page for page in pages)
