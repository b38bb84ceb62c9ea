"""Kill a night anywhere, start it again: nothing lost, nothing twice, the published bytes of an undisturbed night.

`CW_KILLS` says how many random moments are tried (default 12; `make faults`: 200). Every commit point is tried from
both sides in the long campaign, a seeded part of them by default.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tasks.store import open_store
from tasks.verify import verify_folder

pytestmark = [pytest.mark.faults, pytest.mark.timeout(7_200)]

HERE = Path(__file__).parent
RUN_ID = "20261101T230000Z-00000000"  # of tests/faults/fault_night.py
SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "night1"
KILLS = int(os.environ.get("CW_KILLS", "12"))
# Times and latencies are of the clock, not of the content; the report and the manifest name them.
OF_THE_CLOCK = {"llm_call.parquet", "run.parquet"}


@dataclass
class Nights:
    """The fork server: nights in children of a warm process."""

    server: subprocess.Popen[str]

    def start(self, home: Path, *, kill: tuple[int, bool] | None = None) -> int:
        assert self.server.stdin and self.server.stdout
        self.server.stdin.write(json.dumps({"home": str(home), "inbox": str(SAMPLE), "kill": kill}) + "\n")
        self.server.stdin.flush()
        return int(self.server.stdout.readline())

    def status(self) -> int:
        assert self.server.stdout
        return int(self.server.stdout.readline())

    def whole(self, home: Path) -> None:
        self.start(home)
        assert self.status() == 0, "the night did not end well"


@pytest.fixture(scope="module")
def nights() -> Iterator[Nights]:
    root = HERE.parents[1]
    server = subprocess.Popen(
        [sys.executable, HERE / "fault_night.py"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root, env=os.environ | {"PYTHONPATH": str(root)},
    )  # fmt: skip
    assert server.stdout
    while server.stdout.readline().strip() != "ready":
        assert server.poll() is None
    yield Nights(server)
    server.communicate()


@pytest.fixture(scope="module")
def undisturbed(nights: Nights, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """A night nobody disturbed: its bytes, its counts, its commits, its duration. The key is shared by all homes."""
    home = tmp_path_factory.mktemp("undisturbed")
    started = time.monotonic()
    nights.whole(home)
    seconds = time.monotonic() - started
    return {
        "bytes": digests(home),
        "counts": counts(home),
        "seconds": seconds,
        "key": home / "person.key",
        "commits": int((home / "commits").read_text()),
    }


def digests(home: Path) -> dict[str, str]:
    folder = home / "published" / RUN_ID
    return {
        p.name: hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.glob("*.parquet"))
        if p.name not in OF_THE_CLOCK
    }


def counts(home: Path) -> dict[str, int]:
    """Rows of every table that a second writing would inflate."""
    tables = ("raw.submission", "raw.vote", "core.redaction", "core.canonical", "core.rejection", "core.embedding",
              "core.membership", "core.summary", "core.claim", "core.position", "core.tally", "out.action_plan", "out.message", "llm.reply")  # fmt: skip
    with open_store(home, read_only=True) as store:
        return {t: store.value(f"select count(*) from {t}") for t in tables}


def fresh_home(tmp_path: Path, undisturbed: dict) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(undisturbed["key"], home / "person.key")
    return home


def assert_same_night(nights: Nights, home: Path, undisturbed: dict) -> None:
    nights.whole(home)
    verify_folder(home / "published" / RUN_ID)
    assert counts(home) == undisturbed["counts"]
    assert digests(home) == undisturbed["bytes"]
    assert not list((home / "published").glob("latest.json.tmp"))


def test_two_undisturbed_nights_publish_the_same_bytes(
    nights: Nights, undisturbed: dict, tmp_path: Path
) -> None:
    assert_same_night(nights, fresh_home(tmp_path, undisturbed), undisturbed)


def test_a_night_killed_at_any_commit_is_finished_by_the_next(
    nights: Nights, undisturbed: dict, tmp_path: Path
) -> None:
    points = [(n, before) for n in range(undisturbed["commits"]) for before in (True, False)]
    if KILLS < 100:
        points = random.Random(7).sample(points, min(KILLS // 2, len(points)))
    for n, before in points:
        home = fresh_home(tmp_path, undisturbed)
        nights.start(home, kill=(n, before))
        status = nights.status()
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, (
            f"commit {n} was never reached"
        )
        assert_same_night(nights, home, undisturbed)
        shutil.rmtree(home)
    print(f"{len(points)} of {2 * undisturbed['commits']} sides of commit points were killed at")


def test_a_night_killed_at_random_moments_is_finished_by_the_next(
    nights: Nights, undisturbed: dict, tmp_path: Path
) -> None:
    rng = random.Random(int(os.environ.get("CW_SEED", "11")))
    killed = 0
    for _ in range(KILLS):
        home = fresh_home(tmp_path, undisturbed)
        for _ in range(rng.choice([1, 1, 2])):  # sometimes the one that resumes is killed too
            pid = nights.start(home)
            time.sleep(rng.uniform(0, undisturbed["seconds"]))
            with suppress(ProcessLookupError):  # it may have ended by then
                os.kill(pid, signal.SIGKILL)
            killed += os.WIFSIGNALED(nights.status())
        assert_same_night(nights, home, undisturbed)
        shutil.rmtree(home)
    print(f"{killed} nights were killed in flight")
    assert killed >= KILLS // 2
