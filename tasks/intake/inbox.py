"""How a file of the drop folder is taken in: hashed, unpacked and looked at in a single reading.

A file is read once, into a private copy under `$CW_HOME/tmp`; the hash is of exactly the bytes that were copied. Plain
JSONL that has lain still for a while is not copied: DuckDB reads it where it lies, and what the file system says of it
must be the same before and after. So no file can pass as another.
Which files lie there is in tasks/intake/drops.py, what the rows mean in tasks/intake/rows.py and sql/steps/ingest_*.sql.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import stat
import time
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import FileIO, RawIOBase
from typing import TYPE_CHECKING, Protocol

import zstandard

from tasks.intake.drops import unreadable_detail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasks.intake.drops import Drop

CHUNK_BYTES = 4 << 20
BOMB_FLOOR_BYTES = 256 << 20  # smaller files unpack whatever their ratio
ZSTD_PIECE_BYTES = 1 << 10
BOMB_RATIO = 250  # civic text packs 3–12×, near-copies up to 100×; gzip's own limit is 1032×
SETTLED_S = 2.0  # a file touched less than this ago may change again within one tick of its clock


@dataclass(frozen=True)
class Taken:
    """What one reading of a file gave: the hash and size of the bytes as received, and the file's stat."""

    sha256: str
    byte_count: int
    stat_key: str | None  # None: too fresh to be recognised by its stat alone


class FileError(Exception):
    """A file that is not taken: a reason code and what to do; never content. Stays inside ingest."""

    def __init__(self, reason: str, detail: str):
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail
        self.taken: Taken | None = None  # set by take_file when it read all bytes


class FileRefused(FileError):
    """It can never be taken as it is; filed, and the others go on."""


class FileWaiting(FileError):
    """It may be readable later; nothing is written about it, the next run tries again."""


class Sink(Protocol):
    """Takes the unpacked bytes of a file, piece by piece."""

    def take(self, block: bytes) -> None: ...

    def close(self) -> None: ...


class PlainCopy:
    """A sink that writes the bytes as they are."""

    def __init__(self, target: Path):
        self._out = target.open("wb")

    def take(self, block: bytes) -> None:
        self._out.write(block)

    def close(self) -> None:
        self._out.close()


def stat_key(path: Path) -> str | None:
    """What the file system says of a file; None when it was touched so lately that the same key could lie.

    Raises:
        FileWaiting: the file is gone or may not be looked at.
    """
    return _settled_key(_look_at(path))


def _settled_key(seen: os.stat_result) -> str | None:
    return None if time.time() - max(seen.st_ctime, seen.st_mtime) < SETTLED_S else _key_of(seen)


def refuse_changed(path: Path, key: str | None) -> None:
    """Make sure that a file is still the one that had this `stat_key`.

    Raises:
        FileWaiting: it is not, or it is gone.
    """
    if _key_of(_look_at(path)) != key:
        raise FileWaiting(
            "changed_while_read",
            "it was being written: the next run reads it; write elsewhere, then move it here",
        )


def _look_at(path: Path) -> os.stat_result:
    try:
        return path.stat(follow_symlinks=False)
    except OSError as error:
        raise FileWaiting("unreadable", unreadable_detail(error)) from error


def _key_of(seen: os.stat_result) -> str:
    return f"{seen.st_dev}:{seen.st_ino}:{seen.st_size}:{seen.st_mtime_ns}:{seen.st_ctime_ns}"


def take_file(drop: Drop, sink: Sink) -> Taken:
    """Read a file once: hash its bytes as they are, hand the unpacked ones to `sink`.

    Raises:
        FileRefused: truncated or damaged packing, or a zip bomb.
        FileWaiting: it may not be read, or it changed while it was read.
    """
    try:
        handle = os.open(drop.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise FileWaiting("unreadable", unreadable_detail(error)) from error
    with os.fdopen(handle, "rb", buffering=0) as raw, ThreadPoolExecutor(1) as hasher:
        seen = os.fstat(raw.fileno())
        if not stat.S_ISREG(seen.st_mode):
            raise FileWaiting("unreadable", "not a regular file any more")
        source = _Hashed(raw, hasher)
        refusal: FileRefused | None = None
        try:
            _hand_over(source, drop.packing, sink)
        except FileRefused as error:
            refusal = error
            while source.read():  # to the end, so that the hash is the file's
                pass
        refuse_changed(drop.path, _key_of(seen))  # a file still being written looks truncated
        taken = Taken(source.sha256(), source.byte_count, _settled_key(seen))
    if refusal:
        refusal.taken = taken
        raise refusal
    return taken


def _hand_over(source: _Hashed, packing: str, sink: Sink) -> None:
    unpacked = 0
    for block in _unpack(source, packing):
        unpacked += len(block)
        if unpacked > BOMB_FLOOR_BYTES and unpacked > BOMB_RATIO * source.byte_count:
            raise FileRefused(
                "zip_bomb", f"unpacks to more than {BOMB_RATIO} times its size: drop it unpacked"
            )
        sink.take(block)


class _Hashed(RawIOBase):
    """A file that hashes, in a thread beside the reader's, and counts what is read from it."""

    def __init__(self, raw: FileIO, hasher: ThreadPoolExecutor):
        self._raw = raw
        self._hasher = hasher
        self._digest = hashlib.sha256()
        self._last: Future[None] | None = None
        self.byte_count = 0

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        try:
            block = self._raw.read(size) or b""
        except OSError as error:  # of a disk or a network that fails, not of the private copy
            raise FileWaiting("unreadable", f"{error.strerror}: look at where it lies") from error
        self._wait()
        self._last = self._hasher.submit(self._digest.update, block)
        self.byte_count += len(block)
        return block

    def sha256(self) -> str:
        """Of all that was read so far, 64 hex digits."""
        self._wait()
        return self._digest.hexdigest()

    def _wait(self) -> None:
        if self._last:
            self._last.result()


def _unpack(source: _Hashed, packing: str) -> Iterator[bytes]:
    if packing == "gz":
        yield from _unpack_gzip(source)
    elif packing == "zst":
        yield from _unpack_zstd(source)
    else:
        while block := source.read():
            yield block


def _unpack_gzip(source: _Hashed) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=source, mode="rb") as unpacked:
            while block := unpacked.read(CHUNK_BYTES):
                yield block
    except EOFError as error:
        raise FileRefused("truncated", "the gzip stream ends early: send the file again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise FileRefused("damaged", "not a sound gzip stream: send the file again") from error


def _unpack_zstd(source: _Hashed) -> Iterator[bytes]:
    frame = None
    for piece in _pieces(source):
        rest = piece
        while rest:
            frame = frame or zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
            try:
                block = frame.decompress(rest)
            except zstandard.ZstdError as error:
                raise FileRefused("damaged", "not a sound zstd stream: send the file again") from error
            if block:
                yield block
            rest = frame.unused_data if frame.eof else b""
            frame = None if frame.eof else frame
    if frame:
        raise FileRefused("truncated", "the zstd stream ends early: send the file again")


def _pieces(source: _Hashed) -> Iterator[bytes]:
    """Small enough that what one piece unpacks to (at most 32,768 times its size) stays in bounds."""
    while block := source.read():
        for start in range(0, len(block), ZSTD_PIECE_BYTES):
            yield block[start : start + ZSTD_PIECE_BYTES]
