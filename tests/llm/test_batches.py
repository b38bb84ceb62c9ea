"""The life of a batch against the emulator: whatever is lost, cut or refused, each answer is paid for once."""

from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from tasks.errors import ProviderRefused
from tasks.llm import Answer, Ask, collect, complete, open_batches
from tasks.llm.outside import Outside
from tasks.run import Run
from tasks.settings import Settings
from tasks.store import Store
from tests.cases import thinned
from tests.emulator.plugin import Emulator

TEXTS = (
    "آب روستای ما سه روز است قطع شده",
    "اینترنت را فیلتر نکنید",
    "سلام خسته نباشید",
    "کرایه خانه در تهران خیلی زیاد شده",
    "نان گران شده است",
    "بیمارستان شهر ما دکتر ندارد",
)


def some_asks(count: int = 12) -> list[Ask]:
    return [Ask(f"t{i}", {"text": f"{TEXTS[i % 6]} {i}", "language": "fa"}) for i in range(count)]


class Night:
    """One store, one emulator, one clock."""

    def __init__(self, emulator: Emulator, store: Store, settings: Settings, run: Run, outside: Outside):
        self.emulator, self.store, self.settings, self.run, self.outside = (
            emulator,
            store,
            settings,
            run,
            outside,
        )

    def ask(self, asks: list[Ask], *, wait_s: float = 0.0) -> list[Answer]:
        return complete(
            self.store,
            "canonicalize",
            asks,
            run=self.run,
            settings=self.settings,
            wait_s=wait_s,
            outside=self.outside,
        )

    def ledger_usd(self) -> Decimal:
        rows = self.store.rows("select cost_usd from llm.spend where is_actual")
        return sum((Decimal(repr(row[0])) for row in rows), Decimal(0))

    def bill_equals_ledger(self) -> bool:
        return abs(self.ledger_usd() - self.emulator.total_usd()) < Decimal("1e-12")

    def charged(self) -> Counter[str]:
        """How often each request key (its 24 letters) was charged."""
        return Counter(row["custom_id"].rsplit("-", 1)[1] for row in self.emulator.bill() if row["custom_id"])


@pytest.fixture
def night(
    emulator: Emulator,
    store: Store,
    settings: Callable[..., Settings],
    run: Callable[..., Run],
    outside: Outside,
) -> Night:
    return Night(emulator, store, settings(emulator), run(at=outside.now()), outside)


def test_a_batch_is_pending_until_it_has_ended_and_then_every_answer_is_there(night: Night) -> None:
    asks = some_asks()
    assert {a.status for a in night.ask(asks)} == {"pending"}
    assert [i.request_count for i in open_batches(night.store)] == [12]
    assert {a.status for a in night.ask(asks, wait_s=600)} == {"done"}
    assert night.bill_equals_ledger()
    assert open_batches(night.store) == []


def test_an_ask_answered_before_is_answered_from_the_ledger_without_a_call(night: Night) -> None:
    asks = some_asks()
    first = night.ask(asks, wait_s=600)
    calls = len(night.emulator.journal())
    again = night.ask(asks, wait_s=600)
    assert again == first
    assert len(night.emulator.journal()) == calls


def test_the_same_text_asked_twice_in_one_call_is_sent_once(night: Night) -> None:
    asks = [*some_asks(3), *(Ask(f"other-{a.subject_id}", a.inputs) for a in some_asks(3))]
    answers = night.ask(asks, wait_s=600)
    assert len(night.emulator.bill()) == 3
    assert [a.value for a in answers[:3]] == [a.value for a in answers[3:]]


DOUBTS: dict[str, list[Mapping[str, Any]]] = {
    "connection dropped after acceptance": [
        {"do": "drop", "when": "after", "match": {"endpoint": "batches.create"}, "count": 1}
    ],
    "connection dropped before acceptance": [
        {"do": "drop", "match": {"endpoint": "batches.create"}, "count": 1}
    ],
    "529 after acceptance": [
        {"do": "overloaded", "when": "after", "match": {"endpoint": "batches.create"}, "count": 1}
    ],
    "529 before acceptance": [{"do": "overloaded", "match": {"endpoint": "batches.create"}, "count": 1}],
    "500 before acceptance": [{"do": "server_error", "match": {"endpoint": "batches.create"}, "count": 1}],
    "504 after acceptance": [
        {"do": "gateway_timeout", "when": "after", "match": {"endpoint": "batches.create"}, "count": 1}
    ],
    "429 with retry-after": [
        {"do": "rate_limit", "retry_after": 7, "match": {"endpoint": "batches.create"}, "count": 1}
    ],
    "429 without retry-after": [{"do": "rate_limit", "match": {"endpoint": "batches.create"}, "count": 2}],
    "listing fails once": [
        {"do": "drop", "when": "after", "match": {"endpoint": "batches.create"}, "count": 1},
        {"do": "server_error", "match": {"endpoint": "batches.list"}, "count": 1},
    ],
    "polling fails": [{"do": "overloaded", "match": {"endpoint": "batches.retrieve"}, "count": 2}],
    "results cut, chunked": [{"do": "cut", "after_lines": 3, "framing": "chunked", "count": 1}],
    "results cut, connection: close": [{"do": "cut", "after_lines": 3, "framing": "close", "count": 1}],
    "results cut in a line": [
        {"do": "cut", "after_lines": 3, "extra_bytes": 40, "framing": "close", "count": 1}
    ],
    "results with a line twice": [{"do": "duplicate", "n": 1, "count": 1}],
    "results with a line missing": [{"do": "missing", "n": 1, "count": 1}],
    "results with a foreign line": [{"do": "foreign", "n": 1, "count": 1}],
    "results with a garbled line": [{"do": "garble", "n": 1, "count": 1}],
    "errored rows": [{"do": "errored", "count": 3}],
    "overloaded rows": [{"do": "errored", "error_type": "overloaded_error", "count": 3}],
    "expired rows": [{"do": "expired", "count": 3}],
    "canceled rows": [{"do": "canceled", "count": 3}],
    "deletion fails": [{"do": "server_error", "match": {"endpoint": "batches.delete"}, "count": 1}],
}


@pytest.mark.parametrize("faults", thinned(DOUBTS.values(), every=4), ids=DOUBTS.keys())
def test_whatever_happens_on_the_way_every_answer_arrives_and_is_charged_once(
    night: Night, faults: list[Mapping[str, Any]]
) -> None:
    asks = some_asks()
    night.emulator.faults(*faults)
    answers = night.ask(asks, wait_s=1200)
    assert all(rule["fired"] for rule in night.emulator.fired())
    assert {a.status for a in answers} == {"done"}
    assert set(night.charged().values()) == {1}
    assert len(night.charged()) == 12
    assert night.bill_equals_ledger()


def test_a_batch_that_expires_after_24_hours_is_sent_again_and_only_the_rest_of_it(night: Night) -> None:
    asks = some_asks()
    night.emulator.faults({"do": "duration", "seconds": 90_000, "share": 0.5, "count": 1})
    assert {a.status for a in night.ask(asks, wait_s=60)} == {"pending"}
    night.emulator.advance(86_500)
    assert {a.status for a in night.ask(asks, wait_s=1200)} == {"done"}
    assert set(night.charged().values()) == {1}
    assert night.bill_equals_ledger()


def test_a_twin_is_cancelled_and_what_it_was_charged_is_in_the_ledger(night: Night) -> None:
    import anthropic

    asks = some_asks(4)
    night.emulator.faults(
        {"do": "drop", "when": "after", "match": {"endpoint": "batches.create"}, "count": 1}
    )
    night.ask(asks)
    bodies = [b for b in night.emulator.bodies() if b["endpoint"] == "batches"]
    requests = [{"custom_id": b["custom_id"], "params": b["params"]} for b in bodies]
    client = anthropic.Anthropic(api_key="k", base_url=night.emulator.url)
    client.messages.batches.create(requests=requests)  # what a retry by some proxy would do
    client.close()
    answers = night.ask(asks, wait_s=1200)
    assert {a.status for a in answers} == {"done"}
    collect(night.store, run=night.run, settings=night.settings, outside=night.outside)
    assert night.store.value("select count(*) from llm.handle where how = 'twin'") == 1
    assert night.bill_equals_ledger()


SHUT: dict[str, Mapping[str, Any]] = {
    "low balance": {"do": "low_balance"},
    "a spend limit of one's own (400)": {"do": "spend_limit"},
    "the tier's cap (429)": {"do": "tier_cap"},
    "a wrong key": {"do": "unauthorized"},
}


@pytest.mark.parametrize("fault", SHUT.values(), ids=SHUT.keys())
def test_when_only_a_person_can_help_the_step_stops_and_resumes_later(
    night: Night, fault: Mapping[str, Any]
) -> None:
    asks = some_asks(5)
    night.emulator.faults({**fault, "match": {"endpoint": "batches.create"}})
    with pytest.raises(ProviderRefused, match="5 requests were not sent"):
        night.ask(asks)
    assert night.emulator.bill() == []
    night.emulator.faults()
    assert {a.status for a in night.ask(asks, wait_s=600)} == {"done"}
    assert night.bill_equals_ledger()


def test_rows_that_failed_for_want_of_balance_pause_everything_and_are_not_dead_letters(night: Night) -> None:
    asks = some_asks(5)
    message = "Your credit balance is too low to access the Anthropic API"
    rule = {"do": "errored", "error_type": "invalid_request_error", "message": message}
    night.emulator.faults(rule)
    with pytest.raises(ProviderRefused):
        night.ask(asks, wait_s=600)
    night.emulator.faults()
    assert {a.status for a in night.ask(asks, wait_s=600)} == {"done"}


def test_a_refusal_is_not_resent_to_the_same_model_and_goes_to_the_next_of_the_route(night: Night) -> None:
    night.emulator.faults({"do": "refusal", "match": {"model": "claude-haiku-5-5"}})
    answers = night.ask(some_asks(3), wait_s=1200)
    assert {(a.status, a.model) for a in answers} == {("done", "claude-haiku-4-5")}
    assert Counter(row["model"] for row in night.emulator.bill()) == {
        "claude-haiku-5-5": 3,
        "claude-haiku-4-5": 3,
    }
    assert night.bill_equals_ledger()


def test_refused_by_the_whole_route_is_a_dead_letter_and_costs_are_kept(night: Night) -> None:
    night.emulator.faults({"do": "refusal"})
    answers = night.ask(some_asks(2), wait_s=1200)
    assert {a.status for a in answers} == {"dead"}
    assert all(a.reasons for a in answers)
    assert night.bill_equals_ledger()


def test_an_answer_cut_by_max_tokens_is_asked_again_with_twice_the_room(night: Night) -> None:
    night.emulator.faults({"do": "max_tokens", "count": 2})
    assert {a.status for a in night.ask(some_asks(3), wait_s=1200)} == {"done"}
    caps = Counter(b["params"]["max_tokens"] for b in night.emulator.bodies())
    assert caps == {1500: 3, 3000: 2}
    assert night.bill_equals_ledger()


def test_a_wrong_schema_gets_one_repair_turn_and_enum_casing_needs_none(night: Night) -> None:
    night.emulator.faults({"do": "drop_field", "count": 1})
    assert {a.status for a in night.ask(some_asks(3), wait_s=1200)} == {"done"}
    assert len(night.emulator.bill()) == 4
    night.emulator.reset()
    night.emulator.faults({"do": "casing"})
    asks = [Ask(f"c{i}", {"text": f"{TEXTS[i]} دوباره", "language": "fa"}) for i in range(3)]
    assert {a.status for a in night.ask(asks, wait_s=1200)} == {"done"}
    assert len(night.emulator.bill()) == 3


def test_what_the_callers_check_turns_down_is_repaired_once_then_falls_back_then_dies(night: Night) -> None:
    asks = some_asks(2)
    answers = complete(
        night.store, "canonicalize", asks, run=night.run, settings=night.settings, wait_s=1200, outside=night.outside,
        check=lambda ask, value: ["the number is missing"] if ask.subject_id == "t0" else [],
    )  # fmt: skip
    assert [a.status for a in answers] == ["dead", "done"]
    assert answers[0].reasons == ("the number is missing",)
    sent = Counter((b["params"]["model"], len(b["params"]["messages"])) for b in night.emulator.bodies())
    assert sent == {
        ("claude-haiku-5-5", 1): 2, ("claude-haiku-5-5", 3): 1, ("claude-haiku-4-5", 1): 1, ("claude-haiku-4-5", 3): 1,
    }  # fmt: skip
    assert night.bill_equals_ledger()


def test_finished_batches_are_deleted_at_the_provider_once_filed(night: Night) -> None:
    night.ask(some_asks(3), wait_s=600)
    assert all(batch["is_deleted"] for batch in night.emulator.state()["batches"])


def test_collect_files_what_the_night_did_not_wait_for(night: Night) -> None:
    asks = some_asks(4)
    night.ask(asks)
    night.emulator.advance(3600)
    report = collect(night.store, run=night.run, settings=night.settings, outside=night.outside)
    assert (report.out_count, report.pending_count) == (4, 0)
    assert {a.status for a in night.ask(asks)} == {"done"}


def test_a_paid_call_inside_a_transaction_is_refused(night: Night) -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"), night.store.transaction():
        night.ask(some_asks(1))
    assert night.emulator.bill() == []


def test_answers_that_never_come_whole_are_given_up_after_two_days_and_sent_again(night: Night) -> None:
    asks = some_asks(6)
    night.emulator.faults({"do": "missing", "n": 2})
    assert "pending" in {a.status for a in night.ask(asks, wait_s=600)}
    night.emulator.advance(49 * 3600)
    night.emulator.faults({"do": "missing", "n": 2, "count": 3})
    answers = night.ask(asks, wait_s=1200)
    assert {a.status for a in answers} == {"done"}
    lost = night.store.rows("select count(*), min(cost_usd) > 0 from llm.reply where outcome = 'lost'")
    assert lost == [(2, True)]


@pytest.mark.slow
def test_waiting_costs_no_second_look_at_the_asks_until_something_is_new(night: Night) -> None:
    night.emulator.faults({"do": "duration", "seconds": 3000})
    assert {a.status for a in night.ask(some_asks(3), wait_s=7200)} == {"done"}
    polls = [row for row in night.emulator.journal() if row["endpoint"] == "batches.retrieve"]
    assert 50 < len(polls) < 200
