"""`python -m tests.browser install`: the browser that page tests drive; `… shot PAGE PNG`: a picture of a page."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browser.chromium import Browser, found
from tests.shop.install import packages

_USAGE = "usage: python -m tests.browser install | shot PAGE.html PICTURE.png"


def _install() -> int:
    if not found():
        packages("chromium")
    print(f"chromium: {found() or 'missing'}")
    return 0 if found() else 1


def _shot(page: str, picture: str) -> int:
    """What a person sees who opens the page."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, Browser(Path(folder)) as browser:
        opened = browser.page(width=1200, height=1500)
        opened.open(Path(page))
        opened.shot(Path(picture))
        for complaint in opened.complaints:
            print(complaint, file=sys.stderr)
        return int(bool(opened.complaints))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["install"]:
            sys.exit(_install())
        case ["shot", page, picture]:
            sys.exit(_shot(page, picture))
        case _:
            sys.exit(_USAGE)
