"""Collect: file the answers of finished batches between nights, and say when the night can be resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.llm import collect as collect_batches
from tasks.run import Run, StepReport, new_run_id
from tasks.window import night_of

if TYPE_CHECKING:
    from datetime import datetime

    from tasks.settings import Settings
    from tasks.store import Store


def collect_replies(store: Store, *, settings: Settings, now: datetime) -> StepReport:
    """Settle doubtful intents, poll open batches, file what has ended."""
    run = Run(new_run_id(now), "collect", night_of(now), settings.profile, now)
    return collect_batches(store, run=run, settings=settings)


def night_is_due(store: Store) -> bool:
    """Whether the last night ended with answers still out, and all of them are in now."""
    row = store.rows(
        "select s.pending_count from ops.step as s join ops.run as r using (run_id)"
        " where r.kind = 'nightly' and s.step = 'canonicalize' order by s.ended_at desc limit 1"
    )
    if not row or row[0][0] == 0:
        return False
    from tasks.llm import open_batches

    return not open_batches(store)
