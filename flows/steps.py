"""Each step of the night as a Prefect task: named and timed as tasks/night.py says.

Prefect schedules, shows and times; what is retried against a provider is retried in tasks/llm and nowhere else, so a
task here has no retries. Nothing is cached or persisted: citizens' words must not
land in Prefect's storage, and the store already knows what is done.

A task has no tags: for each one Prefect asks its server for a slot before the task starts, whether a limit is set or
not, and does not ask again when the server is away for a second, so that the night fails.
"""

from typing import Any

from prefect import runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.states import Cancelled

from tasks.night import step_named
from tasks.run import StepReport
from tasks.session import Session


class CancelAsked(KeyboardInterrupt):
    """Somebody cancelled the flow run in Prefect. A worker ends the process of such a run; `cw run` has none, and heeds it here.

    The run is left unfinished, as by a signal: the next one resumes it.
    """

    @property
    def state(self) -> State[Any]:
        """What the flow returns: no other end is accepted of a run that is being cancelled."""
        return Cancelled(message="cancelled between two steps; the next run resumes it")


def take(session: Session, name: str, **options: Any) -> StepReport:
    """Take one step of the night as a Prefect task run; the session is closed over, never a task parameter.

    Raises:
        CancelAsked: instead of beginning the step.
    """
    step = step_named(name)
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(runtime.flow_run.id).state
    if state and state.is_cancelling():
        raise CancelAsked

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
