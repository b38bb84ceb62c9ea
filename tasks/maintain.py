"""Keeping the store sound: checks, checkpoint, retention of temporary files, the read copy, and the alarm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tasks.booking import drop_unbooked
from tasks.checks import failing_checks, named
from tasks.errors import VerificationFailed
from tasks.read_copy import PUBLISHED, READ_COPY, copy_masks, write_copy
from tasks.verify import chain_fault

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.settings import Settings
    from tasks.store import Store

OVERDUE = timedelta(hours=26)


def maintain_store(store: Store, *, settings: Settings, now: datetime) -> dict[str, Any]:
    """Check, compact, tidy, copy; returns what was done.

    Raises:
        VerificationFailed: a check has offending rows, or the evidence chain is broken.
    """
    failing = failing_checks(store)
    if failing:
        raise VerificationFailed(
            f"the store fails its own checks: {named(failing)}; see docs/runbook.md, restore"
        )
    fault = chain_fault(store)
    if fault:
        raise VerificationFailed(fault)
    store.checkpoint()
    root = settings.home / PUBLISHED
    removed = 0
    if root.exists():
        removed = drop_unbooked(store, root)
        write_copy(store, root / READ_COPY, masks=copy_masks())
    return {"leftovers_removed": removed, "read_copy": root.exists()}


def overdue_line(store: Store, *, now: datetime) -> str | None:
    """A sentence when nights have run before and none has succeeded for 26 hours."""
    last = store.value(
        "select max(e.ended_at) from ops.run_end as e join ops.run as r using (run_id) where r.kind = 'nightly' and e.exit_code = 0"
    )
    first = store.value("select min(started_at) from ops.run where kind = 'nightly'")
    since = last or first
    return _late_line("no night has succeeded", since.astimezone(UTC), now) if since is not None else None


def overdue_publication(home: Path, *, now: datetime) -> str | None:
    """The same while a run holds the store, from outside: whether nothing has been published for 26 hours."""
    pointer = home / PUBLISHED / "latest.json"
    if not pointer.exists():
        return None
    published = datetime.fromtimestamp(pointer.stat().st_mtime, UTC)
    return _late_line("a run holds the store, and nothing has been published", published, now)


def _late_line(what: str, since: datetime, now: datetime) -> str | None:
    if now - since <= OVERDUE:
        return None
    return f"{what} since {since:%Y-%m-%d %H:%M} UTC: run `cw status`, then docs/runbook.md"
