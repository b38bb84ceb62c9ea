"""Which reply model a task has, and how a model's text becomes an instance of it.

The models live in `tasks/schemas.py`; the caller's own checks are the caller's. Nothing here calls anybody.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import orjson
from pydantic import BaseModel

import tasks.schemas
from tasks.errors import Misconfigured

REPLY_MODEL = {
    "canonicalize": "CanonicalReply",
    "summarise": "SummaryReply",
    "position": "PositionReply",
    "plan": "PlanReply",
    "message": "MessageReply",
    "judge": "JudgeReply",
}


@cache
def reply_model(task: str) -> type[BaseModel]:
    """The pydantic model of a task's answer.

    Raises:
        Misconfigured: the task has none.
    """
    name = REPLY_MODEL.get(task, "")
    model = getattr(tasks.schemas, name, None)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise Misconfigured(
            f"task {task!r} has no reply model: add {name or 'one'} to tasks/schemas.py and tasks/llm/replies.py"
        )
    return model


@cache
def schema_version(task: str) -> str:
    """Hash of the reply model's JSON schema."""
    schema: dict[str, Any] = reply_model(task).model_json_schema()
    return hashlib.sha256(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]
