"""Sending: every request passes the data-class gate and the budget here, and goes out the way its hop says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from tasks.errors import Misconfigured
from tasks.llm import ledger
from tasks.llm.budget import Allowance, fits, read_allowance
from tasks.llm.calls import Outgoing, Raw, call_of
from tasks.llm.moves import Node, Send
from tasks.llm.outside import Outside, connect_claude, connect_compat
from tasks.llm.router import admit
from tasks.llm.sitting import Sitting, bad_reply_of, offline_model, request_of
from tasks.llm.types import Reply, Request
from tasks.store import Store


@dataclass(frozen=True)
class Door:
    """What sending needs beside the sitting."""

    store: Store
    outside: Outside


def send(door: Door, sitting: Sitting, sends: Mapping[str, Send]) -> None:
    """Send what may be sent; each ask ends answered, open, held or over budget, so that no round repeats itself."""
    at = door.outside.now()
    outgoing: dict[int, list[tuple[str, Outgoing]]] = defaultdict(list)
    for key, move in sends.items():
        request = request_of(sitting, key, move, at=at)
        outgoing[move.position].append(
            (key, Outgoing(request, move.attempt, bad_reply_of(sitting, key, move)))
        )
    for position, items in sorted(outgoing.items()):
        hop = sitting.route.hops[position]
        if not admit(sitting.route.data_class, hop.provider, sitting.routes.data_class):
            raise Misconfigured(
                f"{hop.provider!r} may not see {sitting.route.data_class}: nothing was sent; see `cw routes check`"
            )
        if hop.mode == "offline":
            _answer_offline(door, sitting, [item.request for _, item in items])
            continue
        _refuse_open_transaction(door.store)
        items, allowance = _affordable(door, sitting, _in_season(door, sitting, items))
        if not items:
            continue
        if hop.mode == "batch":
            _send_batches(door, sitting, [item for _, item in items])
        else:
            _send_online(door, sitting, [item for _, item in items], allowance)
        for key, item in items:  # whatever was not taken waits, with the provider's word as the reason
            node = sitting.histories.get(key, {}).get(item.request.request_key)
            if (node is None or not (node.is_open or node.outcome)) and hop.provider not in sitting.shut:
                sitting.held[key] = "not sent"


def _answer_offline(door: Door, sitting: Sitting, requests: Sequence[Request]) -> None:
    from tasks.llm import offline

    engine = offline.ENGINE.get(sitting.task)
    if engine is None:
        raise Misconfigured(
            f"the offline engine has no {sitting.task!r}: choose another profile, e.g. CW_PROFILE=default"
        )
    model = offline_model()
    replies = []
    for request in requests:
        value = engine(orjson.loads(request.inputs_json))
        text = value.model_dump_json()
        replies.append(Reply(request.request_key, 1, "ok", "offline", model, value_json=text))
        node = Node(
            request.request_key, "ok", 1, value_json=text, provider="offline", model=model, value=value,
            position=request.position,
        )  # fmt: skip
        sitting.histories.setdefault(request.ask_key, {})[request.request_key] = node
    with door.store.transaction():
        ledger.append_requests(door.store, requests, run=sitting.run)
        ledger.append_replies(door.store, replies, run=sitting.run)


def _refuse_open_transaction(store: Store) -> None:
    """A paid call inside the caller's transaction could be rolled back out of the ledger."""
    query = "select txid_current()"
    if store.value(query) == store.value(query):
        raise RuntimeError(
            "complete() was called inside a transaction: the intent must be committed before the call"
        )


def _in_season(door: Door, sitting: Sitting, items: list[tuple[str, Outgoing]]) -> list[tuple[str, Outgoing]]:
    """Hold tasks that wait for their provider's cheap hours."""
    limits = sitting.routes.task.get(sitting.task)
    if not items or limits is None or not limits.wait_offpeak:
        return items
    later = sitting.prices.cheaper_at(items[0][1].request.hop.model, door.outside.now())
    if later is None:
        return items
    for key, _ in items:
        sitting.held[key] = f"waits for off-peak prices at {later:%H:%M} UTC"
    return []


def _affordable(
    door: Door, sitting: Sitting, items: list[tuple[str, Outgoing]]
) -> tuple[list[tuple[str, Outgoing]], Allowance]:
    """What fits into both caps at the worst case, and what they leave beside it; the rest is over budget for this sitting."""
    allowance = read_allowance(door.store, run=sitting.run, settings=sitting.settings, at=door.outside.now())
    taken = fits(allowance, ((key, item.request.worst_usd) for key, item in items))
    sitting.over_budget |= {key for key, _ in items if key not in taken}
    return [(key, item) for key, item in items if key in taken], allowance


def _send_batches(door: Door, sitting: Sitting, items: Sequence[Outgoing]) -> None:
    from tasks.llm.submission import submit_batches

    client = connect_claude(sitting.settings, sitting.catalogue)
    try:
        done = submit_batches(
            door.store, items, client, run=sitting.run, catalogue=sitting.catalogue,
            spool=sitting.settings.spool_dir, outside=door.outside,
        )  # fmt: skip
    finally:
        client.close()
    if done.fault is not None:
        sitting.shut[items[0].request.hop.provider] = done.fault
    _mark_under_way(sitting, done.under_way)


def _mark_under_way(sitting: Sitting, sent: Sequence[Outgoing]) -> None:
    """What the ledger would tell of requests in a new intent, without reading all of it for that."""
    for item in sent:
        key = item.request.request_key
        nodes = sitting.histories.setdefault(item.request.ask_key, {})
        node = nodes.setdefault(key, Node(key, position=item.request.position))
        node.attempt, node.is_open = item.attempt, True


def _send_online(door: Door, sitting: Sitting, items: Sequence[Outgoing], allowance: Allowance) -> None:
    from tasks.llm.online import serve_online

    hop = items[0].request.hop
    catalogue = sitting.catalogue
    provider = catalogue.provider_of(hop.model)
    backend: str | None = None
    if provider.kind == "anthropic":
        from tasks.llm.claude import message_body

        claude = connect_claude(sitting.settings, catalogue)
        close, may_repair = claude.close, False

        def ask(item: Outgoing) -> Raw:
            return claude.ask(message_body(call_of(item.request, catalogue, bad_reply=item.bad_reply)))
    else:
        from tasks.llm.openai_compat import chat_body

        compat = connect_compat(sitting.settings, catalogue, hop.model)
        close, may_repair = compat.close, compat.quirks.repair_json
        backend = compat.backend if provider.own_hardware else None

        def ask(item: Outgoing) -> Raw:
            return compat.ask(
                chat_body(call_of(item.request, catalogue, bad_reply=item.bad_reply), compat.quirks)
            )

    try:
        served = serve_online(
            door.store, items, ask, run=sitting.run, prices=sitting.prices, allowance=allowance,
            outside=door.outside, concurrency=provider.concurrency, may_repair=may_repair, backend=backend,
        )  # fmt: skip
    finally:
        close()
    if served.fault is not None:
        sitting.shut[hop.provider] = served.fault
    _reread(door, sitting, items)


def _reread(door: Door, sitting: Sitting, items: Sequence[Outgoing]) -> None:
    """Take the ledger's word for what is known now; parsed values are kept."""
    keys = [item.request.ask_key for item in items]
    for key, nodes in ledger.read_histories(door.store, keys).items():
        old = sitting.histories.get(key, {})
        for request_key, node in nodes.items():
            if request_key in old and node.value is None:
                node.value = old[request_key].value
                node.verdict = node.verdict or old[request_key].verdict
        sitting.histories[key] = nodes
