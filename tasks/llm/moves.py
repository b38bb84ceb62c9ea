"""What to do next about one ask, given all the ledger knows of it. Pure: the decision table of the LLM layer.

| latest outcome of a request            | next                                                          |
|----------------------------------------|---------------------------------------------------------------|
| none                                   | send it                                                       |
| under way                              | wait                                                          |
| ok, and the caller's check agrees      | done                                                          |
| ok but turned down; invalid; empty     | one repair turn on the same model, then the next hop          |
| ok, but erased since                   | ask anew, as if for the first time                            |
| truncated                              | once with twice the room, then the next hop                   |
| refused, too_long, rejected            | the next hop (resending would bring the same)                 |
| errored, expired, canceled, lost       | resend, three times in all, then the next hop                 |
| paused (balance, spend limit)          | resend, once a person has acted                               |
| no hop left                            | dead letter                                                   |
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from tasks.llm.types import Hop, Route, Turn

MAX_ATTEMPTS = 3
TRANSIENT = frozenset({"errored", "expired", "canceled", "lost"})
REPAIRABLE = frozenset({"invalid", "empty"})
ERASED = (
    "the stored answer was erased",
)  # the verdict on an answer that went with who was erased (tasks/erase.py)


@dataclass(slots=True)
class Node:
    """One request of an ask, as the ledger has it."""

    request_key: str
    outcome: str | None = None
    attempt: int = 0
    is_open: bool = False
    value_json: str | None = None
    raw: str | None = None
    reasons: tuple[str, ...] = ()
    detail: str | None = None
    provider: str = ""
    model: str = ""
    cost_usd: float = 0.0
    verdict: tuple[str, ...] = ()
    transient: int = 0  # attempts that ended in a way that may pass; a submission that never arrived is none
    position: int = 0  # its place in the chain it was decided on with
    value: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Done:
    node: Node


@dataclass(frozen=True, slots=True)
class Wait:
    node: Node


@dataclass(frozen=True, slots=True)
class Send:
    request_key: str
    position: int
    turn: Turn
    params: Mapping[str, Any]
    attempt: int
    repair_of: Node | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dead:
    node: Node
    reasons: tuple[str, ...]


Move = Done | Wait | Send | Dead


@dataclass(frozen=True)
class Versions:
    """What shapes an answer beside the input: prompt template and schema, per hop's kind."""

    prompt: str
    schema: str


def ask_key(task: str, inputs_json: bytes) -> str:
    """Ties all requests about one input together."""
    return hashlib.sha256(task.encode() + b"\0" + inputs_json).hexdigest()[:40]


def request_key(ask: str, hop_bytes: bytes, turn: Turn, round_no: int, repair_of: str = "") -> str:
    """Content address of one call. `hop_bytes` is `hop_fingerprint`, `repair_of` the call whose answer is repaired, widened or gone."""
    digest = hashlib.sha256(hop_bytes)
    digest.update(f"|{ask}|{turn}|{round_no}|{repair_of}".encode())
    return digest.hexdigest()[:40]


def hop_fingerprint(hop: Hop, params: Mapping[str, Any], versions: Versions) -> bytes:
    """What the call depends on beside the input, as bytes."""
    parts = [hop.provider, hop.model, hop.mode == "batch", params, versions.prompt, versions.schema]
    return orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)


class Walker:
    """Walks the asks of one task along one route. Fingerprints are computed once per hop."""

    def __init__(self, route: Route, versions: Sequence[Versions]):
        self.route = route
        self.versions = versions
        self._prints: dict[tuple[int, int], bytes] = {}

    def next_move(
        self, ask: str, nodes: Mapping[str, Node], *, round_no: int = 0, shut: frozenset[str] = frozenset()
    ) -> Move:
        """The next move for one ask; hops of providers in `shut` are passed over for now, and never counted as tried.

        What stands further down is taken before anything is sent: a hop that answered, or was asked, while the ones before it
        were passed over has been paid for. (A chain that was given a new head has its old answers at other places: it asks.)
        """
        send: Send | None = None
        last: Node | None = None
        is_passed_over = False
        for position, hop in enumerate(self.route.hops):
            move = self._walk_hop(ask, nodes, position, round_no)
            if isinstance(move, Done | Wait):
                if send is None or move.node.position == position:
                    return move
            elif isinstance(move, Dead):
                last = move.node if send is None else last
            elif hop.provider in shut:
                is_passed_over = True
            else:
                send = send or move
        if send is not None:
            return send
        if last is None or is_passed_over:
            return Wait(Node("", reasons=("every provider of the route refuses for now",)))
        return Dead(last, last.verdict or last.reasons or ((last.detail or last.outcome or "unknown"),))

    def _walk_hop(self, ask: str, nodes: Mapping[str, Node], position: int, round_no: int) -> Move:
        params: Mapping[str, Any] = self.route.hops[position].params
        turn: Turn = "first"
        parent: Node | None = None
        reasons: tuple[str, ...] = ()
        seen: set[Turn] = set()
        while True:
            key = self._key(ask, position, params, turn, round_no, parent)
            node = nodes.get(key)
            if node is None or (node.outcome is None and not node.is_open):
                attempt = (node.attempt if node else 0) + 1
                return Send(key, position, turn, params, attempt, parent, reasons)
            if node.is_open:
                return Wait(node)
            if node.outcome == "paused" or (node.outcome in TRANSIENT and node.transient < MAX_ATTEMPTS):
                return Send(key, position, turn, params, node.attempt + 1, parent, reasons)
            if node.outcome == "ok" and not node.verdict:
                return Done(node)
            if node.verdict == ERASED:
                params, turn, parent, reasons, seen = (
                    self.route.hops[position].params,
                    "first",
                    node,
                    (),
                    set(),
                )
                continue
            seen.add(turn)
            if self.route.hops[position].provider == "offline":  # it would say the same
                return Dead(node, node.verdict or node.reasons)
            if node.outcome == "truncated" and "higher_cap" not in seen and "repair" not in seen:
                params = {**params, "max_tokens": 2 * int(params["max_tokens"])}
                turn, parent, reasons = "higher_cap", node, ()
            elif (node.outcome in REPAIRABLE or node.verdict) and "repair" not in seen:
                turn, parent, reasons = "repair", node, node.verdict or node.reasons
            else:
                return Dead(node, node.verdict or node.reasons)

    def _key(
        self,
        ask: str,
        position: int,
        params: Mapping[str, Any],
        turn: Turn,
        round_no: int,
        parent: Node | None = None,
    ) -> str:
        slot = (position, int(params.get("max_tokens", 0)))
        if slot not in self._prints:
            self._prints[slot] = hop_fingerprint(self.route.hops[position], params, self.versions[position])
        return request_key(ask, self._prints[slot], turn, round_no, parent.request_key if parent else "")
