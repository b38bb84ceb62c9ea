"""A `cw run` with a server of its own that is told to stop, or killed, or loses its server: it ends soon and says by what, and no server is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tasks.store import open_store
from tests.faults.small_inbox import write_small_inbox
from tests.flows.conftest import ROOT

pytestmark = [pytest.mark.server, pytest.mark.timeout(600), pytest.mark.usefixtures("heeded_hangup")]
SOON_S = 30.0  # a second or five; this allows for a busy machine, and is less than Prefect's client asks a dead server


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An inbox, and a PREFECT_HOME for all: its database takes ten seconds to make."""
    folder = tmp_path_factory.mktemp("signals")
    write_small_inbox(folder)
    return folder


def start_night(base: Path, home: Path, *, prefect: Path | None = None) -> subprocess.Popen[str]:
    """A night in a process group of its own."""
    env = os.environ | {
        "CW_HOME": str(home), "CW_INBOX": str(base / "first"), "CW_PROFILE": "offline", "PREFECT_HOME": str(prefect or base / "prefect"),
        "PREFECT_LOGGING_LEVEL": "INFO", "NO_COLOR": "1",
    }  # fmt: skip
    env.pop("PREFECT_API_URL", None)
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "run", "--on", "2026-11-01"],
        env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def server_of(night: subprocess.Popen[str]) -> int:
    """The server's process, once the night is at work."""
    assert night.stderr
    for line in night.stderr:
        if "collective_will.ingest" in line:
            break
    started = Path(f"/proc/{night.pid}/task/{night.pid}/children").read_text().split()
    assert len(started) == 1, "one child: the server"
    assert b"own_server.py" in Path(f"/proc/{started[0]}/cmdline").read_bytes()
    return int(started[0])


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie: who adopts an orphan reaps it when he likes."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def assert_ends(pid: int) -> None:
    deadline = time.monotonic() + SOON_S
    while is_alive(pid):
        assert time.monotonic() < deadline, f"process {pid} is left"
        time.sleep(0.1)


def runs(home: Path) -> list[tuple[str, str | None]]:
    """Each run with its status."""
    with open_store(home, read_only=True) as store:
        return store.rows("select run_id, status from ops.run left join ops.run_end using (run_id) order by 1")


@pytest.mark.parametrize(
    ("stop", "reach"),
    [
        (signal.SIGINT, "process"), (signal.SIGINT, "group"), (signal.SIGTERM, "process"), (signal.SIGTERM, "service"),
        (signal.SIGHUP, "group"),
    ],
)  # fmt: skip
def test_a_signal_ends_the_night_and_its_server(base: Path, tmp_path: Path, stop: signal.Signals, reach: str) -> None:
    """To the process alone, to its group (a terminal's Ctrl-C), to every process of it (systemd's stop)."""
    with start_night(base, tmp_path) as night:
        server = server_of(night)
        if reach == "process":
            night.send_signal(stop)
        else:
            os.killpg(night.pid, stop)
        if reach == "service":
            os.kill(server, stop)
        told = night.communicate(timeout=SOON_S)[1]
    assert night.returncode == 128 + stop, told
    errors = [line for line in told.splitlines() if line.startswith("cw: ")]
    assert errors == [f"cw: stopped by {stop.name}: what is done is kept; the same command again goes on from there"], "not what only came of the signal"
    assert_ends(server)
    assert [status for _, status in runs(tmp_path)] == [None], "the run is left unfinished"


def test_a_killed_night_leaves_no_server_and_the_next_resumes_it(base: Path, tmp_path: Path) -> None:
    with start_night(base, tmp_path) as night:
        server = server_of(night)
        night.kill()
        night.communicate()
    assert_ends(server)
    [(run_id, status)] = runs(tmp_path)
    assert status is None
    with start_night(base, tmp_path) as again:
        told = again.communicate(timeout=200)[1]
    assert again.returncode == 0, told
    assert runs(tmp_path) == [(run_id, "done")]


def test_a_night_whose_server_is_killed_ends_soon_and_says_so(base: Path, tmp_path: Path) -> None:
    with start_night(base, tmp_path) as night:
        os.kill(server_of(night), signal.SIGKILL)
        told = night.communicate(timeout=SOON_S)[1]
    assert night.returncode == 4, told
    assert "cw: the Prefect server of this run was killed" in told
    assert [status for _, status in runs(tmp_path)] == [None]


def test_two_nights_at_once_make_prefects_database_one_after_the_other(base: Path, tmp_path: Path) -> None:
    homes = [tmp_path / "a", tmp_path / "b"]
    nights = [start_night(base, home, prefect=tmp_path / "prefect") for home in homes]
    for night in nights:
        told = night.communicate(timeout=400)[1]
        assert night.returncode == 0, told
    assert [[status for _, status in runs(home)] for home in homes] == [["done"], ["done"]]
