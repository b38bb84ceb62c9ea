"""Words of the report in both languages, and the filters that write numbers, dates and money as each language does.

Every text stands in the page twice and the style sheet shows one. Data that exists in English only is marked as such.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jdatetime
from markupsafe import Markup

if TYPE_CHECKING:
    from tasks.run import StepReport

_PERSIAN = str.maketrans("0123456789.,%", "۰۱۲۳۴۵۶۷۸۹٫٬٪")
_DIRECTION_MARKS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F])


@cache
def _labels() -> dict[str, Any]:
    return tomllib.loads((files("data") / "report_labels.toml").read_text(encoding="utf-8"))


def plain(text: object) -> str:
    """The text without the marks that turn the direction of what follows; the page sets directions itself."""
    return str(text).translate(_DIRECTION_MARKS)


def both(en: object, fa: object) -> Markup:
    """The same thing in both languages; style sheets show one."""
    return Markup("<span class=en lang=en dir=ltr>{}</span><span class=fa lang=fa dir=rtl>{}</span>").format(
        plain(en), plain(fa)
    )


def english(text: object) -> Markup:
    """A text that exists in English only."""
    return Markup('<bdi lang="en" dir="ltr">{}</bdi>').format(plain(text))


def label(key: str, **values: Any) -> Markup:
    """A label in both languages; numbers and dates in the values are written as each language does.

    Raises:
        KeyError: there is no such label.
    """
    return _filled(_labels()[key], values)


def code(group: str, value: str | None, **values: Any) -> Markup:
    """The words for a code such as a reject reason; a code without words is shown as it is, as English."""
    entry = _labels()["codes"][group].get(value)
    return _filled(entry, values) if entry else english(value or "–")


def degradation_line(kind: str, count: int, of: int) -> str:
    """What went less well than meant, as an English sentence; a kind without words by its code."""
    entry = _labels()["codes"]["degradation"].get(kind)
    return _in_english(entry, {"n": count, "of": of}) if entry else f"{kind}: {count} of {of}."


def degradation_lines(report: StepReport) -> list[str]:
    """What went less well than meant in a step: a sentence each, and what is known of it beside."""
    return [f"{degradation_line(d.kind, d.count, d.of)} {d.note}".rstrip() for d in report.degradations]


def action_name(action_type: str, language: str) -> str:
    """What an action is called in one language; one without words by its code."""
    entry = _labels()["codes"]["action"].get(action_type)
    return str(entry[language]) if entry else action_type


def has_code(group: str, value: str) -> bool:
    """Whether a code has words."""
    return value in _labels()["codes"][group]


def _filled(entry: Mapping[str, str], values: Mapping[str, Any]) -> Markup:
    fa = entry["fa"].format(**{k: _farsi(v) for k, v in values.items()})
    return both(_in_english(entry, values), fa)


def _in_english(entry: Mapping[str, str], values: Mapping[str, Any]) -> str:
    form = "en_one" if values.get("n") == 1 and "en_one" in entry else "en"
    return entry[form].format(**{k: _english(v) for k, v in values.items()})


def _english(value: Any) -> str:
    if isinstance(value, date):
        return english_date(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _farsi(value: Any) -> str:
    if isinstance(value, date):
        return farsi_date(value)
    return _english(value).translate(_PERSIAN) if isinstance(value, int | float) else str(value)


def english_date(value: date) -> str:
    """A date of the Gregorian calendar."""
    return f"{value.day} {value:%b %Y}"


def farsi_date(value: date) -> str:
    """A date of the Persian calendar in Persian digits."""
    return f"{jdatetime.date.fromgregorian(date=value):%Y/%m/%d}".translate(_PERSIAN)


def number(value: float) -> Markup:
    """A count."""
    return _digits(f"{value:,}")


def decimal(value: float | None, digits: int = 1) -> Markup:
    """A measured figure; none = a dash."""
    return Markup("–") if value is None else _digits(f"{value:,.{digits}f}")


def percent(value: float, digits: int = 0) -> Markup:
    """A share."""
    return _digits(f"{value * 100:.{digits}f}%")


def _digits(text: str) -> Markup:
    """Figures need no direction of their own: both kinds of digits read left to right."""
    return Markup("<span class=en>{}</span><span class=fa>{}</span>").format(text, text.translate(_PERSIAN))


def day(value: date | datetime | str) -> Markup:
    """A date: Gregorian in English, Persian calendar in Farsi."""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    on = value.date() if isinstance(value, datetime) else value
    return both(english_date(on), farsi_date(on))


def pair(row: Mapping[str, Any], stem: str) -> Markup:
    """`row[stem_en]` and `row[stem_fa]`; a missing Farsi text shows the English one, marked as such by its language."""
    en, fa = row.get(f"{stem}_en") or "", row.get(f"{stem}_fa")
    return both(en, fa) if fa else english(en)


def usd(value: float) -> Markup:
    """Money: two digits, four when it is less than a cent."""
    text = f"{value:,.{4 if 0 < value < 0.01 else 2}f}"
    return both(f"${text}", f"{text.translate(_PERSIAN)} دلار")


localised: dict[str, Callable[..., Markup]] = {
    "number": number,
    "decimal": decimal,
    "percent": percent,
    "day": day,
    "pair": pair,
    "usd": usd,
    "english": english,
}
