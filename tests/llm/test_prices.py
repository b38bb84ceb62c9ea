"""Prices per request, with batch, cache, tiers and hours; an unknown price refuses."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices import Usage as Tokens
from genai_prices import calc_price
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import Misconfigured
from tasks.llm.catalogue import load_catalogue
from tasks.llm.prices import Prices
from tasks.llm.types import Usage

MONDAY_PEAK = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
PRICES = Prices(load_catalogue())


def test_a_typical_message_costs_what_the_research_measured() -> None:
    usage = Usage(input=1714, output=170)
    assert PRICES.usd("claude-haiku-5-5", usage, at=MONDAY_NOON, is_batch=False) == pytest.approx(
        0.0002564, abs=1e-12
    )
    assert PRICES.usd("claude-haiku-5-5", usage, at=MONDAY_NOON, is_batch=True) == pytest.approx(
        0.0001282, abs=1e-12
    )


@given(
    st.integers(0, 60_000), st.integers(0, 20_000), st.integers(0, 20_000), st.integers(0, 9_000), st.booleans(),
    st.sampled_from(["claude-haiku-5-5", "claude-haiku-4-5"]),
)  # fmt: skip
def test_the_memo_gives_the_very_price_of_the_library(
    fresh: int, cached: int, written: int, output: int, is_batch: bool, model: str
) -> None:
    usage = Usage(input=fresh, cached=cached, cache_write=written, output=output)
    ours = PRICES.usd(model, usage, at=MONDAY_NOON, is_batch=is_batch)
    tokens = Tokens(
        input_tokens=fresh + cached + written,
        cache_read_tokens=cached,
        cache_write_tokens=written,
        output_tokens=output,
    )
    context = {"processing": "batch"} if is_batch else None
    theirs = calc_price(
        tokens, model, provider_id="anthropic", genai_request_timestamp=MONDAY_NOON, price_context=context
    )
    assert abs(Decimal(repr(ours)) - theirs.total_price) < Decimal("1e-12")


def test_a_prompt_over_the_tier_is_priced_by_its_tier() -> None:
    small = PRICES.usd("claude-haiku-5-5", Usage(input=100_000), at=MONDAY_NOON, is_batch=False)
    large = PRICES.usd("claude-haiku-5-5", Usage(input=200_000), at=MONDAY_NOON, is_batch=False)
    assert large > 5 * small


def test_deepseek_costs_twice_as_much_at_peak_and_never_on_a_sunday() -> None:
    usage = Usage(input=1000, output=1000)
    peak = PRICES.usd("deepseek-flash", usage, at=MONDAY_PEAK, is_batch=False)
    off = PRICES.usd("deepseek-flash", usage, at=MONDAY_NOON, is_batch=False)
    assert peak == pytest.approx(2 * off)
    assert PRICES.usd("deepseek-flash", usage, at=SUNDAY, is_batch=False) == pytest.approx(off)


def test_the_next_cheaper_hour_is_known() -> None:
    assert PRICES.cheaper_at("deepseek-flash", MONDAY_PEAK) == datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
    assert PRICES.cheaper_at("deepseek-flash", MONDAY_NOON) is None
    assert PRICES.cheaper_at("claude-haiku-5-5", MONDAY_PEAK) is None


def test_a_model_whose_price_nobody_knows_is_refused(tmp_path: Path) -> None:
    overlay = tmp_path / "models.toml"
    overlay.write_text(
        '[model.dark]\nprovider = "host"\nname = "Dark"\nprice = "openai:dark-matter-9000"\nmodes = ["online"]\n'
        '[model.early]\nprovider = "host"\nname = "Early"\nprice = "own"\nmodes = ["online"]\n'
        "price_entry = [{ from = 2099-01-01, input = 1, output = 1 }]\n"
    )
    prices = Prices(load_catalogue(overlay))
    for model in ("dark", "early"):
        with pytest.raises(Misconfigured, match="price_entry"):
            prices.usd(model, Usage(input=1), at=MONDAY_NOON, is_batch=False)


def test_own_prices_go_by_their_date(tmp_path: Path) -> None:
    overlay = tmp_path / "models.toml"
    overlay.write_text(
        '[model.own]\nprovider = "host"\nname = "Own"\nprice = "own"\nmodes = ["online"]\nprice_entry = ['
        "{ from = 2026-01-01, input = 1, output = 2 }, { from = 2026-06-01, input = 3, cached = 0.3, output = 4 }]\n"
    )
    prices = Prices(load_catalogue(overlay))
    usage = Usage(input=1_000, cached=1_000, output=1_000)
    may = datetime(2026, 5, 1, tzinfo=UTC)
    assert prices.usd("own", usage, at=may, is_batch=False) == pytest.approx(0.004)
    assert prices.usd("own", usage, at=MONDAY_NOON, is_batch=False) == pytest.approx(0.0073)


def test_local_and_offline_models_are_free_and_say_so() -> None:
    assert PRICES.usd("qwen3.5-9b", Usage(input=10**6, output=10**6), at=MONDAY_NOON, is_batch=False) == 0
    assert PRICES.source("qwen3.5-9b") == "free"
    assert PRICES.source("claude-haiku-5-5").startswith("genai-prices ")
