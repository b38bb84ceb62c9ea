"""pytest fixtures: `emulator` (one process, wiped per test) and `start_emulator` (a fresh one)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.emulator.handle import Emulator, start


@pytest.fixture(scope="session")
def _session_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    running = start(tmp_path_factory.mktemp("emulator") / "state.sqlite", "--clock", "fake")
    yield running
    running.stop()


@pytest.fixture
def emulator(_session_emulator: Emulator) -> Emulator:
    """The session's emulator on a fake clock, with nothing in it and no faults scripted."""
    _session_emulator.reset()
    return _session_emulator


@pytest.fixture
def start_emulator(tmp_path: Path) -> Iterator[Callable[..., Emulator]]:
    """Start emulators with options of one's own, as `start_emulator("--clock", "real")`."""
    running: list[Emulator] = []

    def begin(*options: str) -> Emulator:
        running.append(start(tmp_path / f"emulator-{len(running)}.sqlite", *options))
        return running[-1]

    yield begin
    for one in running:
        one.stop()
