"""Each step of the night as a Prefect task: named and timed as tasks/night.py says.

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


def take(session: Session, name: str, **options: Any) -> StepReport:
    """Take one step of the night as a Prefect task run; the session is closed over, never a task parameter."""
    step = step_named(name)

    def body() -> StepReport:
        return session.take(step, **options)

    run_task = task(
        name=name,
        timeout_seconds=step.timeout_s,
        cache_policy=NO_CACHE,
        persist_result=False,
        task_run_name=name,
    )(body)
    return run_task()
