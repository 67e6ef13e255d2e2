"""What tests of pictures share."""

from __future__ import annotations

import pytest

from evtrace.present.graph.engine import engine


@pytest.fixture
def graphviz() -> None:
    """Skips where nothing draws."""
    if engine() is None:
        pytest.skip("no Graphviz here: neither `dot` nor pygraphviz")
