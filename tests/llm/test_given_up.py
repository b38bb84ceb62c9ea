"""A batch that the provider does not tell of: it waits, unless the provider says that it has none; and it may come back."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import anthropic
import pytest

from tasks.errors import ProviderRefused
from tasks.llm import Ask, collect
from tasks.run import StepReport
from tests.cases import thinned
from tests.llm.conftest import Asking

GONE = {"status": 404, "type": "not_found_error"}


def texts(count: int = 6, *, of: str = "کرایه خانه در تهران زیاد شده") -> list[Ask]:
    return [Ask(f"t{i}", {"text": f"{of} {i}", "language": "fa"}) for i in range(count)]


def told(asking: Asking, *, give_up: bool = False) -> StepReport:
    run, settings = asking.run(at=asking.outside.now()), asking.settings(asking.emulator)
    return collect(asking.store, run=run, settings=settings, outside=asking.outside, give_up=give_up)


def refuse(
    asking: Asking, *answers: Mapping[str, Any], endpoint: str = "batches.retrieve", **rule: Any
) -> None:
    """Let the provider answer so to every look at a batch from now on; with no answers, let it be itself again."""
    asking.emulator.faults(*({"do": "status", "match": {"endpoint": endpoint}} | a | rule for a in answers))


def deleted(asking: Asking) -> int:
    return sum(row["endpoint"] == "batches.delete" for row in asking.emulator.journal())


def outcomes(asking: Asking) -> list[tuple[str, int]]:
    return asking.store.rows("select outcome, count(*) from llm.reply group by 1 order by 1")


def spent(asking: Asking, *, is_actual: bool = True) -> Decimal:
    query = "select coalesce(sum(cost_usd), 0) from llm.spend where is_actual = ?"
    return Decimal(repr(asking.store.value(query, [is_actual])))


def books_are_the_bill(asking: Asking) -> bool:
    return abs(spent(asking) - asking.emulator.total_usd()) < Decimal("1e-12") and not spent(
        asking, is_actual=False
    )


def answered_once(asking: Asking) -> bool:
    """Everything is answered, and charged once."""
    answers = asking.ask("canonicalize", texts(), wait_s=3600)
    return {a.status for a in answers} == {"done"} and len(asking.emulator.bill()) == 6


@pytest.fixture
def sent(asking: Asking) -> Asking:
    """Six messages in a batch that has ended."""
    asking.ask("canonicalize", texts())
    asking.emulator.advance(4000)
    return asking


def test_of_an_answer_to_what_was_erased_on_its_way_only_the_cost_is_filed(sent: Asking) -> None:
    erased = sent.store.value("select min(request_key) from llm.request")
    sent.store.execute("update llm.request set inputs = null where request_key = ?", [erased])
    sent.outside.sleep(3600)
    told(sent)
    kept = sent.store.rows("select request_key = ?, value is not null or raw is not null from llm.reply group by all order by 1", [erased])
    assert kept == [(False, True), (True, False)]
    assert books_are_the_bill(sent)


@pytest.fixture
def two(asking: Asking) -> Asking:
    """Six messages and four, in two batches that have ended; the six are looked at first."""
    asking.ask("canonicalize", texts())
    asking.emulator.advance(1)
    asking.ask("canonicalize", texts(4, of="نان گران است"))
    asking.emulator.advance(4000)
    return asking


def test_an_answer_on_its_way_to_erased_words_is_kept_when_somebody_else_says_them(sent: Asking) -> None:
    sent.store.execute("update llm.request set inputs = null")
    assert answered_once(sent)
    assert sent.store.value("select count(*) from llm.request where inputs is null") == 0


def test_what_failed_in_passing_before_its_words_were_erased_is_paid_once_when_somebody_else_says_them(sent: Asking) -> None:
    assert answered_once(sent)
    sent.store.execute("update llm.reply set outcome = 'expired', value = null, raw = null, cost_usd = 0")
    sent.store.execute("update llm.request set inputs = null")
    answers = sent.ask("canonicalize", texts(), wait_s=3600)
    assert {a.status for a in answers} == {"done"}
    assert sent.store.rows("select outcome, count(*) from llm.reply group by 1 order by 1") == [("expired", 6), ("ok", 6)]


@pytest.mark.parametrize("give_up", [False, True])
@pytest.mark.parametrize("status", thinned([404, 400, 405, 410, 422], every=5))
@pytest.mark.parametrize("hours", [0, 72])
def test_a_no_that_is_not_not_found_leaves_a_finished_batch_alone(
    sent: Asking, status: int, give_up: bool, hours: int
) -> None:
    """A 404 of a proxy, without the API's word, is such a no."""
    sent.emulator.advance(hours * 3600)
    refuse(sent, {"status": status, "type": "invalid_request_error", "message": "anthropic-version: unknown"})
    with pytest.raises(
        ProviderRefused, match=rf"does not tell of msgbatch_\w+ \({status} invalid_request_error\)"
    ):
        told(sent, give_up=give_up)
    assert deleted(sent) == 0
    refuse(sent)
    assert told(sent).out_count == 6
    assert answered_once(sent)
    assert books_are_the_bill(sent)


def test_where_another_batch_is_seen_such_a_no_holds_nothing_up(two: Asking) -> None:
    two.emulator.advance(72 * 3600)
    refuse(two, {"status": 400, "type": "invalid_request_error"}, count=1)
    report = told(two, give_up=True)
    assert (report.out_count, report.pending_count, deleted(two)) == (4, 6, 1)
    assert "does not tell of msgbatch_" in report.degradations[0].note
    assert told(two).out_count == 6


def test_two_days_of_a_key_of_another_workspace_give_nothing_up(sent: Asking) -> None:
    sent.emulator.advance(72 * 3600)
    refuse(sent, GONE)
    with pytest.raises(ProviderRefused, match="is the key of the same workspace"):
        sent.ask("canonicalize", texts())
    refuse(sent)
    assert answered_once(sent)


def test_what_is_gone_is_asked_again_on_the_operators_word_and_stays_reserved_while_it_may_come_back(
    sent: Asking,
) -> None:
    client = anthropic.Anthropic(api_key="k", base_url=sent.emulator.url)
    client.messages.batches.delete(client.messages.batches.list().data[0].id)
    client.close()
    with pytest.raises(ProviderRefused, match="it has no msgbatch_"):
        told(sent)
    worst = spent(sent, is_actual=False)
    report = told(sent, give_up=True)
    assert "is gone at the provider" in report.degradations[0].note
    assert (report.details["given_up"], report.pending_count) == (6, 0)
    assert spent(sent, is_actual=False) == worst > 0
    assert {a.status for a in sent.ask("canonicalize", texts(), wait_s=3600)} == {"done"}
    assert len(sent.emulator.bill()) == 12
    assert spent(sent, is_actual=False) == worst
    sent.emulator.advance(30 * 24 * 3600)
    told(sent)
    assert outcomes(sent) == [("lost", 6), ("ok", 6)]
    assert (spent(sent, is_actual=False), spent(sent) > sent.emulator.total_usd()) == (0, True)
    assert told(sent).degradations == ()


def test_one_batch_that_is_gone_holds_nothing_up_where_another_is_seen(two: Asking) -> None:
    refuse(two, GONE, count=1)
    report = told(two)
    assert (report.out_count, report.pending_count) == (4, 6)
    assert "it has no msgbatch_" in report.degradations[0].note


def test_one_batch_that_is_gone_is_asked_again_after_two_days_where_another_is_seen(two: Asking) -> None:
    two.emulator.advance(50 * 3600)
    refuse(two, GONE, count=1)
    report = told(two)
    assert (report.out_count, report.pending_count, report.details["given_up"], deleted(two)) == (4, 0, 6, 1)
    refuse(two)
    assert told(two).out_count == 6, "it was there all the same"
    assert {a.status for a in two.ask("canonicalize", texts())} == {"done"}
    assert len(two.emulator.bill()) == 10
    assert books_are_the_bill(two)


@pytest.mark.parametrize("look", ["collect", "night"])
def test_a_given_up_batch_that_turns_up_before_its_requests_were_sent_anew_is_filed(
    sent: Asking, look: str
) -> None:
    refuse(sent, GONE)
    told(sent, give_up=True)
    told(sent)  # still gone
    assert deleted(sent) == 0
    refuse(sent)
    if look == "collect":
        assert told(sent).out_count == 6
    assert answered_once(sent)
    assert books_are_the_bill(sent)


@pytest.mark.slow
def test_one_that_is_still_under_way_is_waited_for_again(asking: Asking) -> None:
    asking.emulator.faults({"do": "duration", "seconds": 3000})
    asking.ask("canonicalize", texts())
    refuse(asking, GONE)
    told(asking, give_up=True)
    refuse(asking)
    assert told(asking).pending_count == 6
    assert answered_once(asking)
    assert books_are_the_bill(asking)


@pytest.mark.parametrize("is_under_way", [False, True])
def test_one_that_turns_up_after_its_requests_were_sent_anew_is_booked_and_changes_no_answer(
    asking: Asking, is_under_way: bool
) -> None:
    asking.emulator.faults({"do": "duration", "seconds": 20_000 if is_under_way else 5, "count": 1})
    asking.ask("canonicalize", texts())
    asking.emulator.advance(10)
    refuse(asking, GONE)
    told(asking, give_up=True)
    first = asking.emulator.state()["batches"][0]["id"]
    gone = {"do": "status", "match": {"endpoint": "batches.retrieve"}, **GONE}
    asking.emulator.faults({**gone, "count": 1})  # the night's first look: then it sends anew
    assert {a.status for a in asking.ask("canonicalize", texts())} == {"pending"}
    asking.emulator.faults()
    answers = asking.ask("canonicalize", texts(), wait_s=600)
    assert {a.status for a in answers} == {"done"}
    told(asking)
    asking.emulator.advance(30_000)
    told(asking)
    assert len(asking.emulator.bill()) == (6 if is_under_way else 12), "one under way is cancelled"
    assert asking.store.value("select state from llm.intent_state where batch_id = ?", [first]) == "filed"
    assert books_are_the_bill(asking)
    assert [a.value for a in asking.ask("canonicalize", texts())] == [a.value for a in answers]


def test_results_that_cannot_be_fetched_are_waited_for_even_after_two_days(sent: Asking) -> None:
    sent.emulator.advance(72 * 3600)
    refuse(sent, {"status": 500, "type": "api_error"}, endpoint="batches.results")
    assert (told(sent).pending_count, deleted(sent)) == (6, 0)
    refuse(sent)
    assert answered_once(sent)
    assert books_are_the_bill(sent)


def test_a_batch_in_doubt_whose_results_are_refused_is_not_taken_for_a_strangers(asking: Asking) -> None:
    asking.emulator.faults(
        {"do": "drop", "when": "after", "match": {"endpoint": "batches.create"}, "count": 1}
    )
    asking.ask("canonicalize", texts())
    asking.emulator.advance(4000)  # ended, and the time of grace is over
    refuse(asking, {"status": 400, "type": "invalid_request_error"}, endpoint="batches.results")
    with pytest.raises(ProviderRefused):
        told(asking)
    refuse(asking)
    assert answered_once(asking)


def test_a_batch_that_cannot_be_deleted_is_tried_again(sent: Asking) -> None:
    refuse(sent, {"status": 400, "type": "invalid_request_error"}, endpoint="batches.delete")
    assert "cannot be deleted" in told(sent).degradations[0].note
    refuse(sent)
    told(sent)
    assert all(batch["is_deleted"] for batch in sent.emulator.state()["batches"])


BUSY = [
    {"do": "server_error"}, {"do": "overloaded"}, {"do": "rate_limit"}, {"do": "drop"}, {"do": "garbled", "as": "page"},
]  # fmt: skip


@pytest.mark.parametrize("fault", BUSY, ids=lambda f: f["do"])
def test_what_is_out_is_counted_while_the_provider_is_busy(sent: Asking, fault: Mapping[str, Any]) -> None:
    sent.emulator.faults({**fault, "match": {"endpoint": "batches.retrieve"}})
    report = told(sent)
    assert (report.out_count, report.pending_count, len(report.degradations)) == (0, 6, 1)
