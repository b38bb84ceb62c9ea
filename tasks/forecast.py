"""`--dry-run`: what a night or a back-fill would do and cost. Calls nobody and leaves nothing behind.

New files are read and redacted in a scratch copy of the store, so that the estimate counts them too.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from tasks.booking import begin_run, run_step
from tasks.canonicalize import waiting_asks
from tasks.night import step_named
from tasks.noted_erasures import FILE_NAME as NOTED
from tasks.read_copy import write_copy
from tasks.scratch import scratch_folder
from tasks.store import FILE_NAME, open_store
from tasks.window import ALWAYS, Window, night_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tasks.run import StepReport
    from tasks.settings import Settings


def forecast(
    settings: Settings, *, days: tuple[date, date] | None = None, redo: bool = False
) -> dict[str, Any]:
    """New rows of the inbox, messages that wait, and the estimated and worst cost of asking about them."""
    from tasks.llm import estimate, list_routes

    route = [
        f"{hop['model']}@{hop['mode']}" for hop in list_routes(settings) if hop["task"] == "canonicalize"
    ]
    window = Window(*days) if days else ALWAYS
    now = datetime.now(UTC)
    with _scratch_home(settings) as scratch, open_store(scratch.home) as store:
        run, _ = begin_run(store, kind="forecast", run_on=night_of(now), settings=scratch, now=now)
        read = {
            name: run_step(store, step_named(name), run=run, settings=scratch)
            for name in ("ingest", "erase", "redact")
        }
        waiting = store.step(
            "canonicalize_pending", {"since": window.since, "until": window.until, "redo": redo}
        )
        asks = waiting_asks(waiting, settings=scratch, profile=scratch.profile)
        cost = estimate(store, "canonicalize", asks, scratch)
    return _row(settings, read["ingest"]) | {
        "waiting_messages": waiting.height,
        "requests": cost.new_count,
        "already_answered": cost.done_count,
        "estimated_usd": cost.estimated_usd,
        "worst_usd": cost.worst_usd,
        "cap_usd": settings.budget_run_usd,
        "route": route,
    }


def _row(settings: Settings, read: StepReport) -> dict[str, Any]:
    return {"profile": settings.profile, "new_rows": read.out_count, "refused_rows": read.rejected_count}


@contextmanager
def _scratch_home(settings: Settings) -> Iterator[Settings]:
    """Settings with a private copy of the home: store, person key and what was erased, removed afterwards."""
    is_there = settings.inbox is not None or settings.inbox_dir.is_dir()
    with scratch_folder(settings.home) as home:
        if (settings.home / FILE_NAME).exists():
            with open_store(
                settings.home, read_only=True, is_of_any_version=True, wait_s=settings.store_wait_s
            ) as store:
                write_copy(store, home / FILE_NAME, masks={})
        for name in ("person.key", NOTED):
            if (settings.home / name).exists():
                shutil.copy2(settings.home / name, home / name)
        inbox = settings.inbox_dir.absolute() if is_there else None
        yield settings.model_copy(update={"home": home, "inbox": inbox})


def print_forecast(payload: dict[str, Any]) -> None:
    """The readable form."""
    click.echo(
        f"profile {payload['profile']}: {payload['new_rows']:,} new rows to take, {payload['refused_rows']:,} to refuse"
    )
    click.echo(
        f"{payload['waiting_messages']:,} messages to understand, by {' → '.join(payload['route']) or 'nobody'}"
    )
    click.echo(
        f"{payload['requests']:,} requests to make ({payload['already_answered']:,} answered before),"
        f" about ${payload['estimated_usd']:.4f}, at worst ${payload['worst_usd']:.4f}; cap ${payload['cap_usd']:.2f}"
    )
    click.echo("summaries, positions and plans come on top: they depend on the clusters of that night")
