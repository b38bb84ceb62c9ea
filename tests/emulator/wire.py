"""Bytes in, bytes out: bodies read in pieces, responses with the framing and the cuts a script asks for."""

import json
import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal

PIECE = 1024 * 1024


@dataclass
class Response:
    """What a handler answers: a JSON body, or lines streamed from somewhere."""

    status: int = 200
    body: Any = None  # bytes are sent as they are
    lines: Iterable[bytes] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: "Cut | None" = None


@dataclass(frozen=True)
class Cut:
    """Where a stream breaks off: after so many lines, plus so many bytes of the next one."""

    framing: Literal["chunked", "close"]
    after_lines: int
    extra_bytes: int = 0
    kill_pid: int | None = None


class Dropped(Exception):
    """The connection is closed without an answer."""


def read_body(handler: BaseHTTPRequestHandler) -> Iterator[bytes]:
    """The request body in pieces, with a length or chunked."""
    if handler.headers.get("Transfer-Encoding", "").lower() == "chunked":
        while size := int(handler.rfile.readline().split(b";")[0], 16):
            yield handler.rfile.read(size)
            handler.rfile.readline()
        handler.rfile.readline()
        return
    left = int(handler.headers.get("Content-Length") or 0)
    while left:
        piece = handler.rfile.read(min(PIECE, left))
        if not piece:
            raise Dropped("the client went away while sending")
        left -= len(piece)
        yield piece


def send(handler: BaseHTTPRequestHandler, response: Response) -> None:
    """Write the response; a scripted cut leaves the stream unfinished and closes the connection."""
    if response.lines is not None:
        _send_lines(handler, response)
        return
    payload = _payload(response.body)
    handler.send_response(response.status)
    headers = {"Content-Type": "application/json", "Content-Length": str(len(payload)), **response.headers}
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(payload)


def _payload(body: Any) -> bytes:
    if body is None or isinstance(body, bytes):
        return body or b""
    return json.dumps(body, ensure_ascii=False).encode()


def _send_lines(handler: BaseHTTPRequestHandler, response: Response) -> None:
    assert response.lines is not None
    cut = response.cut
    is_chunked = cut is None or cut.framing == "chunked"
    handler.send_response(response.status)
    framing = {"Transfer-Encoding": "chunked"} if is_chunked else {"Connection": "close"}
    for name, value in {"Content-Type": "application/x-jsonl", **framing, **response.headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    lines = response.lines if cut is None else _until(response.lines, cut)
    for piece in _in_pieces(lines):
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece)
    if cut is None:
        handler.wfile.write(b"0\r\n\r\n")
        return
    handler.wfile.flush()
    handler.close_connection = True
    if cut.kill_pid is not None:
        os.kill(cut.kill_pid, signal.SIGKILL)


def _until(lines: Iterable[bytes], cut: Cut) -> Iterator[bytes]:
    for n, line in enumerate(lines):
        if n >= cut.after_lines:
            if cut.extra_bytes:
                yield line[: cut.extra_bytes]
            return
        yield line


def _in_pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines gathered into pieces of some 64 KiB."""
    held, size = [], 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size > 65_536:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
