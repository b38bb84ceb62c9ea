"""Keeping the store sound: checks, checkpoint, retention of temporary files, the read copy, and the alarm."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tasks.checks import failing_checks
from tasks.errors import VerificationFailed
from tasks.publish import PUBLISHED, READ_COPY
from tasks.read_copy import copy_masks, write_copy
from tasks.verify import chain_fault

if TYPE_CHECKING:
    from tasks.settings import Settings
    from tasks.store import Store

OVERDUE = timedelta(hours=26)
LEFTOVER = timedelta(days=2)


def maintain_store(store: Store, *, settings: Settings, now: datetime) -> dict[str, Any]:
    """Check, compact, tidy, copy; returns what was done.

    Raises:
        VerificationFailed: a check has offending rows, or the evidence chain is broken.
    """
    failing = failing_checks(store)
    if failing:
        raise VerificationFailed(f"the store fails its own checks: {failing}; see docs/runbook.md, restore")
    fault = chain_fault(store)
    if fault:
        raise VerificationFailed(fault)
    store.checkpoint()
    root = settings.home / PUBLISHED
    removed = 0
    if root.exists():
        write_copy(store, root / READ_COPY, masks=copy_masks())
        removed = _remove_leftovers(root, now)
    return {"leftovers_removed": removed, "read_copy": root.exists()}


def _remove_leftovers(root: Any, now: datetime) -> int:
    """Folders of publications that were killed half-way, once they are two days old."""
    old = [p for p in root.glob(".tmp-*") if now - datetime.fromtimestamp(p.stat().st_mtime, UTC) > LEFTOVER]
    for path in old:
        shutil.rmtree(path)
    return len(old)


def overdue_line(store: Store, *, now: datetime) -> str | None:
    """A sentence when nights have run before and none has succeeded for 26 hours."""
    last = store.value(
        "select max(e.ended_at) from ops.run_end as e join ops.run as r using (run_id) where r.kind = 'nightly' and e.exit_code = 0"
    )
    first = store.value("select min(started_at) from ops.run where kind = 'nightly'")
    since = last or first
    if since is None or now - since.astimezone(UTC) <= OVERDUE:
        return None
    return f"no night has succeeded since {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC: run `cw status`, then docs/runbook.md"
