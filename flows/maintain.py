"""Maintain: integrity checks, checkpoint, retention, a fresh read copy, and the alarm when no night has succeeded."""

from datetime import UTC, datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from flows.hooks import named_by_start, tag_outcome, tell_operator
from tasks.errors import StoreBusy
from tasks.maintain import maintain_store, overdue_line, overdue_publication
from tasks.settings import Settings
from tasks.store import open_store


@flow(
    name="maintain",
    flow_run_name=named_by_start,
    persist_result=False,
    on_completion=[tag_outcome],
    on_failure=[tell_operator],
    on_crashed=[tell_operator],
)
def maintain() -> State[dict[str, Any]]:
    """Check the store, compact it, renew the read copy; fail loudly when the last success is over 26 hours old."""
    settings = Settings()
    now = datetime.now(UTC)
    try:
        with open_store(
            settings.home, wait_s=0, threads=settings.threads, memory_limit=settings.memory_limit
        ) as store:
            details = maintain_store(store, settings=settings, now=now)
            late = overdue_line(store, now=now)
    except StoreBusy as busy:
        late = overdue_publication(settings.home, now=now)
        return _overdue(late) if late else Completed(name="StoodAside", message=str(busy))
    get_run_logger().info("%s", details)
    return _overdue(late) if late else Completed(message="the store is sound")


def _overdue(line: str) -> State[dict[str, Any]]:
    return Failed(name="NightOverdue", message=line)


if __name__ == "__main__":
    maintain()
