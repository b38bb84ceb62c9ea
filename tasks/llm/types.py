"""The values of the LLM layer: what is asked, the route it takes, what came back. No I/O here.

Tasks and their data classes are fixed in code: a routing file can move a task to another model, and can never
declare citizens' words to be derived text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

DataClass = Literal["raw_fa", "derived_en"]
Mode = Literal["batch", "online", "local", "offline"]
Turn = Literal["first", "repair", "higher_cap"]
Status = Literal["done", "pending", "dead", "refused_budget"]
Check = Callable[["Ask", Any], Sequence[str]]

# What each task's input holds: citizens' (redacted) words, or text derived from them.
TASK_CLASS: Mapping[str, DataClass] = {
    "canonicalize": "raw_fa",
    "judge": "raw_fa",
    "repair": "raw_fa",
    "summarise": "derived_en",
    "position": "derived_en",
    "plan": "derived_en",
    "message": "derived_en",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: who it is about, and its inputs (redacted, JSON-able)."""

    subject_id: str
    inputs: Mapping[str, Any]
    key: str = ""  # set for a check: the ask key of the ledger, which is of the inputs as they are sent, cut to their room


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one ask. `value` is set when `status` is "done", and only then."""

    subject_id: str
    status: Status
    value: Any | None  # an instance of the task's reply model
    request_key: str
    engine: str
    model: str
    cost_usd: float
    reasons: tuple[str, ...] = ()


def over_budget(answers: Sequence[Answer]) -> int:
    """How many asks wait for the next budget. Every step that asks reports it, for it decides how the run ends (exit 6)."""
    return sum(answer.status == "refused_budget" for answer in answers)


@dataclass(frozen=True)
class Hop:
    """One place of a route: a model, how it is called, and with which parameters."""

    provider: str
    model: str
    mode: Mode
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """The chain of hops one task takes in one profile; `data_class` is the task's own."""

    task: str
    profile: str
    data_class: DataClass
    hops: tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens by price class. `input` excludes cached ones."""

    input: int = 0
    cached: int = 0
    cache_write: int = 0
    output: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """One row of `llm.request`, decided and not yet stored."""

    request_key: str
    ask_key: str
    subject_id: str
    route: Route
    position: int
    turn: Turn
    params: Mapping[str, Any]
    inputs_json: str
    prompt_version: str
    schema_version: str
    repair_of: str | None = None
    repair_reasons: tuple[str, ...] = ()
    round: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    estimated_usd: float = 0.0
    worst_usd: float = 0.0

    @property
    def hop(self) -> Hop:
        return self.route.hops[self.position]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a provider, read but not yet judged by the caller's check."""

    request_key: str
    attempt: int
    outcome: str
    provider: str
    model: str
    usage: Usage = Usage()
    cost_usd: float = 0.0
    price_source: str = "free"
    value_json: str | None = None
    raw: str | None = None
    reasons: tuple[str, ...] = ()
    detail: str | None = None
    stop_reason: str | None = None
    backend: str | None = None
    provider_request_id: str | None = None
    intent_id: str | None = None
    batch_id: str | None = None
    is_batch: bool = False
    is_json_repaired: bool = False
    latency_ms: float | None = None


@dataclass(frozen=True)
class Estimate:
    """What asking would cost: `new_count` calls at `estimated_usd`, at most `worst_usd`."""

    task: str
    done_count: int
    pending_count: int
    new_count: int
    input_tokens: int
    output_tokens: int
    estimated_usd: float
    worst_usd: float
    route: tuple[str, ...]


Engine = Callable[[Mapping[str, Any]], BaseModel]
