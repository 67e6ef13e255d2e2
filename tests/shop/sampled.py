"""How the sample logs were made, by the commands of their README, and what really happened then."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "sample_logs" / "README.md"


def seed(broker: str) -> list[str]:
    """The option of that run; none where it took the usual seed."""
    [command] = re.findall(rf"^python -m tests[.]shop {broker} .*", README.read_text(encoding="utf-8"), re.M)
    words = shlex.split(command)
    return words[words.index("--seed") :][:2] if "--seed" in words else []


def truth(broker: str) -> list[dict[str, Any]]:
    """The lines of its truth file: faults, then each cause and effect."""
    lines = (ROOT / f"tests/shop/truth/{broker}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
