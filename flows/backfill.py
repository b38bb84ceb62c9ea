"""Back-fill: a range of days, window by window, cost shown first, within a budget, resumable.

The store is held from the first window to the publication, so a night never interleaves.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.artifacts import show_run, show_step
from flows.hooks import tag_outcome, tell_operator
from flows.nightly import AFTER_RECORDS, BEFORE_RECORDS, final_state
from flows.parameters import Day, Minutes, Profile, Usd, settings_for
from flows.progress import RunProgress
from flows.spread import Address, Runner, spread_by
from flows.steps import CancelAsked, take
from tasks.errors import BadInput
from tasks.session import Session, open_session
from tasks.spread import Spread
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
    first: Day,
    last: Day,
    redo: bool = False,
    model: str | None = None,
    profile: Profile | None = None,
    inbox: Path | None = None,
    wait_min: Minutes | None = None,
    budget_usd: Usd | None = None,
    runner: Runner = "local",
    runner_address: Address | None = None,
) -> State[dict[str, Any]]:
    """Process the days from `first` to `last`, then cluster, tally, plan and publish once.

    Args:
        first: The first day, Asia/Tehran.
        last: The last day, included.
        redo: Ask again about answered messages, keeping the old records beside the new.
        model: Asked first about the messages, `model` or `model@mode` of the catalogue. None: the profile's own.
        profile: A preset of the routes file. None: the worker's CW_PROFILE.
        inbox: The drop folder on the worker's machine. None: the worker's CW_INBOX.
        wait_min: How long to wait for model batches, minutes. None: the worker's CW_WAIT_MIN.
        budget_usd: Hard cap of this run in USD. None: the worker's CW_BUDGET_RUN_USD.
        runner: Where texts are embedded and a refit is done: in the worker's process, or on a Dask cluster.
        runner_address: The Dask scheduler, tcp://host:port. None: a cluster on the worker's machine, for this run.
    """
    settings = settings_for(
        profile=profile, inbox=inbox, canonicalize_model=model, budget_run_usd=budget_usd, wait_min=wait_min
    )
    if last < first:
        raise BadInput(f"the range ends before it begins: {first} to {last}")
    days = list(Window(first, last).days())
    try:
        with (
            open_session(settings, kind="backfill", run_on=last) as session,
            spread_by(runner, runner_address) as spread,
        ):
            _walk(session, days, redo=redo, wait_s=settings.wait_min * 60, spread=spread)
    except CancelAsked as asked:
        return asked.state
    return final_state(session)


def _walk(session: Session, days: Sequence[Window], *, redo: bool, wait_s: float, spread: Spread) -> None:
    """All days' messages, then the rest of a night, once."""
    progress = RunProgress(
        f"Back-fill {days[0].first} to {days[-1].last}",
        parts=len(BEFORE_RECORDS) + len(days) + len(AFTER_RECORDS),
    )
    for name in BEFORE_RECORDS:
        with progress.part(name):
            show_step(take(session, name))
    for day in days:
        with progress.part(f"canonicalize {day.first}"):
            show_step(take(session, "canonicalize", window=day, redo=redo, wait_s=wait_s))
        if session.budget_refused:
            break
    for name in AFTER_RECORDS:
        with progress.part(name):
            show_step(take(session, name, wait_s=wait_s, spread=spread))
    show_run(session)
    take(session, "refuse")
