"""Caps hold on the worst case before anything is sent, on what was charged after; all work is kept."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.llm import Ask, complete, estimate, spend_by
from tasks.llm.budget import Allowance, fits
from tasks.llm.outside import Outside
from tasks.llm.sitting import fixed_tokens
from tasks.llm.tokens import estimate_tokens
from tasks.run import Run
from tasks.settings import Settings
from tasks.store import Store
from tests.emulator.plugin import Emulator


def texts(count: int) -> list[Ask]:
    return [
        Ask(f"t{i}", {"text": f"کرایه خانه در تهران زیاد شده است {i}", "language": "fa"})
        for i in range(count)
    ]


def test_what_does_not_fit_is_refused_whole_and_in_order() -> None:
    allowance = Allowance(1.0, 10.0)
    assert fits(allowance, [("a", 0.4), ("b", 0.5), ("c", 0.2), ("d", 0.05)]) == {"a", "b"}
    assert allowance.left_usd == pytest.approx(0.1)


def test_a_free_call_fits_into_an_empty_budget() -> None:
    assert fits(Allowance(0.0, 0.0), [("a", 0.0)]) == {"a"}


def test_the_run_cap_stops_before_sending_and_the_rest_is_sent_when_there_is_room(
    emulator: Emulator,
    store: Store,
    settings: Callable[..., Settings],
    run: Callable[..., Run],
    outside: Outside,
) -> None:
    worst = estimate(store, "canonicalize", texts(1), settings(emulator), outside=outside).worst_usd
    small = settings(emulator, budget_run_usd=worst * 6.5)
    first = run(at=outside.now())
    answers = complete(store, "canonicalize", texts(10), run=first, settings=small, outside=outside)
    assert [a.status for a in answers] == ["pending"] * 6 + ["refused_budget"] * 4
    filed = complete(store, "canonicalize", texts(10), run=first, settings=small, wait_s=60, outside=outside)
    assert {a.status for a in filed} == {
        "done"
    }  # what was charged is far below the worst case, so there was room
    assert emulator.total_usd() <= small.budget_run_usd


def test_the_next_run_sends_what_the_last_could_not_afford(
    emulator: Emulator,
    store: Store,
    settings: Callable[..., Settings],
    run: Callable[..., Run],
    outside: Outside,
) -> None:
    worst = estimate(store, "canonicalize", texts(1), settings(emulator), outside=outside).worst_usd
    small = settings(emulator, budget_run_usd=worst * 6.5)
    complete(store, "canonicalize", texts(10), run=run(at=outside.now()), settings=small, outside=outside)
    second = run(at=outside.now())
    rest = complete(store, "canonicalize", texts(10), run=second, settings=small, wait_s=600, outside=outside)
    assert {a.status for a in rest} == {"done"}
    assert len(emulator.bill()) == 10


def test_what_is_under_way_counts_against_the_cap_at_its_worst_case(
    emulator: Emulator,
    store: Store,
    settings: Callable[..., Settings],
    run: Callable[..., Run],
    outside: Outside,
) -> None:
    worst = estimate(store, "canonicalize", texts(1), settings(emulator), outside=outside).worst_usd
    small = settings(emulator, budget_month_usd=worst * 4.5)
    complete(store, "canonicalize", texts(4), run=run(at=outside.now()), settings=small, outside=outside)
    more = complete(
        store, "canonicalize", texts(8), run=run(at=outside.now()), settings=small, outside=outside
    )
    assert [a.status for a in more] == ["pending"] * 4 + ["refused_budget"] * 4


def test_a_budget_of_nothing_calls_nobody(
    emulator: Emulator,
    store: Store,
    settings: Callable[..., Settings],
    run: Callable[..., Run],
    outside: Outside,
) -> None:
    broke = settings(emulator, budget_run_usd=0)
    answers = complete(store, "canonicalize", texts(3), run=run(), settings=broke, wait_s=60, outside=outside)
    assert {a.status for a in answers} == {"refused_budget"}
    assert emulator.journal() == []


def test_a_dry_run_costs_nothing_writes_nothing_and_its_worst_case_is_never_passed(
    emulator: Emulator,
    store: Store,
    settings: Callable[..., Settings],
    run: Callable[..., Run],
    outside: Outside,
) -> None:
    chosen = settings(emulator)
    guess = estimate(store, "canonicalize", texts(20), chosen, outside=outside)
    assert (guess.new_count, guess.done_count) == (20, 0)
    assert emulator.journal() == []
    assert store.value("select count(*) from llm.request") == 0
    complete(
        store,
        "canonicalize",
        texts(20),
        run=run(at=outside.now()),
        settings=chosen,
        wait_s=600,
        outside=outside,
    )
    assert 0 < float(emulator.total_usd()) <= guess.worst_usd
    assert guess.estimated_usd == pytest.approx(float(emulator.total_usd()), rel=0.5)
    again = estimate(store, "canonicalize", texts(20), chosen, outside=outside)
    assert (again.new_count, again.done_count, again.worst_usd) == (0, 20, 0.0)
    row = spend_by(store, "task")[0]
    assert row["error"] == pytest.approx((row["estimated_usd"] - row["cost_usd"]) / row["cost_usd"])


def test_a_task_told_to_wait_for_cheap_hours_is_held_until_they_come(
    tmp_path: Path, emulator: Emulator, store: Store, settings: Callable[..., Settings], run: Callable[..., Run],
    outside: Outside,
) -> None:  # fmt: skip
    overlay = tmp_path / "routes.toml"
    overlay.write_text("[task.position]\nwait_offpeak = true\n")
    chosen = settings(emulator, profile="cpu_only", routes_file=overlay)
    ask = Ask(
        "r",
        {
            "proposition_en": "Rents fall.",
            "record_proposition_en": "Rents fall.",
            "record_position": "support",
        },
    )
    now = outside.now()
    ahead = (7 - now.weekday()) % 7  # days to Monday
    emulator.advance(
        ahead * 86_400 - (now.hour * 3600 + now.minute * 60) + 7 * 24 * 3600 + 2 * 3600
    )  # Monday 02:00 UTC
    assert (outside.now().weekday(), outside.now().hour) == (0, 2)
    held = complete(store, "position", [ask], run=run("cpu_only"), settings=chosen, outside=outside)
    assert held[0].status == "pending"
    assert "off-peak prices at 04:00 UTC" in held[0].reasons[0]
    emulator.advance(2 * 3600)
    assert (
        complete(store, "position", [ask], run=run("cpu_only"), settings=chosen, outside=outside)[0].status
        == "done"
    )


@pytest.mark.parametrize("task", ["canonicalize", "summarise", "position", "plan", "message", "judge"])
def test_the_fixed_part_of_every_prompt_leaves_room_for_the_inputs(task: str) -> None:
    fixed, _ = fixed_tokens(task, 1.4)
    assert fixed < 2_300


def test_farsi_weighs_more_than_english_and_the_worst_case_more_than_the_estimate() -> None:
    farsi, farsi_worst = estimate_tokens("کرایه خانه خیلی زیاد شده است" * 10, farsi_chars=1.4)
    english, english_worst = estimate_tokens("The rent has gone up a lot today" * 10, farsi_chars=1.4)
    assert farsi > 2 * english
    assert farsi_worst > farsi
    assert english_worst > english
