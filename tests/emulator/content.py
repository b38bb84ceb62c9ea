"""What the emulated models say: the offline engine's answer to our prompts, bent by the faults that hit it.

A request of ours is known by its first system line, `Task: <task>`, and by its inputs as JSON between the
lines `<data>` and `</data>` of a user message. Anything else gets the smallest value that fits its schema.
"""

import copy
import functools
import importlib.util
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.emulator import schema as shapes
from tests.emulator.faults import Rule

Source = Literal["engine", "minimal"]


@dataclass(frozen=True)
class Asked:
    """A request, reduced to what a model sees."""

    system: str
    turns: tuple[tuple[str, str], ...]  # (role, text)
    schema: dict[str, Any] | None = None
    is_json: bool = False  # JSON is forced, its shape is not

    @functools.cached_property
    def task(self) -> str:
        first = self.system.lstrip().split("\n", 1)[0].strip()
        return first.removeprefix("Task:").strip() if first.startswith("Task:") else ""

    @functools.cached_property
    def text(self) -> str:
        return "\n".join(text for _, text in self.turns)

    def inputs(self) -> dict[str, Any] | None:
        """The fenced inputs of the last user message that has any."""
        for role, text in reversed(self.turns):
            if role == "user" and "<data>" in text and "</data>" in text:
                fenced = text.split("<data>", 1)[1].rsplit("</data>", 1)[0]
                value = json.loads(fenced)
                return value if isinstance(value, dict) else {"input": value}
        return None


@dataclass
class Said:
    """An answer before it is dressed in an API's response."""

    text: str
    reasoning: str = ""
    stop: Literal["end", "length", "refusal"] = "end"
    null_content: bool = False
    error: dict[str, str] | None = (
        None  # batch rows: type and message; `row` of "expired"/"canceled" ends the row
    )
    row: Literal["succeeded", "errored", "expired", "canceled"] = "succeeded"
    notes: list[str] = field(default_factory=list)


def default_source() -> Source:
    return "engine" if importlib.util.find_spec("tasks.llm.offline") else "minimal"


@functools.cache
def engine() -> Mapping[str, Callable[[Mapping[str, Any]], Any]]:
    from tasks.llm.offline import ENGINE

    found: Mapping[str, Callable[[Mapping[str, Any]], Any]] = ENGINE
    return found


def answer(asked: Asked, rules: Sequence[Rule], *, source: Source) -> Said:
    """The model's answer, after every answer-level fault that fired."""
    for rule in rules:
        if rule.do == "errored":
            kind = rule.args.get("error_type", "api_error")
            return Said(
                "",
                row="errored",
                error={"type": kind, "message": rule.args.get("message", "Internal server error")},
            )
        if rule.do == "expired" or rule.do == "canceled":
            return Said("", row="expired" if rule.do == "expired" else "canceled")
        if rule.do == "refusal":
            return Said("", stop="refusal", notes=[rule.args.get("category", "general_harms")])
    value = _value(asked, source)
    for rule in rules:
        value = _bend_value(rule, value, asked)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    said = Said(text)
    for rule in rules:
        _bend_text(rule, said)
    return said


def _value(asked: Asked, source: Source) -> Any:
    inputs = asked.inputs() if asked.task else None
    if source == "engine" and inputs is not None and asked.task in engine():
        reply = engine()[asked.task](inputs)
        value = reply.model_dump(mode="json")
        if asked.schema is not None and (wrong := next(shapes.misfits(value, asked.schema), None)):
            raise EngineMisfit(
                f"the offline engine's {asked.task} does not fit the request's schema at {wrong}"
            )
        return value
    if asked.schema is not None:
        return shapes.smallest(asked.schema)
    return {} if asked.is_json else "ok"


class EngineMisfit(RuntimeError):
    """Engine or script disagree with the request's schema. Answered as 500 or errored row, not leniently."""


def _bend_value(rule: Rule, value: Any, asked: Asked) -> Any:
    if rule.do == "reply":
        return rule.args["reply"]
    value = copy.deepcopy(value)
    if rule.do == "patch":
        for path, part in rule.args["set"].items():
            _put(value, path.split("."), _filled(part, asked.inputs() or {}))
    elif rule.do == "drop_field" and isinstance(value, dict) and value:
        value.pop(rule.args.get("field", next(iter(value))), None)
    elif rule.do == "extra_field" and isinstance(value, dict):
        value["note_of_the_model"] = "unasked for"
    elif rule.do == "casing" and asked.schema is not None:
        for container, key in list(shapes.enum_paths(value, asked.schema)):
            container[key] = container[key].upper()
    return value


def _filled(part: Any, inputs: Mapping[str, Any]) -> Any:
    """A scripted value in which `$input.<name>` stands for what the request's inputs hold there."""
    if isinstance(part, dict):
        return {name: _filled(item, inputs) for name, item in part.items()}
    if isinstance(part, list):
        return [_filled(item, inputs) for item in part]
    if isinstance(part, str) and part.startswith("$input."):
        return inputs[part.removeprefix("$input.")]
    return part


def _put(value: Any, path: list[str], part: Any) -> None:
    """Set one place of a nested value; a path through an absent list item is left alone."""
    for step in path[:-1]:
        if isinstance(value, dict) and step not in value:
            raise EngineMisfit(f"a scripted patch names {step!r}, which this answer does not have")
        key: Any = int(step) if isinstance(value, list) else step
        if isinstance(value, list) and key >= len(value):
            return
        value = value[key]
    last: Any = int(path[-1]) if isinstance(value, list) else path[-1]
    if not isinstance(value, list) or last < len(value):
        value[last] = part


def _bend_text(rule: Rule, said: Said) -> None:
    if rule.do == "max_tokens":
        said.text, said.stop = said.text[: int(len(said.text) * rule.args.get("share", 0.5))], "length"
    elif rule.do == "prose":
        said.text = f"Sure! Here is what you asked for:\n\n{said.text}\n\nLet me know if anything is missing."
    elif rule.do == "fenced":
        said.text = f"```json\n{said.text}\n```"
    elif rule.do == "think":
        said.text = f"<think>\nThe user wants JSON.\n</think>\n\n{said.text}"
    elif rule.do == "whitespace":
        said.text, said.stop = "{" + " \n" * rule.args.get("n", 400), "length"
    elif rule.do == "empty":
        said.text = ""
    elif rule.do == "null_content":
        said.reasoning, said.text, said.null_content = said.text, "", True
    elif rule.do == "not_json":
        said.text = said.text.replace('"', "'").replace(":", " =") + ","
