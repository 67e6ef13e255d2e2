"""One run from setting to logs and truth."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from tests.diagnosis.scenarios.settings import Setting
from tests.diagnosis.scenarios.truth import Truth, truths
from tests.diagnosis.scenarios.world import World
from tests.diagnosis.scenarios.writing import write


def run(folder: Path, setting: Setting, *, truth_path: Path | None = None) -> list[Truth]:
    """Run the grocer, write its logs into a folder, and say what is the matter with each order."""
    world = World(setting)
    told = world.run()
    write(folder, told, setting)
    truth = truths(list(world.fates.values()), told, setting)
    if truth_path:
        truth_path.write_text("".join(json.dumps(asdict(one)) + "\n" for one in truth), encoding="utf-8")
    return truth
