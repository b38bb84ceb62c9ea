"""`--dry-run`: what a night or a back-fill would do and cost. Calls nobody and writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tasks.canonicalize import waiting_asks
from tasks.inbox import find_drops, stat_key
from tasks.store import FILE_NAME, open_store
from tasks.window import ALWAYS, Window

if TYPE_CHECKING:
    from datetime import date

    from tasks.settings import Settings
    from tasks.store import Store


def forecast(settings: Settings, *, days: tuple[date, date] | None = None, redo: bool = False) -> dict[str, Any]:
    """New files in the inbox, messages that wait, and the estimated and worst cost of asking about them."""
    from tasks.llm import estimate

    window = Window(*days) if days else ALWAYS
    exists = (settings.home / FILE_NAME).exists()
    with open_store(settings.home if exists else None, read_only=exists, wait_s=settings.store_wait_s) as store:
        waiting = store.step("canonicalize_pending", {"since": window.since, "until": window.until, "redo": redo})
        asks = waiting_asks(waiting)
        cost = estimate(store, "canonicalize", asks, settings)
        files = _new_files(store, settings)
        unredacted = store.value("select count(*) from core.submission_state where detail = 'waits for redaction'")
    return {
        "profile": settings.profile,
        "new_files": files,
        "waiting_messages": waiting.height,
        "not_yet_redacted": unredacted,
        "requests": cost.new_count,
        "already_answered": cost.done_count,
        "estimated_usd": cost.estimated_usd,
        "worst_usd": cost.worst_usd,
        "cap_usd": settings.budget_run_usd,
    }


def _new_files(store: Store, settings: Settings) -> list[str]:
    """Names of drops that were not read, or were touched since."""
    taken = {(name, key) for _, _, name, key in store.step("ingest_taken").iter_rows()}
    drops, _ = find_drops(settings.inbox_dir)
    return [drop.name for drop in drops if (drop.name, stat_key(drop.path)) not in taken]


def print_forecast(payload: dict[str, Any]) -> None:
    """The readable form."""
    click.echo(f"profile {payload['profile']}: {len(payload['new_files'])} new files, {payload['waiting_messages']:,} messages wait")
    if payload["new_files"] or payload["not_yet_redacted"]:
        click.echo("messages of new files are not in this estimate: they are counted once the night has read and redacted them")
    click.echo(
        f"{payload['requests']:,} requests to make ({payload['already_answered']:,} answered before),"
        f" about ${payload['estimated_usd']:.4f}, at worst ${payload['worst_usd']:.4f}; cap ${payload['cap_usd']:.2f}"
    )
