"""OpenAI chat completions as seven different servers answer them."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from tests.emulator import content, tokens
from tests.emulator.caching import CacheBook
from tests.emulator.content import Asked, Said
from tests.emulator.faults import Rule, luck
from tests.emulator.openai_profiles import Profile
from tests.emulator.prices import Tokens

# Thinking tokens when nobody switched it off: of the order of a documented extraction (83 against 7 tokens).
THINKING_TOKENS = 120
PREFIX_BLOCK = 64  # DeepSeek caches prefixes in blocks of 64 tokens
DEFAULT_MAX_TOKENS = 4096


@dataclass(frozen=True)
class Failed:
    """An answer that is an error: HTTP status and the body's fields."""

    status: int
    message: str
    kind: str = "invalid_request_error"


def check(body: Any, profile: Profile) -> Failed | None:
    """What this server refuses."""
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list) or not body["messages"]:
        return Failed(422 if profile.is_paid else 400, "messages: field required")
    if body.get("stream"):
        return Failed(400, "the emulator does not stream")
    if profile.price(str(body.get("model"))) is None:
        return Failed(400, "Model Not Exist")
    form = body.get("response_format") or {"type": "text"}
    if form.get("type") not in ("text", "json_object", "json_schema"):
        return Failed(400, f"unknown variant `{form.get('type')}`")
    if form["type"] == "json_schema" and profile.schema == "refuse_400":
        return Failed(400, "This response_format type is unavailable now")
    if form["type"] == "json_schema" and profile.schema == "refuse_500":
        return Failed(
            500,
            "[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type')}]",
            "internal_server_error",
        )
    return None


def asked(body: dict[str, Any], profile: Profile) -> Asked:
    """What the model sees; the schema is there only when this server would enforce it."""
    system = "\n".join(
        _plain(m.get("content")) for m in body["messages"] if m["role"] in ("system", "developer")
    )
    turns = tuple(
        (m["role"], _plain(m.get("content"))) for m in body["messages"] if m["role"] in ("user", "assistant")
    )
    is_json = (body.get("response_format") or {}).get("type") == "json_object" and profile.schema != "ignore"
    return Asked(system=system, turns=turns, schema=_schema(body, profile), is_json=is_json)


def answer(
    body: dict[str, Any],
    profile: Profile,
    rules: list[Rule],
    *,
    source: content.Source,
    quirk_luck: str,
    quirk_rate: float,
) -> Said:
    """The model's words, bent by this server's character and by the faults that hit."""
    form = (body.get("response_format") or {}).get("type", "text")
    if (
        form == "json_object"
        and profile.needs_word_json
        and "json" not in json.dumps(body["messages"]).lower()
    ):
        rules = [*rules, _rule("whitespace")]
    if profile.schema == "ignore":
        rules = [*rules, _rule("fenced")]
    if profile.quirk and luck(quirk_luck) < quirk_rate:
        rules = [*rules, _rule(profile.quirk)]
    return content.answer(asked(body, profile), rules, source=source)


def use(body: dict[str, Any], profile: Profile, said: Said, cache: CacheBook) -> Tokens:
    """Tokens of the exchange; cuts `said` at max_tokens."""
    seen = asked(body, profile)
    prompt = tokens.count(seen.system) + sum(tokens.count(text) + 4 for _, text in seen.turns) + 8
    thinking = THINKING_TOKENS if thinks(body, profile) else 0
    most = body.get("max_tokens") or body.get("max_completion_tokens") or DEFAULT_MAX_TOKENS
    room = most - thinking
    output = tokens.count(said.text or said.reasoning)
    if output > room:
        said.text, said.stop, output = tokens.cut(said.text, max(room, 0)), "length", max(room, 0)
        thinking = min(thinking, most)
    elif said.stop == "length":
        output = room
    cached = 0
    if profile.is_paid:
        key = hashlib.sha256(f"{profile.name}\0{body['model']}\0{seen.system}".encode()).hexdigest()
        size = tokens.count(seen.system) // PREFIX_BLOCK * PREFIX_BLOCK
        cached = size if size and cache.touch(key, ttl_s=3600, in_batch=False, luck=key) else 0
    return Tokens(input=prompt - cached, cache_read=cached, output=output + thinking, thinking=thinking)


def thinks(body: dict[str, Any], profile: Profile) -> bool:
    """Whether this request leaves thinking on: every server here thinks unless it is told not to."""
    if not profile.thinks:
        return False
    if profile.name == "deepseek":
        return bool((body.get("thinking") or {}).get("type", "enabled") == "enabled")
    if body.get("reasoning_effort") == "none":
        return False
    return (body.get("chat_template_kwargs") or {}).get("enable_thinking", True) is not False


def completion(
    body: dict[str, Any], profile: Profile, said: Said, used: Tokens, *, name: str, at: int
) -> dict[str, Any]:
    """The response object of chat completions."""
    text: str | None = None if said.null_content else said.text
    reply: dict[str, Any] = {"role": "assistant", "content": text}
    if said.reasoning or used.thinking:
        reply[profile.reasoning_field] = said.reasoning or "The user wants one JSON object."
    usage: dict[str, Any] = {
        "prompt_tokens": used.prompt,
        "completion_tokens": used.output,
        "total_tokens": used.prompt + used.output,
        "completion_tokens_details": {"reasoning_tokens": used.thinking},
        "prompt_tokens_details": {"cached_tokens": used.cache_read},
    }
    if profile.name == "deepseek":
        usage |= {"prompt_cache_hit_tokens": used.cache_read, "prompt_cache_miss_tokens": used.input}
    finish = {"end": "stop", "length": "length", "refusal": "content_filter"}[said.stop]
    return {
        "id": name,
        "object": "chat.completion",
        "created": at,
        "model": body["model"],
        "system_fingerprint": f"fp_{profile.name}",
        "usage": usage,
        "choices": [{"index": 0, "message": reply, "finish_reason": finish, "logprobs": None}],
    }


def sha(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _schema(body: dict[str, Any], profile: Profile) -> dict[str, Any] | None:
    form = body.get("response_format") or {}
    if form.get("type") == "json_schema" and profile.schema == "native":
        found: dict[str, Any] | None = form["json_schema"].get("schema")
        return found
    if profile.name == "vllm" and "json" in (body.get("structured_outputs") or {}):
        return dict(body["structured_outputs"]["json"])
    if form.get("type") == "json_object" and profile.takes_object_schema:
        return form.get("schema")
    return None


def _rule(do: str) -> Rule:
    return Rule(do=do, match={}, count=None, skip=0, probability=1.0, when="before", args={})


def _plain(blocks: Any) -> str:
    if blocks is None or isinstance(blocks, str):
        return blocks or ""
    return "\n".join(block.get("text", "") for block in blocks)
