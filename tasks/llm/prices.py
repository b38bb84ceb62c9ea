"""What a call costs: genai-prices per request (a month's total would fall into a dearer tier), own entries for what
it lacks. An unknown price is an error, never zero.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from typing import Any

from tasks.errors import Misconfigured
from tasks.llm.catalogue import Catalogue, Model
from tasks.llm.types import Usage

_TIER_TOKENS = 100_000  # prompts up to here are priced by the memo; longer ones one by one (tiers)
_PROBE = 1_000  # tokens a unit price is measured with
_MILLION = Decimal(1_000_000)


_Units = tuple[Decimal, Decimal, Decimal, Decimal]  # USD per token: fresh, cached, written to a cache, output


class Prices:
    """Prices of a catalogue. `at` is when the call was made; hours matter to providers with a peak."""

    def __init__(self, catalogue: Catalogue):
        self._catalogue = catalogue
        self._units: dict[tuple[str, bool, datetime], _Units] = {}
        self._most: dict[tuple[str, bool, datetime], _Units] = {}

    def source(self, model: str) -> str:
        """Where the price of a model is from, with its version."""
        price = self._catalogue.of(model).price
        if price in ("free", "own"):
            return "free" if price == "free" else f"models.toml {self._catalogue.version}"
        return f"genai-prices {_genai_version()}"

    def usd(self, model: str, usage: Usage, *, at: datetime, is_batch: bool) -> float:
        """Dollars of one call.

        Raises:
            Misconfigured: nobody knows the model's price.
        """
        entry = self._catalogue.of(model)
        if entry.price == "free":
            return 0.0
        if usage.input + usage.cached + usage.cache_write > _TIER_TOKENS:
            return float(_one(model, entry, usage, _billed_hour(entry, at), is_batch))
        fresh, cached, written, output = self._unit(model, at, is_batch)
        return float(
            usage.input * fresh + usage.cached * cached + usage.cache_write * written + usage.output * output
        )

    def likely_and_worst(
        self, model: str, likely: Usage, worst: Usage, *, at: datetime, is_batch: bool
    ) -> tuple[float, float]:
        """Dollars of a call about to be made: as it will probably be, and at most.

        At most: all of its input written to a cache, at the dearest hour of the day, for it may be made hours from now.
        """
        probable = self.usd(model, likely, at=at, is_batch=is_batch)
        if worst.input > _TIER_TOKENS or self._catalogue.of(model).price == "free":
            return probable, self.usd(model, worst, at=at, is_batch=is_batch)
        fresh, _, written, output = self._dearest(model, at, is_batch)
        return probable, float(worst.input * max(fresh, written) + worst.output * output)

    def _dearest(self, model: str, at: datetime, is_batch: bool) -> _Units:
        """The highest unit prices within a day."""
        key = (model, is_batch, at)
        if key not in self._most:
            day = [self._unit(model, at + timedelta(hours=ahead), is_batch) for ahead in range(24)]
            a, b, c, d = (max(prices) for prices in zip(*day, strict=True))
            self._most[key] = a, b, c, d
        return self._most[key]

    def _unit(self, model: str, at: datetime, is_batch: bool) -> _Units:
        found = self._units.get((model, is_batch, at))
        if found is None:
            entry = self._catalogue.of(model)
            key = (model, is_batch, _billed_hour(entry, at))
            found = self._units.get(key) or _unit_prices(model, entry, key[2], is_batch)
            self._units[key] = self._units[model, is_batch, at] = found
        return found

    def cheaper_at(self, model: str, at: datetime) -> datetime | None:
        """The next hour at which a call costs less than now; None when now is as cheap as it gets in a day."""
        probe = Usage(input=_PROBE, output=_PROBE)
        now = self.usd(model, probe, at=at, is_batch=False)
        hour = at.replace(minute=0, second=0, microsecond=0)
        for ahead in range(1, 25):
            later = hour + timedelta(hours=ahead)
            if self.usd(model, probe, at=later, is_batch=False) < now:
                return later
        return None


def _billed_hour(entry: Model, at: datetime) -> datetime:
    """The instant prices are looked up at. DeepSeek's peak is Monday to Friday, which genai-prices does not know."""
    if entry.offpeak_weekends and at.weekday() >= 5:
        at = at.replace(hour=12)
    return at.replace(minute=at.minute - at.minute % 30, second=0, microsecond=0)


def _unit_prices(model: str, entry: Model, at: datetime, is_batch: bool) -> _Units:
    probes = (Usage(input=_PROBE), Usage(cached=_PROBE), Usage(cache_write=_PROBE), Usage(output=_PROBE))
    a, b, c, d = (_one(model, entry, probe, at, is_batch) / _PROBE for probe in probes)
    return a, b, c, d


def _one(model: str, entry: Model, usage: Usage, at: datetime, is_batch: bool) -> Decimal:
    if entry.price == "own":
        return _own(model, entry, usage, at)
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    provider, _, reference = entry.price.partition(":")
    context: dict[str, Any] = {"processing": "batch"} if is_batch else {}
    tokens = Tokens(
        input_tokens=usage.input + usage.cached + usage.cache_write,
        cache_read_tokens=usage.cached,
        cache_write_tokens=usage.cache_write,
        output_tokens=usage.output,
    )
    try:
        found = calc_price(
            tokens, reference, provider_id=provider, genai_request_timestamp=at, price_context=context or None
        )
    except LookupError as error:
        raise Misconfigured(
            f'nobody knows the price of {model} ({entry.price}): give it `price = "own"` and a price_entry in models.toml'
        ) from error
    return found.total_price


def _own(model: str, entry: Model, usage: Usage, at: datetime) -> Decimal:
    valid = [price for price in entry.price_entry if price.since <= at.date()]
    if not valid:
        raise Misconfigured(
            f"{model} has no price_entry for {at.date()}: add one in models.toml; unknown is not free"
        )
    price = max(valid, key=lambda p: p.since)
    cached = price.input if price.cached is None else price.cached
    written = price.input if price.cache_write is None else price.cache_write
    parts = (
        (usage.input, price.input),
        (usage.cached, cached),
        (usage.cache_write, written),
        (usage.output, price.output),
    )
    return sum((n * Decimal(str(usd)) for n, usd in parts), Decimal(0)) / _MILLION


@cache
def _genai_version() -> str:
    return version("genai-prices")
