"""Collect: every 15 minutes, file finished batches, settle doubtful ones, and resume the night once all is in.

Ends at once, successfully, when a night or a back-fill holds the store.
"""

from datetime import UTC, datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.artifacts import show_step
from flows.hooks import named_by_start, tag_outcome, tell_operator
from flows.nightly import clock_of, final_state, walk
from flows.steps import CancelAsked
from tasks.collect import collect_replies, night_that_waits
from tasks.errors import StoreBusy
from tasks.report.labels import degradation_lines
from tasks.session import open_session
from tasks.settings import Settings
from tasks.store import open_store


@flow(
    name="collect",
    flow_run_name=named_by_start,
    persist_result=False,
    on_completion=[tag_outcome],
    on_failure=[tell_operator],
    on_crashed=[tell_operator],
)
def collect() -> State[dict[str, Any]]:
    """File what has come in since, and finish the night that waited for it."""
    settings = Settings()
    try:
        with open_store(
            settings.home, wait_s=0, threads=settings.threads, memory_limit=settings.memory_limit
        ) as store:
            report = collect_replies(store, settings=settings, now=datetime.now(UTC))
            waiting = night_that_waits(store)
        show_step(report)
        if waiting is None:
            told = [
                f"{report.out_count} replies filed, {report.pending_count} still out",
                *degradation_lines(report),
            ]
            return Completed(name="Degraded" if report.degradations else None, message=". ".join(told))
        settings = settings.model_copy(update={"profile": waiting.profile})
        night = waiting.run_on
        with open_session(settings, kind="nightly", run_on=night, now=clock_of(night), wait_s=0) as session:
            walk(session, wait_s=0)
    except StoreBusy as busy:
        return Completed(name="StoodAside", message=str(busy))
    except CancelAsked as asked:
        return asked.state
    return final_state(session)


if __name__ == "__main__":
    collect()
