"""Nights without Prefect for the fault harness: forked from a warm process, so that a killed night costs a second or two.

`python -m tests.faults.fault_night READ WRITE …` imports everything, loads the lexicon and the embedding model once, forks
a lane for each pair of file descriptors, and serves orders there, one JSON object a line: `{"home", "inbox", "night",
"point"}`. It answers with the pid of the child that walks the night, then with its wait status. The child walks the same
list of steps as the flow and can be told to kill itself at its n-th fault point. The parents touch neither polars nor
DuckDB, whose threads would not survive a fork, and hold torch to one thread.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TextIO

from tasks.duplicates import content_key
from tasks.embed import encoder_of
from tasks.errors import CwError
from tasks.night import NIGHT
from tasks.redact import redact
from tasks.session import open_session
from tasks.settings import Settings
from tasks.store import Store, open_store

# The night's number → its clock and its id, given so that bytes can be compared.
CLOCKS = {1: datetime(2026, 11, 1, 20, 30, tzinfo=UTC), 2: datetime(2026, 11, 3, 20, 30, tzinfo=UTC)}
RUN_IDS = {1: "20261101T203000Z-00000001", 2: "20261103T203000Z-00000002"}
WORDS = "قطعی برق در اهواز هر روز شش ساعت است و باید پیش از خاموشی به مردم خبر بدهند. لطفا با 09123456789 تماس بگیرید."
# What steps import when they have work.
IMPORTED_LATE = ("pyarrow.dataset", "scipy.cluster.hierarchy", "jdatetime", "tasks.clusters.carryover", "tasks.cluster",
                 "tasks.clusters.layout", "tasks.clusters.naming", "tasks.plans.page", "tasks.report.render")  # fmt: skip
# Statements that leave nothing in the store: scratch tables, and the rows of a copy that is put in its place at the end.
SCRATCH = re.compile(r"(create (or replace )?temp|drop table if exists|insert into (temp|copy_db)\.|begin|set|rollback)\b")


def warm_up() -> None:
    """Load once what is slow and what a fork may share. No thread may be started here."""
    import torch

    from tasks.llm.offline import canonicalize

    torch.set_num_threads(1)
    for step in NIGHT:
        step.load()
    for module in IMPORTED_LATE:
        importlib.import_module(module)
    content_key(WORDS)
    canonicalize(redact(WORDS).text)
    encoder_of("all-MiniLM-L6-v2")


def settings_of(home: Path, inbox: Path) -> Settings:
    return Settings(home=home, inbox=inbox, profile="offline", threads=1, store_wait_s=5, embed_model=None)


def walk_night(home: Path, inbox: Path, number: int) -> None:
    """One whole night; resumes what was killed before. One whose end is booked is over: it was killed on its way out."""
    clock, run_id = CLOCKS[number], RUN_IDS[number]
    with open_store(home, threads=1) as store:
        if store.value("select count(*) from ops.run_end where run_id = ?", [run_id]):
            return
    run_on = date(clock.year, clock.month, clock.day)
    with open_session(
        settings_of(home, inbox), kind="nightly", run_on=run_on, now=clock, run_id=run_id
    ) as session:
        for step in NIGHT:
            session.take(step)


class Fuse:
    """Counts the moments at which the disk changes for good, both sides of each, and kills the process at the n-th.

    Points are: every commit, every statement outside a transaction (it commits itself), every rename and link. The
    wrappers only watch: what they wrap is the real thing.
    """

    def __init__(self, deadly: int | None):
        self.deadly = deadly
        self.passed: list[str] = []

    def lay(self) -> None:
        execute = Store.execute

        def watched(store: Store, statement: str, params: Any = None) -> None:
            told = re.sub(r"--.*", "", statement).strip().lower()
            if (store._depth and told != "commit") or SCRATCH.match(told):
                execute(store, statement, params)
            else:
                self._around(told[:40], lambda: execute(store, statement, params))

        Store.execute = watched  # type: ignore[method-assign]
        for name in ("rename", "replace", "link"):
            self._wrap(name)

    def _wrap(self, name: str) -> None:
        real = getattr(os, name)
        setattr(os, name, lambda *args, **options: self._around(name, lambda: real(*args, **options)))

    def _around(self, name: str, act: Callable[[], object]) -> None:
        self._pass(f"before {name}")
        act()
        self._pass(f"after {name}")

    def _pass(self, name: str) -> None:
        if self.deadly == len(self.passed):
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed.append(name)


def fork_night(home: Path, inbox: Path, number: int, *, point: int | None) -> int:
    """Start a night in a forked child; returns its pid. The child's exit status is the night's exit code."""
    pid = os.fork()
    if pid:
        return pid
    code = 99
    try:
        log = os.open(home / "night.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        fuse = Fuse(point)
        fuse.lay()
        walk_night(home, inbox, number)
        (home / "points.json").write_text(json.dumps(fuse.passed))
        code = 0
    except CwError as error:
        print(error, file=sys.stderr, flush=True)
        code = error.exit_code
    finally:
        os._exit(code)


def serve_lane(orders: TextIO, answers: TextIO) -> None:
    """One night after the other, until the orders end."""
    for line in orders:
        told = json.loads(line)
        pid = fork_night(Path(told["home"]), Path(told["inbox"]), told["night"], point=told["point"])
        print(pid, file=answers, flush=True)
        print(os.waitpid(pid, 0)[1], file=answers, flush=True)


def serve(descriptors: list[int]) -> None:
    """Fork a lane for every pair of descriptors, and wait for all."""
    warm_up()
    pairs = list(zip(descriptors[::2], descriptors[1::2], strict=True))
    for mine in pairs:
        if not os.fork():
            for other in pairs:  # a lane ends when its own orders end: it may not hold another's open
                if other != mine:
                    os.close(other[0])
                    os.close(other[1])
            serve_lane(os.fdopen(mine[0]), os.fdopen(mine[1], "w"))
            os._exit(0)
    for read, write in pairs:
        os.close(read)
        os.close(write)
    for _ in pairs:
        os.wait()


if __name__ == "__main__":
    serve([int(word) for word in sys.argv[1:]])
