"""What git knows: refs, merge bases, trees, the versions of a file. Only local commands, nothing is fetched."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from evtrace.errors import UnreadableError, UsageError

_MOST_VERSIONS = 500


class Repository:
    """A working copy."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def around(cls, place: Path) -> Repository | None:
        """The repository that a place is in."""
        folder = place if place.is_dir() else place.parent
        if shutil.which("git") is None:
            return None
        done = _git(folder, "rev-parse", "--show-toplevel")
        return None if done.returncode else cls(Path(done.stdout.decode().strip()))

    def commit(self, ref: str) -> str:
        """The commit of a ref; where it is not here, the exact line that fetches it."""
        done = _git(self.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if done.returncode:
            remote, _, branch = ref.partition("/")
            hint = f"git fetch {remote} {branch}" if branch else f"git fetch origin {ref}:{ref}"
            raise UnreadableError(f"git ref {ref} does not exist here; type: {hint}")
        return done.stdout.decode().strip()

    def merge_base(self, ref: str) -> str:
        """The commit where this branch left the other; what the other got since is not this branch's doing."""
        commit = self.commit(ref)
        done = _git(self.root, "merge-base", "HEAD", commit)
        if done.returncode and self._is_shallow():
            raise UnreadableError(
                f"--against {ref}: this shallow clone does not reach the commit that it shares with HEAD; "
                "type: git fetch --unshallow origin (in a workflow: fetch-depth: 0)"
            )
        if done.returncode:
            raise UnreadableError(f"--against {ref}: it shares no commit with HEAD; name another ref")
        return done.stdout.decode().strip()

    def tree(self, commit: str) -> Mapping[str, tuple[str, str]]:
        """Every file of a commit: path → mode and blob."""
        listed = self._said("ls-tree", "-r", "-z", "--full-tree", commit).decode("utf-8", "surrogateescape")
        entries = (line.partition("\t") for line in listed.split("\0") if line)
        return {path: (facts.split()[0], facts.split()[2]) for facts, _, path in entries}

    def blob(self, blob: str) -> bytes:
        """The content of a file."""
        return self._said("cat-file", "blob", blob)

    def versions(self, commit: str, path: str) -> list[str]:
        """The commits, newest first, that changed a file, up to this one."""
        found = self._said("log", f"--max-count={_MOST_VERSIONS}", "--format=%H", commit, "--", path)
        return found.decode().split()

    def _is_shallow(self) -> bool:
        return self._said("rev-parse", "--is-shallow-repository").strip() == b"true"

    def _said(self, *words: str) -> bytes:
        done = _git(self.root, *words)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise UnreadableError(f"{self.root}:1: git {words[0]} failed: {said or 'no reason given'}")
        return done.stdout


def _git(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=False)
    except FileNotFoundError as problem:
        raise UsageError("this needs git, which is not installed; give a folder to --against") from problem
