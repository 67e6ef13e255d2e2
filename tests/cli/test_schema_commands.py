"""`evtrace schema`: what a pull request meets, in every form that a CI can read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from evtrace.cli.run import run

ROOT = Path(__file__).parents[2]
Golden = Callable[[str, str], None]
Said = tuple[int, str, str]

ORDER = """{
  "type": "object",
  "properties": {
    "id": {"type": "string"},
    "total": {"type": "number"},
    "lines": {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}}}}
  },
  "required": ["id"]
}
"""
PAYMENT = """{"type": "record", "name": "Payment", "namespace": "shop", "fields": [
  {"name": "id", "type": "string"},
  {"name": "amount", "type": "int"}
]}
"""
SHIPPED = 'syntax = "proto3";\npackage shop.v1;\nmessage Shipped { string id = 1; int64 weight = 2; }\n'


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "change", "--allow-empty")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with three contracts on main, and a branch that changes them all."""
    git(tmp_path, "init", "-q")
    commit(
        tmp_path,
        **{"schemas/order.json": ORDER, "schemas/payment.avsc": PAYMENT, "schemas/shipped.proto": SHIPPED},
    )
    git(tmp_path, "checkout", "-qb", "work")
    changed = ORDER.replace('["id"]', '["id", "total"]').replace(
        '"sku": {"type": "string"}', '"sku": {"type": "integer"}'
    )
    commit(tmp_path, **{
        "schemas/order.json": changed,
        "schemas/payment.avsc": PAYMENT.replace("int", "long"),
        "schemas/shipped.proto": SHIPPED.replace("int64", "int32"),
    })  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.fixture
def evtrace(shop: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    def call(*words: str) -> Said:
        code = run(["schema", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


Evtrace = Callable[..., Said]
CHECK = ("check", "schemas", "--against", "main")


# -- forms


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("text", "schema-check.txt"), ("json", "schema-check.json"), ("markdown", "schema-check.md"),
        ("junit", "schema-check.xml"), ("sarif", "schema-check.sarif"), ("github", "schema-check.github"),
        ("gitlab", "schema-check.gitlab.json"),
    ],
)  # fmt: skip
def test_a_check_in_every_form(evtrace: Evtrace, golden: Golden, form: str, name: str) -> None:
    code, out, err = evtrace(*CHECK, "--mode", "full", "-o", form)
    assert (code, err) == (1, "")
    golden(name, out)


@pytest.mark.parametrize("command", ["diff", "check", "infer", "drift", "validate"])
def test_help_is_as_written(evtrace: Evtrace, golden: Golden, command: str) -> None:
    code, out, _ = evtrace(command, "--help")
    assert code == 0
    golden(f"help-schema-{command}.txt", out)


def test_several_forms_at_once(evtrace: Evtrace, shop: Path) -> None:
    code, out, _ = evtrace(
        *CHECK, "-o", "github", "-o", "evtrace.sarif", "-o", "gitlab=quality.json", "-o", "r.xml"
    )
    assert code == 1 and out.startswith(
        "::error file=schemas/order.json,line=6,title=evtrace json/type-changed::lines[].sku"
    )
    run_ = json.loads((shop / "evtrace.sarif").read_text())["runs"][0]
    assert {rule["id"] for rule in run_["tool"]["driver"]["rules"]} == {
        one["ruleId"] for one in run_["results"]
    }
    issues = json.loads((shop / "quality.json").read_text())
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) > 0
    suite = ElementTree.parse(shop / "r.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")


@pytest.mark.parametrize(("fail_on", "failures"), [("never", "0"), ("breaking", "1"), ("lossy", "2")])
def test_every_form_fails_where_the_command_fails(
    evtrace: Evtrace, shop: Path, fail_on: str, failures: str
) -> None:
    code, out, _ = evtrace(*CHECK, "--fail-on", fail_on, "-o", "github", "-o", "r.xml")
    suite = ElementTree.parse(shop / "r.xml").getroot()[0]
    assert suite.get("failures") == failures
    assert (code == 0) is (failures == "0") is out.endswith("schema check passed\n")


def test_the_json_of_a_diff_has_its_shape(evtrace: Evtrace) -> None:
    code, out, _ = evtrace("diff", "main:schemas/order.json", "schemas/order.json", "-o", "json")
    envelope = json.loads(out)
    assert (code, envelope["command"], envelope["status"]) == (1, "schema diff", "findings")
    data = envelope["data"]
    assert (data["compatible"], data["mode"], data["policy"]) == (False, "BACKWARD", "strict")
    names = {"rule", "path", "breaks", "severity", "file", "line", "message", "example"}
    assert all(names <= change.keys() for change in data["changes"])


def test_hostile_names_reach_no_terminal(evtrace: Evtrace, shop: Path) -> None:
    for name, text in (("a", ORDER), ("b", ORDER.replace("total", "to\\u001b[31mtal\\u202e"))):
        (shop / f"{name}.json").write_text(text)
    for form in ("text", "markdown", "github", "junit"):
        out = evtrace("diff", "a.json", "b.json", "-o", form)[1]
        assert "[31mtal" in out and "\x1b" not in out and ("\u202e" not in out or form == "junit")


# -- verdicts and exit codes


def test_a_mode_decides_what_fails(evtrace: Evtrace) -> None:
    files = ("main:schemas/payment.avsc", "schemas/payment.avsc")
    codes = {
        mode: evtrace("diff", *files, "--mode", mode)[0] for mode in ("backward", "Forward", "FULL", "none")
    }
    assert codes == {"backward": 0, "Forward": 1, "FULL": 1, "none": 0}


@pytest.mark.parametrize(
    ("fail_on", "code"), [("breaking", 0), ("lossy", 1), ("error", 1), ("risky", 1), ("never", 0)]
)
def test_a_severity_decides_what_fails(evtrace: Evtrace, fail_on: str, code: int) -> None:
    files = ("main:schemas/shipped.proto", "schemas/shipped.proto")
    assert evtrace("diff", *files, "--fail-on", fail_on)[0] == code


def test_what_is_undecided_fails_unless_it_is_allowed(evtrace: Evtrace, shop: Path) -> None:
    for name, regex in (("a", "^(?=a)[ab]+$"), ("b", "^(?!b)[ab]+$")):
        (shop / f"{name}.json").write_text(json.dumps({"type": "string", "pattern": regex}))
    code, out, _ = evtrace("diff", "a.json", "b.json")
    assert code == 1 and "UNDECIDED" in out and "the pattern looks ahead or behind" in out
    assert evtrace("diff", "a.json", "b.json", "--allow-undecided")[0] == 0


def test_lenient_lets_a_property_come(evtrace: Evtrace, shop: Path) -> None:
    (shop / "a.json").write_text(ORDER)
    (shop / "b.json").write_text(ORDER.replace('"id": {', '"note": {"type": "string"}, "id": {'))
    assert evtrace("diff", "a.json", "b.json")[0] == 1
    assert evtrace("diff", "a.json", "b.json", "--policy", "lenient", "--mode", "full")[0] == 0


def test_a_folder_is_as_good_as_a_ref(evtrace: Evtrace, shop: Path) -> None:
    for name, text in (("order.json", ORDER), ("payment.avsc", PAYMENT), ("shipped.proto", SHIPPED)):
        (shop / "last").mkdir(exist_ok=True)
        (shop / "last" / name).write_text(text)
    by_folder, by_ref = (
        json.loads(evtrace("check", "schemas", "--against", one, "-o", "json")[1])["data"]
        for one in ("last", "main")
    )
    assert [one["rule"] for one in by_folder["changes"]] == [one["rule"] for one in by_ref["changes"]]
    code, out, _ = evtrace("check", "schemas/order.json", "--against", "last")
    assert code == 1 and "against last/order.json" in out and "1 contract against last: 1 broken" in out


def test_what_main_got_since_is_not_this_branchs_doing(evtrace: Evtrace, shop: Path) -> None:
    before = evtrace(*CHECK, "-o", "json")
    git(shop, "checkout", "-q", "main")
    commit(
        shop,
        **{
            "schemas/order.json": '{"type": "null"}',
            "schemas/further.avsc": PAYMENT.replace("Payment", "Other"),
        },
    )
    git(shop, "checkout", "-q", "work")
    assert evtrace(*CHECK, "-o", "json") == before


def test_transitive_asks_every_commit_of_the_file(evtrace: Evtrace, shop: Path) -> None:
    git(shop, "checkout", "-q", "main")
    default = PAYMENT.replace('"type": "int"}', '"type": "int", "default": 0}')
    commit(
        shop,
        **{
            "schemas/payment.avsc": '{"type": "record", "name": "Payment", "namespace": "shop", "fields": []}'
        },
    )
    commit(shop, **{"schemas/payment.avsc": default})
    git(shop, "checkout", "-qb", "later")
    commit(shop, **{"schemas/payment.avsc": PAYMENT.replace('{"name": "id", "type": "string"},', "")})
    words = ("check", "schemas/payment.avsc", "--against", "main")
    assert evtrace(*words, "--mode", "backward")[0] == 0
    code, out, _ = evtrace(*words, "--mode", "backward_transitive")
    assert code == 1 and "and 2 older versions" in out


def test_contracts_that_come_move_and_go(evtrace: Evtrace, shop: Path) -> None:
    git(shop, "mv", "schemas/payment.avsc", "schemas/paid.avsc")
    git(shop, "rm", "-q", "schemas/shipped.proto")
    commit(shop, **{"schemas/refund.avsc": PAYMENT.replace("Payment", "Refund"), "schemas/order.json": ORDER})
    code, out, _ = evtrace(*CHECK, "-o", "json")
    data = json.loads(out)["data"]
    assert {one["contract"]: one["status"] for one in data["contracts"]} == {
        "schemas/order.json": "compatible", "schemas/paid.avsc": "moved", "schemas/refund.avsc": "new",
        "schemas/shipped.proto": "deleted",
    }  # fmt: skip
    assert code == 1 and data["compatible"] is False
    assert [one["rule"] for one in data["changes"] if one["severity"] == "breaking"] == ["contract/deleted"]


def test_versions_side_by_side_are_contracts_of_their_own(evtrace: Evtrace, shop: Path) -> None:
    commit(
        shop,
        **{
            "types/OrderPlaced.v1.json": ORDER,
            "types/OrderPlaced.v2.json": ORDER.replace("number", "string"),
        },
    )
    git(shop, "branch", "base")
    commit(shop, **{"types/OrderPlaced.v3.json": ORDER})
    code, out, _ = evtrace("check", "types", "--against", "base")
    assert code == 0 and "3 contracts against base: 2 compatible, 1 new" in out
    assert "types/OrderPlaced.v2.json stands beside types/OrderPlaced.v1.json as a contract of its own; 1 of 1 changes break" in out  # fmt: skip


# -- evtrace.toml


def test_evtrace_toml_says_what_belongs_to_which_event_type(evtrace: Evtrace, shop: Path) -> None:
    (shop / "evtrace.toml").write_text(
        '[schema]\nagainst = "main"\nmode = "none"\n[schema.contracts]\nOrderPlaced = "schemas/order.json"\n'
        '[schema.contracts.PaymentTaken]\nfile = "schemas/payment.avsc"\nmode = "full"\n'
    )
    code, out, _ = evtrace("check", "-o", "json")
    contracts = {
        one["contract"]: (one["status"], one["mode"]) for one in json.loads(out)["data"]["contracts"]
    }
    assert code == 1
    assert contracts == {"OrderPlaced": ("compatible", "NONE"), "PaymentTaken": ("broken", "FULL")}
    assert evtrace("check", "--mode", "none")[0] == 0


def test_older_versions_may_be_named(evtrace: Evtrace, shop: Path) -> None:
    (shop / "past").mkdir()
    (shop / "past" / "order.json").write_text('{"type": "null"}')
    (shop / "evtrace.toml").write_text(
        '[schema]\nagainst = "work"\n[schema.contracts.OrderPlaced]\nfile = "schemas/order.json"\n'
        'mode = "backward_transitive"\nhistory = ["past/order.json"]\n'
    )
    code, out, _ = evtrace("check")
    assert code == 1 and "against past/order.json" in out


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ('[schema]\nmod = "full"\n', 2, "evtrace.toml:2: [schema] knows no mod; it knows mode,"),
        ('[schema]\nmode = "sideways"\n', 2, "evtrace.toml:2: sideways: no such mode"),
        (
            "[schema]\n[schema.contracts.Order]\nmode = 'full'\n",
            2,
            "evtrace.toml:2: contract Order has no file",
        ),
        ("[schema\n", 3, "evtrace.toml:1: broken TOML"),
    ],
)
def test_what_evtrace_toml_gets_wrong_is_said_with_its_line(
    evtrace: Evtrace, shop: Path, text: str, code: int, said: str
) -> None:
    (shop / "evtrace.toml").write_text(text)
    got, _, err = evtrace("check", "schemas", "--config", "evtrace.toml", "--against", "main")
    assert got == code and said in err


# -- baseline


def test_an_accepted_change_passes_until_its_day(evtrace: Evtrace, shop: Path) -> None:
    words = (*CHECK, "--baseline", "accepted.json")
    code, _, err = evtrace(*words, "--update-baseline", "--reason", "v1 is retired", "--until", "2999-12-31")
    assert code == 0 and "accepted.json: 3 accepted" in err
    code, out, _ = evtrace(*words)
    assert code == 0 and "accepted: v1 is retired" in out and "BROKEN" not in out
    results = json.loads(evtrace(*words, "-o", "sarif")[1])["runs"][0]["results"]
    suppressed = [one for one in results if "suppressions" in one]
    assert len(suppressed) == 3 and suppressed[0]["suppressions"][0]["justification"] == "v1 is retired"
    path = shop / "accepted.json"
    path.write_text(path.read_text().replace("2999", "1999"))
    code, out, _ = evtrace(*words)
    assert code == 1 and "was accepted until 1999-12-31; that is over" in out


def test_a_missing_baseline_is_told(evtrace: Evtrace, shop: Path) -> None:
    """One that is named here is a wrong word; one that the settings name may still have to be made."""
    code, _, err = evtrace(*CHECK, "--baseline", "nowhere.json")
    assert code == 2 and "nowhere.json: no such baseline" in err
    (shop / "evtrace.toml").write_text('[schema]\nbaseline = "nowhere.json"\n')
    code, out, _ = evtrace(*CHECK)
    assert code == 1 and "nowhere.json: no such baseline" in out


def test_an_accepted_change_accepts_no_other_at_its_place(evtrace: Evtrace, shop: Path) -> None:
    words = (*CHECK, "--baseline", "accepted.json")
    evtrace(*words, "--update-baseline", "--reason", "known")
    path = shop / "schemas" / "order.json"
    path.write_text(path.read_text().replace('"sku": {"type": "integer"}', '"sku": {"type": "boolean"}'))
    code, out, _ = evtrace(*words)
    assert code == 1 and "meets nothing any more; remove it" in out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "accepted.json:1: broken JSON"),
        ("{}", "accepted.json:1: no baseline"),
        ('{"evtrace_baseline": 9}', "another evtrace"),
    ],
)
def test_a_broken_baseline_accepts_nothing(evtrace: Evtrace, shop: Path, text: str, said: str) -> None:
    (shop / "accepted.json").write_text(text)
    code, _, err = evtrace(*CHECK, "--baseline", "accepted.json")
    assert code == 3 and said in err


# -- AsyncAPI

ASYNCAPI = """asyncapi: {version}
info: {{title: shop, version: 1.0.0}}
channels:
  orders:
    {use}
components:
  messages:
    OrderPlaced:
      payload:
        $ref: '#/components/schemas/Order'
    Paid:
      {paid}
  schemas:
    Order:
      type: object
      properties:
        total: {{type: {kind}}}
"""
_AVRO = "{type: record, name: Paid, fields: [{name: amount, type: int}]}"


@pytest.mark.parametrize(
    ("version", "use", "paid"),
    [
        ("2.6.0", "publish: {message: {oneOf: [{$ref: '#/components/messages/OrderPlaced'}]}}",
         f"schemaFormat: application/vnd.apache.avro;version=1.9.0\n      payload: {_AVRO}"),
        ("3.0.0", "messages: {placed: {$ref: '#/components/messages/OrderPlaced'}}",
         f"payload: {{schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {_AVRO}}}"),
    ],
)  # fmt: skip
def test_payloads_of_asyncapi_are_contracts(
    evtrace: Evtrace, shop: Path, version: str, use: str, paid: str
) -> None:
    commit(shop, **{"api.yaml": ASYNCAPI.format(version=version, use=use, paid=paid, kind="number")})
    git(shop, "branch", "base")
    (shop / "api.yaml").write_text(
        ASYNCAPI.format(version=version, use=use, paid=paid.replace("int}", "long}"), kind="string")
    )
    code, out, err = evtrace("check", "api.yaml", "--against", "base", "--mode", "full", "-o", "json")
    data = json.loads(out)["data"]
    assert code == 1, err
    found = {one["contract"]: (one["rule"], one["line"], one["example"]) for one in data["changes"]}
    lines = (shop / "api.yaml").read_text().splitlines()
    assert found["api.yaml#OrderPlaced"][0] == "json/type-changed"
    assert "total" in lines[found["api.yaml#OrderPlaced"][1] - 1] and found["api.yaml#OrderPlaced"][2] == {
        "total": 0
    }
    assert (
        found["api.yaml#Paid"][0] == "avro/type-promoted" and "long" in lines[found["api.yaml#Paid"][1] - 1]
    )


# -- what cannot be read or meant


def outside(shop: Path) -> None:
    (shop / "schemas" / "link.json").symlink_to("/etc/hostname")


def large(shop: Path) -> None:
    (shop / "schemas" / "large.json").write_text('{"type": "object", "title": "' + "x" * 2_000_000 + '"}')


def other_language(shop: Path) -> None:
    (shop / "schemas" / "order.json").write_text(PAYMENT)


BAD: dict[str, tuple[Callable[[Path], object], int, str]] = {
    "broken JSON": (lambda shop: (shop / "schemas/order.json").write_text('{\n"type": }'), 3, "schemas/order.json:2: broken JSON"),
    "an unknown Avro type": (lambda shop: (shop / "schemas/payment.avsc").write_text(PAYMENT.replace('"int"', '"Money"')), 3, "schemas/payment.avsc:3: unknown type Money"),
    "a missing import": (lambda shop: (shop / "schemas/shipped.proto").write_text(SHIPPED + 'import "no.proto";'), 3, 'schemas/shipped.proto:4: Import "no.proto" was not found'),
    "a $ref to nowhere": (lambda shop: (shop / "schemas/order.json").write_text('{"properties": {\n"a": {"$ref": "#/no"}}}'), 3, "schemas/order.json:2: $ref #/no leads nowhere"),
    "a $ref to the network": (lambda shop: (shop / "schemas/order.json").write_text('{"$ref": "https://example.com/a"}'), 3, "schemas/order.json:1: $ref https://example.com/a leads to the network"),
    "a $ref to itself": (lambda shop: (shop / "schemas/order.json").write_text('{"$ref": "#"}'), 3, "schemas/order.json:1: this $ref leads back to itself"),
    "two languages": (other_language, 3, "schemas/order.json:1: two schema languages under one contract"),
    "a schema that is too large": (large, 3, "schemas/large.json:1: the schema has 2,000,031 bytes; evtrace reads up to 2,000,000"),
    "a link out of the repository": (outside, 3, "schemas/link.json:1: a link leads outside"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "code", "said"), BAD.values(), ids=BAD)
def test_bad_input_is_one_clear_sentence_and_no_verdict(
    evtrace: Evtrace, shop: Path, spoil: Callable[[Path], object], code: int, said: str
) -> None:
    spoil(shop)
    for form in ("text", "json"):
        got, out, err = evtrace(*CHECK, "-o", form)
        assert (got, err.count("\n")) == (code, 1) and f"evtrace: {said}" in err
        assert out == "" if form == "text" else json.loads(out)["status"] == "not_evaluated"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("check", "schemas", "--against", "nope"), 3, "git ref nope does not exist here; type: git fetch origin nope:nope"),
        (("check", "schemas", "--against", "origin/nope"), 3, "type: git fetch origin nope"),
        (("check", "schemas"), 2, "nothing to compare with; name a git ref or a folder: --against main"),
        (("check", "--against", "main"), 2, "no schemas named; give files or folders"),
        (("check", "nowhere", "--against", "main"), 2, "nowhere: no such file or folder"),
        (("diff", "schemas/order.json"), 2, "two versions are needed"),
        (("diff", "a.json", "schemas/order.json"), 2, "a.json: no such file"),
        (("diff", "nope:schemas/order.json", "schemas/order.json"), 3, "git ref nope does not exist here"),
        (("diff", "main:schemas/no.json", "schemas/order.json"), 2, "main:schemas/no.json: no such file at main"),
        (("diff", "schemas/order.json", "schemas/order.json", "--mode", "up"), 2, "no such mode"),
        (("diff", "schemas/order.json", "schemas/order.json", "--policy", "loose"), 2, "no such policy"),
        (("diff", "schemas/order.json", "schemas/order.json", "--fail-on", "x"), 2, "no such severity"),
        (("diff", "schemas/order.json", "schemas/order.json", "-o", "text", "-o", "json"), 2, "only one form fits on stdout"),
        ((*CHECK, "--update-baseline"), 2, "--update-baseline needs --baseline FILE and --reason TEXT"),
        ((*CHECK, "--update-baseline", "--baseline", "b.json", "--reason", "r", "--until", "soon"), 2, "no date"),
        (("chek",), 2, "Did you mean 'check'?"),
    ],
)  # fmt: skip
def test_what_is_meant_wrong_is_said(evtrace: Evtrace, words: tuple[str, ...], code: int, said: str) -> None:
    got, _, err = evtrace(*words)
    assert got == code and said in err


def test_a_shallow_clone_is_told_how_to_reach_further(
    shop: Path, tmp_path_factory, monkeypatch, capsys
) -> None:
    clone = tmp_path_factory.mktemp("shallow")
    git(clone, "clone", "-q", "--depth", "1", "--no-single-branch", f"file://{shop}", "shop")
    monkeypatch.chdir(clone / "shop")
    assert run(["schema", "check", "schemas", "--against", "origin/main"]) == 3
    assert "type: git fetch --unshallow origin" in capsys.readouterr().err


# -- hooks and actions


def test_the_hook_calls_a_command_that_there_is(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"].split()[0] == "evtrace" and hook["pass_filenames"] is False
    (shop / "evtrace.toml").write_text('[schema]\nagainst = "main"\npaths = ["schemas"]\n')
    assert run(hook["entry"].split()[1:]) == 1
    assert "schemas/order.json:6" in capsys.readouterr().out


def test_the_action_runs_its_script(shop: Path) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    step = action["runs"]["steps"][-1]
    used = {text.partition("inputs.")[2].rstrip(" }") for text in step["env"].values() if "inputs." in text}
    assert used | {"version"} == action["inputs"].keys()
    done = _step(step, shop, paths="schemas", base="main", mode="full", sarif="evtrace.sarif")
    assert done.returncode == 1 and done.stdout.startswith("::error file=schemas/order.json,line=6,"), (
        done.stderr
    )
    assert json.loads((shop / "evtrace.sarif").read_text())["version"] == "2.1.0"
    assert (shop / "summary.md").read_text().startswith("## schemas/order.json: broken")


def _step(step: dict[str, Any], shop: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The script as the runner would start it, with this evtrace on the path and the base as a remote branch."""
    git(shop, "update-ref", "refs/remotes/origin/main", "main")
    (shop / "bin").mkdir()
    (shop / "bin" / "evtrace").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m evtrace "$@"\n')
    (shop / "bin" / "evtrace").chmod(0o755)
    names = {
        name: f"inputs.{name.removeprefix('EVTRACE_').lower().replace('_', '-')}" for name in step["env"]
    }
    values = {name: inputs.get(key.removeprefix("inputs."), "") for name, key in names.items()} | {
        "EVTRACE_FAIL_ON": "lossy"
    }
    path = {"PATH": f"{shop / 'bin'}:{os.environ['PATH']}", "GITHUB_STEP_SUMMARY": "summary.md"}
    return subprocess.run(
        ["bash", "-c", step["run"]], cwd=shop, env=os.environ | values | path, capture_output=True, text=True, check=False
    )  # fmt: skip


def test_the_example_workflow_uses_inputs_that_there_are() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    steps = yaml.safe_load((ROOT / "examples" / "schema-check.yml").read_text())["jobs"]["check"]["steps"]
    (own,) = [step for step in steps if str(step["uses"]).startswith("evtrace/")]
    assert own["with"].keys() <= action["inputs"].keys()
    (checkout,) = [step for step in steps if "checkout" in step["uses"]]
    assert checkout["with"]["fetch-depth"] == 0


@pytest.mark.parametrize("words", [("--help",), ("schema", "--help"), ("schema", "check", "--help")])
def test_help_loads_no_schema_library(words: tuple[str, ...]) -> None:
    script = (
        "import sys; from evtrace.cli.run import run; run(sys.argv[1:]); "
        "print([m for m in ('fastavro', 'jsonschema_rs', 'google.protobuf', 'yaml', 'duckdb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("[]")
