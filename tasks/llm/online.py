"""Online calls: bounded concurrency, patient retries by stamina, everything filed chunk by chunk.

An online call has no listing to find a lost answer by. So an intent is committed before each chunk, and another one before
a try that follows an answer lost on its way: each may have been charged once, and each stands in the ledger before it is
made. A lost try is filed as `lost` at the worst case; one whose process died is filed so by `lost.py`. The ledger is never
below the bill.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

import stamina

from tasks.llm import ledger
from tasks.llm.budget import Allowance
from tasks.llm.calls import Outgoing, Raw, Sent, reply_of
from tasks.llm.faults import ProviderFault
from tasks.llm.intents import Intent, open_intent, settle
from tasks.llm.lost import lost_reply
from tasks.llm.outside import Outside
from tasks.llm.prices import Prices
from tasks.llm.types import Reply
from tasks.run import Run
from tasks.store import Store

_TRIES = 4  # per call; then it is `errored` and may be sent again by a later pass
_LONGEST_WAIT_S = 60.0
_CHUNKS_PER_WORKER = 8
_BREAKER = 8  # calls in a chunk that failed for good before the provider is left alone

Asker = Callable[[Outgoing], Raw]


@dataclass(frozen=True)
class Tried:
    """What one call came to, and the intent that its last try stands in."""

    intent: Intent
    result: Raw | ProviderFault


@dataclass
class Served:
    """What came of a series of online calls."""

    replies: list[Reply] = field(default_factory=list)
    fault: ProviderFault | None = None  # the provider takes no more for now


@dataclass
class Desk:
    """The ledger as the threads of a pool share it: one at a time."""

    store: Store
    run: Run
    outside: Outside
    allowance: Allowance  # what the caps leave beside the first try of each call
    lock: threading.Lock = field(default_factory=threading.Lock)
    opened: list[Intent] = field(default_factory=list)  # and not yet closed

    def open(self, items: Sequence[Outgoing]) -> Intent:
        """Commit that each of these is about to be tried once."""
        with self.lock:
            pairs = [(item.request, item.attempt) for item in items]
            nonce, at = self.outside.nonce(), self.outside.now()
            self.opened.append(open_intent(self.store, pairs, nonce=nonce, run=self.run, at=at))
            return self.opened[-1]

    def try_again(self, item: Outgoing, intent: Intent, fault: ProviderFault) -> Intent:
        """File the last try as lost and commit the next one, in that order: a crash in between counts one too many.

        Raises:
            ProviderFault: the lost try itself, when both caps leave no room for another at the worst case.
        """
        with self.lock:
            if not self.allowance.take(item.request.worst_usd):
                raise fault
            ledger.append_replies(self.store, [_lost(item, intent, fault.detail)], run=self.run)
        return self.open([item])

    def close(self, replies: Sequence[Reply]) -> None:
        """File answers, and the word that all intents are done with."""
        at = self.outside.now()
        with self.lock, self.store.transaction():
            ledger.append_replies(self.store, replies, run=self.run)
            for intent in self.opened:
                settle(self.store, intent, "filed", run=self.run, at=at)
        self.opened.clear()


def serve_online(
    store: Store, outgoing: Sequence[Outgoing], ask: Asker, *, run: Run, prices: Prices, allowance: Allowance,
    outside: Outside, concurrency: int, may_repair: bool, backend: str | None = None,
) -> Served:  # fmt: skip
    """Ask one by one, `concurrency` at a time; each chunk is filed before the next begins."""
    served, desk = Served(), Desk(store, run, outside, allowance)
    size = concurrency * _CHUNKS_PER_WORKER
    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        for start in range(0, len(outgoing), size):
            chunk = outgoing[start : start + size]
            first = desk.open(chunk)
            tried = list(pool.map(partial(_ask_patiently, desk, ask, first), chunk))
            replies, fault = _read(chunk, tried, prices, may_repair=may_repair, backend=backend)
            desk.close(replies)
            served.replies += replies
            if fault is not None:
                served.fault = fault
                break
    return served


def _ask_patiently(desk: Desk, ask: Asker, intent: Intent, item: Outgoing) -> Tried:
    """One call with retries: `Retry-After` is honoured, the rest is exponential with jitter. The one owner of retries."""
    began = time.monotonic()
    lost: ProviderFault | None = None

    def again(error: Exception) -> bool | float:
        if not isinstance(error, ProviderFault) or error.kind not in ("busy", "doubtful"):
            return False
        return True if error.retry_after_s is None else min(error.retry_after_s, _LONGEST_WAIT_S)

    try:
        for attempt in stamina.retry_context(
            on=again, attempts=_TRIES, timeout=300.0, wait_max=_LONGEST_WAIT_S / 4
        ):
            with attempt:
                if lost is not None:
                    intent, lost = desk.try_again(item, intent, lost), None
                try:
                    return Tried(intent, replace(ask(item), latency_ms=1000 * (time.monotonic() - began)))
                except ProviderFault as fault:
                    lost = fault if fault.kind == "doubtful" else None
                    raise
    except ProviderFault as fault:
        return Tried(intent, fault)
    raise AssertionError("a retry ends with an answer or a fault")


def _read(
    chunk: Sequence[Outgoing], tried: Sequence[Tried], prices: Prices, *, may_repair: bool, backend: str | None,
) -> tuple[list[Reply], ProviderFault | None]:  # fmt: skip
    """Replies of a chunk; and why the provider takes no more for now, if so."""
    replies: list[Reply] = []
    fault: ProviderFault | None = None
    busy = 0
    for item, found in zip(chunk, tried, strict=True):
        hop, intent, result = item.request.hop, found.intent, found.result
        if isinstance(result, ProviderFault):
            busy += result.kind in ("busy", "doubtful")
            fault = result if result.kind == "shut" or busy >= _BREAKER else fault
            if result.kind == "doubtful":
                replies.append(_lost(item, intent, result.detail))
                continue
            raw = _failed(result)
        else:
            raw = result
        raw = replace(raw, backend=" ".join(filter(None, (backend, raw.backend))) or None)
        sent = Sent(
            item.request.request_key, item.request.route.task, hop.provider, hop.model, item.attempt, intent.intent_id,
            item.request.worst_usd,
        )  # fmt: skip
        replies.append(reply_of(raw, sent, prices=prices, at=intent.created_at, may_repair=may_repair))
    return replies, fault


def _lost(item: Outgoing, intent: Intent, detail: str) -> Reply:
    """A try that may have been charged though no answer came."""
    request = item.request
    return lost_reply(intent, request.request_key, item.attempt, usd=request.worst_usd, detail=detail)


def _failed(fault: ProviderFault) -> Raw:
    outcomes = {"shut": "paused", "definite": "rejected", "too_big": "too_long"}
    return Raw(outcome=outcomes.get(fault.kind, "errored"), detail=fault.detail)
