"""No request grows with the store, nor with what one citizen wrote: all are cut or split here to 3,000 tokens, on the record.

Derived inputs lose the last items of their lists first (callers put what matters first), then long strings are cut at a
word; what was left out is told in the inputs themselves, under `left_out`, and so to the model and to the ledger. A
citizen's own text is never cut: `split_text` parts it between sentences and each part is asked about; a task whose caller
does not split has such a text refused (`sitting.py`). A repair turn has room reserved: its reasons are cut to it, and a
reply too long to be shown again is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import BaseModel

from tasks.errors import Misconfigured
from tasks.llm.prompting import MAX_INPUT_TOKENS, fence, repair_template
from tasks.llm.tokens import estimate_tokens
from tasks.llm.types import TASK_CLASS

LEFT_OUT = "(left out: too long to be shown again)"
_SPARE = 40  # tokens for `left_out`, the fence, the language
_REPAIR = 300  # tokens for a repair turn: its template, its reasons, and a word about the reply
_REASONS = 180  # of these, tokens for the reasons
_LONG = 200  # characters from which a string may be cut
# Where a text is parted: after a line, a sentence, a clause, a word; the first kind that leaves a part at least half full.
_ENDS = (re.compile(r"\n+"), re.compile(r"[.!?؟؛…]+\s+"), re.compile(r"[،,:؛]\s*"), re.compile(r"\s+"))


def input_room(fixed: int) -> int:
    """Tokens that the inputs of a request may have, beside `fixed` tokens of prompt and schema."""
    return MAX_INPUT_TOKENS - fixed - _SPARE - _REPAIR


def bound_inputs(task: str, inputs: Mapping[str, Any], *, fixed: int, farsi_chars: float) -> bytes:
    """The inputs as JSON with sorted keys, small enough to stay within `MAX_INPUT_TOKENS` with `fixed` tokens of prompt.

    Raises:
        Misconfigured: nothing is left to cut; the task's caller must send less.
    """
    text, room = to_json(inputs), input_room(fixed)
    if TASK_CLASS[task] == "raw_fa" or len(text) / farsi_chars <= room:
        return text
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
    return to_json(kept | {"left_out": left_out})


def is_cut(inputs_json: str) -> bool:
    """Whether `bound_inputs` left something out: its key stands there, which within a string would have its quotes escaped."""
    return '"left_out":' in inputs_json


def is_too_long(inputs_json: str, *, fixed: int, farsi_chars: float) -> bool:
    """Whether a request with these inputs would be over the limit; true of citizens' texts only, and then only unsplit."""
    room = input_room(fixed) + _SPARE
    if len(inputs_json) + _SPARE < room * farsi_chars and "<" not in inputs_json:
        return False  # at most one token for so many characters: nearly all messages end here, uncounted
    return estimate_tokens(fence(inputs_json), farsi_chars=farsi_chars)[0] > room


def split_text(text: str, *, room: int, farsi_chars: float) -> list[str]:
    """The parts of a text, in order, each of `room` tokens at most; nothing is lost but space around the parts."""
    parts, rest = [], text.strip()
    while _size(rest, farsi_chars) > room:
        cut = _cut(rest, _fitting(rest, room, farsi_chars))
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest or not parts else parts


def _fitting(text: str, room: int, farsi_chars: float) -> int:
    """How many characters of a text fit."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = _size(text[:middle], farsi_chars) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return low


def _cut(text: str, most: int) -> int:
    """Where to part a text of which `most` characters fit."""
    for ends in _ENDS:
        last = max((found.end() for found in ends.finditer(text, 0, most)), default=0)
        if last >= most // 2:
            return last
    return most


def bound_reasons(reasons: Sequence[str]) -> tuple[str, ...]:
    """The first reasons that fit into a repair turn, and how many more there are."""
    kept: list[str] = []
    room = _REASONS * 4  # characters of English
    for reason in reasons:
        if len(reason) > room:
            return (*kept, f"… and {len(reasons) - len(kept)} more") if kept else (reason[:room],)
        kept.append(reason)
        room -= len(reason) + 3
    return tuple(kept)


def bound_reply(
    reply: str, inputs_json: str, reasons: Sequence[str], *, fixed: int, farsi_chars: float
) -> str:
    """The reply that a repair turn mends, or a word in its place when the turn would grow over the limit with it."""
    said = "".join([inputs_json, reply, repair_template(), *reasons])
    tokens, _ = estimate_tokens(said, farsi_chars=farsi_chars)
    return reply if fixed + tokens + _SPARE <= MAX_INPUT_TOKENS else LEFT_OUT


def to_json(inputs: Any) -> bytes:
    """JSON with sorted keys; pydantic models as their fields."""
    return orjson.dumps(inputs, default=_plain, option=orjson.OPT_SORT_KEYS)


def _size(value: Any, farsi_chars: float) -> int:
    """Likely tokens of a value as it is sent: quotes, lines and `<` are longer then."""
    return estimate_tokens(fence(to_json(value).decode()), farsi_chars=farsi_chars)[0]


def _plain(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"not JSON: {type(value).__name__}")
