"""No request grows with the store: inputs are cut here, by rule and on the record, to 3,000 tokens with their prompt.

Lists lose their last items first (callers put what matters first), then long strings are cut at a word; what was left out
is told in the inputs themselves, under `left_out`, and so to the model and to the ledger. A citizen's own text is never
cut: its length is its sender's, is bounded by `max_text_chars`, and does not grow with the store.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel

from tasks.errors import Misconfigured
from tasks.llm.prompting import MAX_INPUT_TOKENS
from tasks.llm.tokens import estimate_tokens
from tasks.llm.types import TASK_CLASS

log = logging.getLogger(__name__)
_SPARE = 40  # tokens for `left_out` and the fence
_LONG = 200  # characters from which a string may be cut


def bound_inputs(task: str, inputs: Mapping[str, Any], *, fixed: int, farsi_chars: float) -> bytes:
    """The inputs as JSON with sorted keys, small enough to stay within `MAX_INPUT_TOKENS` with `fixed` tokens of prompt.

    Raises:
        Misconfigured: nothing is left to cut; the task's caller must send less.
    """
    text = to_json(inputs)
    if TASK_CLASS[task] == "raw_fa" or fixed + len(text) / farsi_chars <= MAX_INPUT_TOKENS:
        return text
    room = MAX_INPUT_TOKENS - fixed - _SPARE
    kept, left_out = orjson.loads(text), dict[str, int]()
    while (size := _size(kept, farsi_chars)) > room:
        name = max(kept, key=lambda key: _size(kept[key], farsi_chars))
        value = kept[name]
        if isinstance(value, list) and len(value) > 1:
            kept[name] = value[: min(len(value) - 1, len(value) * room // size + 1)]
        elif isinstance(value, str) and len(value) > _LONG:
            kept[name] = value[: len(value) * 3 // 4].rsplit(" ", 1)[0]
        else:
            raise Misconfigured(f"{task}: {name!r} alone is over {room} tokens: its step must send less")
        left_out[name] = left_out.get(name, 0) + len(value) - len(kept[name])
    if not left_out:
        return text
    log.warning("%s: an input was over %d tokens; left out: %s", task, MAX_INPUT_TOKENS, left_out)
    return to_json(kept | {"left_out": left_out})


def to_json(inputs: Any) -> bytes:
    """JSON with sorted keys; pydantic models as their fields."""
    return orjson.dumps(inputs, default=_plain, option=orjson.OPT_SORT_KEYS)


def _size(value: Any, farsi_chars: float) -> int:
    return estimate_tokens(to_json(value).decode(), farsi_chars=farsi_chars)[0]


def _plain(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"not JSON: {type(value).__name__}")
