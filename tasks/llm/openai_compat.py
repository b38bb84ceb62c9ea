"""OpenAI-compatible servers by the official SDK: DeepSeek, vLLM, SGLang, llama.cpp, Ollama, transformers serve.

One client, a base URL and a quirk profile from the catalogue. The only importer of `openai`; its retries are off.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import httpx2
import openai

from tasks.llm.calls import Call, Raw
from tasks.llm.catalogue import Quirks
from tasks.llm.faults import ProviderFault, kind_of
from tasks.llm.prompting import load_prompt, schema_of, schema_words
from tasks.llm.types import Usage

_STOPS = {
    "stop": "ok",
    "length": "truncated",
    "content_filter": "refused",
    "insufficient_system_resource": "errored",
    "tool_calls": "invalid",
}
# Where local servers tell what they are: path under the server's root → (name, field).
_SELF_PORTRAITS = (
    ("version", "vllm", "version"),
    ("get_server_info", "sglang", "version"),
    ("props", "llama.cpp", "build_info"),
    ("api/version", "ollama", "version"),
)


class CompatClient:
    """Calls one server. `ask` raises ProviderFault for whatever the server or the network did."""

    def __init__(self, *, api_key: str, base_url: str, quirks: Quirks, timeout_s: float = 600.0):
        self.quirks = quirks
        self._sdk = openai.OpenAI(api_key=api_key, base_url=base_url, max_retries=0, timeout=timeout_s)

    def close(self) -> None:
        self._sdk.close()

    def ping(self) -> None:
        """Ask for the list of models: free, and tells whether address and key are good.

        A server that cannot list its models (`transformers serve` answers 500) is there all the same.
        """
        try:
            self._sdk.models.list()
        except openai.APIStatusError as error:
            if error.status_code in (401, 402, 403, 404):
                raise _fault(error) from None
        except openai.OpenAIError as error:
            raise _fault(error) from None

    def ask(self, body: Mapping[str, Any]) -> Raw:
        """One chat completion."""
        try:
            answer = self._sdk.post("/chat/completions", cast_to=object, body=dict(body))
        except (openai.OpenAIError, httpx2.HTTPError, json.JSONDecodeError) as error:
            fault = _fault(error)
            if fault.kind == "definite" and fault.detail.startswith("404"):
                fault = ProviderFault("shut", fault.detail)  # the model or the address: for all questions
            raise fault from None
        if not isinstance(answer, dict) or not isinstance(answer.get("choices"), list):
            raise ProviderFault("doubtful", "the answer is not of the API's shape")
        return read_chat(answer)

    @cached_property
    def backend(self) -> str | None:
        """The server and its version as it tells them; None when it does not."""
        root = self._sdk.base_url.copy_with(
            path="/" + self._sdk.base_url.path.strip("/").removesuffix("v1").strip("/")
        )
        for path, name, field in _SELF_PORTRAITS:
            try:
                told = self._sdk.get(f"{str(root).rstrip('/')}/{path}", cast_to=object)
            except (openai.OpenAIError, httpx2.HTTPError, json.JSONDecodeError):
                continue  # not this kind of server
            if isinstance(told, dict) and told.get(field):
                quantised = told.get("quantization") or told.get("model_path") or ""
                return f"{name} {told[field]} {quantised}".strip()
        return None


def chat_body(call: Call, quirks: Quirks) -> dict[str, Any]:
    """The body of one chat completion in the server's dialect. Thinking is off: it eats the answer's tokens."""
    system = load_prompt(call.task).system
    if quirks.schema_form in ("json_object", "none"):
        system += f"\n\n{schema_words(call.task)}"
    body: dict[str, Any] = {
        "model": call.api_id,
        "max_tokens": call.max_tokens,
        "messages": [{"role": "system", "content": system}, *call.turns],
        **quirks.thinking_off,
        **call.quirk_body,
    }
    if quirks.sampling:
        body["temperature"] = 0
    form = _response_format(call.task, quirks)
    return body | ({"response_format": form} if form else {})


def _response_format(task: str, quirks: Quirks) -> dict[str, Any] | None:
    schema = schema_of(task)
    if quirks.schema_form == "json_schema":
        return {"type": "json_schema", "json_schema": {"name": task, "schema": schema}}
    if quirks.schema_form == "json_object_schema":
        return {"type": "json_object", "schema": schema}
    return {"type": "json_object"} if quirks.schema_form == "json_object" else None


def read_chat(answer: Mapping[str, Any]) -> Raw:
    """A chat completion in the pipeline's words: `content`, and nothing else, is the answer."""
    choice: Mapping[str, Any] = next(iter(answer["choices"]), {})
    message = choice.get("message") or {}
    text = _text(message.get("content"))
    stop = choice.get("finish_reason")
    outcome = _STOPS.get(stop or "", "errored")
    notes: tuple[str, ...] = ()
    thought = message.get("reasoning") or message.get("reasoning_content")
    if not (text or "").strip() and thought:
        notes = ("the answer lay in the reasoning field",)
    if outcome == "invalid":
        notes = ("the answer was a call of a tool",)
    if outcome == "truncated" and not (text or "").strip(" \t\r\n{["):
        outcome, notes = "empty", (*notes, "endless whitespace")
    return Raw(
        outcome=outcome,
        text=text,
        stop_reason=stop,
        model=answer.get("model") or "",
        request_id=answer.get("id"),
        backend=answer.get("system_fingerprint"),
        usage=_usage(answer.get("usage") or {}),
        notes=notes,
    )


def _text(content: str | list[dict[str, Any]] | None) -> str | None:
    """A message's content: text, or with some hosts a list of parts."""
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content if part.get("type") == "text")
    return content


def _usage(used: Mapping[str, Any]) -> Usage:
    prompt = used.get("prompt_tokens") or 0
    cached = (
        used.get("prompt_cache_hit_tokens")
        or (used.get("prompt_tokens_details") or {}).get("cached_tokens")
        or 0
    )
    return Usage(input=prompt - cached, cached=cached, output=used.get("completion_tokens") or 0)


def _fault(error: Exception) -> ProviderFault:
    if isinstance(error, openai.APIStatusError):
        kind = kind_of(error.status_code, str(error.message))
        after = error.response.headers.get("retry-after")
        return ProviderFault(kind, f"{error.status_code} {error.code or ''}".strip(), _seconds(after))
    if isinstance(error.__cause__, (httpx2.ConnectError, httpx2.ConnectTimeout)):
        return ProviderFault("busy", "no connection")  # nothing was sent, so nothing can be charged
    return ProviderFault("doubtful", type(error).__name__)


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
