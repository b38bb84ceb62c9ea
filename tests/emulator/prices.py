"""What the emulated providers charge: its own table and its own arithmetic, on purpose not the pipeline's.

Money is counted in whole picodollars (1e-12 USD), so that half of a cache price is still exact.
Prices are the vendors' tables as the project's research has them (USD per million tokens, November 2026).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

PICO = 10**12


@dataclass(frozen=True)
class Tokens:
    """Tokens of one call by price class; `input` excludes cached ones, `output` includes thinking."""

    input: int = 0
    cache_read: int = 0
    write_5m: int = 0
    write_1h: int = 0
    output: int = 0
    thinking: int = 0

    @property
    def prompt(self) -> int:
        return self.input + self.cache_read + self.write_5m + self.write_1h


@dataclass(frozen=True)
class Price:
    """USD per million tokens as text; `long_over` tokens of prompt cost `long_factor` times as much."""

    input: str
    output: str
    cache_read: str
    write_5m: str = "0"
    write_1h: str = "0"
    min_cacheable: int = 64
    long_over: int | None = None
    long_factor: int = 1
    peak_factor: int = 1


HAIKU_4_5 = Price("1", "5", "0.1", "1.25", "2", min_cacheable=4096)
HAIKU_5_5 = Price("0.1", "0.5", "0.01", "0.125", "0.2", min_cacheable=512, long_over=100_000, long_factor=5)
FLASH = Price("0.15", "0.6", "0.003", peak_factor=2)
V4_PRO = Price("0.66", "1.98", "0.022", peak_factor=2)
V3_2 = Price("0.28", "0.42", "0.028")
FREE = Price("0", "0", "0")

ANTHROPIC = {
    "claude-haiku-5-5": HAIKU_5_5,
    "claude-haiku-4-5": HAIKU_4_5,
    "claude-haiku-4-5-20251001": HAIKU_4_5,
}
DEEPSEEK = {"deepseek-flash": FLASH, "deepseek-v4-flash": FLASH, "deepseek-v4-pro": V4_PRO}
# Hosts of open weights set their own prices; these are the public ones of November 2026.
HOSTED = {
    "deepseek-ai/DeepSeek-V3.2": V3_2,
    "zai-org/GLM-4.7": Price("0.6", "2.2", "0.11"),
    "zai-org/GLM-5.3-Flash": Price("0.15", "0.5", "0.03"),
    "moonshotai/Kimi-K2.5": Price("0.6", "3", "0.1"),
    "XiaomiMiMo/MiMo-V2-Flash": Price("0.1", "0.3", "0.01"),
    "meta-llama/Llama-4-Scout-17B-16E-Instruct": Price("0.1", "0.3", "0.1"),
}


def is_peak(at: datetime) -> bool:
    """DeepSeek's peak: Monday to Friday 01-04 and 06-10 UTC (Chinese holidays are not modelled)."""
    at = at.astimezone(UTC)
    return at.weekday() < 5 and (1 <= at.hour < 4 or 6 <= at.hour < 10)


def charge(tokens: Tokens, price: Price, *, at: datetime, is_batch: bool) -> int:
    """Picodollars for one call."""
    parts = (
        (tokens.input, price.input),
        (tokens.cache_read, price.cache_read),
        (tokens.write_5m, price.write_5m),
        (tokens.write_1h, price.write_1h),
        (tokens.output, price.output),
    )
    total = sum(count * _pico_per_token(rate) for count, rate in parts)
    if price.long_over is not None and tokens.prompt > price.long_over:
        total *= price.long_factor
    if price.peak_factor > 1 and is_peak(at):
        total *= price.peak_factor
    return total // 2 if is_batch else total


def usd(pico: int) -> str:
    """Exact dollars as decimal text."""
    return format(Decimal(pico).scaleb(-12), "f")


def _pico_per_token(usd_per_million: str) -> int:
    return int(Decimal(usd_per_million).scaleb(6))
