"""Submitting batches: bodies to disk, the intent committed, then one POST that nobody repeats.

What a lost answer to that POST meant is found out in `settlement.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from tasks.llm.caching import is_marked
from tasks.llm.calls import Outgoing, call_of
from tasks.llm.catalogue import Catalogue
from tasks.llm.claude import ClaudeClient, message_body
from tasks.llm.faults import ProviderFault
from tasks.llm.intents import Intent, add_handle, custom_id, open_intent, settle
from tasks.llm.outside import Outside
from tasks.llm.sitting import fixed_tokens
from tasks.llm.types import Request
from tasks.run import Run
from tasks.store import Store

MAX_REQUESTS = 100_000  # per batch
MAX_BYTES = 256_000_000  # per batch; the vendor's "256 MB" taken in its smaller meaning
_POST_TRIES = 3  # after a definite "too many requests" only
_LONGEST_WAIT_S = 60.0


@dataclass
class Submitted:
    """What became of a submission."""

    under_way: list[Outgoing] = field(default_factory=list)  # in an intent that is handed or doubtful
    fault: ProviderFault | None = None  # the provider takes no more for now


@dataclass
class _Body:
    """A batch body on disk."""

    path: Path
    nonce: str
    members: list[Outgoing] = field(default_factory=list)
    byte_count: int = 0
    sha256: str = ""


def submit_batches(
    store: Store, outgoing: Sequence[Outgoing], client: ClaudeClient, *, run: Run, catalogue: Catalogue, spool: Path,
    outside: Outside, max_requests: int = MAX_REQUESTS, max_bytes: int = MAX_BYTES,
) -> Submitted:  # fmt: skip
    """Send requests of one hop as batches of at most 100,000 requests and 256 MB."""
    done = Submitted()
    ordered = sorted(outgoing, key=lambda o: o.request.request_key)
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    for body in _bodies(ordered, catalogue, spool, outside, max_requests=max_requests, max_bytes=max_bytes):
        try:
            done.fault = _submit_one(store, body, client, done, run=run, outside=outside)
        finally:
            body.path.unlink(missing_ok=True)
        if done.fault is not None and done.fault.kind == "too_big" and len(body.members) > 1:
            half = max(1, len(body.members) // 2)
            rest = submit_batches(
                store, body.members, client, run=run, catalogue=catalogue, spool=spool, outside=outside,
                max_requests=half, max_bytes=max_bytes,
            )  # fmt: skip
            done = Submitted(done.under_way + rest.under_way, rest.fault)
        if done.fault is not None:
            break
    return done


def _submit_one(
    store: Store, body: _Body, client: ClaudeClient, done: Submitted, *, run: Run, outside: Outside
) -> ProviderFault | None:
    """One body, one intent per POST; only a definite "too many requests" is tried again, as a new intent."""
    fault: ProviderFault | None = None
    for attempt in range(_POST_TRIES):
        nonce = body.nonce if attempt == 0 else outside.nonce()
        if attempt:
            _renonce(body, nonce)
        intent = open_intent(
            store, [(o.request, o.attempt) for o in body.members], nonce=nonce, run=run, at=outside.now(),
            body_sha256=body.sha256, body_bytes=body.byte_count,
        )  # fmt: skip
        fault = _post(store, intent, body, client, run=run, outside=outside)
        if fault is None or fault.kind == "doubtful":
            done.under_way += body.members
            return None  # the next body is a new question; a doubtful one is settled by listing
        if fault.kind != "busy":
            return fault
        if attempt + 1 < _POST_TRIES:
            outside.sleep(min(fault.retry_after_s or 2.0**attempt, _LONGEST_WAIT_S))
    return fault


def _post(
    store: Store, intent: Intent, body: _Body, client: ClaudeClient, *, run: Run, outside: Outside
) -> ProviderFault | None:
    try:
        with body.path.open("rb") as stream:
            batch_id = client.create_batch(stream, byte_count=body.byte_count)
    except ProviderFault as fault:
        event = "doubtful" if fault.kind == "doubtful" else "refused"
        settle(store, intent, event, run=run, at=outside.now(), detail=fault.detail)
        return fault
    add_handle(store, intent, batch_id, how="created", run=run, at=outside.now())
    return None


def _bodies(
    ordered: Sequence[Outgoing],
    catalogue: Catalogue,
    spool: Path,
    outside: Outside,
    *,
    max_requests: int,
    max_bytes: int,
) -> Iterator[_Body]:
    """Bodies on disk, one at a time, so that memory holds one request and not one batch."""
    start = 0
    while start < len(ordered):
        nonce = outside.nonce()
        body = _Body(spool / f"{nonce}.json", nonce)
        is_cached = _is_cached(ordered[start].request, catalogue, count=len(ordered) - start)
        digest = hashlib.sha256()
        with body.path.open("wb") as out:
            out.write(b'{"requests":[')
            size = len(b'{"requests":[]}')
            for item in ordered[start : start + max_requests]:
                line = _line(item, nonce, catalogue, is_cached=is_cached)
                if body.members and size + len(line) + 1 > max_bytes:
                    break
                piece = b"," + line if body.members else line
                digest.update(line)
                out.write(piece)
                size += len(piece)
                body.members.append(item)
            out.write(b"]}")
        body.byte_count, body.sha256 = size, digest.hexdigest()
        start += len(body.members)
        yield body


def _line(item: Outgoing, nonce: str, catalogue: Catalogue, *, is_cached: bool) -> bytes:
    request = item.request
    params = message_body(call_of(request, catalogue, bad_reply=item.bad_reply, is_cached=is_cached))
    return orjson.dumps(
        {"custom_id": custom_id(request.route.task, nonce, request.request_key), "params": params}
    )


def _is_cached(request: Request, catalogue: Catalogue, *, count: int) -> bool:
    fixed, _ = fixed_tokens(request.route.task, catalogue.of(request.hop.model).chars_per_token_fa)
    return is_marked(request.hop, catalogue, fixed=fixed, count=count)


def _renonce(body: _Body, nonce: str) -> None:
    """Give a body on disk a new nonce in place; both are eight characters, and only custom ids hold one."""
    task = body.members[0].request.route.task
    old = f'"custom_id":"{task}-{body.nonce}-'.encode()
    new = f'"custom_id":"{task}-{nonce}-'.encode()
    text = body.path.read_bytes().replace(old, new)
    body.path.write_bytes(text)
    body.nonce = nonce
    body.sha256 = hashlib.sha256(text).hexdigest()
