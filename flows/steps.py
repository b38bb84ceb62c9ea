"""Each step of the night as a Prefect task: name, retries, tags and time-out in one table.

Prefect schedules, shows and times; what is retried against a provider is retried in tasks/llm and nowhere else, so a
task here has no retries but for a database that may be away. Nothing is cached or persisted: citizens' words must not
land in Prefect's storage, and the store already knows what is done.
"""

from dataclasses import dataclass
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.night import step_named
from tasks.run import StepReport
from tasks.session import Session


@dataclass(frozen=True)
class Manner:
    """How Prefect runs a step: time-out in seconds, tags for the UI."""

    timeout_s: int
    tags: tuple[str, ...] = ()


MANNERS: dict[str, Manner] = {
    "ingest": Manner(3_600, ("input",)),
    "erase": Manner(600, ("privacy",)),
    "redact": Manner(3_600, ("privacy",)),
    "canonicalize": Manner(26 * 3_600, ("llm", "raw_fa")),
    "embed": Manner(6 * 3_600, ("cpu",)),
    "cluster": Manner(6 * 3_600, ("cpu",)),
    "summarise": Manner(6 * 3_600, ("llm", "derived_en")),
    "position": Manner(6 * 3_600, ("llm", "derived_en")),
    "tally": Manner(1_800),
    "plan": Manner(6 * 3_600, ("llm", "derived_en")),
    "message": Manner(6 * 3_600, ("llm",)),
    "check": Manner(1_800),
    "publish": Manner(3_600, ("output",)),
    "verify": Manner(1_800, ("output",)),
    "refuse": Manner(600, ("input",)),
}


def take(session: Session, name: str, **options: Any) -> StepReport:
    """Take one step of the night as a Prefect task run; the session is closed over, never a task parameter."""
    manner = MANNERS[name]

    def body() -> StepReport:
        return session.take(step_named(name), **options)

    run_task = task(
        name=name,
        tags=list(manner.tags),
        timeout_seconds=manner.timeout_s,
        cache_policy=NO_CACHE,
        persist_result=False,
        task_run_name=name,
    )(body)
    return run_task()
