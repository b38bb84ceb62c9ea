"""One sitting: asks of one task, what the ledger knows of them, and the request each next move stands for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, partial

from pydantic import ValidationError

from tasks.llm import ledger
from tasks.llm.bounding import (
    bound_inputs,
    bound_reasons,
    bound_reply,
    input_room,
    is_cut,
    is_too_long,
    split_text,
    to_json,
)
from tasks.llm.caching import likely_usage
from tasks.llm.catalogue import Catalogue, load_catalogue
from tasks.llm.faults import ProviderFault
from tasks.llm.moves import ERASED, Dead, Done, Move, Node, Send, Versions, Wait, Walker, ask_key
from tasks.llm.prices import Prices
from tasks.llm.prompting import fence, load_prompt, repair_template, schema_text, schema_words
from tasks.llm.replies import reply_model, schema_version
from tasks.llm.router import Routes, plan_route, routes_of
from tasks.llm.tokens import estimate_tokens
from tasks.llm.types import Answer, Ask, Check, Request, Route, Usage
from tasks.run import Run
from tasks.settings import Settings
from tasks.store import Store

log = logging.getLogger(__name__)


@dataclass
class Sitting:
    """What was asked and what is known so far."""

    task: str
    asks: Sequence[Ask]
    run: Run
    settings: Settings
    route: Route
    routes: Routes
    catalogue: Catalogue
    prices: Prices
    walker: Walker
    keys: list[str]  # ask key per ask
    inputs: dict[str, tuple[str, str]]  # ask key → (subject id, inputs as JSON)
    histories: dict[str, dict[str, Node]]
    rounds: Mapping[str, int]
    too_long: set[str]  # ask keys of citizens' texts that no request may hold; see `bounding.py`
    shut: dict[str, ProviderFault] = field(default_factory=dict)  # provider → why it takes no more for now
    held: dict[str, str] = field(default_factory=dict)  # ask key → why it is not sent in this sitting
    over_budget: set[str] = field(default_factory=set)  # ask keys
    verdicts: dict[tuple[str, int], Sequence[str]] = field(default_factory=dict)


def sit(store: Store, task: str, asks: Sequence[Ask], *, run: Run, settings: Settings) -> Sitting:
    """Plan the route and read what the ledger knows.

    Raises:
        Misconfigured: see `router.plan_route`.
    """
    catalogue = load_catalogue(settings.models_file)
    routes = routes_of(settings, catalogue, profile=run.profile)
    route = plan_route(task, run.profile, routes, catalogue)
    walker = Walker(route, [versions_of(task, hop.provider) for hop in route.hops])
    keys: list[str] = []
    inputs: dict[str, tuple[str, str]] = {}
    too_long: set[str] = set()
    chars = densest(route, catalogue)
    fixed = longest_prompt(task, chars) if chars else 0
    for ask in asks:
        text = (
            bound_inputs(task, ask.inputs, fixed=fixed, farsi_chars=chars) if chars else to_json(ask.inputs)
        )
        key = ask_key(task, text)
        keys.append(key)
        if key not in inputs:
            inputs[key] = (ask.subject_id, text.decode())
            if chars and is_too_long(inputs[key][1], fixed=fixed, farsi_chars=chars):
                too_long.add(key)
    if chars and (cut := sum(is_cut(text) for _, text in inputs.values())):
        log.warning("%s: %d of %d inputs were too long, and say what was left out", task, cut, len(inputs))
    histories = ledger.read_histories(store, list(inputs))
    rounds = ledger.read_rounds(store)
    return Sitting(
        task,
        asks,
        run,
        settings,
        route,
        routes,
        catalogue,
        Prices(catalogue),
        walker,
        keys,
        inputs,
        histories,
        rounds,
        too_long,
    )


def densest(route: Route, catalogue: Catalogue) -> float:
    """Farsi characters per token of the route's model that needs most tokens; 0 when all is offline."""
    chars = [catalogue.of(h.model).chars_per_token_fa for h in route.hops if h.provider != "offline"]
    return min(chars, default=0.0)


def text_splitter(settings: Settings, task: str, *, profile: str) -> Callable[[str], list[str]]:
    """How a citizen's text is parted so that one request can hold each part; not at all when the route is offline."""
    catalogue = load_catalogue(settings.models_file)
    routes = routes_of(settings, catalogue, profile=profile)
    chars = densest(plan_route(task, profile, routes, catalogue), catalogue)
    if not chars:
        return lambda text: [text]
    return partial(split_text, room=input_room(longest_prompt(task, chars)), farsi_chars=chars)


def versions_of(task: str, provider: str) -> Versions:
    """Prompt and schema versions of a task at a provider; the offline engine's prompt is its code."""
    if provider == "offline":
        return Versions(offline_model(), schema_version(task))
    return Versions(load_prompt(task).version, schema_version(task))


def offline_model() -> str:
    """The offline engine with its version, which is part of every request key."""
    from tasks.llm import offline

    return f"offline-{offline.engine_version()}"


def next_moves(sitting: Sitting, check: Check | None) -> dict[str, Move]:
    """ask key → next move, once the caller's check has seen every usable reply."""
    moves: dict[str, Move] = {}
    shut = frozenset(sitting.shut)
    for ask, key in zip(sitting.asks, sitting.keys, strict=True):
        if key not in moves:
            moves[key] = _next(sitting, ask, key, check, shut)
    return moves


def _next(sitting: Sitting, ask: Ask, key: str, check: Check | None, shut: frozenset[str]) -> Move:
    nodes = sitting.histories.get(key, {})
    if key in sitting.too_long:
        return Dead(Node(""), ("the text is too long for one request: its caller must split it",))
    while True:
        move = sitting.walker.next_move(key, nodes, round_no=sitting.rounds.get(key, 0), shut=shut)
        if not isinstance(move, Done):
            return move
        reasons = _judge(sitting.task, replace(ask, key=key), move.node, check)
        if not reasons:
            return move
        move.node.verdict = tuple(reasons)
        sitting.verdicts[move.node.request_key, move.node.attempt] = reasons


def _judge(task: str, ask: Ask, node: Node, check: Check | None) -> Sequence[str]:
    if node.value is None:
        if node.value_json is None:
            return ERASED
        try:
            node.value = reply_model(task).model_validate_json(node.value_json)
            node.value_json = None  # a hundred thousand answers are held once; the value can be written again
        except ValidationError:
            return ("the stored answer no longer fits the task's schema",)
    return tuple(check(ask, node.value)) if check else ()


def request_of(sitting: Sitting, key: str, send: Send, *, at: datetime) -> Request:
    """The request a Send stands for, with its estimate and its worst case."""
    subject, text = sitting.inputs[key]
    versions = sitting.walker.versions[send.position]
    base = Request(
        send.request_key, key, subject, sitting.route, send.position, send.turn, send.params, text, versions.prompt,
        versions.schema, send.repair_of.request_key if send.repair_of and send.turn == "repair" else None,
        bound_reasons(send.reasons), sitting.rounds.get(key, 0),
    )  # fmt: skip
    if base.hop.provider == "offline":
        return base
    return _priced(sitting, base, bad_reply_of(sitting, key, send), at=at)


def _priced(sitting: Sitting, base: Request, bad_reply: str | None, *, at: datetime) -> Request:
    hop = base.hop
    farsi_chars = sitting.catalogue.of(hop.model).chars_per_token_fa
    said = fence(base.inputs_json)
    if base.repair_reasons:
        said = "\n- ".join([said, bad_reply or "", repair_template(), *base.repair_reasons])
    fixed, fixed_worst = fixed_tokens(sitting.task, farsi_chars)
    tokens, most = estimate_tokens(said, farsi_chars=farsi_chars)
    cap = int(base.params["max_tokens"])
    limits = sitting.routes.task.get(sitting.task)
    typical = min(cap, limits.typical_output if limits else cap)
    likely, worst = sitting.prices.likely_and_worst(
        hop.model,
        likely_usage(
            hop, sitting.catalogue, fixed=fixed, own=tokens, output=typical, count=len(sitting.inputs)
        ),
        Usage(input=fixed_worst + most, output=cap),
        at=at,
        is_batch=hop.mode == "batch",
    )
    return replace(
        base, input_tokens=fixed + tokens, output_tokens=typical, estimated_usd=likely, worst_usd=worst
    )


@cache
def fixed_tokens(task: str, farsi_chars: float) -> tuple[int, int]:
    """Likely and most tokens of what every request of a task begins with: prompt and schema."""
    return estimate_tokens(load_prompt(task).system + schema_text(task), farsi_chars=farsi_chars)


@cache
def longest_prompt(task: str, farsi_chars: float) -> int:
    """Likely tokens of the longest form of what every request of a task begins with: the schema told in words."""
    return estimate_tokens(load_prompt(task).system + schema_words(task), farsi_chars=farsi_chars)[0]


def bad_reply_of(sitting: Sitting, key: str, send: Send) -> str | None:
    """The reply that a repair turn mends, if it is still there, or a word in its place when it is too long to be shown again."""
    if send.turn != "repair" or send.repair_of is None:
        return None
    value = send.repair_of.value
    text = send.repair_of.raw or (value.model_dump_json() if value is not None else send.repair_of.value_json)
    if text is None:
        return None
    chars = densest(sitting.route, sitting.catalogue)
    return bound_reply(
        text, sitting.inputs[key][1], bound_reasons(send.reasons),
        fixed=longest_prompt(sitting.task, chars), farsi_chars=chars,
    )  # fmt: skip


def answer_of(sitting: Sitting, ask: Ask, key: str, move: Move) -> Answer:
    """What the caller is told. Cost: all calls made for the ask."""
    cost = sum(node.cost_usd for node in sitting.histories.get(key, {}).values())
    if isinstance(move, Done):
        node = move.node
        return Answer(ask.subject_id, "done", node.value, node.request_key, node.provider, node.model, cost)
    if isinstance(move, Dead):
        node = move.node
        return Answer(
            ask.subject_id, "dead", None, node.request_key, node.provider, node.model, cost, move.reasons
        )
    if isinstance(move, Wait):
        reasons = (
            tuple(f"{name}: {fault}" for name, fault in sitting.shut.items())
            if not move.node.request_key
            else ()
        )
        return Answer(
            ask.subject_id, "pending", None, move.node.request_key, "", "", cost, reasons or ("under way",)
        )
    if key in sitting.over_budget:
        return Answer(
            ask.subject_id, "refused_budget", None, move.request_key, "", "", cost, ("over the budget",)
        )
    reason = sitting.held.get(key, "not sent")
    return Answer(ask.subject_id, "pending", None, move.request_key, "", "", cost, (reason,))
