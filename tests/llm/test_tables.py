"""The providers' tables, row by row: what each status, result type, stop reason, error and finish reason means here.

The rows are those of the vendors' documentation as the project's research has them. What is done about a meaning is the table of
tasks/llm/moves.py; that it is done through the real SDKs, and charged once, is held by:

| row                                                   | test                                                                          |
|-------------------------------------------------------|-------------------------------------------------------------------------------|
| in_progress, ended; polling; 24 hours                 | test_batches: pending until it has ended; expires after 24 hours              |
| canceling (a twin)                                    | test_batches: a twin is cancelled                                             |
| connection dropped, 429, 500, 504, 529, before, after | test_batches: DOUBTS; faults/test_llm_kills: CUTS                             |
| a spend limit (400), the tier's cap (429), no balance | test_batches: SHUT; rows that failed for want of balance; test_online: 402    |
| errored, expired, canceled rows                       | test_batches: DOUBTS                                                          |
| refusal; max_tokens                                   | test_batches: next of the route; twice the room                               |
| results cut, twice, missing, foreign, garbled         | test_batches: DOUBTS; test_doubt                                              |
| enum casing, a wrong schema                           | test_batches: one repair turn                                                 |
| no thinking, no sampling, no prefill                  | test_online: Claude is asked; DeepSeek is asked                               |
| DeepSeek: empty content, JSON mode with an example    | test_online: QUIRKS; DeepSeek is asked                                        |
| vLLM, SGLang, llama.cpp, Ollama, transformers         | test_online: each local server; QUIRKS; test_local_server (a real one)        |
"""

from typing import Any

import pytest

from tasks.llm.claude import read_message, read_row
from tasks.llm.faults import kind_of
from tasks.llm.openai_compat import read_chat
from tasks.llm.reading import read_reply

LIMIT = "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."
BALANCE = "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing."


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "messages: text is required", "definite"),
        (400, LIMIT, "shut"),
        (400, BALANCE, "shut"),
        (401, "invalid x-api-key", "shut"),
        (402, "Insufficient Balance", "shut"),
        (403, "no permission", "shut"),
        (404, "no such batch", "definite"),
        (408, "timeout", "doubtful"),
        (409, "conflict", "doubtful"),
        (413, "request_too_large", "too_big"),
        (422, "unprocessable", "definite"),
        (429, "rate limit", "busy"),
        (429, "You exceeded your current quota, please check your plan and billing details", "shut"),
        (500, "internal", "doubtful"),
        (503, "server overloaded", "doubtful"),
        (504, "timeout", "doubtful"),
        (529, "Overloaded", "doubtful"),
    ],
)
def test_every_http_status_has_one_meaning(status: int, message: str, kind: str) -> None:
    assert kind_of(status, message) == kind


@pytest.mark.parametrize(
    ("stop_reason", "outcome"),
    [
        ("end_turn", "ok"),
        ("stop_sequence", "ok"),
        ("max_tokens", "truncated"),
        ("refusal", "refused"),
        ("model_context_window_exceeded", "too_long"),
        ("tool_use", "invalid"),
        ("pause_turn", "errored"),
        ("a_reason_of_next_year", "errored"),
        (None, "errored"),
    ],
)
def test_every_stop_reason_of_a_message_has_one_outcome(stop_reason: str | None, outcome: str) -> None:
    blocks = [{"type": "thinking", "thinking": "…"}, {"type": "text", "text": "{}"}]
    used = {"input_tokens": 7, "cache_read_input_tokens": 5, "cache_creation_input_tokens": None, "output_tokens": 3}
    read = read_message({"content": blocks, "stop_reason": stop_reason, "model": "m", "usage": used, "id": "msg_1"})
    assert (read.outcome, read.text, read.usage.input, read.usage.cached, read.usage.output) == (outcome, "{}", 7, 5, 3)
    assert outcome != "invalid" or read.notes, "what is repaired is told why"


@pytest.mark.parametrize(
    ("error", "message", "outcome"),
    [
        ("invalid_request_error", "output_config: bad schema", "rejected"),
        ("invalid_request_error", BALANCE, "paused"),
        ("invalid_request_error", LIMIT, "paused"),
        ("billing_error", "", "paused"),
        ("not_found_error", "model", "rejected"),
        ("permission_error", "", "rejected"),
        ("request_too_large", "", "rejected"),
        ("rate_limit_error", "", "errored"),
        ("api_error", "", "errored"),
        ("timeout_error", "", "errored"),
        ("overloaded_error", "", "errored"),
        ("an_error_of_next_year", "", "errored"),
    ],
)
def test_every_error_of_a_row_has_one_outcome_and_costs_nothing(error: str, message: str, outcome: str) -> None:
    row = {"type": "errored", "error": {"type": "error", "error": {"type": error, "message": message}}}
    read = read_row(row)
    assert (read.outcome, read.usage.input + read.usage.output) == (outcome, 0)
    assert not message or message not in str(read.detail), "what a provider says may hold a citizen's words"


@pytest.mark.parametrize("kind", ["expired", "canceled"])
def test_a_row_that_was_not_worked_on_says_so(kind: str) -> None:
    assert read_row({"type": kind}).outcome == kind


@pytest.mark.parametrize("row", [{}, {"type": "succeeded"}, {"type": "errored"}, {"type": "a type of next year"}])
def test_a_row_of_another_shape_is_asked_again(row: dict[str, Any]) -> None:
    assert read_row(row).outcome == "errored"


@pytest.mark.parametrize(
    ("finish_reason", "message", "outcome", "noted"),
    [
        ("stop", {"content": "{}"}, "ok", False),
        ("stop", {"content": [{"type": "text", "text": "{}"}]}, "ok", False),
        ("stop", {"content": None, "reasoning": "{}"}, "ok", True),
        ("stop", {"content": "", "reasoning_content": "{}"}, "ok", True),
        ("length", {"content": '{"a": '}, "truncated", False),
        ("length", {"content": "{\n\n\n      "}, "empty", True),
        ("content_filter", {"content": ""}, "refused", False),
        ("tool_calls", {"content": None}, "invalid", True),
        ("insufficient_system_resource", {"content": ""}, "errored", False),
        (None, {"content": "{}"}, "errored", False),
    ],
)
def test_every_finish_reason_of_a_chat_has_one_outcome(
    finish_reason: str | None, message: dict[str, Any], outcome: str, noted: bool
) -> None:
    read = read_chat({"choices": [{"message": message, "finish_reason": finish_reason}], "usage": None})
    assert (read.outcome, bool(read.notes)) == (outcome, noted)


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 10, "completion_tokens": 2, "prompt_cache_hit_tokens": 4, "prompt_cache_miss_tokens": 6},
        {"prompt_tokens": 10, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}},
    ],
    ids=["DeepSeek", "OpenAI"],
)
def test_cached_tokens_are_told_in_two_ways_and_are_part_of_the_prompt(usage: dict[str, Any]) -> None:
    read = read_chat({"choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}], "usage": usage})
    assert (read.usage.input, read.usage.cached, read.usage.output) == (6, 4, 2)


@pytest.mark.parametrize("text", [None, "", " \n\t "])
def test_an_answer_of_nothing_is_empty_and_says_so(text: str | None) -> None:
    read = read_reply("position", text, may_repair=True)
    assert (read.outcome, bool(read.reasons)) == ("empty", True)
