"""A call about to be made and what came back, in words that every provider shares; and how a request becomes a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tasks.llm.catalogue import Catalogue
from tasks.llm.prices import Prices
from tasks.llm.prompting import turns
from tasks.llm.reading import read_reply
from tasks.llm.types import Reply, Request, Usage

# Outcomes of a model that read the request: charged whatever it said. The others never reached one.
_ANSWERED = frozenset({"ok", "truncated", "refused", "too_long", "invalid", "empty"})


@dataclass(frozen=True, slots=True)
class Call:
    """What a client needs to build a request body."""

    task: str
    api_id: str
    max_tokens: int
    turns: list[dict[str, str]]
    quirk_body: Mapping[str, Any]
    is_cached: bool = False


@dataclass(frozen=True, slots=True)
class Raw:
    """What a provider sent, before the task's schema has seen it."""

    outcome: (
        str  # ok | truncated | refused | too_long | rejected | errored | expired | canceled | paused | lost
    )
    text: str | None = None
    stop_reason: str | None = None
    model: str = ""
    request_id: str | None = None
    backend: str | None = None
    usage: Usage = field(default_factory=Usage)
    detail: str | None = None
    latency_ms: float | None = None
    notes: tuple[str, ...] = ()


def call_of(
    request: Request, catalogue: Catalogue, *, bad_reply: str | None = None, is_cached: bool = False
) -> Call:
    """The call a request row stands for."""
    model = catalogue.of(request.hop.model)
    said = turns(request.inputs_json, bad_reply=bad_reply, reasons=request.repair_reasons)
    return Call(
        request.route.task,
        model.api_id or request.hop.model,
        int(request.params["max_tokens"]),
        said,
        model.quirk_body,
        is_cached,
    )


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request to be sent: which try it is, and in a repair turn the reply that it mends."""

    request: Request
    attempt: int
    bad_reply: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """Which request a raw answer belongs to."""

    request_key: str
    task: str
    provider: str
    model: str
    attempt: int
    intent_id: str
    worst_usd: float
    batch_id: str | None = None


def reply_of(raw: Raw, sent: Sent, *, prices: Prices, at: datetime, may_repair: bool) -> Reply:
    """The reply row of a raw answer: validated, priced."""
    outcome, value_json, reasons, is_repaired = raw.outcome, None, raw.notes, False
    if raw.outcome == "ok":
        read = read_reply(sent.task, raw.text, may_repair=may_repair)
        outcome, value_json, is_repaired = read.outcome, read.value_json, read.is_repaired
        reasons = (*raw.notes, *read.reasons)
    cost, source = _charge(raw, sent, prices, at)
    return Reply(
        request_key=sent.request_key, attempt=sent.attempt, outcome=outcome, provider=sent.provider,
        model=raw.model or sent.model, usage=raw.usage, cost_usd=cost, price_source=source,
        value_json=value_json, raw=None if outcome == "ok" else raw.text, reasons=reasons, detail=raw.detail,
        stop_reason=raw.stop_reason, backend=raw.backend, provider_request_id=raw.request_id, intent_id=sent.intent_id,
        batch_id=sent.batch_id, is_batch=sent.batch_id is not None, is_json_repaired=is_repaired, latency_ms=raw.latency_ms,
    )  # fmt: skip


def _charge(raw: Raw, sent: Sent, prices: Prices, at: datetime) -> tuple[float, str]:
    """Dollars of an answer, and where they are from. One that came without its token counts is not free: the worst case."""
    source = prices.source(sent.model)
    if raw.usage != Usage():
        return prices.usd(sent.model, raw.usage, at=at, is_batch=sent.batch_id is not None), source
    if raw.outcome in _ANSWERED and source != "free":
        return sent.worst_usd, "worst case: the provider told no usage"
    return 0.0, source
