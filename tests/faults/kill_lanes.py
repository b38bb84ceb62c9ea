"""Lanes of killed nights, one per core: each forks its own nights in its own homes, and compares them with the
nights nobody disturbed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TextIO

import polars as pl

from tasks.store import open_copy, open_store
from tasks.verify import verify_folder
from tests.faults.fault_night import RUN_IDS
from tests.faults.small_inbox import write_small_inbox

ROOT = Path(__file__).parents[2]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", "NUMBA_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"}
# Columns that are of the clock, not of the content; the manifest names the files they lie in, the report draws them.
CLOCK = {
    "run.parquet": ["elapsed_ms", "peak_rss_bytes", "ended_at"],
    "llm_call.parquet": ["latency_ms", "sent_at", "received_at"],
}
STEPS_ARE_TAKEN_AGAIN = "ops.step"


@dataclass(frozen=True)
class Case:
    """A night to kill: at its n-th fault point, or at these fractions of an undisturbed night's time, one after the other."""

    night: int
    point: int | None = None
    moments: tuple[float, ...] = ()

    @property
    def attempts(self) -> int:
        return len(self.moments) if self.point is None else 1


@dataclass(frozen=True)
class Undisturbed:
    """A night nobody disturbed: where it started from and what it left."""

    start: Path
    inbox: Path
    seconds: float
    points: list[str]
    left: dict[str, Any]


@dataclass
class Lane:
    """A warm process that forks nights, one at a time."""

    orders: TextIO
    answers: TextIO

    def start(self, home: Path, inbox: Path, night: int, *, point: int | None = None) -> int:
        order = {"home": str(home), "inbox": str(inbox), "night": night, "point": point}
        self.orders.write(json.dumps(order) + "\n")
        self.orders.flush()
        return self.answer()

    def answer(self) -> int:
        line = self.answers.readline()
        assert line, "the fork server died"
        return int(line)

    def whole(self, home: Path, inbox: Path, night: int) -> None:
        self.start(home, inbox, night)
        assert self.answer() == 0, (home / "night.log").read_text()[-2000:]


def launch(count: int) -> tuple[subprocess.Popen[bytes], list[Lane]]:
    """Start the fork server with `count` lanes."""
    down = [os.pipe() for _ in range(count)]
    up = [os.pipe() for _ in range(count)]
    theirs = [fd for (read, _), (_, write) in zip(down, up, strict=True) for fd in (read, write)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.fault_night", *map(str, theirs)],
        pass_fds=theirs, cwd=ROOT, env=os.environ | ONE_THREAD | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    for fd in theirs:
        os.close(fd)
    return process, [Lane(os.fdopen(w, "w"), os.fdopen(r)) for (_, w), (r, _) in zip(down, up, strict=True)]


@dataclass
class Lanes:
    """All lanes and the nights nobody disturbed."""

    folder: Path
    server: subprocess.Popen[bytes]
    lanes: list[Lane]
    nights: dict[int, Undisturbed] = field(default_factory=dict)

    @staticmethod
    def open(folder: Path, count: int) -> Lanes:
        lanes = Lanes(folder, *launch(count))
        home = folder / "undisturbed"
        home.mkdir()
        for night, inbox in enumerate(write_small_inbox(folder / "inbox"), start=1):
            start = folder / f"before-{night}"
            shutil.copytree(home, start)
            if night == 1:  # people are told apart by a key of the home: all homes of this harness share one
                lanes.lanes[0].whole(Path(shutil.copytree(home, folder / "key")), inbox, night)
                for place in (start, home):
                    shutil.copy(folder / "key" / "person.key", place)
            begun = time.monotonic()
            lanes.lanes[0].whole(home, inbox, night)
            seconds = time.monotonic() - begun
            points = json.loads((home / "points.json").read_text())
            lanes.nights[night] = Undisturbed(start, inbox, seconds, points, what_is_left(home, night))
        return lanes

    def close(self) -> None:
        for lane in self.lanes:
            lane.orders.close()
            lane.answers.close()
        self.server.wait()

    def run(self, cases: list[Case]) -> list[int]:
        """Kill and resume every case, as many at a time as there are lanes; how often each was killed in flight.

        Raises:
            AssertionError: a resumed night left something else than an undisturbed one; its home is kept.
        """
        free: SimpleQueue[Lane] = SimpleQueue()
        for lane in self.lanes:
            free.put(lane)

        def one(numbered: tuple[int, Case]) -> int:
            lane = free.get()
            try:
                return self._kill_and_resume(lane, numbered[1], self.folder / f"case-{numbered[0]}")
            finally:
                free.put(lane)

        with ThreadPoolExecutor(len(self.lanes)) as pool:
            return list(pool.map(one, enumerate(cases)))

    def _kill_and_resume(self, lane: Lane, case: Case, home: Path) -> int:
        night = self.nights[case.night]
        shutil.copytree(night.start, home)
        killed = self._kill(lane, case, home)
        if killed == case.attempts:
            lane.whole(home, night.inbox, case.night)
        left = what_is_left(home, case.night)
        for name, content in night.left.items():
            assert left[name] == content, f"{case} in {home}: {name} is not as an undisturbed night leaves it"
        assert left.keys() == night.left.keys()
        shutil.rmtree(home)
        return killed

    def _kill(self, lane: Lane, case: Case, home: Path) -> int:
        """Start the night and kill it as the case says; how often it died. One that has ended is not started again."""
        night = self.nights[case.night]
        if case.point is not None:
            lane.start(home, night.inbox, case.night, point=case.point)
            assert is_killed(lane.answer()), f"{case}: the point was never reached"
            return 1
        for died, moment in enumerate(case.moments):
            pid = lane.start(home, night.inbox, case.night)
            time.sleep(moment * night.seconds)
            with suppress(ProcessLookupError):  # it may have ended by then
                os.kill(pid, signal.SIGKILL)
            status = lane.answer()
            if not is_killed(status):
                assert status == 0, (home / "night.log").read_text()[-2000:]
                return died
        return len(case.moments)


def is_killed(status: int) -> bool:
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def what_is_left(home: Path, night: int) -> dict[str, Any]:
    """Rows of every table, bytes of every published file, what lies around in the home; the publication is verified."""
    folder = home / "published" / RUN_IDS[night]
    verify_folder(folder)
    left: dict[str, Any] = {"pointer": json.loads((home / "published" / "latest.json").read_text())}
    with open_store(home, read_only=True) as store:
        names = [row[0] for row in store.rows("select schema_name || '.' || table_name from duckdb_tables() order by 1")]
        left |= {name: store.value(f"select count(*) from {name}") for name in names if name != STEPS_ARE_TAKEN_AGAIN}
        left["steps"] = store.rows("select distinct step from ops.step order by 1")
    with open_copy(home / "published" / "read.duckdb") as copy:
        left["read copy"] = copy.value("select count(*) from core.canonical")
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        left[str(path.relative_to(folder))] = _content(path)
    left["leftovers"] = sorted(p.name for p in (home / "published").iterdir() if "tmp" in p.name)
    return left


def _content(path: Path) -> Any:
    if path.name in CLOCK:
        return pl.read_parquet(path).drop(CLOCK[path.name], strict=False).to_dicts()
    if path.name == "manifest.json":
        manifest = json.loads(path.read_text())
        return {k: v for k, v in manifest.items() if k not in ("files", "merkle_root")}
    return "drawn from the tables" if path.name == "report.html" else hashlib.sha256(path.read_bytes()).hexdigest()
