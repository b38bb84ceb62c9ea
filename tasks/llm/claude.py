"""Claude by the official SDK: Messages online, Message Batches, with the SDK's retries off.

The SDK makes an idempotency key and never sends it; a retried POST is a second billable batch. Who retries what is
decided in `online.py` and `submission.py`. The only importer of `anthropic`.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import anthropic
import httpx2
import orjson
from anthropic import BaseModel
from anthropic.types.messages import MessageBatch

from tasks.llm.calls import Call, Raw
from tasks.llm.faults import ProviderFault, is_limit, kind_of
from tasks.llm.prompting import load_prompt, schema_of
from tasks.llm.types import Usage

_STOPS = {
    "end_turn": "ok",
    "stop_sequence": "ok",
    "max_tokens": "truncated",
    "refusal": "refused",
    "model_context_window_exceeded": "too_long",
    "tool_use": "invalid",
    "pause_turn": "errored",
}
_BATCH_FIELDS = ("id", "created_at", "processing_status", "request_counts")
_ROW_ERRORS_FINAL = frozenset(
    {"invalid_request_error", "not_found_error", "permission_error", "request_too_large"}
)


@cache
def _certificates() -> ssl.SSLContext:
    """The trusted certificates, read once: a client is made for every look at open batches, and reading takes 30 ms."""
    return httpx2.create_ssl_context()


class ClaudeClient:
    """Calls one workspace. Every method raises ProviderFault for whatever the API or the network did."""

    def __init__(self, *, api_key: str, base_url: str | None, timeout_s: float = 600.0):
        http = anthropic.DefaultHttpxClient(verify=_certificates())
        self._sdk = anthropic.Anthropic(
            api_key=api_key, base_url=base_url, max_retries=0, timeout=timeout_s, http_client=http
        )

    def close(self) -> None:
        self._sdk.close()

    def ping(self) -> None:
        """Ask for one line of the list of models: free, and tells whether address and key are good."""
        with _translated():
            self._sdk.models.list(limit=1)

    def ask(self, body: Mapping[str, Any]) -> Raw:
        """One message, online."""
        with _translated(is_question=True):
            message = self._sdk.messages.create(**body)
            return read_message(_plain(message, "content"), request_id=message._request_id)

    def create_batch(self, body: BinaryIO, *, byte_count: int) -> str:
        """POST a body that is on disk; the batch's id. `doubtful` faults mean that it may exist all the same."""
        headers = {"content-type": "application/json", "content-length": str(byte_count)}
        with _translated(is_question=True):
            batch = self._sdk.post(
                "/v1/messages/batches", cast_to=MessageBatch, content=body, options={"headers": headers}
            )
            return str(_plain(batch, "id")["id"])

    def list_batches(self, *, since: datetime, page_size: int = 1000) -> list[dict[str, Any]]:
        """Batches of the workspace created at or after `since`, oldest first."""
        found: list[dict[str, Any]] = []
        after: str | anthropic.Omit = anthropic.omit
        is_more = True
        while is_more:
            with _translated():
                raw = self._sdk.messages.batches.with_raw_response.list(limit=page_size, after_id=after)
                if not isinstance(json.loads(raw.text()), dict):  # which the SDK's reader of pages trips over
                    raise ProviderFault("doubtful", "the list of batches is none")
                page = raw.parse()
                told = [_plain(batch, *_BATCH_FIELDS) for batch in _plain(page, "data") and page.data]
            young = [batch for batch in told if batch["created_at"] >= since]
            found += young
            is_more = bool(page.has_more and page.last_id and len(young) == len(told))
            after = page.last_id or anthropic.omit
        return sorted(found, key=lambda b: b["created_at"])

    def batch(self, batch_id: str) -> dict[str, Any]:
        with _translated():
            return _plain(self._sdk.messages.batches.retrieve(batch_id), *_BATCH_FIELDS)

    def cancel_batch(self, batch_id: str) -> None:
        with _translated():
            self._sdk.messages.batches.cancel(batch_id)

    def delete_batch(self, batch_id: str) -> None:
        with _translated():
            self._sdk.messages.batches.delete(batch_id)

    def save_results(self, batch_id: str, target: Path) -> None:
        """Write the results to disk as they come; the caller checks them for completeness."""
        stream = self._sdk.messages.batches.with_streaming_response.results
        with _translated(), stream(batch_id) as response, target.open("wb") as out:
            for piece in response.iter_bytes():
                out.write(piece)


@contextmanager
def _translated(*, is_question: bool = False) -> Iterator[None]:
    """Whatever the API or the network did, as a ProviderFault.

    A body that is no JSON, or JSON of another shape, is an answer that nobody can read: what it meant is in doubt. To a
    question, «not found» means the model or the address, so that every other question would hear the same.
    """
    try:
        yield
    except (anthropic.AnthropicError, httpx2.HTTPError, json.JSONDecodeError) as error:
        fault = _fault(error)
        if is_question and fault.kind == "definite" and fault.detail.startswith("404"):
            fault = ProviderFault("shut", fault.detail)
        raise fault from None


def _plain(answer: Any, *needed: str) -> dict[str, Any]:
    """An SDK object as a dict that has these fields. The SDK casts without checking, and hands text through as text."""
    told = answer.to_dict(mode="python") if isinstance(answer, BaseModel) else {}
    if any(told.get(name) is None for name in needed):
        raise ProviderFault("doubtful", "the answer is not of the API's shape")
    return told


def message_body(call: Call) -> dict[str, Any]:
    """The parameters of one message: thinking as the catalogue says, structured output, no sampling parameters."""
    system: dict[str, Any] = {"type": "text", "text": load_prompt(call.task).system}
    if call.is_cached:
        system["cache_control"] = {"type": "ephemeral"}
    return {
        "model": call.api_id,
        "max_tokens": call.max_tokens,
        "system": [system],
        "messages": call.turns,
        "output_config": {"format": {"type": "json_schema", "schema": output_schema(call.task)}},
        **call.quirk_body,
    }


@cache
def output_schema(task: str) -> dict[str, Any]:
    """The reply's schema in the form Claude's structured outputs take."""
    return anthropic.transform_schema(schema_of(task))


def read_message(message: Mapping[str, Any], *, request_id: str | None = None) -> Raw:
    """A message as the API sends it, in the pipeline's words. Text blocks are picked by type."""
    text = "".join(
        block.get("text", "") for block in message.get("content") or () if block.get("type") == "text"
    )
    used = message.get("usage") or {}
    stop = message.get("stop_reason")
    return Raw(
        outcome=_STOPS.get(stop or "", "errored"),
        text=text,
        stop_reason=stop,
        notes=("the answer was a call of a tool",) if stop == "tool_use" else (),
        model=message.get("model", ""),
        request_id=request_id or message.get("id"),
        backend=used.get("service_tier"),
        usage=Usage(
            input=used.get("input_tokens") or 0,
            cached=used.get("cache_read_input_tokens") or 0,
            cache_write=used.get("cache_creation_input_tokens") or 0,
            output=used.get("output_tokens") or 0,
        ),
    )


def read_row(result: Mapping[str, Any]) -> Raw:
    """One result of a batch: succeeded, errored, expired or canceled. Only the first is charged."""
    kind = result.get("type")
    if kind == "succeeded":
        return read_message(result.get("message") or {})
    if kind in ("expired", "canceled"):
        return Raw(outcome=kind, detail=kind)
    error = (result.get("error") or {}).get("error") or {}
    name = error.get("type", "unknown_error")
    message = error.get("message", "")
    if is_limit(f"{name} {message}"):
        return Raw(outcome="paused", detail="limit or balance")
    return Raw(outcome="rejected" if name in _ROW_ERRORS_FINAL else "errored", detail=name)


def read_rows(lines: Iterator[bytes] | Sequence[bytes]) -> Iterator[tuple[str, Raw]]:
    """(custom id, what came back) of each line of a results file."""
    for line in lines:
        if line.strip():
            row = orjson.loads(line)
            yield row["custom_id"], read_row(row.get("result") or {})


def _fault(error: Exception) -> ProviderFault:
    if isinstance(error, anthropic.APIStatusError):
        kind = kind_of(error.status_code, str(error.message))
        code = ""
        if isinstance(error.body, dict):
            inner = error.body.get("error") or {}
            code = (inner.get("details") or {}).get("error_code") or inner.get("type") or ""
        if code == "enforced_spend_limit_reached":
            kind = "shut"
        after = error.response.headers.get("retry-after")
        return ProviderFault(kind, f"{error.status_code} {code}".strip(), _seconds(after))
    if isinstance(error.__cause__, (httpx2.ConnectError, httpx2.ConnectTimeout)):
        return ProviderFault("busy", "no connection")  # nothing was sent, so nothing can be charged
    return ProviderFault("doubtful", type(error).__name__)


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
