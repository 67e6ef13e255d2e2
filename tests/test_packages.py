"""Every folder of tests is a package: pytest then tells two files of one name apart."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parent


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in TESTS.rglob("*.py")}
    assert len(folders) > 10
    assert {folder.name for folder in folders if not (folder / "__init__.py").exists()} == set()


def test_no_test_imports_another_by_its_bare_name() -> None:
    """Such an import works only while pytest puts the folder itself on the path."""
    files = [*TESTS.rglob("*.py")]
    bare = {path.stem for path in files} - {"__init__", "__main__"}
    lines = [(path.name, line.split()) for path in files for line in path.read_text().splitlines()]
    found = [
        (name, words[1])
        for name, words in lines
        if words[:1] == ["from"] and words[1:2] != ["."] and words[1] in bare
    ]
    assert found == []
