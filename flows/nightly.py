"""The night: from the inbox to action plans, as a list of steps one can read.

Run it with `cw run`, or by its schedule (prefect.yaml). The steps themselves lie in tasks/, how Prefect
runs them in flows/steps.py, what the UI shows of them in flows/artifacts.py.
"""

import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from prefect import flow, runtime
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.artifacts import show_run, show_step
from flows.hooks import tag_outcome, tell_operator
from flows.parameters import Day, Minutes, Profile, Usd, settings_for
from flows.progress import RunProgress
from flows.spread import Address, Runner, spread_by
from flows.steps import CancelAsked, take
from tasks.night import NIGHT
from tasks.report.labels import degradation_line
from tasks.session import Session, open_session
from tasks.spread import Spread, here
from tasks.window import Window, night_of


def night_name() -> str:
    """The name of a run in the UI: its date, also when none was given."""
    told = runtime.flow_run.parameters.get("on")
    return f"night of {told or night_of(runtime.flow_run.scheduled_start_time or datetime.now(UTC))}"


STEPS = tuple(step.name for step in NIGHT[:-1])  # "refuse" comes when the rest is shown
_AT = STEPS.index("canonicalize")  # a back-fill takes it day by day
BEFORE_RECORDS, AFTER_RECORDS = STEPS[:_AT], STEPS[_AT + 1 :]


@flow(
    name="nightly",
    flow_run_name=night_name,
    persist_result=False,
    on_completion=[tag_outcome],
    on_failure=[tell_operator],
    on_crashed=[tell_operator],
)
def nightly(
    on: Day | None = None,
    profile: Profile | None = None,
    inbox: Path | None = None,
    wait_min: Minutes | None = None,
    budget_usd: Usd | None = None,
    runner: Runner = "local",
    runner_address: Address | None = None,
) -> State[dict[str, Any]]:
    """One night. Booked under a past date, it takes the end of that day as its time: what was open to vote is open to it.

    Args:
        on: The Tehran date to book the night under. None: the day of the scheduled start.
        profile: A preset of the routes file. None: the worker's CW_PROFILE.
        inbox: The drop folder on the worker's machine. None: the worker's CW_INBOX.
        wait_min: How long to wait for model batches, minutes. None: the worker's CW_WAIT_MIN.
        budget_usd: Hard cap of this run in USD. None: the worker's CW_BUDGET_RUN_USD.
        runner: Where texts are embedded and a refit is done: in the worker's process, or on a Dask cluster.
        runner_address: The Dask scheduler, tcp://host:port. None: a cluster on the worker's machine, for this run.
    """
    settings = settings_for(profile=profile, inbox=inbox, budget_run_usd=budget_usd, wait_min=wait_min)
    scheduled: datetime = runtime.flow_run.scheduled_start_time or datetime.now(UTC)
    night = on or night_of(scheduled)
    try:
        with (
            open_session(settings, kind="nightly", run_on=night, now=clock_of(night)) as session,
            spread_by(runner, runner_address) as spread,
        ):
            walk(session, wait_s=settings.wait_min * 60, spread=spread)
    except CancelAsked as asked:
        return asked.state
    return final_state(session)


def clock_of(night: date) -> datetime:
    """The time a night takes for its own: now, or the end of its day once that is over."""
    return min(datetime.now(UTC), Window(night, night).until)


def walk(session: Session, *, wait_s: float, spread: Spread = here) -> None:
    """The whole night, in order; all steps together wait `wait_s` seconds for model batches at most."""
    deadline = time.monotonic() + wait_s
    progress = RunProgress(f"Night of {session.run.run_on}", parts=len(STEPS))
    for name in STEPS:
        with progress.part(name):
            left_s = max(0.0, deadline - time.monotonic())
            show_step(take(session, name, wait_s=left_s, spread=spread))
    show_run(session)
    take(session, "refuse")


def final_state(session: Session) -> State[dict[str, Any]]:
    """Completed, under a name that tells the run list how well."""
    outcome = {
        "run_id": session.run.run_id,
        "pending": session.pending,
        "budget_refused": session.budget_refused,
    }
    if session.budget_refused:
        return Completed(
            name="BudgetReached",
            message=f"{session.budget_refused} requests wait for the next budget",
            data=outcome,
        )
    if session.degraded:
        lost = [(r.step, d) for r in session.reports for d in r.degradations]
        told = [f"{step}: {degradation_line(d.kind, d.count, d.of)}" for step, d in lost]
        return Completed(name="Degraded", message=" ".join(told), data=outcome)
    if session.pending:
        return Completed(
            name="Waiting",
            message=f"{session.pending} answers are still out; collect will file them",
            data=outcome,
        )
    return Completed(message="every message is accounted for", data=outcome)


if __name__ == "__main__":
    nightly()
