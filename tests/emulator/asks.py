"""Requests that tests put to the emulator through the vendors' SDKs, and how they read the answers."""

from typing import Any

import anthropic
import openai
from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse
from openai.types.chat import ChatCompletion

from tests.emulator.handle import Emulator

SCHEMA = {
    "type": "object",
    "properties": {
        "position": {"type": "string", "enum": ["support", "oppose"]},
        "places": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["position", "places"],
    "additionalProperties": False,
}
FORMAT = {"format": {"type": "json_schema", "schema": SCHEMA}}
ASK: dict[str, Any] = {
    "model": "claude-haiku-5-5",
    "max_tokens": 400,
    "system": "You read messages.",
    "messages": [{"role": "user", "content": "آب شهر ما قطع است"}],
    "thinking": {"type": "disabled"},
    "output_config": FORMAT,
}
JSON_SCHEMA: Any = {"type": "json_schema", "json_schema": {"name": "reply", "schema": SCHEMA, "strict": True}}
NO_THINKING = {"chat_template_kwargs": {"enable_thinking": False}}


def rows(n: int, **changes: Any) -> list[Any]:
    return [{"custom_id": f"row-{i}", "params": {**ASK, **changes}} for i in range(n)]


def finish(claude: anthropic.Anthropic, emulator: Emulator, n: int = 3, **changes: Any) -> MessageBatch:
    batch = claude.messages.batches.create(requests=rows(n, **changes))
    emulator.advance(10)
    return claude.messages.batches.retrieve(batch.id)


def read(claude: anthropic.Anthropic, batch: MessageBatch) -> list[MessageBatchIndividualResponse]:
    """Every line, validated (the SDK itself does not)."""
    lines = claude.messages.batches.results(batch.id)
    return [MessageBatchIndividualResponse.model_validate(line.to_dict(mode="json")) for line in lines]


def chat(emulator: Emulator, profile: str, **changes: Any) -> ChatCompletion:
    model = {"deepseek": "deepseek-flash", "hosted": "deepseek-ai/DeepSeek-V3.2"}.get(profile, "local")
    body: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": "answer in json"}]}
    with openai.OpenAI(api_key="any", base_url=emulator.openai_url(profile), max_retries=0) as client:
        reply = client.chat.completions.create(**{**body, **changes})
    return ChatCompletion.model_validate(reply.to_dict(mode="json"))
