"""The front door: `complete` turns asks into answers through the ledger, along the task's route, within the budget.

What is known is answered from the ledger; what is under way waits; what is new is checked against the caps, stored,
and sent: offline here and now, online in bounded concurrency, batches by write-ahead intent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from tasks.errors import Misconfigured
from tasks.llm import ledger
from tasks.llm.catalogue import Catalogue, load_catalogue
from tasks.llm.moves import Dead, Done, Move, Node, Send, Versions, Wait, Walker, ask_key
from tasks.llm.replies import reply_model, schema_version
from tasks.llm.router import Routes, load_routes, plan_route
from tasks.llm.types import Answer, Ask, Check, Reply, Request, Route
from tasks.run import Run
from tasks.settings import Settings
from tasks.store import Store

CHUNK = 50_000  # offline asks per commit


@dataclass
class Sitting:
    """One call of `complete`: what was asked and what is known so far."""

    task: str
    asks: Sequence[Ask]
    run: Run
    settings: Settings
    route: Route
    routes: Routes
    catalogue: Catalogue
    walker: Walker
    keys: list[str]  # ask key per ask
    inputs: dict[str, tuple[str, str]]  # ask key → (subject id, inputs as JSON)
    histories: dict[str, dict[str, Node]]
    rounds: Mapping[str, int]
    shut: set[str] = field(default_factory=set)  # providers that refuse for now
    over_budget: set[str] = field(default_factory=set)  # ask keys


def complete(
    store: Store,
    task: str,
    asks: Sequence[Ask],
    *,
    run: Run,
    settings: Settings,
    check: Check | None = None,
    wait_s: float = 0.0,
) -> list[Answer]:
    """Answers in the order of asks. An ask answered before is answered from the ledger, for nothing.

    `check(ask, value)` returns reasons against a usable reply; they go into one repair turn. Batches are waited for
    `wait_s` seconds; what is not in by then is "pending" and filed by `collect`. "refused_budget" asks are kept
    and sent when there is room.

    Raises:
        Misconfigured: the route or a key is missing or not allowed; ProviderRefused: no provider of the route will serve.
    """
    answers: list[Answer] = []
    for start in range(0, len(asks), CHUNK):
        sitting = _sit(store, task, asks[start : start + CHUNK], run=run, settings=settings)
        answers += _advance(store, sitting, check)
    return answers


def _sit(store: Store, task: str, asks: Sequence[Ask], *, run: Run, settings: Settings) -> Sitting:
    catalogue = load_catalogue(settings.models_file)
    routes = load_routes(settings.routes_file)
    route = plan_route(task, run.profile, routes, catalogue)
    walker = Walker(route, [_versions(task, hop.provider) for hop in route.hops])
    keys: list[str] = []
    inputs: dict[str, tuple[str, str]] = {}
    for ask in asks:
        text = orjson.dumps(ask.inputs, default=_plain, option=orjson.OPT_SORT_KEYS)
        key = ask_key(task, text)
        keys.append(key)
        inputs.setdefault(key, (ask.subject_id, text.decode()))
    histories = ledger.read_histories(store, list(inputs))
    rounds = ledger.read_rounds(store)
    return Sitting(task, asks, run, settings, route, routes, catalogue, walker, keys, inputs, histories, rounds)


def _plain(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"not JSON: {type(value).__name__}")


def _versions(task: str, provider: str) -> Versions:
    if provider == "offline":
        from tasks.llm import offline

        return Versions(f"offline-{getattr(offline, 'VERSION', 1)}", schema_version(task))
    raise Misconfigured(f"provider {provider!r} is not built yet")


def _advance(store: Store, sitting: Sitting, check: Check | None) -> list[Answer]:
    """Send until nothing more can be sent now, then answer."""
    verdicts: dict[tuple[str, int], Sequence[str]] = {}
    while True:
        moves: dict[str, Move] = {}
        for ask, key in zip(sitting.asks, sitting.keys, strict=True):
            if key not in moves:
                moves[key] = _next(sitting, ask, key, check, verdicts)
        sends = {key: move for key, move in moves.items() if isinstance(move, Send) and key not in sitting.over_budget}
        if not sends or not _send(store, sitting, sends):
            break
    if verdicts:
        with store.transaction():
            ledger.append_verdicts(store, verdicts, run=sitting.run)
    return [_answer(sitting, ask, key, moves[key]) for ask, key in zip(sitting.asks, sitting.keys, strict=True)]


def _next(
    sitting: Sitting, ask: Ask, key: str, check: Check | None, verdicts: dict[tuple[str, int], Sequence[str]]
) -> Move:
    """The next move, once the caller's check has seen every usable reply."""
    nodes = sitting.histories.get(key, {})
    while True:
        move = sitting.walker.next_move(key, nodes, round_no=sitting.rounds.get(key, 0), shut=frozenset(sitting.shut))
        if not isinstance(move, Done):
            return move
        reasons = _judge(sitting.task, ask, move.node, check)
        if not reasons:
            return move
        move.node.verdict = tuple(reasons)
        verdicts[move.node.request_key, move.node.attempt] = reasons


def _judge(task: str, ask: Ask, node: Node, check: Check | None) -> Sequence[str]:
    if node.value is None:
        if node.value_json is None:
            return ("the stored answer was erased",)
        try:
            node.value = reply_model(task).model_validate_json(node.value_json)
        except ValidationError:
            return ("the stored answer no longer fits the task's schema",)
    return tuple(check(ask, node.value)) if check else ()


def _send(store: Store, sitting: Sitting, sends: Mapping[str, Send]) -> bool:
    """Send what can be sent; true when some answers came at once, so that another round makes sense."""
    requests = [_request(sitting, key, send) for key, send in sends.items()]
    return _answer_offline(store, sitting, requests)


def _request(sitting: Sitting, key: str, send: Send) -> Request:
    subject, text = sitting.inputs[key]
    versions = sitting.walker.versions[send.position]
    return Request(
        send.request_key, key, subject, sitting.route, send.position, send.turn, send.params, text, versions.prompt,
        versions.schema, send.repair_of.request_key if send.repair_of else None, send.reasons, sitting.rounds.get(key, 0),
    )  # fmt: skip


def _answer_offline(store: Store, sitting: Sitting, requests: Sequence[Request]) -> bool:
    from tasks.llm import offline

    engine: Callable[[Mapping[str, Any]], BaseModel] | None = offline.ENGINE.get(sitting.task)
    if engine is None:
        raise Misconfigured(f"the offline engine has no {sitting.task!r}: choose another profile, e.g. CW_PROFILE=default")
    model = f"offline-{getattr(offline, 'VERSION', 1)}"
    replies = []
    for request in requests:
        value = engine(orjson.loads(request.inputs_json))
        text = value.model_dump_json()
        replies.append(Reply(request.request_key, 1, "ok", "offline", model, value_json=text))
        node = Node(request.request_key, "ok", 1, value_json=text, provider="offline", model=model, value=value)
        sitting.histories.setdefault(request.ask_key, {})[request.request_key] = node
    with store.transaction():
        ledger.append_requests(store, requests, run=sitting.run)
        ledger.append_replies(store, replies, run=sitting.run)
    return True


def _answer(sitting: Sitting, ask: Ask, key: str, move: Move) -> Answer:
    if isinstance(move, Done):
        node = move.node
        return Answer(ask.subject_id, "done", node.value, node.request_key, node.provider, node.model, node.cost_usd)
    if isinstance(move, Wait):
        return Answer(ask.subject_id, "pending", None, move.node.request_key, "", "", 0.0, move.node.reasons or ("under way",))
    if isinstance(move, Dead):
        node = move.node
        return Answer(ask.subject_id, "dead", None, node.request_key, node.provider, node.model, node.cost_usd, move.reasons)
    status = "refused_budget" if key in sitting.over_budget else "pending"
    return Answer(ask.subject_id, status, None, move.request_key, "", "", 0.0, ("not sent",))
