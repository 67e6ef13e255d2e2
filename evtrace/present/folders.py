"""What the paths of all files begin with: said once, it need not be said in every line."""

from __future__ import annotations

from collections.abc import Iterable


def common(sources: Iterable[str]) -> str:
    """The folder that all of these lie in, with its last slash; '' where there is none."""
    paths = set(sources)
    folder = min(paths, default="").rpartition("/")[0]
    while folder and not all(path.startswith(f"{folder}/") for path in paths):
        folder = folder.rpartition("/")[0]
    return f"{folder}/" if folder else ""
