"""Caps hold on the worst case before anything is sent, on what was charged after; all work is kept."""

from pathlib import Path
from typing import Any

import pytest

from tasks.llm import Ask, spend_by
from tasks.llm.budget import Allowance, fits
from tasks.llm.sitting import fixed_tokens
from tasks.llm.tokens import estimate_tokens
from tests.llm.conftest import Asking


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


def test_the_run_cap_stops_before_sending_and_the_rest_is_sent_when_there_is_room(asking: Asking) -> None:
    cap = asking.estimate("canonicalize", texts(1)).worst_usd * 6.5
    first = asking.run(at=asking.outside.now())
    answers = asking.ask("canonicalize", texts(10), run=first, budget_run_usd=cap)
    assert [a.status for a in answers] == ["pending"] * 6 + ["refused_budget"] * 4
    filed = asking.ask("canonicalize", texts(10), run=first, wait_s=60, budget_run_usd=cap)
    assert {a.status for a in filed} == {"done"}, "what was charged is far below the worst case"
    assert asking.emulator.total_usd() <= cap


def test_the_next_run_sends_what_the_last_could_not_afford(asking: Asking) -> None:
    cap = asking.estimate("canonicalize", texts(1)).worst_usd * 6.5
    asking.ask("canonicalize", texts(10), budget_run_usd=cap)
    rest = asking.ask("canonicalize", texts(10), wait_s=600, budget_run_usd=cap)
    assert {a.status for a in rest} == {"done"}
    assert len(asking.emulator.bill()) == 10


def test_what_is_under_way_counts_against_the_cap_at_its_worst_case(asking: Asking) -> None:
    cap = asking.estimate("canonicalize", texts(1)).worst_usd * 4.5
    asking.ask("canonicalize", texts(4), budget_month_usd=cap)
    more = asking.ask("canonicalize", texts(8), budget_month_usd=cap)
    assert [a.status for a in more] == ["pending"] * 4 + ["refused_budget"] * 4


def test_a_budget_of_nothing_calls_nobody(asking: Asking) -> None:
    answers = asking.ask("canonicalize", texts(3), wait_s=60, budget_run_usd=0)
    assert {a.status for a in answers} == {"refused_budget"}
    assert asking.emulator.journal() == []


def test_a_dry_run_costs_nothing_writes_nothing_and_its_worst_case_is_never_passed(asking: Asking) -> None:
    guess = asking.estimate("canonicalize", texts(20))
    assert (guess.new_count, guess.done_count) == (20, 0)
    assert asking.emulator.journal() == []
    assert asking.store.value("select count(*) from llm.request") == 0
    asking.ask("canonicalize", texts(20), wait_s=600)
    charged = float(asking.emulator.total_usd())
    assert 0 < charged <= guess.worst_usd
    # how much of the prompts a cache holds is the provider's luck: between none and all of them lie 1.6 x
    assert charged / 1.6 <= guess.estimated_usd <= charged * 1.6, guess.estimated_usd / charged
    again = asking.estimate("canonicalize", texts(20))
    assert (again.new_count, again.done_count, again.worst_usd) == (0, 20, 0.0)
    row = spend_by(asking.store, "task")[0]
    assert row["error"] == pytest.approx((row["estimated_usd"] - row["cost_usd"]) / row["cost_usd"])


def test_costs_add_up_however_they_are_told(asking: Asking) -> None:
    asking.ask("canonicalize", texts(6), wait_s=600)
    asking.ask("canonicalize", texts(9))  # three more, under way
    told = {by: spend_by(asking.store, by) for by in ("task", "model", "day")}
    for by, rows in told.items():
        assert all(next(iter(row)) == by for row in rows)
        assert sum(row["cost_usd"] for row in rows) == pytest.approx(float(asking.emulator.total_usd()))
        assert sum(row["call_count"] for row in rows) == 6
        assert sum(row["reserved_usd"] for row in rows) > 0


def test_a_task_told_to_wait_for_cheap_hours_is_held_until_they_come(asking: Asking, tmp_path: Path) -> None:
    overlay = tmp_path / "routes.toml"
    overlay.write_text("[task.position]\nwait_offpeak = true\n")
    wish = {"proposition_en": "Rents fall.", "record_proposition_en": "Rents fall.", "record_position": "support"}
    asked: dict[str, Any] = {"task": "position", "asks": [Ask("r", wish)], "profile": "cpu_only", "routes_file": overlay}
    now = asking.outside.now()
    ahead = (7 - now.weekday()) % 7  # days to Monday
    asking.emulator.advance(
        ahead * 86_400 - (now.hour * 3600 + now.minute * 60) + 7 * 24 * 3600 + 2 * 3600
    )  # Monday 02:00 UTC
    assert (asking.outside.now().weekday(), asking.outside.now().hour) == (0, 2)
    held = asking.ask(**asked)
    assert held[0].status == "pending"
    assert "off-peak prices at 04:00 UTC" in held[0].reasons[0]
    asking.emulator.advance(2 * 3600)
    assert asking.ask(**asked)[0].status == "done"


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
