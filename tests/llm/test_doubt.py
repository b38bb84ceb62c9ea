"""Answers that are no answers, prices that nobody told, and what the caps say to both: the ledger is never below the bill."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tasks.errors import ProviderRefused
from tasks.llm import Ask
from tasks.llm.budget import read_allowance
from tasks.llm.catalogue import load_catalogue
from tasks.llm.claude import ClaudeClient
from tasks.llm.faults import kind_of
from tasks.llm.prices import Prices
from tasks.llm.tokens import estimate_tokens
from tasks.llm.types import Usage
from tests.cases import thinned
from tests.llm.conftest import Asking, wishes


def texts(count: int = 6) -> list[Ask]:
    return [
        Ask(f"t{i}", {"text": f"کرایه خانه در تهران زیاد شده {i}", "language": "fa"}) for i in range(count)
    ]


def ledger_usd(asking: Asking) -> Decimal:
    return Decimal(
        repr(asking.store.value("select coalesce(sum(cost_usd), 0) from llm.spend where is_actual"))
    )


@pytest.mark.parametrize("shape", thinned(["page", "cut", "list", "bare"], every=4))
@pytest.mark.parametrize("endpoint", ["create", "list", "retrieve", "results", "cancel", "delete"])
def test_a_batch_whose_answers_nobody_can_read_is_charged_once(
    endpoint: str, shape: str, asking: Asking
) -> None:
    """A list of batches that is no list must not be taken for an empty one: the batch would be sent again."""
    lost = {"do": "drop", "when": "after", "match": {"endpoint": "batches.create"}, "count": 1}
    when = "after" if endpoint == "create" else "before"
    rule = {
        "do": "garbled",
        "as": shape,
        "when": when,
        "match": {"endpoint": f"batches.{endpoint}"},
        "count": 2,
    }
    asking.emulator.faults(
        rule if endpoint == "create" else lost, {**rule, "count": 1 if endpoint == "create" else 2}
    )
    answers = asking.ask("canonicalize", texts(), wait_s=3600)
    assert {a.status for a in answers} == {"done"}
    assert len(asking.emulator.bill()) == 6
    assert ledger_usd(asking) == pytest.approx(asking.emulator.total_usd(), abs=Decimal("1e-12"))


def test_the_list_of_batches_is_read_page_by_page_as_far_back_as_is_asked(asking: Asking) -> None:
    since = []
    for number in range(5):
        since.append(asking.outside.now())
        one = [Ask(f"p{number}", {"text": f"نان گران شده {number}", "language": "fa"})]
        asking.ask("canonicalize", one, delete_batches=False)
        asking.emulator.advance(100)
    client = ClaudeClient(api_key="k", base_url=asking.emulator.url)
    told = client.list_batches(since=since[0], page_size=2)
    assert [b["created_at"] for b in told] == sorted(b["created_at"] for b in told)
    assert len({b["id"] for b in told}) == 5
    assert client.list_batches(since=since[2], page_size=2) == told[2:]
    client.close()


def test_results_that_end_before_their_first_line_do_not_make_a_batch_a_strangers(asking: Asking) -> None:
    asking.emulator.faults(
        {"do": "drop", "when": "after", "match": {"endpoint": "batches.create"}, "count": 1},
        {"do": "cut", "after_lines": 0, "framing": "close", "count": 40},
    )
    asking.ask("canonicalize", texts())
    asking.emulator.advance(4000)  # ended, and the time of grace is over
    assert {a.status for a in asking.ask("canonicalize", texts(), wait_s=7200)} == {"done"}
    assert len(asking.emulator.bill()) == 6


@pytest.mark.parametrize("shape", thinned(["page", "cut", "list", "bare"], every=4))
@pytest.mark.parametrize("profile", ["strategy", "cpu_only", "local"])
def test_an_online_answer_that_nobody_can_read_is_a_try_that_may_have_been_charged(
    profile: str, shape: str, asking: Asking
) -> None:
    asking.emulator.faults(
        {"do": "garbled", "as": shape, "when": "after", "match": {"endpoint": "*"}, "count": 1}
    )
    assert asking.ask("summarise", wishes(), profile=profile)[0].status == "done"
    assert ledger_usd(asking) >= asking.emulator.total_usd()


def test_an_answer_without_its_token_counts_is_booked_at_its_worst_case(asking: Asking) -> None:
    rule = {"do": "without", "field": "usage", "when": "after", "match": {"profile": "deepseek"}}
    asking.emulator.faults(rule)
    assert asking.ask("summarise", wishes())[0].status == "done"
    row = asking.store.rows("select cost_usd = worst_usd, price_source from llm.call")
    assert row == [(True, "worst case: the provider told no usage")]
    assert ledger_usd(asking) >= asking.emulator.total_usd() > 0


def test_tries_that_may_have_been_charged_stop_at_the_cap(asking: Asking) -> None:
    asking.emulator.faults({"do": "drop", "when": "after", "match": {"endpoint": "chat"}})
    worst = asking.estimate("summarise", wishes()).worst_usd
    only = {"profile": "cpu_only", "budget_run_usd": 2.5 * worst}
    asking.ask("summarise", wishes(), **only)
    calls = [row for row in asking.emulator.journal() if row["endpoint"] == "chat"]
    assert len(calls) == 2, "a third try could have passed the cap"
    assert asking.emulator.total_usd() <= Decimal(repr(2.5 * worst))


def test_a_model_that_the_provider_does_not_know_stops_the_step_and_buries_nothing(asking: Asking) -> None:
    missing = {"do": "status", "status": 404, "type": "not_found_error", "message": "model: claude-haiku-4-5"}
    asking.emulator.faults(missing)
    with pytest.raises(ProviderRefused, match="404 not_found_error"):
        asking.ask("canonicalize", texts(), profile="strategy")
    asking.emulator.faults()
    assert {a.status for a in asking.ask("canonicalize", texts(), profile="strategy")} == {"done"}


def test_a_servers_own_trouble_is_in_doubt_whatever_it_speaks_of() -> None:
    assert {
        kind_of(status, "billing service: quota store overloaded") for status in (408, 409, 500, 504, 529)
    } == {"doubtful"}
    assert {kind_of(status, "credit balance") for status in (400, 402, 403, 429)} == {"shut"}


def test_what_was_begun_last_month_and_is_under_way_counts_in_this_one(asking: Asking) -> None:
    now = asking.outside.now()
    to_the_end = (now.replace(day=28) + timedelta(days=4)).replace(day=1, hour=0, minute=0) - now
    asking.emulator.advance(to_the_end.total_seconds() - 60)
    asking.emulator.faults({"do": "duration", "seconds": 3000})
    asking.ask("canonicalize", texts())
    asking.emulator.advance(120)
    run, settings = (
        asking.run(at=asking.outside.now()),
        asking.settings(asking.emulator, budget_month_usd=1.0),
    )
    left = read_allowance(asking.store, run=run, settings=settings, at=asking.outside.now()).month_usd
    assert left == pytest.approx(1 - asking.store.value("select sum(worst_usd) from llm.request"))


def test_the_worst_case_of_a_call_is_at_the_dearest_hour_of_its_day() -> None:
    prices, used = Prices(load_catalogue()), Usage(input=1000, output=100)
    midnight = datetime(2026, 11, 23, 20, tzinfo=UTC)  # a Monday night in Tehran: off-peak until 01:00 UTC
    likely, worst = prices.likely_and_worst("deepseek-flash", used, used, at=midnight, is_batch=False)
    peak = prices.usd("deepseek-flash", used, at=midnight + timedelta(hours=6), is_batch=False)
    assert likely < peak <= worst


@pytest.mark.parametrize(
    "text", ["🙏🏽" * 200, "آب" * 100 + "💧" * 50, "{}[]<>" * 99, "Вода" * 80, "水が出ない" * 60, "0912" * 90]
)
def test_no_text_has_more_tokens_than_its_worst_case(text: str) -> None:
    """A byte-level vocabulary never needs more tokens than bytes; Farsi never more than letters, as measured."""
    _, worst = estimate_tokens(text, farsi_chars=1.4)
    farsi = sum("\u0600" <= char <= "\u06ff" for char in text)
    assert worst >= len(text.encode()) - farsi
