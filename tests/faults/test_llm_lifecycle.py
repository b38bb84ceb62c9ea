"""The life-cycle of batches as a state machine: asking, waiting, collecting, crashes and faults in any order.

A crash is an exception that no code catches, thrown by the clock that the LLM layer was given, at its n-th
look. Invariants: what the provider has charged never exceeds what the ledger has spent and reserved (else a cap
could be passed); no request key is charged twice. In the end the ledger equals the bill and every ask is
answered.

`CW_LIFE_EXAMPLES` says how many lives are tried (default 20, the same ones each time; more are drawn afresh).
"""

import os
import tempfile
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tasks.canonicalize import check_reply
from tasks.llm import Answer, Ask, collect, complete
from tasks.llm.outside import Outside
from tasks.run import Run, new_run_id
from tasks.store import Store, open_store
from tasks.window import night_of
from tests.emulator.handle import Emulator
from tests.faults.llm_audit import TOLERANCE_USD, charged_per_key
from tests.faults.llm_night import emulated_time, settings_of, texts

EXAMPLES = int(os.environ.get("CW_LIFE_EXAMPLES", "20"))
pytestmark = [pytest.mark.faults, pytest.mark.timeout(1_800)]

CREATE, RESULTS = {"endpoint": "batches.create"}, {"endpoint": "batches.results"}
FAULTS: list[dict[str, Any]] = [
    {"do": "drop", "when": "before", "match": CREATE},
    {"do": "drop", "when": "after", "match": CREATE},
    {"do": "overloaded", "when": "before", "match": CREATE},
    {"do": "overloaded", "when": "after", "match": CREATE},
    {"do": "rate_limit", "when": "before", "match": CREATE, "retry_after": 3},
    {"do": "drop", "when": "before", "match": RESULTS},
    {"do": "drop", "when": "after", "match": {"endpoint": "batches.delete"}},
    {"do": "drop", "when": "before", "match": {"endpoint": "batches.list"}},
    {"do": "server_error", "match": {"endpoint": "batches.retrieve"}},
    {"do": "cut", "after_lines": 1, "framing": "close"},
    {"do": "cut", "after_lines": 0, "framing": "chunked"},
    {"do": "duplicate"},
    {"do": "missing"},
    {"do": "errored", "error_type": "overloaded_error"},
    {"do": "errored", "error_type": "api_error"},
    {"do": "expired"},
    {"do": "canceled"},
    {"do": "refusal"},
    {"do": "max_tokens"},
    {"do": "casing"},
    {"do": "drop_field"},
    {"do": "duration", "seconds": 90_000, "share": 0.5},
]


class Crash(BaseException):
    """The process is gone; nobody may catch this."""


class LifeCycle(RuleBasedStateMachine):
    """One pipeline, one provider, and everything that may come between them."""

    def __init__(self, emulator: Emulator):
        super().__init__()
        self.emulator = emulator
        self.asked = 0

    @initialize()
    def begin(self) -> None:
        self.emulator.reset()
        self.folder = tempfile.TemporaryDirectory(prefix="life-")
        self.home = Path(self.folder.name)
        self.time = emulated_time(self.emulator.url)
        self.settings = settings_of(self.home, self.emulator.url)
        self.store: Store = open_store(self.home, threads=1)

    @rule(n=st.integers(1, 3), crash_at=st.none() | st.integers(1, 8))
    def ask(self, n: int, crash_at: int | None) -> None:
        self.asked += n
        self.work(crash_at, wait_s=0)

    @rule(crash_at=st.none() | st.integers(1, 8), wait_s=st.sampled_from([0, 600]))
    def resume(self, crash_at: int | None, wait_s: int) -> None:
        self.work(crash_at, wait_s=wait_s)

    @rule(crash_at=st.none() | st.integers(1, 6))
    def collect(self, crash_at: int | None) -> None:
        try:
            collect(self.store, run=self.run(), settings=self.settings, outside=self.clock(crash_at))
        except Crash:
            self.reopen()

    @rule(fault=st.sampled_from(FAULTS), count=st.integers(1, 2))
    def break_something(self, fault: dict[str, Any], count: int) -> None:
        self.emulator.faults({**fault, "count": count})

    @rule(seconds=st.sampled_from([1, 30, 90, 3_600, 86_400]))
    def wait(self, seconds: int) -> None:
        self.emulator.advance(seconds)

    @precondition(lambda self: self.asked)
    @invariant()
    def the_provider_has_charged_no_more_than_is_booked_or_reserved(self) -> None:
        booked = Decimal(self.store.value("select coalesce(sum(cost_usd), 0) from llm.spend"))
        assert self.emulator.total_usd() <= booked + TOLERANCE_USD

    @invariant()
    def no_request_is_charged_twice(self) -> None:
        assert [key for key, count in charged_per_key(self.emulator).items() if count > 1] == []

    def teardown(self) -> None:
        try:
            if self.asked:
                self.settle_all()
        finally:
            self.store.close()
            self.folder.cleanup()

    def settle_all(self) -> None:
        self.emulator.faults()
        for _ in range(6):
            answers = self.work(None, wait_s=100_000)
            if not any(answer.status == "pending" for answer in answers):
                break
        assert {answer.status for answer in answers} <= {"done", "dead"}, "every ask has come to its end"
        assert len(answers) == self.asked
        collect(self.store, run=self.run(), settings=self.settings, outside=self.time)
        self.no_request_is_charged_twice()
        booked = Decimal(self.store.value("select coalesce(sum(cost_usd), 0) from llm.spend"))
        assert abs(booked - self.emulator.total_usd()) < TOLERANCE_USD
        assert self.store.value("select count(*) from llm.open_member") == 0

    def work(self, crash_at: int | None, *, wait_s: float) -> list[Answer]:
        asks = [
            Ask(f"text-{i}", {"text": text, "language": "fa"}) for i, text in enumerate(texts(self.asked))
        ]
        try:
            return complete(
                self.store,
                "canonicalize",
                asks,
                run=self.run(),
                settings=self.settings,
                check=check_reply,
                wait_s=wait_s,
                outside=self.clock(crash_at),
            )
        except Crash:
            self.reopen()
            return []

    def run(self) -> Run:
        now = self.time.now()
        return Run(new_run_id(now), "nightly", night_of(now), "default", now)

    def clock(self, crash_at: int | None) -> Outside:
        """The emulator's time, for a process that dies at its n-th look at the clock."""
        looks = 0

        def now() -> datetime:
            nonlocal looks
            looks += 1
            if looks == crash_at:
                raise Crash
            return self.time.now()

        return replace(self.time, now=now)

    def reopen(self) -> None:
        """What the next process finds: an open transaction is gone, all that was committed is there."""
        self.store.close()
        self.store = open_store(self.home, threads=1)


def test_the_life_cycle_keeps_its_books_whatever_happens(_session_emulator: Emulator) -> None:
    run_state_machine_as_test(
        lambda: LifeCycle(_session_emulator),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=10,
            deadline=None,
            derandomize=EXAMPLES <= 20,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
