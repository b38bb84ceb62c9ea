"""Two ways in which money was once lost sight of, each shown on the emulator."""

from pathlib import Path

import pytest

from tasks.llm import Ask, complete
from tasks.run import Run, new_run_id
from tasks.store import open_store
from tasks.window import night_of
from tests.emulator.handle import Emulator
from tests.faults.llm_audit import charged_per_key, ledger_usd
from tests.faults.llm_night import emulated_time, settings_of, texts

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def test_two_doubtful_batches_of_one_size_are_both_adopted(emulator: Emulator, tmp_path: Path) -> None:
    """Batches split at 100,000 requests are of one size, so that this is what a bad minute looks like."""
    outside, settings = emulated_time(emulator.url), settings_of(tmp_path, emulator.url)
    now = outside.now()
    run = Run(new_run_id(now), "nightly", night_of(now), "default", now)
    asks = [Ask(text, {"text": text, "language": "fa"}) for text in texts(10)]
    emulator.faults(
        {"do": "duration", "seconds": 300},
        {"do": "drop", "when": "after", "count": 2, "match": {"endpoint": "batches.create"}},
        {"do": "drop", "count": 1, "match": {"endpoint": "batches.list"}},
    )
    with open_store(tmp_path, threads=1) as store:
        for part, wait_s in ((asks[:5], 0), (asks[5:], 0), (asks, 7200)):
            complete(store, "canonicalize", part, run=run, settings=settings, wait_s=wait_s, outside=outside)
    assert set(charged_per_key(emulator).values()) == {1}


def test_an_online_answer_lost_on_the_way_is_in_the_ledger(emulator: Emulator, tmp_path: Path) -> None:
    settings = settings_of(tmp_path, emulator.url, profile="strategy")
    now = emulator.now()
    run = Run(new_run_id(now), "nightly", night_of(now), "strategy", now)
    asks = [Ask(text, {"text": text, "language": "fa"}) for text in texts(4)]
    emulator.faults({"do": "drop", "when": "after", "count": 1, "match": {"endpoint": "messages"}})
    with open_store(tmp_path, threads=1) as store:
        complete(store, "canonicalize", asks, run=run, settings=settings)
    assert len(emulator.bill()) == 5, "one of four was paid twice: unavoidable online"
    assert ledger_usd(tmp_path) >= emulator.total_usd(), "and booked, at the worst case: never below the bill"


def test_no_mix_of_lost_and_refused_tries_brings_the_ledger_below_the_bill(
    emulator: Emulator, tmp_path: Path
) -> None:
    """Whatever happens to online answers on their way; what was surely not sent costs nothing."""
    settings = settings_of(tmp_path, emulator.url, profile="strategy")
    now = emulator.now()
    run = Run(new_run_id(now), "nightly", night_of(now), "strategy", now)
    asks = [Ask(text, {"text": text, "language": "fa"}) for text in texts(6)]
    emulator.faults(
        {"do": "overloaded", "when": "after", "count": 2, "match": {"endpoint": "messages"}},
        {"do": "rate_limit", "retry_after": 0.1, "count": 2, "match": {"endpoint": "messages"}},
        {"do": "drop", "when": "after", "count": 5, "match": {"endpoint": "messages"}},
    )
    with open_store(tmp_path, threads=1) as store:
        answers = complete(store, "canonicalize", asks, run=run, settings=settings)
        lost = store.value("select count(*) from llm.reply where outcome = 'lost'")
    assert {a.status for a in answers} == {"done"}
    assert lost == 7, "the seven that were dropped or overloaded after acceptance; a 429 is never charged"
    assert emulator.total_usd() <= ledger_usd(tmp_path)
