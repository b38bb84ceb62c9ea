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


@dataclass(frozen=True)
class Call:
    """What a client needs to build a request body."""

    task: str
    api_id: str
    max_tokens: int
    turns: list[dict[str, str]]
    quirk_body: Mapping[str, Any]
    is_cached: bool = False


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Outgoing:
    """A request to be sent: which try it is, and in a repair turn the reply that it mends."""

    request: Request
    attempt: int
    bad_reply: str | None = None


@dataclass(frozen=True)
class Sent:
    """Which request a raw answer belongs to."""

    request_key: str
    task: str
    provider: str
    model: str
    attempt: int
    intent_id: str
    batch_id: str | None = None


def reply_of(raw: Raw, sent: Sent, *, prices: Prices, at: datetime, may_repair: bool) -> Reply:
    """The reply row of a raw answer: validated, priced."""
    outcome, value_json, reasons, is_repaired = raw.outcome, None, raw.notes, False
    if raw.outcome == "ok":
        read = read_reply(sent.task, raw.text, may_repair=may_repair)
        outcome, value_json, is_repaired = read.outcome, read.value_json, read.is_repaired
        reasons = (*raw.notes, *read.reasons)
    is_batch = sent.batch_id is not None
    cost = prices.usd(sent.model, raw.usage, at=at, is_batch=is_batch) if raw.usage != Usage() else 0.0
    return Reply(
        request_key=sent.request_key, attempt=sent.attempt, outcome=outcome, provider=sent.provider,
        model=raw.model or sent.model, usage=raw.usage, cost_usd=cost, price_source=prices.source(sent.model),
        value_json=value_json, raw=None if outcome == "ok" else raw.text, reasons=reasons, detail=raw.detail,
        stop_reason=raw.stop_reason, backend=raw.backend, provider_request_id=raw.request_id, intent_id=sent.intent_id,
        batch_id=sent.batch_id, is_batch=is_batch, is_json_repaired=is_repaired, latency_ms=raw.latency_ms,
    )  # fmt: skip
