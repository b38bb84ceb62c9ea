"""Fixtures for all tests: three real nights of the sample, and the emulator of the providers (tests/emulator/README.md)."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from tasks.night import NIGHT
from tasks.session import open_session
from tasks.settings import Settings

pytest_plugins = ("tests.emulator.plugin",)

# In CI the same examples every time: a failure there must be one of this change. Elsewhere hypothesis looks on.
hypothesis_settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis_settings.load_profile("ci")

SAMPLE = Path(__file__).parent.parent / "data" / "sample"


@pytest.fixture
def heeded_hangup() -> Iterator[None]:
    """Heed SIGHUP, here and in what is started, also where the tests themselves run under `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture(scope="session")
def three_nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of three nights of the sample, offline, without Prefect. Read only: take `own_nights` to change it.

    The workers of pytest-xdist share it: the first one makes it.
    """
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    home, done = folder / "three_nights", folder / "three_nights.done"
    with (folder / "three_nights.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            _run_three_nights(home)
            done.touch()
    return home


def _run_three_nights(home: Path) -> None:
    for n in (1, 2, 3):
        settings = Settings(home=home, inbox=SAMPLE / f"night{n}", profile="offline")
        now = datetime(2026, 11, n, 20, 30, tzinfo=UTC)
        with open_session(settings, kind="nightly", run_on=date(2026, 11, n), now=now) as session:
            for step in NIGHT:
                session.take(step)


@pytest.fixture
def own_nights(three_nights: Path, tmp_path: Path) -> Path:
    """A copy of the three nights for a test that changes them."""
    return Path(shutil.copytree(three_nights, tmp_path / "home"))
