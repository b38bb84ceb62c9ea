"""A dry run's copy of the store: where it lies, and that it goes, however the dry run ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tasks.erase import erase_one
from tasks.scratch import drop_scratch
from tasks.session import open_session
from tasks.settings import Settings
from tasks.store import open_store
from tests.conftest import SAMPLE

ROOT = Path(__file__).parent.parent


@pytest.mark.usefixtures("heeded_hangup")
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_dry_run_that_is_stopped_leaves_no_copy_of_the_texts(own_nights: Path, tmp_path: Path, stop: signal.Signals) -> None:
    (tmp_path / "elsewhere").mkdir()
    env = {k: v for k, v in os.environ.items() if not k.startswith("CW_")} | {"CW_HOME": str(own_nights), "TMPDIR": str(tmp_path / "elsewhere")}
    told = [sys.executable, "-m", "flows.cli", "run", "--dry-run", "--inbox", str(SAMPLE / "night1")]
    dry = subprocess.Popen(told, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (copies := list((own_nights / "tmp").glob("dry-run-*/person.key"))) and time.monotonic() < deadline:
        time.sleep(0.01)
    drop_scratch(own_nights)
    assert copies[0].exists(), "a dry run that is under way keeps its copy"
    dry.send_signal(stop)
    assert dry.wait(timeout=60) == (-stop if stop == signal.SIGKILL else 128 + stop)
    if stop == signal.SIGKILL:
        assert copies[0].exists()
        with open_store(own_nights) as store:
            erase_one(store, store.value("select min(submission_id) from core.record"), reason="asked", at=datetime(2026, 12, 1, tzinfo=UTC))
    assert not list((own_nights / "tmp").glob("dry-run-*")) and not list((tmp_path / "elsewhere").iterdir())


def test_a_run_begins_without_the_copies_of_killed_dry_runs(tmp_path: Path) -> None:
    (tmp_path / "tmp/dry-run-x").mkdir(parents=True)
    (tmp_path / "tmp/dry-run-x/store.duckdb").write_text("what a message said")
    with open_session(Settings(home=tmp_path), kind="nightly", run_on=date(2026, 11, 1)):
        assert not (tmp_path / "tmp/dry-run-x").exists()
