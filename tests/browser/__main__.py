"""`python -m tests.browser install`: the browser that page tests drive."""

from __future__ import annotations

import sys

from tests.browser.chromium import found
from tests.shop.install import packages

if sys.argv[1:] != ["install"]:
    sys.exit("usage: python -m tests.browser install")
if not found():
    packages("chromium")
print(f"chromium: {found() or 'missing'}")
sys.exit(0 if found() else 1)
