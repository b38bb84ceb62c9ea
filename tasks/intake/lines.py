"""JSONL: a look whether DuckDB's fast reader can take a file as it lies, a screen that makes any other fit for it, and
an exact reader for what it could not take.

The fast reader gives a row of nulls for a line it cannot read; `read_lines` then says what is wrong with it. To both the
first value counts of a name that an object has twice: JSON leaves that open (RFC 8259 §4), and nobody is told.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from tasks.intake.inbox import FileRefused
from tasks.intake.rows import (
    BATCH_ROWS,
    DETAILS,
    MAX_ROW_BYTES,
    TEXT_NAMES,
    TOO_LARGE,
    Batch,
    Problem,
    Row,
    as_text,
    text_fault,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
BYTE_ORDER_MARKS = (*UTF_16_MARKS, b"\xef\xbb\xbf")
BATCH_BYTES = 64 << 20  # of lines that are read exactly and held at once
BLANK_LINE = re.compile(rb"\n[ \t\r\f\v]*\n")  # begins with a literal, so that the search is fast


class NeedsCopy(Exception):
    """A line is not as the fast reader must find it."""


class LineLook:
    """Sees, piece by piece, that line n of the file will be row n of DuckDB's reader; copies nothing.

    Raises:
        NeedsCopy: by `take` or `close`, at the first line that `LineScreen` would change.
    """

    def __init__(self) -> None:
        self._carry = b""
        self.line_count = 0
        self.blank_lines: list[int] = []
        self.problems: list[Problem] = []

    def take(self, block: bytes) -> None:
        first, cut = block.find(b"\n") + 1, block.rfind(b"\n") + 1
        if not cut:
            self._carry += block
        else:
            self._see(self._carry + block[:first])
            if BLANK_LINE.search(block) or _has_overlong(block):
                raise NeedsCopy
            self.line_count += block.count(b"\n", first)
            self._carry = block[cut:]
        if len(self._carry) > MAX_ROW_BYTES:
            raise NeedsCopy

    def close(self) -> None:
        if self._carry:
            self._see(self._carry)

    def _see(self, line: bytes) -> None:
        """One line that lies in more than one piece, or is the first."""
        if (
            (self.line_count == 0 and line.startswith(BYTE_ORDER_MARKS))
            or not line.strip()
            or _has_overlong(line)
        ):
            raise NeedsCopy
        self.line_count += 1


class LineScreen:
    """Copies JSONL so that line n of the copy is line n of the source; unreadable and blank lines become `{}`.

    Takes unpacked bytes piece by piece and holds one piece plus one row of at most `MAX_ROW_BYTES`.
    """

    def __init__(self, target: Path):
        self._out = target.open("wb")
        self._carry = b""
        self._swallowed: Any = None  # the hash of a row that is too large, while its end is awaited
        self._is_first = True
        self.line_count = 0
        self.blank_lines: list[int] = []
        self.problems: list[Problem] = []

    def take(self, block: bytes) -> None:
        if self._is_first and len(self._carry) + len(block) >= 3:
            block = _without_bom(self._carry + block)
            self._carry, self._is_first = b"", False
        if self._swallowed is not None:
            block = self._swallow(block)
        cut = block.rfind(b"\n") + 1
        if cut:
            self._write(self._carry + block[:cut])
            self._carry = block[cut:]
        else:
            self._carry += block
        if len(self._carry) > MAX_ROW_BYTES:
            self._swallowed = hashlib.sha256(self._carry)
            self._carry = b""

    def close(self) -> None:
        """Write what is left (a last line without its end) and close the copy."""
        if self._swallowed is not None:
            self._file_too_large()
        elif self._carry:
            self._write(self._carry + b"\n")
        self._out.close()

    def _swallow(self, block: bytes) -> bytes:
        end = block.find(b"\n")
        self._swallowed.update(block if end < 0 else block[:end])
        if end < 0:
            return b""
        self._file_too_large()
        return block[end + 1 :]

    def _file_too_large(self) -> None:
        self._out.write(b"{}\n")
        self.line_count += 1
        self.problems.append(
            Problem(self.line_count, "row_too_large", TOO_LARGE, self._swallowed.hexdigest())
        )
        self._swallowed = None

    def _write(self, lines: bytes) -> None:
        if _is_clean(lines):
            self._out.write(lines)
            self.line_count += lines.count(b"\n")
            return
        for line in lines.split(b"\n")[:-1]:
            self.line_count += 1
            is_blank, is_large = not line.strip(), len(line) > MAX_ROW_BYTES
            if is_blank:
                self.blank_lines.append(self.line_count)
            elif is_large:
                digest = hashlib.sha256(line).hexdigest()
                self.problems.append(Problem(self.line_count, "row_too_large", TOO_LARGE, digest))
            self._out.write(b"{}\n" if is_blank or is_large else line + b"\n")


def _without_bom(block: bytes) -> bytes:
    if block.startswith(UTF_16_MARKS):
        raise FileRefused("not_utf8", "the file is UTF-16: run `iconv -f UTF-16 -t UTF-8`")
    return block.removeprefix(b"\xef\xbb\xbf")


def _is_clean(lines: bytes) -> bool:
    """Whether line n of these will be row n of DuckDB's reader: no blank line, none too long.

    Broken UTF-8, NUL bytes and broken JSON keep their place there, as rows of nulls.
    """
    if BLANK_LINE.search(lines) or not lines[: lines.index(b"\n")].strip():
        return False
    return not _has_overlong(lines)


def _has_overlong(lines: bytes) -> bool:
    return len(lines) > MAX_ROW_BYTES and max(map(len, lines.split(b"\n"))) > MAX_ROW_BYTES


def read_lines(path: Path, is_wanted: Callable[[int], bool]) -> Iterator[Batch]:
    """Read those lines (from 1) of a screened file that are wanted one by one, exactly."""
    batch, batch_bytes = Batch(), 0
    with path.open("rb") as lines:
        for line_no, line in enumerate(lines, start=1):
            if not is_wanted(line_no):
                continue
            batch_bytes += len(line)
            read = _read_object(line)
            if isinstance(read, str):
                digest = hashlib.sha256(line.rstrip(b"\n")).hexdigest()
                batch.problems.append(Problem(line_no, read, DETAILS[read], digest))
            else:
                batch.rows.append((line_no, read))
            if len(batch.rows) + len(batch.problems) >= BATCH_ROWS or batch_bytes >= BATCH_BYTES:
                yield batch
                batch, batch_bytes = Batch(), 0
    yield batch


def _read_object(line: bytes) -> Row | str:
    """The line's values as text, or the reason why there are none."""
    if b"\0" in line:
        return "nul_byte"
    try:
        value = json.loads(line.decode(), object_pairs_hook=_first_of_each)
        row = {name: as_text(v) for name, v in value.items()} if isinstance(value, dict) else None
    except UnicodeDecodeError:
        return "not_utf8"
    except (ValueError, RecursionError):
        return "bad_json"
    if row is None:
        return "not_an_object"
    for name in TEXT_NAMES:
        if not isinstance(value.get(name), str | None):
            return "text_not_string"
    return text_fault(row.values()) or row


def _first_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; of a name that comes twice the first value counts, as with the fast reader."""
    said: dict[str, Any] = {}
    for name, value in pairs:
        said.setdefault(name, value)
    return said
