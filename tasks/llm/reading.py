"""From a model's text to an instance of the task's reply model, or to the reasons why not.

Strict first. What is mended is counted: enum casing (no provider guarantees it), and, for servers whose quirks allow
it, broken JSON by json-repair. Text that a model thought aloud is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from tasks.llm.replies import reply_model

_THINK = re.compile(r"<think>.*?</think>", re.DOTALL)
_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)\n?\s*```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Read:
    """Either a value (and its JSON), or an outcome of `moves` with reasons."""

    outcome: str  # ok | invalid | empty
    value: BaseModel | None = None
    reasons: tuple[str, ...] = ()
    is_repaired: bool = False

    @property
    def value_json(self) -> str | None:
        return self.value.model_dump_json() if self.value is not None else None


def read_reply(task: str, text: str | None, *, may_repair: bool) -> Read:
    """Judge one answer against the task's schema.

    `may_repair`: strip fences and mend broken JSON (DeepSeek and local servers; never Claude's structured output).
    """
    if not text or not text.strip():
        return Read("empty", reasons=("the answer was empty",))
    model = reply_model(task)
    try:
        return Read("ok", model.model_validate_json(text))
    except ValidationError:
        pass  # mended below, or reported there
    found, is_repaired = _find_json(text, may_repair=may_repair)
    if found is None:
        return Read("invalid", reasons=("the answer was not a JSON object",))
    try:
        mended = mend_casing(found, model.model_json_schema())
        return Read("ok", model.model_validate_json(orjson.dumps(mended)), is_repaired=is_repaired)
    except ValidationError as error:
        return Read("invalid", reasons=tuple(_reasons(error)), is_repaired=is_repaired)


def _find_json(text: str, *, may_repair: bool) -> tuple[dict[str, Any] | None, bool]:
    """The object in a text, and whether it had to be mended."""
    loaded = _loads(text)
    if loaded is not None or not may_repair:
        return loaded, False
    text = _THINK.sub("", text).strip()
    fenced = _FENCED.search(text)
    inner = _loads(fenced[1] if fenced else text)
    if inner is not None:
        return inner, True
    from json_repair import repair_json

    start = text.find("{")
    mended = repair_json(text[start:], return_objects=True) if start >= 0 else None
    return (mended, True) if isinstance(mended, dict) and mended else (None, False)


def _loads(text: str) -> dict[str, Any] | None:
    try:
        loaded = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return loaded if isinstance(loaded, dict) else None


def mend_casing(value: Any, schema: Mapping[str, Any]) -> Any:
    """The value with every enum member in the schema's own casing; anything else is left as it is."""
    return _mend(value, schema, schema.get("$defs", {}))


def _mend(value: Any, schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        schema = defs[schema["$ref"].rsplit("/", 1)[1]]
    for variant in schema.get("anyOf", ()):
        value = _mend(value, variant, defs)
    if isinstance(value, str) and "enum" in schema:
        return next(
            (m for m in schema["enum"] if isinstance(m, str) and m.casefold() == value.strip().casefold()),
            value,
        )
    if isinstance(value, dict):
        inner = schema.get("properties", {})
        return {k: _mend(v, inner[k], defs) if k in inner else v for k, v in value.items()}
    if isinstance(value, list) and "items" in schema:
        return [_mend(item, schema["items"], defs) for item in value]
    return value


def _reasons(error: ValidationError) -> list[str]:
    """What is wrong, by place; never the value, which may be a citizen's words."""
    found = []
    for item in error.errors(include_input=False, include_url=False, include_context=False)[:8]:
        where = ".".join(str(part) for part in item["loc"]) or "answer"
        found.append(f"{where}: {item['msg'] if item['type'] != 'value_error' else item['type']}")
    return found
