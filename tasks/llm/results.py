"""Results of batches: fetched to disk, checked for completeness, and only then parsed and filed in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import orjson

from tasks.llm import ledger
from tasks.llm.calls import Raw, Sent, reply_of
from tasks.llm.claude import ClaudeClient, read_rows
from tasks.llm.faults import ProviderFault
from tasks.llm.intents import Intent, Member, members_of, settle
from tasks.llm.lost import file_lost_members
from tasks.llm.outside import Outside
from tasks.llm.prices import Prices
from tasks.llm.types import Reply
from tasks.run import Run
from tasks.store import Store

GIVE_UP = timedelta(hours=48)  # after which answers that never came whole are sent again
KEPT = timedelta(days=29)  # how long the provider keeps results
_FETCHES = 3
_ROWS = 10_000  # replies per frame


@dataclass
class Settled:
    """What a pass found."""

    adopted: int = 0
    void: int = 0
    given_up: int = 0  # requests of batches that are gone at the provider
    twins: int = 0
    filed: int = 0  # replies
    spent_usd: float = 0.0
    deleted: int = 0  # batches deleted at the provider
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
    is_given_up: bool = False  # the operator's word: what the provider says it does not have is gone

    def settle(
        self, intent: Intent | str, event: str, *, batch_id: str | None = None, detail: str | None = None
    ) -> None:
        """Append one event of an intent's life, now and in this run."""
        settle(
            self.store, intent, event, run=self.run, at=self.outside.now(), batch_id=batch_id, detail=detail
        )


def fetch_and_file(
    desk: Desk, intent: Intent, batch_id: str, found: Settled, *, is_twin: bool = False
) -> None:
    """Results to disk, complete, then filed. What is still missing after two days in results that came is given up as lost.

    Results that could not be fetched at all are waited for as long as the provider keeps them.
    """
    members = members_of(desk.store, intent)
    path = desk.spool / f"{batch_id}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        problem, patience = _fetch(desk, batch_id, path, members)
        if not problem:
            _file(desk, intent, batch_id, path, members, found, is_twin=is_twin)
        elif not is_twin and desk.outside.now() - intent.created_at > patience:
            _give_up_rest(desk, intent, batch_id, found)
        else:
            found.troubles.append(
                f"results of {batch_id} are not whole: {problem}; they are fetched again by `cw collect`"
            )
    finally:
        path.unlink(missing_ok=True)


def _fetch(desk: Desk, batch_id: str, path: Path, members: Mapping[str, Member]) -> tuple[str, timedelta]:
    """Fetch until every member is there once and nothing else.

    Returns what was wrong the third time, or nothing, and how old a batch must be to be given up for it.
    """
    problem, patience = "", GIVE_UP
    for _ in range(_FETCHES):
        try:
            desk.client.save_results(batch_id, path)
            problem, patience = incompleteness(path, members), GIVE_UP
        except ProviderFault as fault:
            if fault.kind == "shut":
                raise
            problem, patience = fault.detail, GIVE_UP if fault.is_not_found else KEPT
        if not problem:
            break
        desk.outside.sleep(0.2)
    return problem, patience


def incompleteness(path: Path, members: Mapping[str, Member]) -> str:
    """What is wrong with a results file as a whole; empty when nothing is, or when it is another intent's.

    The same line twice is harmless; two different lines of one id are not.
    """
    seen: dict[str, bytes] = {}
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            found = id_in(line)
            if found is None:
                return f"line {number} is cut"
            digest = hashlib.blake2b(line.strip(), digest_size=8).digest()
            if seen.setdefault(found, digest) != digest:
                return f"line {number} contradicts another of its id"
    if seen and seen.keys().isdisjoint(members):
        return ""  # another intent's batch: `_file` releases it
    missing, extra = len(members.keys() - seen.keys()), len(seen.keys() - members.keys())
    return f"{missing} missing, {extra} unknown of {len(members)}" if missing or extra else ""


def _give_up_rest(desk: Desk, intent: Intent, batch_id: str, found: Settled) -> None:
    """File the whole lines of what results there are, if any, and the rest as lost, at the worst case."""
    path, members = desk.spool / f"{batch_id}.jsonl", members_of(desk.store, intent)
    whole = path.with_suffix(".whole")
    try:
        with whole.open("wb") as out:
            for line in path.read_bytes().splitlines() if path.exists() else ():
                if id_in(line) in members:
                    out.write(line + b"\n")
        with desk.store.transaction():
            _file(desk, intent, batch_id, whole, members, found, is_partial=True)
            lost = file_lost_members(desk.store, intent, run=desk.run)
        found.outcomes["lost"] = found.outcomes.get("lost", 0) + lost
        found.troubles.append(
            f"{lost} answers of {batch_id} never came: counted at the worst case, sent again"
        )
    finally:
        whole.unlink(missing_ok=True)


def id_in(line: bytes) -> str | None:
    """The custom id of a line of results; None when the line is cut, or something else."""
    try:
        return str(orjson.loads(line)["custom_id"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None


def _file(
    desk: Desk,
    intent: Intent,
    batch_id: str,
    path: Path,
    members: Mapping[str, Member],
    found: Settled,
    *,
    is_twin: bool = False,
    is_partial: bool = False,
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
        if count == 0 and not is_partial:  # not one of its rows is ours
            settle(
                desk.store,
                intent,
                "twin_released" if is_twin else "released",
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
    desk: Desk,
    intent: Intent,
    batch_id: str,
    lines: BinaryIO,
    members: Mapping[str, Member],
    *,
    is_twin: bool,
) -> Iterator[list[Reply]]:
    rows = _each_once(read_rows(lines))
    while piece := list(islice(rows, _ROWS)):
        found = [
            _reply(desk, intent, batch_id, members[cid], raw, is_twin=is_twin)
            for cid, raw in piece
            if cid in members
        ]
        if found:
            yield found


def _each_once(rows: Iterator[tuple[str, Raw]]) -> Iterator[tuple[str, Raw]]:
    seen: set[str] = set()
    for found, raw in rows:
        if found not in seen:
            seen.add(found)
            yield found, raw


def _reply(desk: Desk, intent: Intent, batch_id: str, member: Member, raw: Raw, *, is_twin: bool) -> Reply:
    sent = Sent(
        member.request_key,
        intent.task,
        intent.provider,
        intent.model,
        member.attempt,
        intent.intent_id,
        member.worst_usd,
        batch_id,
    )
    reply = reply_of(raw, sent, prices=desk.prices, at=intent.created_at, may_repair=False)
    if not is_twin:
        return reply
    return Reply(
        reply.request_key, reply.attempt, "twin", reply.provider, reply.model, reply.usage, reply.cost_usd,
        reply.price_source, detail=reply.outcome, intent_id=reply.intent_id, batch_id=batch_id, is_batch=True,
    )  # fmt: skip
