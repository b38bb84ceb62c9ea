"""Answers that will never come: perhaps charged, so counted at the worst case, then free to be sent again.

What was charged for a lost online answer can never be known; the ledger is meant to be above the bill, never below."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.llm import ledger
from tasks.llm.intents import Intent, open_member_keys, settle
from tasks.llm.outside import Outside
from tasks.llm.types import Reply
from tasks.run import Run
from tasks.store import Store


def file_lost(store: Store, online: Sequence[Intent], *, run: Run, outside: Outside) -> int:
    """File the online calls among `online` whose process died before their answers were filed; how many."""
    lost = 0
    for intent in online:
        if intent.state != "submitting":
            continue
        with store.transaction():
            count = file_lost_members(store, intent, run=run)
            detail = f"{count} lost with their process"
            settle(store, intent, "filed", run=run, at=outside.now(), detail=detail)
        lost += count
    return lost


def file_lost_members(store: Store, intent: Intent, *, run: Run) -> int:
    """File every member of an intent that has no answer as lost; how many."""
    waiting = open_member_keys(store, intent)
    replies = [
        lost_reply(intent, key, attempt, usd=worst_usd, detail="lost")
        for key, (attempt, worst_usd) in waiting.items()
    ]
    return ledger.append_replies(store, replies, run=run)


def lost_reply(intent: Intent, request_key: str, attempt: int, *, usd: float, detail: str) -> Reply:
    """The row of a call that may have been charged `usd` at most and has no answer."""
    return Reply(
        request_key, attempt, "lost", intent.provider, intent.model, cost_usd=usd, intent_id=intent.intent_id,
        price_source="worst case: the answer was lost", detail=detail, is_batch=intent.mode == "batch",
    )  # fmt: skip
