"""Whole nights on the emulator, step by step, through the real SDKs and in real time: batches take half a second."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tasks.errors import CwError
from tasks.night import NIGHT
from tasks.run import StepReport
from tasks.session import open_session
from tasks.settings import Settings
from tests.emulator.handle import Emulator, start
from tests.faults.llm_night import ANTHROPIC_KEY, DEEPSEEK_KEY

NOW = datetime(2026, 11, 1, 23, 0, tzinfo=UTC)
RUN_ID = "20261101T230000Z-00000000"
LOCAL_KEY, HOST_KEY = "sk-local-key-that-must-not-leak", "sk-host-key-that-must-not-leak"
KEYS = (ANTHROPIC_KEY, DEEPSEEK_KEY, LOCAL_KEY, HOST_KEY)


def start_quick(folder: Path) -> Emulator:
    """An emulator on the real clock whose batches end at once."""
    return start(folder / "emulator.sqlite", "--clock", "real", "--batch-seconds", "0.5", "--seed", "7")


def settings_for(home: Path, inbox: Path, emulator: Emulator, **changes: Any) -> Settings:
    """Settings of a paid night; the embedding model is the one that comes with a package."""
    fields: dict[str, Any] = {
        "home": home, "inbox": inbox, "profile": "default", "threads": 1, "batch_grace_s": 0.5,
        "embed_model": "all-MiniLM-L6-v2", "anthropic_api_key": ANTHROPIC_KEY, "anthropic_base_url": emulator.url,
        "deepseek_api_key": DEEPSEEK_KEY, "deepseek_base_url": f"{emulator.url}/deepseek", "local_api_key": LOCAL_KEY,
        "local_base_url": emulator.openai_url("vllm"), "host_api_key": HOST_KEY, "host_base_url": emulator.openai_url("hosted"),
    }  # fmt: skip
    return Settings(**(fields | changes))


def night(settings: Settings, *, run_id: str = RUN_ID, most: int = 1) -> list[StepReport]:
    """One night, started again under its own id (at most `most` times in all) when a provider ended it."""
    for left in reversed(range(most)):
        try:
            with open_session(
                settings, kind="nightly", run_on=date(2026, 11, 1), now=NOW, run_id=run_id
            ) as session:
                for step in NIGHT:
                    session.take(step, wait_s=1_200)
            return session.reports
        except CwError:
            if not left:
                raise
    raise AssertionError("not reached")
