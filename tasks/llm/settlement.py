"""Settling batches: doubtful intents are looked for and adopted, twins are cancelled, finished batches are fetched to
disk, checked for completeness, and only then filed.

A batch object carries no custom ids, so who it belongs to is certain only when it has ended. The workspace (and key)
must be this pipeline's own: a batch of the right size and time that nobody here knows is taken for ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from tasks.llm import ledger
from tasks.llm.calls import Raw, Sent, reply_of
from tasks.llm.claude import ClaudeClient, read_rows
from tasks.llm.faults import ProviderFault
from tasks.llm.intents import (
    Intent,
    Member,
    add_handle,
    intents_in,
    known_batches,
    members_of,
    nonce_of,
    settle,
    unfiled_twins,
)
from tasks.llm.outside import Outside
from tasks.llm.prices import Prices
from tasks.llm.types import Reply
from tasks.run import Run
from tasks.store import Store

SKEW = timedelta(minutes=5)  # between our clock and the vendor's
LATE = timedelta(hours=24)  # how long a void intent's batch may still turn up
_FETCHES = 3
_ROWS = 10_000  # replies per frame


@dataclass
class Settled:
    """What a pass found."""

    adopted: int = 0
    void: int = 0
    twins: int = 0
    filed: int = 0  # replies
    waiting: int = 0  # requests still under way
    spent_usd: float = 0.0
    paused: int = 0  # rows that say that money or a limit has run out
    outcomes: dict[str, int] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Desk:
    """What the functions here share."""

    store: Store
    client: ClaudeClient
    run: Run
    prices: Prices
    outside: Outside
    spool: Path
    grace_s: float
    delete: bool


def settle_batches(desk: Desk) -> Settled:
    """One pass over all that is open: look for the doubtful, poll, fetch, file, delete. Busy providers are troubles."""
    found = Settled()
    for step in (_look_for_doubtful, _file_finished, _file_twins, _delete_filed):
        try:
            step(desk, found)
        except ProviderFault as fault:
            if fault.kind in ("shut", "definite"):
                raise
            found.troubles.append(f"anthropic: {fault.detail}")
    return found


def _look_for_doubtful(desk: Desk, found: Settled) -> None:
    now = desk.outside.now()
    lost = [i for i in intents_in(desk.store, "submitting", "doubtful") if i.mode == "batch"]
    void = [i for i in intents_in(desk.store, "void", since=now - LATE) if i.mode == "batch"]
    if not lost and not void:
        return
    known = known_batches(desk.store)
    since = min(i.created_at for i in [*lost, *void]) - SKEW
    strangers = [b for b in desk.client.list_batches(since=since) if b["id"] not in known]
    nonces = {b["id"]: _nonce(desk, b) for b in strangers if b["processing_status"] == "ended"}
    for intent in lost:
        ours = [b for b in strangers if _may_be(intent, b, nonces)]
        ours.sort(key=lambda b: (nonces.get(b["id"]) != intent.nonce, b["created_at"]))
        _adopt(desk, intent, ours, found)
        strangers = [b for b in strangers if b not in ours]
        if not ours and (now - intent.created_at).total_seconds() >= desk.grace_s:
            settle(desk.store, intent, "void", run=desk.run, at=now, detail="not in the workspace's list")
            found.void += intent.request_count
    for intent in void:
        for batch in [b for b in strangers if _may_be(intent, b, nonces)]:
            _mark_twin(desk, intent, batch, found)
            strangers.remove(batch)


def _may_be(intent: Intent, batch: Mapping[str, Any], nonces: Mapping[str, str]) -> bool:
    if batch["id"] in nonces:
        return nonces[batch["id"]] == intent.nonce
    return bool(
        sum(batch["request_counts"].values()) == intent.request_count
        and batch["created_at"] >= intent.created_at - SKEW
    )


def _adopt(desk: Desk, intent: Intent, batches: list[dict[str, Any]], found: Settled) -> None:
    """Take the first, cancel the others: what is cancelled before it is worked on is not charged."""
    for position, batch in enumerate(batches):
        if position == 0:
            add_handle(desk.store, intent, batch["id"], how="adopted", run=desk.run, at=desk.outside.now())
            found.adopted += intent.request_count
        else:
            _mark_twin(desk, intent, batch, found)


def _mark_twin(desk: Desk, intent: Intent, batch: Mapping[str, Any], found: Settled) -> None:
    add_handle(desk.store, intent, batch["id"], how="twin", run=desk.run, at=desk.outside.now())
    found.twins += 1
    if batch["processing_status"] == "in_progress":
        desk.client.cancel_batch(batch["id"])
        settle(desk.store, intent, "twin_canceled", run=desk.run, at=desk.outside.now(), batch_id=batch["id"])


def _nonce(desk: Desk, batch: Mapping[str, Any]) -> str:
    """The nonce in an ended batch's first result; empty when it has none of ours."""
    path = desk.spool / f"{batch['id']}.peek"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        desk.client.save_results(batch["id"], path)
        with path.open("rb") as lines:
            first = next((found for found, _ in read_rows(islice(lines, 1))), "")
        return nonce_of(first)
    except ProviderFault as fault:
        if fault.kind == "definite":
            return ""  # archived or deleted results: not a batch we can take
        raise
    finally:
        path.unlink(missing_ok=True)


def _file_finished(desk: Desk, found: Settled) -> None:
    for intent in intents_in(desk.store, "handed"):
        assert intent.batch_id is not None
        batch = desk.client.batch(intent.batch_id)
        if batch["processing_status"] != "ended":
            found.waiting += intent.request_count
            continue
        members = members_of(desk.store, intent)
        path = _fetch(desk, intent.batch_id, members, found)
        if path is None:
            found.waiting += intent.request_count
            continue
        try:
            _file(desk, intent, intent.batch_id, path, members, found)
        finally:
            path.unlink(missing_ok=True)


def _fetch(desk: Desk, batch_id: str, members: Mapping[str, Member], found: Settled) -> Path | None:
    """The results on disk, complete: every member once and nothing else. None when three tries did not bring that."""
    path = desk.spool / f"{batch_id}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    problem = ""
    for _ in range(_FETCHES):
        try:
            desk.client.save_results(batch_id, path)
            problem = incompleteness(path, members)
        except ProviderFault as fault:
            if fault.kind in ("shut", "definite"):
                raise
            problem = fault.detail
        if not problem:
            return path
        desk.outside.sleep(0.2)
    path.unlink(missing_ok=True)
    found.troubles.append(
        f"results of {batch_id} are not whole: {problem}; they are fetched again by `cw collect`"
    )
    return None


def incompleteness(path: Path, members: Mapping[str, Member]) -> str:
    """What is wrong with a results file as a whole; empty when nothing is. A foreign file is reported as `foreign`."""
    seen: set[str] = set()
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                found = orjson.loads(line)["custom_id"]
            except (orjson.JSONDecodeError, KeyError, TypeError):
                return f"line {number} is cut"
            if found in seen:
                return f"line {number} repeats an id"
            seen.add(found)
    if seen.isdisjoint(members) and seen:
        return ""  # another intent's batch: `_file` releases it
    missing, extra = len(members.keys() - seen), len(seen - members.keys())
    return f"{missing} missing, {extra} unknown of {len(members)}" if missing or extra else ""


def _file(
    desk: Desk,
    intent: Intent,
    batch_id: str,
    path: Path,
    members: Mapping[str, Member],
    found: Settled,
    *,
    is_twin: bool = False,
) -> None:
    """Replies and the word that they are filed, in one transaction."""
    at = desk.outside.now()
    count, spent = 0, 0.0
    with path.open("rb") as lines, desk.store.transaction():
        for replies in _replies(desk, intent, batch_id, lines, members, is_twin=is_twin):
            ledger.append_replies(desk.store, replies, run=desk.run)
            count += len(replies)
            spent += sum(r.cost_usd for r in replies)
            for reply in replies:
                found.outcomes[reply.outcome] = found.outcomes.get(reply.outcome, 0) + 1
        if count == 0:  # not one of its rows is ours
            settle(
                desk.store,
                intent,
                "released",
                run=desk.run,
                at=at,
                batch_id=batch_id,
                detail="custom ids of another",
            )
            return
        event = "twin_filed" if is_twin else "filed"
        settle(desk.store, intent, event, run=desk.run, at=at, batch_id=batch_id, detail=f"{count} rows")
    found.filed += 0 if is_twin else count
    found.spent_usd += spent


def _replies(
    desk: Desk, intent: Intent, batch_id: str, lines: Any, members: Mapping[str, Member], *, is_twin: bool
) -> Iterator[list[Reply]]:
    rows = read_rows(lines)
    while piece := list(islice(rows, _ROWS)):
        found = [
            _reply(desk, intent, batch_id, members[cid], raw, is_twin=is_twin)
            for cid, raw in piece
            if cid in members
        ]
        if found:
            yield found


def _reply(desk: Desk, intent: Intent, batch_id: str, member: Member, raw: Raw, *, is_twin: bool) -> Reply:
    sent = Sent(
        member.request_key,
        intent.task,
        intent.provider,
        intent.model,
        member.attempt,
        intent.intent_id,
        batch_id,
    )
    reply = reply_of(raw, sent, prices=desk.prices, at=intent.created_at, may_repair=False)
    if not is_twin:
        return reply
    return Reply(
        reply.request_key, reply.attempt, "twin", reply.provider, reply.model, reply.usage, reply.cost_usd,
        reply.price_source, detail=reply.outcome, intent_id=reply.intent_id, batch_id=batch_id, is_batch=True,
    )  # fmt: skip


def _file_twins(desk: Desk, found: Settled) -> None:
    """What a twin was charged before it was cancelled belongs in the ledger too."""
    for intent, batch_id in unfiled_twins(desk.store):
        if desk.client.batch(batch_id)["processing_status"] != "ended":
            continue
        members = members_of(desk.store, intent)
        path = _fetch(desk, batch_id, members, found)
        if path is None:
            continue
        try:
            _file(desk, intent, batch_id, path, members, found, is_twin=True)
        finally:
            path.unlink(missing_ok=True)


def _delete_filed(desk: Desk, found: Settled) -> None:
    """Once filed, prompts and answers need not lie at the vendor for 29 days."""
    if not desk.delete:
        return
    for intent_id, batch_id in desk.store.step("llm_undeleted").rows():
        try:
            desk.client.delete_batch(batch_id)
            detail = "deleted"
        except ProviderFault as fault:
            if fault.kind != "definite":
                raise
            detail = fault.detail  # gone already
        settle(
            desk.store,
            intent_id,
            "deleted",
            run=desk.run,
            at=desk.outside.now(),
            batch_id=batch_id,
            detail=detail,
        )
