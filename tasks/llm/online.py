"""Online calls: bounded concurrency, patient retries by stamina, everything filed chunk by chunk.

An online call has no listing to find a lost answer by. So an intent is committed before each chunk; if the process
dies in between, `lost.py` files the members without an answer before they are sent again. A try whose answer was
lost on the way may have been charged: it is filed as `lost` at the worst case, so that the ledger is never below the bill.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import stamina

from tasks.llm import ledger
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
    """What one call came to, and how many tries before it may have been charged without an answer."""

    result: Raw | ProviderFault
    lost: int = 0


@dataclass
class Served:
    """What came of a series of online calls."""

    replies: list[Reply] = field(default_factory=list)
    fault: ProviderFault | None = None  # the provider takes no more for now


def serve_online(
    store: Store, outgoing: Sequence[Outgoing], ask: Asker, *, run: Run, prices: Prices, outside: Outside, concurrency: int,
    may_repair: bool, backend: str | None = None,
) -> Served:  # fmt: skip
    """Ask one by one, `concurrency` at a time; each chunk is filed before the next begins."""
    served = Served()
    size = concurrency * _CHUNKS_PER_WORKER
    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        for start in range(0, len(outgoing), size):
            chunk = outgoing[start : start + size]
            intent = open_intent(
                store,
                [(o.request, o.attempt) for o in chunk],
                nonce=outside.nonce(),
                run=run,
                at=outside.now(),
            )
            tried = list(pool.map(lambda o: _ask_patiently(ask, o), chunk))
            replies, fault = _read(intent, chunk, tried, prices, may_repair=may_repair, backend=backend)
            with store.transaction():
                ledger.append_replies(store, replies, run=run)
                settle(store, intent, "filed", run=run, at=outside.now(), detail=f"{len(replies)} rows")
            served.replies += replies
            if fault is not None:
                served.fault = fault
                break
    return served


def _ask_patiently(ask: Asker, item: Outgoing) -> Tried:
    """One call with retries: `Retry-After` is honoured, the rest is exponential with jitter. The one owner of retries."""
    began = time.monotonic()
    faults: list[ProviderFault] = []

    def again(error: Exception) -> bool | float:
        if not isinstance(error, ProviderFault):
            return False
        faults.append(error)
        if error.kind not in ("busy", "doubtful"):
            return False
        return True if error.retry_after_s is None else min(error.retry_after_s, _LONGEST_WAIT_S)

    try:
        for attempt in stamina.retry_context(
            on=again, attempts=_TRIES, timeout=300.0, wait_max=_LONGEST_WAIT_S / 4
        ):
            with attempt:
                raw = replace(ask(item), latency_ms=1000 * (time.monotonic() - began))
    except ProviderFault as fault:
        # the last of them is the result; it is filed with its own outcome
        return Tried(fault, sum(f.kind == "doubtful" for f in faults) - (fault.kind == "doubtful"))
    return Tried(raw, sum(f.kind == "doubtful" for f in faults))


def _read(
    intent: Intent, chunk: Sequence[Outgoing], tried: Sequence[Tried], prices: Prices, *,
    may_repair: bool, backend: str | None,
) -> tuple[list[Reply], ProviderFault | None]:  # fmt: skip
    """Replies of a chunk, lost tries first; and why the provider takes no more for now, if so."""
    replies: list[Reply] = []
    fault: ProviderFault | None = None
    busy = 0
    for item, found in zip(chunk, tried, strict=True):
        hop, result = item.request.hop, found.result
        replies += [_lost(item, intent, "answer lost, tried again")] * found.lost
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
