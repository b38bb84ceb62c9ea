"""Fixtures of the LLM tests: the emulator as a real process, an empty store, settings that point at the emulator."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tasks.llm import Answer, Ask, Check, Estimate, complete, estimate
from tasks.llm.outside import Outside
from tasks.run import Run, new_run_id
from tasks.settings import Settings
from tasks.store import Store, open_store
from tasks.window import night_of
from tests.emulator.plugin import Emulator, _session_emulator, emulator, start_emulator

__all__ = ["_session_emulator", "emulator", "start_emulator"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    """Settings that see no environment but what the test gives."""

    def make(emulator: Emulator | None = None, **changes: Any) -> Settings:
        fields: dict[str, Any] = {"home": tmp_path / "home", "profile": "default", "batch_grace_s": 60.0}
        if emulator is not None:
            fields |= {
                "anthropic_api_key": "sk-ant-secret-for-tests",
                "anthropic_base_url": emulator.url,
                "deepseek_api_key": "sk-deepseek-secret-for-tests",
                "deepseek_base_url": f"{emulator.url}/deepseek",
                "local_base_url": emulator.openai_url("vllm"),
                "host_base_url": emulator.openai_url("hosted"),
                "host_api_key": "sk-host-secret-for-tests",
            }
        return Settings(**(fields | changes))

    return make


@pytest.fixture
def run() -> Callable[..., Run]:
    def make(profile: str = "default", at: datetime | None = None) -> Run:
        now = at or datetime.now(UTC)
        return Run(new_run_id(now), "nightly", night_of(now), profile, now)

    return make


class EmulatorTime:
    """The emulator's fake clock as the pipeline's own: sleeping moves it on."""

    def __init__(self, emulator: Emulator):
        self.emulator = emulator
        self.slept: list[float] = []

    def now(self) -> datetime:
        text = self.emulator.state()["now"]
        return datetime.fromisoformat(text.replace("Z", "+00:00"))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.emulator.advance(seconds)


@pytest.fixture
def outside(emulator: Emulator) -> Outside:
    """The real world but for the time, which is the emulator's."""
    time = EmulatorTime(emulator)
    return Outside(now=time.now, sleep=time.sleep)


@dataclass(frozen=True)
class Asking:
    """One store, one emulator, one clock: what most tests of the layer ask with."""

    emulator: Emulator
    store: Store
    settings: Callable[..., Settings]
    run: Callable[..., Run]
    outside: Outside

    def ask(self, task: str, asks: Sequence[Ask], *, wait_s: float = 0.0, run: Run | None = None, check: Check | None = None,
            profile: str = "default", **changes: Any) -> list[Answer]:  # fmt: skip
        """Answers along a profile; `changes` are settings."""
        return complete(
            self.store, task, asks, run=run or self.run(profile, at=self.outside.now()), wait_s=wait_s, check=check,
            settings=self.settings(self.emulator, profile=profile, **changes), outside=self.outside,
        )  # fmt: skip

    def estimate(self, task: str, asks: Sequence[Ask], **changes: Any) -> Estimate:
        return estimate(self.store, task, asks, self.settings(self.emulator, **changes), outside=self.outside)


@pytest.fixture
def asking(
    emulator: Emulator,
    store: Store,
    settings: Callable[..., Settings],
    run: Callable[..., Run],
    outside: Outside,
) -> Asking:
    return Asking(emulator, store, settings, run, outside)


def wishes(count: int = 1) -> list[Ask]:
    """Clusters to summarise, of one record each."""
    wish = "Rents should be capped."
    record = {
        "id": "a", "people": 3, "alike": 3, "places": [], "quantities": [], "position": "support", "title_en": "Rent cap",
        "title_fa": "سقف اجاره", "proposition_en": wish, "proposition_fa": "اجاره سقف داشته باشد.", "summary_en": wish,
        "summary_fa": "سقف",
    }  # fmt: skip
    return [Ask(f"c{i}", {"records": [record], "people": 3 + i, "topic": "housing"}) for i in range(count)]
