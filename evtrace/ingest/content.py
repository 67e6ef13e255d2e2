"""The bytes of a source: decompressed, decoded, with line feeds; hashed on the way."""

from __future__ import annotations

import bz2
import codecs
import gzip
import hashlib
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from evtrace.errors import UnreadableError

CHUNK_BYTES = 1 << 20
HEAD_BYTES = 1 << 10
SAMPLE_BYTES = 1 << 18
_FIRST_STEPS = (1 << 12, 1 << 14, 1 << 16, 1 << 18)
_STEP_BYTES = 1 << 20
_MARK_CHARS = 16
#: The one character that separates nothing: DuckDB's CSV reader wants a delimiter that never occurs.
DELIMITER = "\U0010ffff"

_MAGIC = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\x28\xb5\x2f\xfd", "zstd"))
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Content:
    """A readable source: where it lies, how it is packed and encoded, and how it begins."""

    uri: str
    path: Path
    packing: str  # '', gzip, bzip2 or zstd
    encoding: str  # utf-8, utf-8-sig, utf-16, utf-16-le, utf-16-be
    head: bytes  # the first SAMPLE_BYTES, decompressed

    @property
    def is_binary(self) -> bool:
        return self.encoding.startswith("utf-8") and b"\0" in self.head and not _looks_like_text(self.head)

    @property
    def is_plain(self) -> bool:
        """DuckDB can read the file itself: neither packed nor in need of decoding."""
        return not self.packing and self.encoding == "utf-8"

    def text(self) -> str:
        """The head as text, with line feeds; bytes that are no UTF-8 are read as Windows-1252."""
        text = _decode(self.head, self.encoding)
        return text.replace("\r\n", "\n").replace("\r", "\n" if "\n" not in text else " ")

    def chunks(self) -> Iterator[bytes]:
        """The decompressed bytes. Raises UnreadableError where the packing is damaged."""
        with _unpacked(self.path, self.packing) as stream:
            try:
                while chunk := stream.read(CHUNK_BYTES):
                    yield chunk
            except (EOFError, OSError, zlib.error, ValueError) as problem:
                raise UnreadableError(
                    f"{self.uri}: the {self.packing or 'file'} data is damaged or cut off ({problem}); "
                    "nothing of it was kept: repair or fetch it again"
                ) from problem


def open_content(uri: str, path: Path) -> Content:
    """Look at the head of the file at `path`. Raises UnreadableError when it cannot be read."""
    try:
        if not path.is_file():  # reading a pipe or a device would wait for ever
            raise UnreadableError(f"{uri}: no regular file; pipe it in with: evtrace ingest - < {uri}")
        with path.open("rb") as raw:
            start = raw.read(8)
    except OSError as problem:
        raise UnreadableError(f"{uri}: cannot be read: {problem.strerror}") from problem
    packing = next((name for magic, name in _MAGIC if start.startswith(magic)), "")
    head = bytearray()
    probe = Content(uri, path, packing, "utf-8", b"")
    try:
        for chunk in probe.chunks():
            head += chunk
            if len(head) >= SAMPLE_BYTES:
                break
    except UnreadableError:
        if not head:  # a damaged tail is met again, and reported, when the whole is read
            raise
    return Content(uri, path, packing, _encoding(bytes(head)), bytes(head[:SAMPLE_BYTES]))


@dataclass
class Scan:
    """What one pass over the bytes tells."""

    fingerprint: str = ""
    head: str = ""
    size: int = 0
    open_bytes: int = 0  # length of a last line without line end
    is_clean: bool = True  # UTF-8 with line feeds only, no line over the limit
    prefixes: dict[int, str] = field(default_factory=dict)  # length → SHA-256 of that many first bytes
    steps: str = ""  # the beginning of that hash at each step: what a shorter copy is known by


def steps(size: int) -> Iterator[int]:
    """The lengths at which the hash of a content of that size is kept: few at first, then each MiB."""
    yield from (length for length in _FIRST_STEPS if length <= size)
    yield from range(_STEP_BYTES, size + 1, _STEP_BYTES)


def mark_at(length: int, marks: str) -> str:
    """What is kept of the hash at a step."""
    number = sum(1 for _ in steps(length)) - 1
    return marks[number * _MARK_CHARS : (number + 1) * _MARK_CHARS]


def scan(
    content: Content,
    *,
    prefix_lengths: tuple[int, ...] = (),
    is_cancelled: Callable[[], bool] = bool,
    stop_at: int | None = None,
) -> Scan:
    """Hash, count and check the content, and hash its prefixes of the given lengths; `stop_at` ends it early."""
    scanner = Scanner(prefix_lengths)
    for chunk in content.chunks():
        scanner.feed(chunk)
        if is_cancelled() or (stop_at is not None and scanner.size >= stop_at):
            break
    return scanner.result()


class Scanner:
    """Takes chunks of bytes, gives a Scan."""

    def __init__(self, prefix_lengths: tuple[int, ...] = ()) -> None:
        self._hash = hashlib.sha256()
        self._head = hashlib.sha256()
        self._wanted = sorted(length for length in prefix_lengths if length > 0)
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._found = Scan()

    @property
    def size(self) -> int:
        return self._found.size

    def feed(self, chunk: bytes) -> None:
        found = self._found
        if found.size < HEAD_BYTES:
            self._head.update(chunk[: HEAD_BYTES - found.size])
        self._feed_hash(chunk)
        found.size += len(chunk)
        last_end = chunk.rfind(b"\n") + 1
        found.open_bytes = len(chunk) - last_end if last_end else found.open_bytes + len(chunk)
        if found.is_clean:
            found.is_clean = self._is_clean(chunk)

    def _feed_hash(self, chunk: bytes) -> None:
        done = self._found.size
        start = 0
        for stop in self._stops(done, len(chunk)):
            self._hash.update(chunk[start:stop])
            self._found.prefixes[done + stop] = self._hash.hexdigest()
            start = stop
        self._hash.update(chunk[start:] if start else chunk)

    def _stops(self, done: int, size: int) -> list[int]:
        """Where in the chunk a prefix ends whose hash is wanted."""
        first = done // _STEP_BYTES * _STEP_BYTES + _STEP_BYTES
        lengths = {*self._wanted, *_FIRST_STEPS, *range(first, done + size + 1, _STEP_BYTES)}
        return sorted(length - done for length in lengths if done < length <= done + size)

    def _is_clean(self, chunk: bytes) -> bool:
        """Whether DuckDB may read this as it stands: UTF-8, line feeds only, no endless line."""
        if b"\r" in chunk:
            return False
        if self._found.open_bytes > DIRECT_LINE_BYTES:
            return False
        if chunk.isascii() and not self._utf8.getstate()[0]:
            return True
        try:
            text = self._utf8.decode(chunk)
        except UnicodeDecodeError:
            return False
        return DELIMITER not in text

    def result(self) -> Scan:
        found = self._found
        found.fingerprint, found.head = self._hash.hexdigest(), self._head.hexdigest()
        found.steps = "".join(found.prefixes[length][:_MARK_CHARS] for length in steps(found.size))
        return found


#: A longer line sends the source through the slower path, which copes with any length.
DIRECT_LINE_BYTES = 64 << 10


def head_fingerprint(content: Content) -> str:
    return hashlib.sha256(content.head[:HEAD_BYTES]).hexdigest()


def _encoding(head: bytes) -> str:
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    nuls = head[:4096]
    if nuls and len(nuls) >= 4:
        even, odd = nuls[0::2].count(0) / (len(nuls) / 2), nuls[1::2].count(0) / (len(nuls) / 2)
        if odd > 0.4 and even < 0.05:
            return "utf-16-le"
        if even > 0.4 and odd < 0.05:
            return "utf-16-be"
    return "utf-8"


def _looks_like_text(head: bytes) -> bool:
    """A log may hold a stray NUL (a crash mid-write), a dump of messages even numbers in binary headers
    (Spring for Kafka writes its dead letters so); a binary file is full of control bytes and no UTF-8."""
    controls = sum(head.count(code) for code in range(9))
    return controls < len(head) / (20 if _is_utf8(head) else 100)


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as problem:
        return problem.end >= len(head) - 3  # the head ends inside a character
    return True


def _decode(data: bytes, encoding: str) -> str:
    if encoding.startswith("utf-8"):
        data = data.removeprefix(codecs.BOM_UTF8)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as problem:
            if problem.end >= len(data) - 3:  # the head ends inside a character
                return data[: problem.start].decode("utf-8", "replace")
            return repair_utf8(data)[0].decode("utf-8")
    return data[: len(data) // 2 * 2].decode(encoding, "replace")


def repair_utf8(data: bytes) -> tuple[bytes, int]:
    """`data` as valid UTF-8: each line that is none is read as Windows-1252. Also how many such lines."""
    lines, bad = data.split(b"\n"), 0
    for index, line in enumerate(lines):
        if not line.isascii():
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                lines[index] = _read_as_western(line).encode("utf-8")
                bad += 1
    return b"\n".join(lines), bad


def _read_as_western(line: bytes) -> str:
    try:
        return line.decode("cp1252")
    except UnicodeDecodeError:
        return line.decode("latin-1")


@contextmanager
def _unpacked(path: Path, packing: str) -> Iterator[IO[bytes]]:
    with path.open("rb") as raw:
        if packing == "gzip":
            yield cast(IO[bytes], gzip.GzipFile(fileobj=raw))
        elif packing == "bzip2":
            yield cast(IO[bytes], bz2.BZ2File(raw))
        elif packing == "zstd":
            yield _unzstd(raw)
        else:
            yield raw


def _unzstd(raw: IO[bytes]) -> IO[bytes]:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return cast(IO[bytes], zstd.ZstdFile(raw))
