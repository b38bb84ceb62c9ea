"""Farsi as a citizen reads it: Persian digits, right-to-left, no English left in. Pure.

Used for summaries, plans and messages alike; what is checked here is form, not truth (that is
tasks/claims/check.py).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime

from tasks.window import TEHRAN

_TO_PERSIAN = str.maketrans("0123456789٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹" * 2)
_LETTER = re.compile(r"[A-Za-zÀ-ɏ\u0600-\u06ff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_ARABIC_FORM = re.compile("[يكىة٠-٩]")
_QUESTION = re.compile(r"[?؟]|^\s*آیا\b")
# Latin words that plain Farsi writing keeps
KEPT_LATIN = frozenset({"vpn", "sms", "gps", "sim", "telegram", "pdf"})
MONTHS = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور",
    "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip


def persian_digits(text: str) -> str:
    """The same text with Persian digits."""
    return text.translate(_TO_PERSIAN)


def farsi_faults(text: str, *, is_statement: bool = True) -> list[str]:
    """What is wrong with a Farsi text; slots such as {{name}} are looked over."""
    plain = re.sub(r"\{\{[^}]*\}\}|\{[a-z_]+\}|\[[^\]]*\]", "", text)
    faults = []
    letters = _LETTER.findall(plain)
    if not letters or sum(c > "؀" for c in letters) < 0.7 * len(letters):
        faults.append("not in Farsi")
    if latin := [w for w in _LATIN_WORD.findall(plain) if w.lower() not in KEPT_LATIN]:
        faults.append(f"English words in it: {', '.join(sorted(set(latin))[:3])}")
    if re.search("[0-9]", plain):
        faults.append("digits are not Persian")
    if _ARABIC_FORM.search(plain):
        faults.append("Arabic yeh, kaf, teh marbuta or digits in it")
    if is_statement and _QUESTION.search(plain):
        faults.append("a question, not a statement")
    return faults


def is_right_to_left(text: str) -> bool:
    """Whether a reader lays the text out from the right: the first strong character decides (UAX 9, P2)."""
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in ("R", "AL"):
            return True
        if kind == "L":
            return False
    return False


def farsi_day(at: datetime) -> str:
    """The day in Tehran, Jalali calendar: «۳ آذر ۱۴۰۵»."""
    import jdatetime

    local = at.astimezone(TEHRAN)
    day = jdatetime.date.fromgregorian(date=local.date())
    return persian_digits(f"{day.day} {MONTHS[day.month - 1]} {day.year}")


def farsi_hour(at: datetime) -> str:
    """The time in Tehran, 24 hours: «۲۱:۰۰»."""
    return persian_digits(f"{at.astimezone(TEHRAN):%H:%M}")


def time_left(until: datetime, now: datetime) -> tuple[int, int]:
    """Whole days and hours that are left, never negative."""
    seconds = max(0, int((until.astimezone(UTC) - now.astimezone(UTC)).total_seconds()))
    return seconds // 86_400, seconds % 86_400 // 3600
