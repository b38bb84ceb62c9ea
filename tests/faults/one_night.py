"""`python -m tests.faults.one_night HOME INBOX NUMBER`: one night in a process of its own, without Prefect; the
last line and the exit code are `cw run`'s."""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from tasks.errors import CwError
from tasks.night import NIGHT
from tasks.session import open_session
from tasks.settings import Settings


def walk(
    home: Path,
    inbox: Path,
    number: int,
    *,
    now: datetime | None = None,
    before: Callable[[str], None] = lambda step: None,
) -> str:
    """The night of 2026-11-`number`, `before` called with each step's name before it; returns its run id."""
    settings = Settings(home=home, inbox=inbox, profile="offline", store_wait_s=0.5, threads=1)
    now = now or datetime(2026, 11, number, 20, 30, tzinfo=UTC)
    with open_session(settings, kind="nightly", run_on=date(2026, 11, number), now=now) as session:
        for step in NIGHT:
            before(step.name)
            session.take(step)
    return session.run.run_id


if __name__ == "__main__":
    try:
        walk(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
    except CwError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
