"""The emulator, driven through the vendors' own SDKs and read with their own response types."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic.types import Message
from anthropic.types.messages import MessageBatch

from tests.emulator.asks import ASK, finish, read, rows
from tests.emulator.handle import Emulator


@pytest.fixture
def claude(emulator: Emulator) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key="any", base_url=emulator.url, max_retries=0) as client:
        yield client


class TestMessages:
    def test_an_answer_fits_the_schema_and_the_sdks_own_type(self, claude: anthropic.Anthropic) -> None:
        reply = claude.messages.create(**ASK)
        Message.model_validate(reply.to_dict(mode="json"))
        assert json.loads(reply.content[0].text) == {"position": "support", "places": []}
        assert reply.stop_reason == "end_turn"

    def test_both_ways_of_sending_a_key_are_taken_and_none_is_not(self, emulator: Emulator) -> None:
        body = json.dumps(ASK)
        for headers, status in (({"x-api-key": "k"}, 200), ({"authorization": "Bearer k"}, 200), ({}, 401)):
            headers = {"anthropic-version": "2023-06-01", **headers}
            assert (
                httpx2.post(f"{emulator.url}/v1/messages", content=body, headers=headers).status_code
                == status
            )

    def test_thinking_is_on_by_default_on_haiku_5_5_and_is_charged(
        self, claude: anthropic.Anthropic, emulator: Emulator
    ) -> None:
        quiet = claude.messages.create(**ASK)
        loud = claude.messages.create(**{k: v for k, v in ASK.items() if k != "thinking"})
        assert [block.type for block in loud.content] == ["thinking", "text"]
        assert loud.usage.output_tokens_details is not None
        assert loud.usage.output_tokens_details.thinking_tokens == 300
        assert loud.usage.output_tokens == quiet.usage.output_tokens + 300
        assert [charge["thinking"] for charge in emulator.bill()] == [0, 300]

    def test_thinking_can_eat_the_whole_cap(self, claude: anthropic.Anthropic) -> None:
        reply = claude.messages.create(**{**ASK, "thinking": {"type": "adaptive"}, "max_tokens": 100})
        assert reply.stop_reason == "max_tokens"
        assert [block.type for block in reply.content] == ["thinking"]
        assert reply.usage.output_tokens == 100

    @pytest.mark.parametrize(
        "changes",
        [
            {"thinking": {"type": "enabled", "budget_tokens": 2000}},
            {"output_config": {"effort": "max"}},
            {"max_tokens": -1},
            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "{"}]},
            {
                "output_config": {
                    "format": {"type": "json_schema", "schema": {"type": "object", "properties": {}}}
                }
            },
            {"extra_body": {"temperature": 0}},
            {"extra_body": {"surprise": 1}},
        ],
    )
    def test_what_haiku_5_5_no_longer_takes_is_a_400_and_costs_nothing(
        self, claude: anthropic.Anthropic, emulator: Emulator, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(anthropic.BadRequestError):
            claude.messages.create(**{**ASK, **changes})
        assert emulator.bill() == []

    def test_an_unknown_model_is_not_found(self, claude: anthropic.Anthropic) -> None:
        with pytest.raises(anthropic.NotFoundError):
            claude.messages.create(**{**ASK, "model": "claude-haiku-9"})

    def test_tokens_are_counted_alike_by_both_endpoints(self, claude: anthropic.Anthropic) -> None:
        ask = {k: v for k, v in ASK.items() if k != "max_tokens"}
        counted = claude.messages.count_tokens(**ask).input_tokens
        assert counted == claude.messages.create(**ASK).usage.input_tokens

    def test_a_long_marked_prefix_is_written_once_and_read_after(
        self, claude: anthropic.Anthropic, emulator: Emulator
    ) -> None:
        system = [{"type": "text", "text": "rule " * 600, "cache_control": {"type": "ephemeral"}}]
        first, second = (claude.messages.create(**{**ASK, "system": system}).usage for _ in range(2))
        assert (first.cache_creation_input_tokens, first.cache_read_input_tokens) == (750, 0)
        assert (second.cache_creation_input_tokens, second.cache_read_input_tokens) == (0, 750)
        emulator.advance(301)
        assert claude.messages.create(**{**ASK, "system": system}).usage.cache_read_input_tokens == 0

    def test_a_prefix_below_the_minimum_is_not_cached(self, claude: anthropic.Anthropic) -> None:
        system = [{"type": "text", "text": "rule " * 100, "cache_control": {"type": "ephemeral"}}]
        assert claude.messages.create(**{**ASK, "system": system}).usage.cache_creation_input_tokens == 0


class TestBatches:
    def test_a_batch_is_processed_by_the_clock_and_answers_every_row_once(
        self, claude: anthropic.Anthropic, emulator: Emulator
    ) -> None:
        batch = claude.messages.batches.create(requests=rows(20))
        assert (batch.processing_status, batch.request_counts.processing, batch.results_url) == (
            "in_progress",
            20,
            None,
        )
        ended = finish(claude, emulator, 20)
        MessageBatch.model_validate(ended.to_dict(mode="json"))
        assert (ended.processing_status, ended.request_counts.succeeded) == ("ended", 20)
        found = [row.custom_id for row in read(claude, ended)]
        assert sorted(found) == sorted(f"row-{i}" for i in range(20))
        assert found != [f"row-{i}" for i in range(20)], "results come in any order but that of the requests"

    def test_rows_are_charged_half_price_and_marked_as_batch(
        self, claude: anthropic.Anthropic, emulator: Emulator
    ) -> None:
        live = claude.messages.create(**ASK)
        row = read(claude, finish(claude, emulator, 1))[0]
        assert row.result.type == "succeeded" and row.result.message.usage.service_tier == "batch"
        assert row.result.message.usage.input_tokens == live.usage.input_tokens
        full, half = (Decimal(charge["usd"]) for charge in emulator.bill())
        assert half * 2 == full
        assert (
            full
            == (live.usage.input_tokens * Decimal("0.1") + live.usage.output_tokens * Decimal("0.5")) / 10**6
        )

    @pytest.mark.parametrize("custom_id", ["", "a" * 65, "with space", "نام"])
    def test_a_bad_custom_id_is_refused_at_once(self, claude: anthropic.Anthropic, custom_id: str) -> None:
        with pytest.raises(anthropic.BadRequestError, match="custom_id"):
            claude.messages.batches.create(requests=[{"custom_id": custom_id, "params": ASK}])  # type: ignore[typeddict-item]

    def test_a_double_custom_id_and_an_unknown_property_are_refused_at_once(
        self, claude: anthropic.Anthropic, emulator: Emulator
    ) -> None:
        with pytest.raises(anthropic.BadRequestError, match="duplicate"):
            claude.messages.batches.create(requests=rows(2) + rows(1))
        with pytest.raises(anthropic.BadRequestError, match="Extra inputs"):
            claude.messages.batches.create(requests=rows(1), extra_body={"metadata": {}})
        assert emulator.state()["batches"] == []

    def test_more_than_a_hundred_thousand_requests_are_too_many(self, emulator: Emulator) -> None:
        row = b'{"custom_id":"%d","params":{}}'
        body = b'{"requests":[' + b",".join(row % n for n in range(100_001)) + b"]}"
        headers = {"x-api-key": "k", "anthropic-version": "2026-10-21"}
        reply = httpx2.post(f"{emulator.url}/v1/messages/batches", content=body, headers=headers, timeout=60)
        assert reply.status_code == 413
        assert emulator.state()["batches"] == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"stream": True},
            {"temperature": 0},
            {"surprise": 1},
            {"output_config": {"format": {"type": "json"}}},
        ],
    )
    def test_bad_parameters_surface_only_when_the_batch_has_ended(
        self, claude: anthropic.Anthropic, emulator: Emulator, changes: dict[str, Any]
    ) -> None:
        ended = finish(claude, emulator, 1, **changes)
        assert ended.request_counts.errored == 1
        result = read(claude, ended)[0].result
        assert result.type == "errored" and result.error.error.type == "invalid_request_error"
        assert emulator.bill() == []

    def test_the_list_is_newest_first_and_pages_both_ways(self, claude: anthropic.Anthropic) -> None:
        made = [claude.messages.batches.create(requests=rows(1)).id for _ in range(5)]
        assert [batch.id for batch in claude.messages.batches.list(limit=2)] == made[::-1]
        page = claude.messages.batches.list(limit=2, before_id=made[1])
        assert ([batch.id for batch in page.data], page.has_more) == ([made[3], made[2]], True)

    def test_a_batch_of_one_workspace_is_not_seen_in_another(self, claude: anthropic.Anthropic) -> None:
        batch = claude.messages.batches.create(requests=rows(1), workspace_id="wrkspc_a")
        with pytest.raises(anthropic.NotFoundError):
            claude.messages.batches.retrieve(batch.id, workspace_id="wrkspc_b")
        assert claude.messages.batches.retrieve(batch.id, workspace_id="wrkspc_a").id == batch.id

    def test_what_is_canceled_in_time_is_not_charged(
        self, claude: anthropic.Anthropic, emulator: Emulator
    ) -> None:
        batch = claude.messages.batches.create(requests=rows(4))
        assert claude.messages.batches.cancel(batch.id).processing_status == "canceling"
        ended = claude.messages.batches.retrieve(batch.id)
        assert (ended.processing_status, ended.request_counts.canceled) == ("ended", 4)
        assert {row.result.type for row in read(claude, ended)} == {"canceled"}
        assert emulator.bill() == []

    def test_rows_done_before_the_cancellation_are_charged(
        self, claude: anthropic.Anthropic, emulator: Emulator
    ) -> None:
        emulator.faults({"do": "cancel_race", "share": 0.5})
        batch = claude.messages.batches.create(requests=rows(40))
        claude.messages.batches.cancel(batch.id)
        counts = claude.messages.batches.retrieve(batch.id).request_counts
        assert 5 < counts.succeeded < 35 and counts.succeeded + counts.canceled == 40
        assert len(emulator.bill()) == counts.succeeded

    def test_a_batch_that_is_not_done_in_a_day_expires(
        self, claude: anthropic.Anthropic, emulator: Emulator
    ) -> None:
        emulator.faults({"do": "duration", "seconds": 90_000})
        batch = claude.messages.batches.create(requests=rows(2))
        emulator.advance(86_399)
        assert claude.messages.batches.retrieve(batch.id).processing_status == "in_progress"
        emulator.advance(1)
        assert claude.messages.batches.retrieve(batch.id).request_counts.expired == 2
        assert emulator.bill() == []

    def test_results_are_gone_29_days_after_creation_and_the_batch_stays_listed(
        self, claude: anthropic.Anthropic, emulator: Emulator
    ) -> None:
        ended = finish(claude, emulator)
        emulator.advance(29 * 86_400)
        assert claude.messages.batches.retrieve(ended.id).archived_at is not None
        with pytest.raises(anthropic.AnthropicError, match="results_url"):
            claude.messages.batches.results(ended.id)
        assert [batch.id for batch in claude.messages.batches.list()] == [ended.id]

    def test_deleting_takes_an_ended_batch_only(
        self, claude: anthropic.Anthropic, emulator: Emulator
    ) -> None:
        batch = claude.messages.batches.create(requests=rows(1))
        with pytest.raises(anthropic.BadRequestError):
            claude.messages.batches.delete(batch.id)
        emulator.advance(10)
        claude.messages.batches.retrieve(batch.id)
        assert claude.messages.batches.delete(batch.id).type == "message_batch_deleted"
        with pytest.raises(anthropic.NotFoundError):
            claude.messages.batches.retrieve(batch.id)
        assert len(emulator.bill()) == 1, "the bill remembers"
