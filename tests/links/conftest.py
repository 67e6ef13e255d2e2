"""An empty store that takes records."""

from __future__ import annotations

import pytest

from tests.links.linked_logs import Logs


@pytest.fixture
def logs() -> Logs:
    return Logs()
