"""Dead letters: listing them, and deciding what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.errors import BadInput
from tasks.evidence import append_event
from tasks.llm import reopen
from tasks.run import Run
from tasks.window import night_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tasks.store import Store


def list_quarantined(store: Store) -> list[dict[str, Any]]:
    """Messages in quarantine with step and reason, oldest first."""
    return store.frame(
        "select submission_id, step, reason, created_at as filed_at from ops.current_quarantine where event = 'filed' order by created_at, submission_id"
    ).to_dicts()


def decide_quarantined(store: Store, submission_ids: Sequence[str], *, event: str, now: datetime) -> int:
    """Append a decision (`retry` or `drop`) for the named messages, or for all; returns how many.

    Raises:
        BadInput: a named message is not in quarantine.
    """
    waiting = {row["submission_id"]: row for row in list_quarantined(store)}
    unknown = [s for s in submission_ids if s not in waiting]
    if unknown:
        raise BadInput(f"not in quarantine: {unknown[0]}: see `cw quarantine list`")
    chosen = list(submission_ids) or list(waiting)
    rows = [
        {
            "submission_id": s,
            "step": waiting[s]["step"],
            "event": event,
            "reason": "decided by an operator",
            "request_key": None,
            "run_id": "-",
            "created_at": now,
        }
        for s in chosen
    ]
    if rows:
        with store.transaction():
            if event == "retry":
                _reopen_questions(store, chosen, now)
            store.append("ops.quarantine", pl.DataFrame(rows, schema_overrides={"request_key": pl.String}))
            append_event(
                store,
                f"quarantine_{event}",
                entity=("quarantine", "batch"),
                payload={"count": len(rows)},
                at=now,
            )
    return len(rows)


def _reopen_questions(store: Store, submission_ids: Sequence[str], now: datetime) -> None:
    """What was given up on is asked afresh: the ledger would otherwise answer from memory."""
    keys = [
        row[0]
        for row in store.rows(
            "select distinct representative_key from core.current_redaction where list_contains($1, submission_id)",
            [list(submission_ids)],
        )
    ]
    reopen(store, "canonicalize", keys, run=Run("-", "quarantine", night_of(now), "-", now))
