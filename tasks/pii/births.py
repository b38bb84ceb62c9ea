"""Full dates of birth: a day, a month and a year behind a word for birth. A bare year of birth stays: it is age.

Other dates are content («در تاریخ ۱۴۰۳/۵/۲۱ برق رفت») and are never masked.
"""

import re
from collections.abc import Iterator
from functools import cache

from tasks.pii.wordlists import BLANK, ends_with_any, table, tokens, word_set

Found = tuple[int, int, str]

_MONTHS = [
    "فروردین",
    "اردیبهشت",
    "خرداد",
    "تیر",
    "مرداد",
    "امرداد",
    "شهریور",
    "مهر",
    "آبان",
    "ابان",
    "آذر",
    "اذر",
    "دی",
    "بهمن",
    "اسفند",
    "حمل",
    "ثور",
    "جوزا",
    "سرطان",
    "اسد",
    "سنبله",
    "میزان",
    "عقرب",
    "قوس",
    "جدی",
    "دلو",
    "حوت",
    "farvardin",
    "ordibehesht",
    "khordad",
    "tir",
    "mordad",
    "shahrivar",
    "mehr",
    "aban",
    "azar",
    "dey",
    "bahman",
    "esfand",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
]
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_NUMERIC = r"[0-9]{1,4} ?[/\-.] ?[0-9]{1,2} ?[/\-.] ?[0-9]{1,4}"
_SPELT = rf"[0-9]{{1,2}}(?:st|nd|rd|th|م|ام)? (?:of |ماه )?(?:{_MONTH})(?: ماه)?,? (?:سال )?[0-9]{{2,4}}"
_ENGLISH = rf"(?:{_MONTH}) [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{4}}"
_DATE = re.compile(rf"(?<![0-9])(?:{_NUMERIC}|{_SPELT}|{_ENGLISH})(?![0-9])", re.IGNORECASE)
_HINTS = (
    "تولد",
    "دنیا",
    "زاده",
    "ت ت",
    "ت.ت",
    "born",
    "birth",
    "dob",
    "tavalod",
    "motevale",
)  # a quick look first
_LOOK_BACK = 48  # characters


@cache
def _words() -> tuple[frozenset[str], frozenset[str]]:
    birth = table("context")["birth"]
    return word_set(birth["word"]), word_set(birth["filler"])


def find_births(text: str) -> Iterator[Found]:
    """(start, end, `birth_date`) in the folded text."""
    if not any(map(text.lower().__contains__, _HINTS)):
        return
    birth, filler = _words()
    for match in _DATE.finditer(text):
        found = tokens(
            text[max(0, match.start() - _LOOK_BACK) : match.start()].rpartition("\n")[2].rpartition(BLANK)[2]
        )
        for _ in range(4):
            if ends_with_any(found, birth) is not None:
                yield match.start(), match.end(), "birth_date"
                break
            if not found or (found[-1] not in filler and not found[-1].isdigit()):
                break
            found = found[:-1]
