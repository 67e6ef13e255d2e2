"""Protobuf text → descriptors, by the real protoc; it is never parsed by hand."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from evtrace.contracts.source import Source, decoded
from evtrace.errors import UnreadableError, UsageError

_MISSING = re.compile(r"^(.+?): File not found\.$", re.M)
_SAID = re.compile(r"^(?P<file>[^:\n]+):(?:(?P<line>\d+):(?:\d+:)?)? ?(?P<reason>.+)$")
_MOST_IMPORTS = 500


def descriptors(source: Source) -> tuple[bytes, Mapping[str, str]]:
    """The descriptor set of a source and all its imports, and the label of each file."""
    with tempfile.TemporaryDirectory(prefix="evtrace-") as folder:
        files = _Files(source, Path(folder))
        files.write(source.entry)
        for _ in range(_MOST_IMPORTS):
            code, said = _protoc(_arguments(folder, source.entry))
            if not code:
                return (Path(folder) / ".out").read_bytes(), files.labels
            missing = [name for name in _MISSING.findall(said) if name not in files.labels]
            written = [files.write(name) for name in missing]
            if not missing or not all(written):
                _refuse(said, files.labels, source)
    raise UnreadableError(f"{source.label}:1: imports more than {_MOST_IMPORTS} files")


class _Files:
    """The files that protoc sees: those that were asked for, and no others."""

    def __init__(self, source: Source, folder: Path) -> None:
        self._source, self._folder = source, folder
        self.labels: dict[str, str] = {}

    def write(self, name: str) -> bool:
        """Lay a file where protoc looks for it; false where there is none of that name."""
        origin = next((path for path in self._candidates(name) if path in self._source.files), None)
        if origin is None or ".." in PurePosixPath(name).parts or name.startswith("/"):
            return False
        prefix = self._source.label.removesuffix(self._source.entry)
        self.labels[name] = self._source.label if origin == self._source.entry else prefix + origin
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(decoded(self._source.files[origin], self.labels[name]), encoding="utf-8")
        return True

    def _candidates(self, name: str) -> Iterator[str]:
        """Imports are named from a root that nothing tells: each folder above the entry may be it."""
        if name == self._source.entry:
            yield name
            return
        yield from (str(folder / name) for folder in PurePosixPath(self._source.entry).parents)


def _arguments(folder: str, entry: str) -> list[str]:
    out = f"--descriptor_set_out={folder}/.out"
    return [f"-I{folder}", *_well_known(), "--include_imports", "--include_source_info", out, entry]


def _well_known() -> Iterator[str]:
    """Where Google's own types lie."""
    spec = find_spec("grpc_tools")
    for place in spec.submodule_search_locations or () if spec else ():
        yield f"-I{place}/_proto"


def _protoc(arguments: Sequence[str]) -> tuple[int, str]:
    """Run protoc: the one of grpcio-tools, or the one on the path."""
    if find_spec("grpc_tools") is not None:
        return _worker().run(arguments)
    found = shutil.which("protoc")
    if found is None:
        raise UsageError("this needs protoc; type: pip install 'evtrace[protobuf]', or give a descriptor set")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


class _Worker:
    """The process that runs protoc; it ends with this one, when its stdin does."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("worker.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip

    def run(self, arguments: Sequence[str]) -> tuple[int, str]:
        """One run."""
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps(list(arguments)) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            _worker.cache_clear()
            return 1, f"{arguments[-1]}:1: protoc crashed on this file"
        code, said = json.loads(answer)
        return int(code), str(said)


@cache
def _worker() -> _Worker:
    return _Worker()


def _refuse(said: str, labels: Mapping[str, str], source: Source) -> None:
    """What protoc says first about a place, with the file's own name."""
    found = [match for line in said.splitlines() if (match := _SAID.match(line))]
    placed = [match for match in found if match["line"]] or found
    if not placed:
        raise UnreadableError(f"{source.label}:1: protoc: {said.strip() or 'no reason given'}")
    first = placed[0]
    label = labels.get(first["file"], source.label)
    raise UnreadableError(f"{label}:{first['line'] or 1}: {first['reason']}")
