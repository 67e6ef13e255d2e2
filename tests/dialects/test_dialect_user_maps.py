"""A user's own dialect wins, and what is wrong with it is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evtrace.dialects import Dialect, learn, load
from evtrace.errors import EvtraceError

SHOP = """
zone = "Europe/Berlin"
[roles]
service = "appl"
event_type = ["ereignis", "payload.kind"]
ts = { name = "zeit", reading = "epoch_ms" }
correlation_id = "vorgang"
operation = "aktion"
[kinds]
gesendet = "publish"
[constants]
broker = "kafka"
[ids]
names = { "Belegnummer" = "order" }
join = ["ticket"]
never = ["device"]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "shop.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_user_map_wins(tmp_path: Path, told: Any) -> None:
    dialects = load([write(tmp_path, SHOP)])
    doc = {
        "timestamp": "2026-11-20T14:02:11Z",
        "zeit": 1700000000000,
        "appl": "kasse",
        "service": "other",
        "aktion": "Gesendet",
        "correlation_id": "c-1",
        "kontext": {"Vorgang": "v-1"},
        "payload": '{"kind": "Bestellt", "belegnummer": "B-1"}',
    }
    mapping = learn([doc], dialects)
    assert told(mapping, "ts", reading=True) == "zeit as epoch_ms"
    assert told(mapping, "service") == "appl"
    assert told(mapping, "event_type") == "payload.@json.kind"
    assert told(mapping, "correlation_id") == "kontext.Vorgang"
    assert mapping.kinds["gesendet"] == "publish"
    assert mapping.constants == {"broker": "kafka"}
    assert mapping.zone == "Europe/Berlin"
    assert mapping.ids == (("order", ("payload", "@json", "belegnummer")),)
    assert (mapping.joins, mapping.never) == (("ticket",), ("device",))
    assert mapping.dialects[0] == "shop"


def test_a_plain_name_is_meant_nearest_to_the_top(tmp_path: Path) -> None:
    dialects = load([write(tmp_path, '[roles]\nevent_id = "id"')])
    mapping = learn([{"id": "e-1", "customer": {"id": "c-1"}}], dialects)
    assert [use.path for use in mapping.uses if use.dialect == "shop"] == [("id",)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("roles = [", "Invalid"),
        ("[roles]\nordre = 'x'", "roles.ordre: no such role"),
        ("[roles]\nts = { name = 'x', reading = 'tme' }", "no reading 'tme'"),
        ("[roles]\nts = 5", "write a field name"),
        ("[roles]\nts = { name = 'x', red = 'y' }", "unknown key 'red'"),
        ("[rolls]\nts = 'x'", "unknown key 'rolls'"),
        ("[kinds]\nsent = 'publsh'", "no kind 'publsh'"),
        ("[constants]\nbrokr = 'kafka'", "constants.brokr"),
        ("[ids]\njoins = ['x']", "unknown key 'joins'"),
        ("priority = 'high'", "whole number"),
        ("detect = 5", "detect"),
        ("zone = 5", "zone"),
        ("zone = 'Mars/Base'", "Mars/Base"),
    ],
)
def test_a_bad_map_names_file_and_fault(text: str, words: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    with pytest.raises(EvtraceError) as caught:
        load([path])
    assert str(path) in str(caught.value)
    assert words in str(caught.value)
    assert caught.value.exit_code == (3 if words == "Invalid" else 2)


def test_a_missing_map_is_the_users_error(tmp_path: Path) -> None:
    with pytest.raises(EvtraceError, match="no such file"):
        load([tmp_path / "none.toml"])


def test_the_readme_example_is_a_dialect(tmp_path: Path, dialects: tuple[Dialect, ...]) -> None:
    import evtrace.dialects

    readme = Path(evtrace.dialects.__file__).with_name("README.md").read_text(encoding="utf-8")
    example = readme.split("```toml\n")[1].split("```")[0]
    assert len(load([write(tmp_path, example)])) == len(dialects) + 1
