"""Collecting between nights: answers are filed, and the night that waited for them is finished once, under its own name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tasks.collect import WaitingNight, collect_replies, night_that_waits
from tasks.errors import VerificationFailed
from tasks.night import step_named
from tasks.run import StepReport
from tasks.seals import check_seals
from tasks.session import open_session
from tasks.settings import Settings
from tasks.store import open_store
from tests.emulator.handle import ROOT, Emulator
from tests.faults.paid_night import settings_for, start_quick
from tests.faults.small_inbox import write_small_inbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
NIGHT_OF = date(2026, 11, 1)
FLOW = "from flows.collect import collect; state = collect(return_state=True); print(state.name, '|', state.message)"


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Emulator]:
    running = start_quick(tmp_path)
    yield running
    running.stop()


def read_messages(settings: Settings) -> StepReport:
    """The part of a night that asks about messages, not waiting for answers."""
    with open_session(settings, kind="nightly", run_on=NIGHT_OF, now=datetime.now(UTC)) as session:
        return [session.take(step_named(name)) for name in ("ingest", "redact", "canonicalize")][-1]


def collect(settings: Settings) -> tuple[StepReport, WaitingNight | None]:
    with open_store(settings.home) as store:
        report = collect_replies(store, settings=settings, now=datetime.now(UTC))
        return report, night_that_waits(store)


def test_the_night_is_finished_once_all_answers_are_in_and_not_again(quick: Emulator, tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "home", write_small_inbox(tmp_path / "inbox")[0], quick)
    assert read_messages(settings).pending_count > 50
    waiting = None
    deadline = time.monotonic() + 60
    while waiting is None and time.monotonic() < deadline:
        report, waiting = collect(settings)
        time.sleep(0.5)
    assert report.out_count > 50
    # The worker's own profile may be another: the night goes on under the one it was asked in.
    assert waiting == WaitingNight(NIGHT_OF, "default")
    while read_messages(settings).pending_count and time.monotonic() < deadline:  # repair turns are batches too
        time.sleep(1)
        collect(settings)
    with open_store(settings.home, read_only=True) as store:
        assert store.value("select count(*) from core.submission_state where state = 'pending'") == 0
    assert collect(settings)[1] is None
    with open_store(settings.home) as store:  # what was filed between nights is sealed too
        assert check_seals(store) > 2
        store.execute("update llm.reply set cost_usd = 0 where run_id not in (select run_id from ops.run)")
        with pytest.raises(VerificationFailed, match=r"llm\.reply"):
            check_seals(store)


def test_a_night_that_waits_for_money_is_not_finished_by_collect(quick: Emulator, tmp_path: Path) -> None:
    inbox = write_small_inbox(tmp_path / "inbox")[0]
    settings = settings_for(tmp_path / "home", inbox, quick, budget_run_usd=0.0)
    assert read_messages(settings).pending_count > 50
    assert collect(settings)[1] is None


def test_a_busy_provider_is_told_with_what_is_still_out(quick: Emulator, tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "home", write_small_inbox(tmp_path / "inbox")[0], quick)
    read_messages(settings)
    with open_store(settings.home, read_only=True) as store:
        out = store.value("select count(*) from llm.open_member")
    quick.faults({"do": "overloaded", "match": {"endpoint": "batches.retrieve"}})
    env = {name: value for name, value in os.environ.items() if not name.startswith("CW_")} | {
        "CW_HOME": str(settings.home), "CW_PROFILE": "default", "ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": quick.url,
        "PREFECT_HOME": str(tmp_path / "prefect"), "PREFECT_LOGGING_LEVEL": "ERROR",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
    }  # fmt: skip
    env.pop("PREFECT_API_URL", None)

    def said(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command], env=env, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
        )

    told = said("-m", "flows.cli", "collect")
    sentence = f"The model provider had trouble during 1 of {out} requests. anthropic: 529 overloaded_error"
    assert told.stdout.startswith(f"0 replies filed, {out} still out")
    assert told.stderr.splitlines() == [f"cw: {sentence}"]
    assert json.loads(said("-m", "flows.cli", "collect", "--json").stdout)["pending_count"] == out
    assert said("-c", FLOW).stdout.strip() == f"Degraded | 0 replies filed, {out} still out. {sentence}"
