"""Back-fill: a range of days, window by window, cost shown first, within a budget, resumable.

The store is held from the first window to the publication, so a night never interleaves.
"""

from datetime import date
from typing import Any

from prefect import flow
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.client.schemas.objects import State

from flows.artifacts import show_run, show_step
from flows.hooks import tag_outcome, tell_operator
from flows.nightly import AFTER_RECORDS, Minutes, Usd, final_state, settings_for
from flows.steps import take
from tasks.session import open_session
from tasks.window import Window


@flow(
    name="backfill",
    flow_run_name="back-fill {first} to {last}",
    persist_result=False,
    on_completion=[tag_outcome],
    on_failure=[tell_operator],
    on_crashed=[tell_operator],
)
def backfill(
    first: date,
    last: date,
    redo: bool = False,
    profile: str | None = None,
    wait_min: Minutes | None = None,
    budget_usd: Usd | None = None,
) -> State[dict[str, Any]]:
    """Process the days from `first` to `last`, then cluster, tally, plan and publish once.

    Args:
        first: The first day, Asia/Tehran.
        last: The last day, included.
        redo: Ask again about answered messages, keeping the old records beside the new.
        profile: A preset of data/routes.toml: offline, default, strategy, ... None: the worker's CW_PROFILE.
        wait_min: How long to wait for model batches, minutes. None: the worker's CW_WAIT_MIN.
        budget_usd: Hard cap of this run in USD. None: the worker's CW_BUDGET_RUN_USD.
    """
    settings = settings_for(profile=profile, budget_run_usd=budget_usd, wait_min=wait_min)
    days = list(Window(first, last).days())
    with open_session(settings, kind="backfill", run_on=last) as session:
        for name in ("ingest", "erase", "redact"):
            show_step(take(session, name))
        progress: Any = create_progress_artifact(
            progress=0.0, key="backfill-progress", description=f"Back-fill {first} to {last}: days done"
        )
        for done, day in enumerate(days, start=1):
            show_step(take(session, "canonicalize", window=day, redo=redo, wait_s=settings.wait_min * 60))
            update_progress_artifact(progress, progress=100.0 * done / len(days))
            if session.budget_refused:
                break
        for name in AFTER_RECORDS:
            show_step(take(session, name, wait_s=settings.wait_min * 60))
        show_run(session)
        take(session, "refuse")
    return final_state(session)
