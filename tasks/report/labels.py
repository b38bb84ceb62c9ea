"""Words of the report in both languages, and the filters that write numbers and dates as each language does."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import jdatetime
from markupsafe import Markup

_PERSIAN = str.maketrans("0123456789.,%", "۰۱۲۳۴۵۶۷۸۹٫٬٪")


@cache
def _labels() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("data") / "report_labels.toml").read_text(encoding="utf-8"))


def both(en: str, fa: str) -> Markup:
    """The same thing in both languages; style sheets show one."""
    return Markup('<span class="en" lang="en" dir="ltr">{}</span><span class="fa" lang="fa" dir="rtl">{}</span>').format(en, fa)


def label(key: str, **values: Any) -> Markup:
    """A label in both languages; numbers in the values are written as each language does.

    Raises:
        KeyError: there is no such label.
    """
    entry = _labels()[key]
    en = entry["en"].format(**{k: _english(v) for k, v in values.items()})
    fa = entry["fa"].format(**{k: _farsi(v) for k, v in values.items()})
    return both(en, fa)


def _english(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _farsi(value: Any) -> str:
    if isinstance(value, date):
        return farsi_date(value)
    return _english(value).translate(_PERSIAN) if isinstance(value, int | float) else str(value)


def farsi_date(value: date) -> str:
    """A date of the Persian calendar in Persian digits."""
    return f"{jdatetime.date.fromgregorian(date=value):%Y/%m/%d}".translate(_PERSIAN)


def number(value: float) -> Markup:
    """A count."""
    text = f"{value:,}"
    return both(text, text.translate(_PERSIAN))


def percent(value: float, digits: int = 0) -> Markup:
    """A share."""
    text = f"{value * 100:.{digits}f}%"
    return both(text, text.translate(_PERSIAN))


def day(value: date | datetime | str) -> Markup:
    """A date: Gregorian in English, Persian calendar in Farsi."""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    plain = value.date() if isinstance(value, datetime) else value
    return both(plain.isoformat(), farsi_date(plain))


def pair(row: Any, stem: str) -> Markup:
    """`row[stem_en]` and `row[stem_fa]`; a missing Farsi text shows the English one, marked as such by its language."""
    en, fa = row.get(f"{stem}_en") or "", row.get(f"{stem}_fa")
    if fa:
        return both(en, fa)
    return Markup('<span lang="en" dir="ltr">{}</span>').format(en)


def usd(value: float) -> Markup:
    """Money, always Latin digits, left to right."""
    return Markup('<bdi dir="ltr">${}</bdi>').format(f"{value:,.4f}")


localised: dict[str, Callable[..., Markup]] = {"number": number, "percent": percent, "day": day, "pair": pair, "usd": usd}


