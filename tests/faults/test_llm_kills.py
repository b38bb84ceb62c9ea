"""Kill a paid night, or cut its wires, at every point of the protocol and at random ones: charged once.

`CW_LLM_KILLS` says how many random moments are tried (default 8; a long campaign: 300).
"""

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.handle import Emulator
from tests.faults.llm_audit import (
    Nights,
    answers_in,
    booked_tries,
    check_books,
    finish,
    ledger_usd,
    reserved_count,
)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3_600)]

N = 24  # requests; over the number from which a batch is cached
KILLS = int(os.environ.get("CW_LLM_KILLS", "8"))
SEED = int(os.environ.get("CW_LLM_SEED", "20261124"))
BATCH = "batches."
KILL_POINTS: list[dict[str, Any]] = [
    {"do": "kill", "when": when, "match": {"endpoint": BATCH + endpoint}}
    for endpoint in ("create", "retrieve", "results", "delete")
    for when in ("before", "after")
]
CUTS: list[dict[str, Any]] = [
    *(
        {"do": do, "when": when, "count": 1, "match": {"endpoint": BATCH + endpoint}}
        for do, when, endpoint in (
            ("drop", "before", "create"),
            ("drop", "after", "create"),
            ("overloaded", "before", "create"),
            ("overloaded", "after", "create"),
            ("server_error", "after", "create"),
            ("rate_limit", "before", "create"),
            ("drop", "after", "retrieve"),
            ("drop", "before", "results"),
            ("drop", "after", "delete"),
        )
    ),
    {"do": "cut", "after_lines": 7, "count": 1, "framing": "chunked"},
    {"do": "cut", "after_lines": 7, "count": 1, "framing": "close"},
    {"do": "cut", "after_lines": 7, "count": 1, "framing": "close", "extra_bytes": 40},
    {"do": "duplicate", "count": 1},
    {"do": "missing", "count": 1},
    {"do": "garble", "count": 1},
    {"do": "foreign", "count": 1},
]


@pytest.fixture(scope="module")
def nights() -> Iterator[Nights]:
    running = Nights.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def calm(
    nights: Nights, _session_emulator: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """A night nobody disturbed: its answers, its Python calls, its seconds."""
    _session_emulator.reset()
    home = tmp_path_factory.mktemp("calm")
    order = {"home": str(home), "url": _session_emulator.url, "n": N}
    assert nights.run(order) == 0
    seconds = answers_in(home)["seconds"]
    _session_emulator.reset()
    counted = tmp_path_factory.mktemp("counted")
    assert nights.run({**order, "home": str(counted), "count_calls": True}) == 0
    return {**answers_in(counted), "seconds": seconds}


@pytest.mark.parametrize("rule", KILL_POINTS, ids=lambda r: f"{r['match']['endpoint']}-{r['when']}")
def test_a_night_killed_at_a_protocol_point_is_resumed_without_paying_again(
    nights: Nights, emulator: Emulator, calm: dict[str, Any], tmp_path: Path, rule: dict[str, Any]
) -> None:
    order = {"home": str(tmp_path), "url": emulator.url, "n": N}
    status = nights.run(order, before_start=lambda pid: emulator.faults({**rule, "pid": pid}))
    assert status == -signal.SIGKILL, "the night came past this point"
    emulator.faults()
    finish(nights, tmp_path, emulator.url, N)
    check_books(emulator, tmp_path, N, calm=calm)


def test_a_night_killed_while_results_stream_in_is_resumed(
    nights: Nights, emulator: Emulator, calm: dict[str, Any], tmp_path: Path
) -> None:
    order = {"home": str(tmp_path), "url": emulator.url, "n": N}
    status = nights.run(
        order, before_start=lambda pid: emulator.faults({"do": "cut", "after_lines": 9, "kill_pid": pid})
    )
    assert status == -signal.SIGKILL
    emulator.faults()
    finish(nights, tmp_path, emulator.url, N)
    check_books(emulator, tmp_path, N, calm=calm)


@pytest.mark.parametrize(
    "rule", CUTS, ids=lambda r: "-".join(str(v) for v in r.values() if not isinstance(v, dict))
)
def test_a_cut_wire_costs_nothing_twice(
    nights: Nights, emulator: Emulator, calm: dict[str, Any], tmp_path: Path, rule: dict[str, Any]
) -> None:
    emulator.faults(rule)
    nights.run({"home": str(tmp_path), "url": emulator.url, "n": N})
    assert emulator.fired()[0]["fired"] == 1, "the fault has happened"
    finish(nights, tmp_path, emulator.url, N)
    check_books(emulator, tmp_path, N, calm=calm)


@pytest.mark.parametrize("number", range(KILLS))
def test_a_night_killed_at_a_random_moment_is_resumed_without_paying_again(
    nights: Nights, emulator: Emulator, calm: dict[str, Any], tmp_path: Path, number: int
) -> None:
    """Odd ones die at a random Python call, even ones at a random time (that is, also inside native code)."""
    luck = random.Random(f"{SEED}-{number}")
    when: dict[str, Any] = (
        {"kill_at_call": luck.randint(1, calm["calls"])}
        if number % 2
        else {"kill_after_s": luck.uniform(0, calm["seconds"])}
    )
    order = {"home": str(tmp_path), "url": emulator.url, "n": N, **when}
    assert nights.run(order) in (-signal.SIGKILL, 0)
    finish(nights, tmp_path, emulator.url, N)
    check_books(emulator, tmp_path, N, calm=calm)


@pytest.mark.parametrize("number", range(max(2, KILLS // 10)))
def test_an_online_night_killed_amid_retries_never_books_less_than_was_charged(
    nights: Nights, emulator: Emulator, tmp_path: Path, number: int
) -> None:
    """Online, an answer lost on its way may be paid for twice; what is never true is that the ledger knows of less."""
    luck = random.Random(f"{SEED}-online-{number}")
    lost = {"do": "drop", "when": "after", "match": {"endpoint": "messages"}, "probability": 0.6}
    order = {"home": str(tmp_path), "url": emulator.url, "n": 8, "profile": "strategy"}
    status = nights.run(
        order,
        before_start=lambda pid: emulator.faults(
            {"do": "kill", "when": "after", "skip": luck.randint(1, 14), "match": lost["match"], "pid": pid},
            lost,
        ),
    )
    assert status in (-signal.SIGKILL, 0)  # 0: it needed fewer calls than were drawn, and its books count as well
    assert 0 < len(emulator.bill()) <= booked_tries(tmp_path), (
        "each try stood in the ledger before it was made"
    )
    emulator.faults()
    finish(nights, tmp_path, emulator.url, 8, profile="strategy")
    assert emulator.total_usd() <= ledger_usd(tmp_path)
    assert reserved_count(tmp_path) == 0
