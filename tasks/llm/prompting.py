"""Prompts: a template file per task, filled once with what is fixed; inputs follow as fenced JSON, as data.

A citizen's words are never in the system prompt. The fence cannot be closed from inside: `<` is escaped in the JSON.
A prompt's version is the hash of its template (with the topics in it), never of the filled prompt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from tasks.llm.replies import reply_model
from tasks.taxonomy import topics

MAX_INPUT_TOKENS = 3_000  # of one request, prompt and inputs together, at any size of the store


@dataclass(frozen=True)
class Prompt:
    """The fixed part of a task's request."""

    task: str
    system: str
    version: str


@cache
def load_prompt(task: str) -> Prompt:
    """The task's prompt; its first line, `Task: <task>`, names it to whoever reads a request."""
    text = (files("tasks.llm") / "prompts" / f"{task}.md").read_text(encoding="utf-8").strip()
    listed = "\n".join(f"- {topic.id}: {topic.about}" for topic in topics())
    system = f"Task: {task}\n{text.replace('{{topics}}', listed)}"
    return Prompt(task, system, hashlib.sha256((system + repair_template()).encode()).hexdigest()[:12])


@cache
def repair_template() -> str:
    """What is said in a repair turn, before the reasons."""
    return (files("tasks.llm") / "prompts" / "repair.md").read_text(encoding="utf-8").strip()


def fence(inputs_json: str) -> str:
    """Inputs as data between two marks that the data cannot contain."""
    return f"<data>\n{inputs_json.replace('<', chr(92) + 'u003c')}\n</data>"


def turns(
    inputs_json: str, *, bad_reply: str | None = None, reasons: Sequence[str] = ()
) -> list[dict[str, str]]:
    """The conversation: the inputs, and in a repair turn the reply and what is wrong with it."""
    conversation = [{"role": "user", "content": fence(inputs_json)}]
    if reasons:
        listed = "\n".join(f"- {reason}" for reason in reasons)
        conversation.append({"role": "assistant", "content": (bad_reply or "").strip() or "(no answer)"})
        conversation.append({"role": "user", "content": f"{repair_template()}\n{listed}"})
    return conversation


@cache
def schema_of(task: str) -> dict[str, Any]:
    """The reply's JSON schema without the titles that pydantic gives every field: they tell nothing and are paid for."""
    bare: dict[str, Any] = _untitled(reply_model(task).model_json_schema())
    return bare


def _untitled(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            name: _untitled(part)
            for name, part in schema.items()
            if name != "title" or isinstance(part, dict)
        }
    return [_untitled(part) for part in schema] if isinstance(schema, list) else schema


@cache
def schema_text(task: str) -> str:
    """The reply's JSON schema as text."""
    return orjson.dumps(schema_of(task)).decode()


@cache
def schema_words(task: str) -> str:
    """What a server that cannot be held to a schema is told at the end of the prompt."""
    return (
        "Answer with one JSON object and nothing else. It follows this JSON schema:\n"
        f"{schema_text(task)}\nIts shape, for example:\n{schema_example(task)}"
    )


@cache
def schema_example(task: str) -> str:
    """A skeleton of the reply: DeepSeek's JSON mode wants to see one, or it may write whitespace without end."""
    schema = reply_model(task).model_json_schema()
    return orjson.dumps(_example(schema, schema.get("$defs", {}))).decode()


def _example(schema: dict[str, Any], defs: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _example(defs[schema["$ref"].rsplit("/", 1)[1]], defs)
    if "anyOf" in schema:
        return _example(schema["anyOf"][-1], defs)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {name: _example(part, defs) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [_example(schema["items"], defs)]
    return {"boolean": True, "integer": 1, "number": 1.0, "null": None}.get(str(kind), "…")
