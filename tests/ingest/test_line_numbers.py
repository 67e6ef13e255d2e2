"""Rows lie in the order of the lines, whatever their length: line numbers rest on it."""

from __future__ import annotations

import json
import random

import pytest

SHAPES = {
    "many short lines": (200_000, (10, 100)),
    "some long lines": (3_000, (10, 100, 1_000, 50_000)),
    "lines above a megabyte": (60, (10, 100, 200_000, 1_500_000)),
}


@pytest.mark.slow
@pytest.mark.parametrize(("lines", "lengths"), SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("wrapped", [False, True], ids=["plain", "in a container's log"])
def test_a_record_knows_its_line(reader, lines: int, lengths: tuple[int, ...], wrapped: bool) -> None:
    dice = random.Random(lines)
    path = reader.folder / "app.log"
    with path.open("w") as file:
        for number in range(1, lines + 1):
            text = json.dumps(
                {
                    "ts": f"2026-11-20T14:02:{number % 60:02}Z",
                    "level": dice.choice(("info", "error")),
                    "event_id": f"e{number}",
                    "topic": "orders",
                    "partition": 0,
                    "offset": number,
                    "msg": f"order-{number} " + "z" * dice.choice(lengths),
                    **({"extra": number} if number % 7 == 0 else {}),
                }
            )
            file.write(
                json.dumps({"log": text + "\n", "stream": "stdout", "time": "2026-11-20T14:02:11Z"})
                if wrapped
                else text
            )
            file.write("\n")
    reader.read(path)
    assert reader.rows(
        "SELECT count(*), count(*) FILTER (pos <> line), count(*) FILTER (event_id <> 'e' || line) FROM records"
    ) == [(lines, 0, 0)]
