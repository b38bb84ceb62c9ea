"""A night without Prefect for the fault harness: it forks from a warm parent, walks the same list of steps as the flow,
and can be told to kill itself at its n-th commit."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from tasks.errors import CwError
from tasks.night import NIGHT
from tasks.session import open_session
from tasks.settings import Settings
from tasks.store import Store

NOW = datetime(2026, 11, 1, 23, 0, tzinfo=UTC)
RUN_ID = "20261101T230000Z-00000000"


def warm_up() -> None:
    """Import what is slow once, before forking. No thread may be started here."""
    import sentence_transformers  # noqa: F401

    for step in NIGHT:
        step.load()


def settings_of(home: Path, inbox: Path) -> Settings:
    return Settings(home=home, inbox=inbox, profile="offline", threads=1, store_wait_s=5, embed_model=None)


def night(home: Path, inbox: Path) -> None:
    """One whole night; resumes what was killed before."""
    settings = settings_of(home, inbox)
    with open_session(settings, kind="nightly", run_on=date(2026, 11, 1), now=NOW, run_id=RUN_ID) as session:
        for step in NIGHT:
            session.take(step)


def kill_at_commit(n: int, *, before: bool) -> None:
    """Arrange that this process dies by SIGKILL just before or just after its n-th commit (0-based)."""
    seen = 0
    execute = Store.execute

    def counted(self: Store, statement: str, params: Sequence[object] | None = None) -> None:
        nonlocal seen
        if statement == "commit":
            if before and seen == n:
                os.kill(os.getpid(), signal.SIGKILL)
            execute(self, statement, params)
            if not before and seen == n:
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1
            return
        execute(self, statement, params)

    Store.execute = counted  # type: ignore[method-assign]


def fork_night(home: Path, inbox: Path, *, kill: tuple[int, bool] | None = None) -> int:
    """Start a night in a forked child; returns its pid. The child's exit status is the night's exit code."""
    pid = os.fork()
    if pid:
        return pid
    code = 99
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        if kill:
            kill_at_commit(kill[0], before=kill[1])
        commits = count_commits()
        night(home, inbox)
        (home / "commits").write_text(str(commits()))
        code = 0
    except CwError as error:
        code = error.exit_code
    finally:
        os._exit(code)


def count_commits() -> Callable[[], int]:
    """Count commits from now on."""
    seen = 0
    execute = Store.execute

    def counted(self: Store, statement: str, params: Sequence[object] | None = None) -> None:
        nonlocal seen
        seen += statement == "commit"
        execute(self, statement, params)

    Store.execute = counted  # type: ignore[method-assign]
    return lambda: seen


def serve() -> None:
    """Read one command a line, {"home", "inbox", "kill"}; answer with the child's pid, then with its wait status.

    A process of its own, since only one that has never used polars, torch or DuckDB may fork: their threads do not
    survive it.
    """
    warm_up()
    print("ready", flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        kill = tuple(told["kill"]) if told["kill"] else None
        pid = fork_night(Path(told["home"]), Path(told["inbox"]), kill=kill)  # type: ignore[arg-type]
        print(pid, flush=True)
        print(os.waitpid(pid, 0)[1], flush=True)


if __name__ == "__main__":
    serve()
