"""Write-ahead intents: what is about to be sent is committed before it is sent, and every later word about it.

An intent is *submitting* or *doubtful* (nobody knows), *handed* (a batch stands for it), *refused* (a definite no),
*void* (looked for and not found; its requests may be sent again), *given_up* (its batch is gone at the provider: the same, and
it is *handed* again by the event `found`) or *filed*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from tasks.llm import ledger
from tasks.llm.types import Request
from tasks.run import Run
from tasks.store import Store

_UTC = pl.Datetime("us", "UTC")
_MEMBER = {"intent_id": pl.String, "request_key": pl.String, "custom_id": pl.String, "attempt": pl.Int32}


@dataclass(frozen=True)
class Intent:
    """One row of `llm.intent_state`."""

    intent_id: str
    nonce: str
    task: str
    provider: str
    model: str
    mode: str
    request_count: int
    worst_usd: float
    run_id: str
    created_at: datetime
    state: str
    batch_id: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """One request in an intent."""

    request_key: str
    custom_id: str
    attempt: int
    worst_usd: float


_COLUMNS = "intent_id, nonce, task, provider, model, mode, request_count, worst_usd, run_id, created_at, state, batch_id"


def custom_id(task: str, nonce: str, request_key: str) -> str:
    """At most 64 of [a-zA-Z0-9_-]; the nonce names the intent, the rest the request."""
    return f"{task}-{nonce}-{request_key[:24]}"


def nonce_of(found: str) -> str:
    """The nonce in a custom id; empty when it is not one of ours."""
    parts = found.split("-")
    return parts[1] if len(parts) == 3 else ""


def open_intent(
    store: Store,
    requests: Sequence[tuple[Request, int]],
    *,
    nonce: str,
    run: Run,
    at: datetime,
    body_sha256: str | None = None,
    body_bytes: int | None = None,
) -> Intent:
    """Commit request rows, the intent and its members, in one transaction. `requests` are (request, attempt)."""
    first = requests[0][0]
    task, hop = first.route.task, first.hop
    intent_id = f"{at:%Y%m%dT%H%M%S}-{nonce}"
    worst = sum(r.worst_usd for r, _ in requests)
    row = {
        "intent_id": intent_id, "nonce": nonce, "task": task, "provider": hop.provider, "model": hop.model,
        "mode": hop.mode, "request_count": len(requests), "body_sha256": body_sha256, "body_bytes": body_bytes,
        "estimated_usd": sum(r.estimated_usd for r, _ in requests), "worst_usd": worst, "run_id": run.run_id,
    }  # fmt: skip
    members = [
        (intent_id, r.request_key, custom_id(task, nonce, r.request_key), attempt) for r, attempt in requests
    ]
    with store.transaction():
        ledger.append_requests(store, [r for r, _ in requests], run=run)
        store.append("llm.intent", pl.DataFrame([row]).with_columns(_at(at)))
        store.append("llm.intent_member", pl.DataFrame(members, schema=_MEMBER, orient="row"))
    return Intent(
        intent_id,
        nonce,
        task,
        hop.provider,
        hop.model,
        hop.mode,
        len(requests),
        worst,
        run.run_id,
        at,
        "submitting",
        None,
    )


def add_handle(store: Store, intent: Intent, batch_id: str, *, how: str, run: Run, at: datetime) -> None:
    row = {"intent_id": intent.intent_id, "batch_id": batch_id, "how": how, "run_id": run.run_id}
    store.append("llm.handle", pl.DataFrame([row]).with_columns(_at(at)))


def settle(
    store: Store,
    intent: Intent | str,
    event: str,
    *,
    run: Run,
    at: datetime,
    batch_id: str | None = None,
    detail: str | None = None,
) -> None:
    """Append one event of an intent's life."""
    intent_id = intent if isinstance(intent, str) else intent.intent_id
    row = {
        "intent_id": intent_id,
        "event": event,
        "batch_id": batch_id,
        "detail": detail,
        "run_id": run.run_id,
    }
    schema = {"batch_id": pl.String, "detail": pl.String}
    store.append("llm.settlement", pl.DataFrame([row], schema_overrides=schema).with_columns(_at(at)))


def intents_in(store: Store, *states: str, since: datetime | None = None) -> list[Intent]:
    """Intents in one of these states, oldest first."""
    query = f"select {_COLUMNS} from llm.intent_state where list_contains($states, state)"  # noqa: S608 - fixed columns
    params: dict[str, Any] = {"states": list(states)}
    if since is not None:
        query += " and created_at >= $since"
        params["since"] = since
    return [Intent(*row) for row in store.rows(query + " order by created_at, intent_id", params)]


def members_of(store: Store, intent: Intent) -> dict[str, Member]:
    """custom id → member."""
    rows = store.rows(
        "select m.request_key, m.custom_id, m.attempt, q.worst_usd from llm.intent_member as m"
        " join llm.request as q using (request_key) where m.intent_id = ?",
        [intent.intent_id],
    )
    return {row[1]: Member(*row) for row in rows}


def open_member_keys(store: Store, intent: Intent) -> Mapping[str, tuple[int, float]]:
    """request key → (attempt, dollars at most) of members without an answer."""
    rows = store.rows(
        "select m.request_key, m.attempt, q.worst_usd"
        " from (select m.* from llm.intent_member as m anti join llm.reply as r"
        " on r.intent_id = m.intent_id and r.request_key = m.request_key and r.outcome <> 'twin'"
        " where m.intent_id = ?) as m join llm.request as q using (request_key)",
        [intent.intent_id],
    )
    return {key: (attempt, usd) for key, attempt, usd in rows}


def is_sent_anew(store: Store, intent: Intent) -> bool:
    """Whether every request of an intent was sent by a later one too."""
    left = store.value(
        "select count(*) from llm.intent_member as m where m.intent_id = ? and not exists ("
        " select 1 from llm.intent_member as n join llm.intent_state as s using (intent_id)"
        " where n.request_key = m.request_key and n.attempt > m.attempt and s.state in ('handed', 'filed'))",
        [intent.intent_id],
    )
    return bool(left == 0)


def known_batches(store: Store) -> set[str]:
    """Batches that stand for an intent, or are its twin, and were not found to be another's."""
    rows = store.rows(
        "select h.batch_id from llm.handle as h anti join (select intent_id, batch_id from llm.settlement"
        " where event in ('released', 'twin_released')) as r"
        " on r.intent_id = h.intent_id and r.batch_id = h.batch_id"
    )
    return {row[0] for row in rows}


def lent_sizes(store: Store) -> set[int]:
    """Sizes of batches under way that an intent has by its size only: they may turn out to be another's."""
    rows = store.rows(
        "select distinct request_count from llm.intent_state where state = 'handed' and how = 'adopted'"
    )
    return {row[0] for row in rows}


def unfiled_twins(store: Store) -> list[tuple[Intent, str]]:
    """Twins whose charges are not in the ledger yet, with the intent they doubled."""
    rows = store.step("llm_twins").rows()
    return [(Intent(*row[:-1]), row[-1]) for row in rows]


def _at(at: datetime) -> pl.Expr:
    return pl.lit(at).cast(_UTC).alias("created_at")
