"""Kill a night anywhere, start it again: nothing lost, nothing twice, the published bytes of an undisturbed night.

`CW_KILLS` says how many random moments are tried (default 12; `make faults`: 200). Every commit point is tried from
both sides in the long campaign, a seeded part of them by default.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from tasks.store import Store, open_store
from tasks.verify import verify_folder

sys.path.insert(0, str(Path(__file__).parent))
from fault_night import RUN_ID, fork_night, night, warm_up

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3_600)]

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "night1"
KILLS = int(os.environ.get("CW_KILLS", "12"))
# Times and latencies are of the clock, not of the content; the report and the manifest name them.
OF_THE_CLOCK = {"llm_call.parquet", "run.parquet"}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """A night nobody disturbed: its bytes, its counts, its commits, its duration. The key is shared by all homes."""
    warm_up()
    home = tmp_path_factory.mktemp("undisturbed")
    commits = 0
    execute = Store.execute

    def counted(self: Store, statement: str, params=None) -> None:
        nonlocal commits
        commits += statement == "commit"
        execute(self, statement, params)

    Store.execute = counted  # type: ignore[method-assign]
    try:
        pid = fork_night(home, SAMPLE)  # once in a child, to time it as the killed ones will be
        started = time.monotonic()
        assert os.waitpid(pid, 0)[1] == 0
        seconds = time.monotonic() - started
        again = tmp_path_factory.mktemp("counted")
        shutil.copy(home / "person.key", again / "person.key")
        counted_pid = os.fork()
        if not counted_pid:
            night(again, SAMPLE)
            (again / "commits").write_text(str(commits))
            os._exit(0)
        assert os.waitpid(counted_pid, 0)[1] == 0
    finally:
        Store.execute = execute  # type: ignore[method-assign]
    return {
        "bytes": digests(home),
        "counts": counts(home),
        "seconds": seconds,
        "key": home / "person.key",
        "commits": int((again / "commits").read_text()),
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


def assert_same_night(home: Path, undisturbed: dict) -> None:
    pid = fork_night(home, SAMPLE)
    assert os.waitpid(pid, 0)[1] == 0, "the night after the kill did not end well"
    verify_folder(home / "published" / RUN_ID)
    assert counts(home) == undisturbed["counts"]
    assert digests(home) == undisturbed["bytes"]
    assert not list((home / "published").glob("latest.json.tmp"))


def test_two_undisturbed_nights_publish_the_same_bytes(undisturbed: dict, tmp_path: Path) -> None:
    assert_same_night(fresh_home(tmp_path, undisturbed), undisturbed)


def test_a_night_killed_at_any_commit_is_finished_by_the_next(undisturbed: dict, tmp_path: Path) -> None:
    points = [(n, before) for n in range(undisturbed["commits"]) for before in (True, False)]
    if KILLS < 100:
        points = random.Random(7).sample(points, min(KILLS // 2, len(points)))
    for n, before in points:
        home = fresh_home(tmp_path, undisturbed)
        pid = fork_night(home, SAMPLE, kill=(n, before))
        status = os.waitpid(pid, 0)[1]
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, (
            f"commit {n} was never reached"
        )
        assert_same_night(home, undisturbed)
        shutil.rmtree(home)


def test_a_night_killed_at_random_moments_is_finished_by_the_next(undisturbed: dict, tmp_path: Path) -> None:
    rng = random.Random(int(os.environ.get("CW_SEED", "11")))
    killed = 0
    for _ in range(KILLS):
        home = fresh_home(tmp_path, undisturbed)
        for _ in range(rng.choice([1, 1, 2])):  # sometimes the one that resumes is killed too
            pid = fork_night(home, SAMPLE)
            time.sleep(rng.uniform(0, undisturbed["seconds"]))
            os.kill(pid, signal.SIGKILL)
            killed += os.WIFSIGNALED(os.waitpid(pid, 0)[1])
        assert_same_night(home, undisturbed)
        shutil.rmtree(home)
    print(f"{killed} nights were killed in flight")
    assert killed >= KILLS // 2
