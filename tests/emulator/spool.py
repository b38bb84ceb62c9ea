"""Bodies of any size without holding them: a batch's JSON becomes one line per request while it arrives."""

import codecs
import json
import re
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_SPACE = re.compile(r"\s*")
MAX_REQUESTS = 100_000
MAX_BYTES = 256 * 1024 * 1024
_decode = json.JSONDecoder().raw_decode


class BadBody(ValueError):
    """The request is refused as a whole; `status` is its HTTP status."""

    def __init__(self, message: str, *, status: int = 400):
        super().__init__(message)
        self.status = status


def split(chunks: Iterable[bytes], to: Path) -> int:
    """Write one JSON line per request of a batch-create body; returns how many.

    Raises:
        BadBody: not JSON, an unknown property, a bad or double custom_id, none or too many requests.
    """
    seen: set[str] = set()
    with to.open("w", encoding="utf-8") as out:
        for request in _requests(_Scanner(chunks)):
            where = f"requests.{len(seen)}"
            if not isinstance(request, dict):
                raise BadBody(f"{where}: Input should be an object")
            for name in request:
                if name not in ("custom_id", "params"):
                    raise BadBody(f"{where}.{name}: Extra inputs are not permitted")
            if not isinstance(request.get("params"), dict):
                raise BadBody(f"{where}.params: Field required")
            name = request.get("custom_id")
            if not isinstance(name, str) or not _CUSTOM_ID.fullmatch(name):
                raise BadBody(f"{where}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'")
            if name in seen:
                raise BadBody(f"{where}.custom_id: duplicate custom_id in the batch")
            seen.add(name)
            if len(seen) > MAX_REQUESTS:
                raise BadBody(f"requests: at most {MAX_REQUESTS} requests per batch", status=413)
            out.write(json.dumps(request, ensure_ascii=False, separators=(",", ":")) + "\n")
    if not seen:
        raise BadBody("requests: List should have at least 1 item")
    return len(seen)


def offsets(lines: Path) -> "array[int]":
    """Where each line begins, in bytes."""
    found, at = array("Q"), 0
    with lines.open("rb") as file:
        for line in file:
            found.append(at)
            at += len(line)
    return found


class _Scanner:
    """JSON values pulled one by one from a stream of bytes."""

    def __init__(self, chunks: Iterable[bytes]):
        self._chunks = iter(chunks)
        self._text = codecs.getincrementaldecoder("utf-8")()
        self._buffer, self._at, self._ended = "", 0, False

    def peek(self) -> str:
        """The next character that is not space; empty at the end."""
        while True:
            self._at = _SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._buffer) or not self._more():
                return self._buffer[self._at : self._at + 1]

    def take(self, char: str) -> None:
        if self.peek() != char:
            raise BadBody("the request body is not valid JSON")
        self._at += 1

    def value(self) -> Any:
        while True:
            self.peek()
            try:
                value, end = _decode(self._buffer, self._at)
            except json.JSONDecodeError:
                if self._more():
                    continue
                raise BadBody("the request body is not valid JSON") from None
            if end < len(self._buffer) or not self._more():  # a number may go on in the next chunk
                self._at = end
                return value

    def _more(self) -> bool:
        if self._ended:
            return False
        chunk = next(self._chunks, None)
        self._ended = chunk is None
        try:
            new = self._text.decode(chunk or b"", final=self._ended)
        except UnicodeDecodeError:
            raise BadBody("the request body is not valid UTF-8") from None
        self._buffer = self._buffer[self._at :] + new
        self._at = 0
        return not self._ended


def _requests(scan: _Scanner) -> Iterator[Any]:
    scan.take("{")
    found = False
    while scan.peek() == '"':
        name = scan.value()
        scan.take(":")
        if name != "requests":
            raise BadBody(f"{name}: Extra inputs are not permitted")
        found = True
        yield from _items(scan)
        if scan.peek() == ",":
            scan.take(",")
    scan.take("}")
    if not found:
        raise BadBody("requests: Field required")
    if scan.peek():
        raise BadBody("the request body is not valid JSON")


def _items(scan: _Scanner) -> Iterator[Any]:
    scan.take("[")
    while scan.peek() != "]":
        yield scan.value()
        if scan.peek() != "]":
            scan.take(",")
    scan.take("]")
