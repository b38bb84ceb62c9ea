"""Each step of the night as a Prefect task: its name and time-out in one table.

Prefect schedules, shows and times; what is retried against a provider is retried in tasks/llm and nowhere else, so a
task here has no retries. Nothing is cached or persisted: citizens' words must not
land in Prefect's storage, and the store already knows what is done.

A task has no tags: for each one Prefect asks its server for a slot before the task starts, whether a limit is set or
not, and does not ask again when the server is away for a second, so that the night fails.
"""

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.night import step_named
from tasks.run import StepReport
from tasks.session import Session

TIMEOUT_S: dict[str, int] = {
    "ingest": 3_600,
    "erase": 600,
    "redact": 3_600,
    "canonicalize": 26 * 3_600,
    "embed": 6 * 3_600,
    "cluster": 6 * 3_600,
    "summarise": 6 * 3_600,
    "position": 6 * 3_600,
    "tally": 1_800,
    "plan": 6 * 3_600,
    "message": 6 * 3_600,
    "check": 1_800,
    "publish": 3_600,
    "verify": 1_800,
    "refuse": 600,
}


def take(session: Session, name: str, **options: Any) -> StepReport:
    """Take one step of the night as a Prefect task run; the session is closed over, never a task parameter."""

    def body() -> StepReport:
        return session.take(step_named(name), **options)

    run_task = task(
        name=name,
        timeout_seconds=TIMEOUT_S[name],
        cache_policy=NO_CACHE,
        persist_result=False,
        task_run_name=name,
    )(body)
    return run_task()
