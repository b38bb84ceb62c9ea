"""One Anthropic message: is it allowed, what does it answer, what does it use.

Shared by Messages and Message Batches.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from tests.emulator import content, tokens
from tests.emulator.caching import CacheBook
from tests.emulator.content import Asked, Said
from tests.emulator.prices import ANTHROPIC, Price, Tokens
from tests.emulator.schema import vendor_limits

SAMPLING = ("temperature", "top_p", "top_k")
KNOWN = frozenset(
    {
        "max_tokens",
        "messages",
        "model",
        "cache_control",
        "container",
        "diagnostics",
        "inference_geo",
        "metadata",
        "output_config",
        "service_tier",
        "speed",
        "stop_sequences",
        "system",
        "thinking",
        "tool_choice",
        "tools",
        "stream",
        *SAMPLING,
    }
)
MAX_OUTPUT = {"claude-haiku-5-5": 128_000, "claude-haiku-4-5": 64_000, "claude-haiku-4-5-20251001": 64_000}
CONTEXT = {"claude-haiku-5-5": 1_000_000, "claude-haiku-4-5": 200_000, "claude-haiku-4-5-20251001": 200_000}
# Thinking tokens of an adaptive model by effort: invented, of the order that vendors' examples show.
THINKING = {"low": 60, "medium": 300, "high": 900, "xhigh": 2000, "max": 4000}
LATEST = "2026-10-21"


@dataclass(frozen=True)
class Refused:
    """Why a request is not answered: HTTP status, error type, message."""

    status: int
    kind: str
    message: str


def invalid(message: str) -> Refused:
    return Refused(400, "invalid_request_error", message)


def check(params: Any, *, version: str, in_batch: bool) -> Refused | None:
    """The vendor's validation of one request; None when it is allowed."""
    if not isinstance(params, dict):
        return invalid("params: Input should be an object")
    for name in params:
        if name not in KNOWN:
            return invalid(f"{name}: Extra inputs are not permitted")
    for name in ("model", "max_tokens", "messages"):
        if name not in params:
            return invalid(f"{name}: Field required")
    if params["model"] not in ANTHROPIC:
        return Refused(404, "not_found_error", f"model: {params['model']}")
    for test in (_check_sampling, _check_shape, _check_thinking, _check_format):
        if found := test(params, version, in_batch):
            return found
    return None


def _check_sampling(params: dict[str, Any], version: str, in_batch: bool) -> Refused | None:
    for name in SAMPLING:
        if name in params and version >= LATEST:
            return invalid(f"{name}: Extra inputs are not permitted")
        if name in params and params["model"] == "claude-haiku-5-5":
            return invalid(f"`{name}` is not supported by this model")
    for name in ("stream", "speed") if in_batch else ():
        if params.get(name):
            return invalid(f"{name}: not supported in Message Batches")
    return None


def _check_shape(params: dict[str, Any], version: str, in_batch: bool) -> Refused | None:
    most, model = params["max_tokens"], params["model"]
    if type(most) is not int or most < (1 if in_batch else 0):
        return invalid("max_tokens: must be greater than or equal to 1")
    if most > MAX_OUTPUT[model]:
        return invalid(f"max_tokens: {most} > {MAX_OUTPUT[model]}, the maximum of {model}")
    turns = params["messages"]
    if not isinstance(turns, list) or not turns:
        return invalid("messages: at least one message is required")
    for index, turn in enumerate(turns):
        if (
            not isinstance(turn, dict)
            or turn.get("role") not in ("user", "assistant")
            or not turn.get("content")
        ):
            return invalid(f"messages.{index}: role must be user or assistant, content must be non-empty")
    if turns[0]["role"] != "user":
        return invalid("messages: first message must use the user role")
    if turns[-1]["role"] == "assistant" and model == "claude-haiku-5-5":
        return invalid("This model does not support assistant message prefill")
    return None


def _check_thinking(params: dict[str, Any], version: str, in_batch: bool) -> Refused | None:
    thinking, effort = params.get("thinking"), (params.get("output_config") or {}).get("effort")
    if effort is not None and effort not in THINKING:
        return invalid("output_config.effort: must be low, medium, high, xhigh or max")
    if params["model"] != "claude-haiku-5-5":
        if effort is not None:
            return invalid("This model does not support the effort parameter")
        return _check_budget(thinking, params["max_tokens"])
    if thinking is None or thinking == {"type": "adaptive"} | {
        k: v for k, v in thinking.items() if k == "display"
    }:
        return None
    if thinking.get("type") == "enabled":
        return invalid("thinking.type: 'enabled' is not supported by this model; use 'adaptive'")
    if thinking == {"type": "disabled"}:
        return invalid("thinking cannot be disabled at this effort") if effort in ("xhigh", "max") else None
    return invalid("thinking: invalid configuration")


def _check_budget(thinking: dict[str, Any] | None, most: int) -> Refused | None:
    if thinking is None or thinking == {"type": "disabled"}:
        return None
    if thinking.get("type") != "enabled":
        return invalid("thinking.type: 'adaptive' is not supported by this model")
    budget = thinking.get("budget_tokens", 0)
    return (
        None
        if 1024 <= budget < most
        else invalid("thinking.budget_tokens: must be ≥ 1024 and less than max_tokens")
    )


def _check_format(params: dict[str, Any], version: str, in_batch: bool) -> Refused | None:
    config = params.get("output_config") or {}
    if unknown := set(config) - {"format", "effort"}:
        return invalid(f"output_config.{min(unknown)}: Extra inputs are not permitted")
    form = config.get("format")
    if form is None:
        return None
    if set(form) != {"type", "schema"} or form["type"] != "json_schema":
        return invalid("output_config.format: must be {type: json_schema, schema: …}")
    found = vendor_limits(form["schema"])
    return invalid(f"output_config.format.{found}") if found else None


def asked(params: dict[str, Any]) -> Asked:
    """What the model sees of the request."""
    form = (params.get("output_config") or {}).get("format")
    turns = tuple((turn["role"], _plain(turn["content"])) for turn in params["messages"])
    return Asked(
        system=_plain(params.get("system") or ""), turns=turns, schema=form["schema"] if form else None
    )


def prompt_tokens(params: dict[str, Any]) -> int:
    seen = asked(params)
    total = tokens.count(seen.system) + sum(tokens.count(text) + 4 for _, text in seen.turns) + 8
    if seen.schema is not None:
        total += tokens.count(json.dumps(seen.schema, ensure_ascii=False))
    return total


def use(params: dict[str, Any], said: Said, cache: CacheBook, *, in_batch: bool, luck: str) -> Tokens:
    """Tokens of the exchange; cuts `said` at max_tokens as the API would."""
    price = ANTHROPIC[params["model"]]
    thinking = 0 if said.stop == "refusal" else _thinking(params)
    room = params["max_tokens"] - thinking
    output = tokens.count(said.text)
    if output > room:
        said.text, said.stop, output = tokens.cut(said.text, max(room, 0)), "length", max(room, 0)
        thinking = min(thinking, params["max_tokens"])
    elif said.stop == "length":
        output = room  # a scripted cut fills the cap, as a real one does
    read, short, long = cached_tokens(params, cache, price, in_batch=in_batch, luck=luck)
    rest = prompt_tokens(params) - read - short - long
    return Tokens(rest, read, short, long, output + thinking + (1 if said.stop == "refusal" else 0), thinking)


def cached_tokens(
    params: dict[str, Any], cache: CacheBook, price: Price, *, in_batch: bool, luck: str
) -> tuple[int, int, int]:
    """(read, written for 5 min, written for 1 h) of the marked prefix of the system prompt."""
    system = params.get("system")
    blocks: list[dict[str, Any]] = system if isinstance(system, list) else []
    marks = [n for n, b in enumerate(blocks) if b.get("cache_control")]
    if not marks:
        return 0, 0, 0
    prefix = "\n".join(block["text"] for block in blocks[: marks[-1] + 1])
    size = tokens.count(prefix)
    if size < price.min_cacheable:
        return 0, 0, 0
    is_long = blocks[marks[-1]]["cache_control"].get("ttl") == "1h"
    key = hashlib.sha256(f"{params['model']}\0{prefix}".encode()).hexdigest()
    if cache.touch(key, ttl_s=3600 if is_long else 300, in_batch=in_batch, luck=luck):
        return size, 0, 0
    return (0, 0, size) if is_long else (0, size, 0)


def message(
    params: dict[str, Any], said: Said, used: Tokens, *, message_id: str, in_batch: bool
) -> dict[str, Any]:
    """The response object of the Messages API."""
    stop = {"end": "end_turn", "length": "max_tokens", "refusal": "refusal"}[said.stop]
    blocks: list[dict[str, Any]] = []
    if used.thinking:
        blocks.append({"type": "thinking", "thinking": "", "signature": "ZW11bGF0ZWQ="})
    if said.text:
        blocks.append({"type": "text", "text": said.text, "citations": None})
    details = (
        {"type": "refusal", "category": said.notes[0], "explanation": None}
        if said.stop == "refusal"
        else None
    )
    return {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": params["model"],
        "content": blocks,
        "container": None,
        "diagnostics": None,
        "stop_reason": stop,
        "stop_sequence": None,
        "stop_details": details,
        "usage": {
            "input_tokens": used.input,
            "cache_read_input_tokens": used.cache_read,
            "cache_creation_input_tokens": used.write_5m + used.write_1h,
            "cache_creation": {
                "ephemeral_5m_input_tokens": used.write_5m,
                "ephemeral_1h_input_tokens": used.write_1h,
            },
            "output_tokens": used.output,
            "output_tokens_details": {"thinking_tokens": used.thinking},
            "inference_geo": params.get("inference_geo") or "global",
            "server_tool_use": None,
            "service_tier": "batch" if in_batch else "standard",
            "speed": "standard",
        },
    }


def sha(params: dict[str, Any]) -> str:
    """The body's hash, by which tests match a charge to a request."""
    return hashlib.sha256(json.dumps(params, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def answer(params: dict[str, Any], rules: list[Any], source: content.Source) -> Said:
    return content.answer(asked(params), rules, source=source)


def _thinking(params: dict[str, Any]) -> int:
    thinking = params.get("thinking")
    if params["model"] != "claude-haiku-5-5":
        return thinking["budget_tokens"] // 2 if thinking and thinking["type"] == "enabled" else 0
    if thinking == {"type": "disabled"}:
        return 0
    return THINKING[(params.get("output_config") or {}).get("effort") or "medium"]


def _plain(blocks: Any) -> str:
    if isinstance(blocks, str):
        return blocks
    return "\n".join(block.get("text", "") for block in blocks if block.get("type") == "text")
