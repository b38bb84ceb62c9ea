"""Identifiers of letters and digits: Sheba (IBAN), vehicle plates, passports, chassis and tracking codes.

Bare digits are found after these, in `tasks/pii/digits.py`.

Reads the folded text; every pattern is bounded, so the time is linear in the text.
"""

import re
from collections.abc import Iterator

from tasks.pii.context import keyword_before, keyword_near, names_vehicle

Found = tuple[int, int, str]

_DIGITS = re.compile(r"[0-9]+")
_SHEBA = re.compile(
    r"(?<![A-Za-z])(?:[Ii][ .\-]{0,2}[Rr]|[آا]ی {0,2}[آا]ر)(?:[^\w\x01]|_){0,8}+(?:[0-9](?:[^\w\x01]|_){0,8}+){15,34}"
)
_PASSPORT = re.compile(r"(?<![A-Za-z0-9])[A-Za-z] ?-?[0-9]{8}(?![0-9A-Za-z])")
_LETTERED_PASSPORT = re.compile(r"(?<![\w])[^\W\d_]{1,2}[ \-/]{0,2}[0-9]{6,9}(?![0-9A-Za-z])")
_CHASSIS = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Z]*[0-9])(?=[0-9]*[A-Z])[A-HJ-NPR-Z0-9]{17}(?![A-Za-z0-9])", re.IGNORECASE
)
_CODE = re.compile(  # a code of letters and digits, which only a keyword tells from a word
    r"(?<![\w])(?:(?=[A-Za-z\-/_.]{0,16}[0-9])[A-Za-z0-9][A-Za-z0-9\-/_]{4,30}|(?:الف|[^\W\d_])[ \-/.]{1,2}[0-9][0-9 \-/]{3,20})(?<=[A-Za-z0-9])(?![\w])"
)
_LETTER = (
    r"[«\"'(]?(?:الف|[ابپتثجچحخدذرزژسشصضطظعغفقکگلمنهی]|جیم|سین|صاد|دال|لام|میم|نون|قاف|طا|عین|[DdSs])[»\"')]?"
)
_LETTER_OR_VAV = rf"(?:{_LETTER}|و|واو)"
_GAP = r"[ \-–/|_.،,:]{0,3}"
_IRAN = rf"(?:ایران|iran|Iran|IRAN|IR|ir){_GAP}"
_PLATE = re.compile(
    rf"(?<![0-9])(?:{_IRAN}[0-9]{{2}}{_GAP}[0-9]{{2,3}}{_GAP}{_LETTER_OR_VAV}{_GAP}[0-9]{{2,3}}(?![0-9])"
    rf"|[0-9]{{2}}(?:{_GAP}{_LETTER}{_GAP}|و)[0-9]{{3}}{_GAP}(?:{_IRAN})?[0-9]{{2,3}}(?![0-9])"
    rf"|[0-9]{{2}}{_GAP}و{_GAP}[0-9]{{3}}{_GAP}{_IRAN}[0-9]{{2}}(?![0-9])"
    rf"|[0-9]{{3}}{_GAP}{_LETTER_OR_VAV}{_GAP}[0-9]{{2}}{_GAP}{_IRAN}[0-9]{{2}}(?![0-9])"
    rf"|[0-9]{{2}}{_GAP}{_IRAN}[0-9]{{3}}(?:{_GAP}{_LETTER}{_GAP}|و)[0-9]{{2}}(?![0-9])"
    rf"|[0-9]{{2}}[\-–/][0-9]{{2}}{_LETTER}[0-9]{{3}}(?![0-9]))"
)
_PLATE_SHORT = re.compile(
    rf"(?<![0-9])(?:[0-9]{{2}}[ \-–/]{{1,3}})?[0-9]{{2,3}}{_GAP}{_LETTER_OR_VAV}{_GAP}[0-9]{{2,3}}(?![0-9])"
)
_PLATE_LATIN = re.compile(
    rf"(?<![0-9A-Za-z])[0-9]{{2}}{_GAP}[A-Za-z]{{1,4}}{_GAP}[0-9]{{3}}(?:{_GAP}(?:{_IRAN})?[0-9]{{2}})?(?![0-9A-Za-z])"
)
_CODED = ("other_id", "passport", "national_id", "bank_account")


def find_lettered(text: str) -> Iterator[Found]:
    """(start, end, kind) in the folded text; may overlap, earlier kinds win."""
    for match in _SHEBA.finditer(text):
        yield match.start(), _sheba_end(text, match), "sheba"
    for match in _PLATE.finditer(text):
        yield match.start(), match.end(), "plate"
    for pattern in (_PLATE_LATIN, _PLATE_SHORT):  # too common a shape to be masked unannounced
        for match in pattern.finditer(text):
            before = keyword_before(text, match.start())
            if (before is not None and before[0] == "plate") or names_vehicle(text, match.start()):
                yield match.start(), match.end(), "plate"
    for match in _PASSPORT.finditer(text):
        yield match.start(), match.end(), "passport"
    for match in _CHASSIS.finditer(text):
        yield match.start(), match.end(), "other_id"
    yield from _announced_codes(text)


def _announced_codes(text: str) -> Iterator[Found]:
    """Codes of letters and digits behind a word for one: «کد رهگیری 22ab90kl», «سریال شناسنامه الف/۴۴ ۲۲۳۳۱۱»."""
    for match in _LETTERED_PASSPORT.finditer(text):
        if _keyword(text, match.start()) == "passport":
            yield match.start(), match.end(), "passport"
    for match in _CODE.finditer(text):
        code = match.group()
        if (
            sum(map(str.isdigit, code)) >= 2
            and any(map(str.isalpha, code))
            and _keyword(text, match.start()) in _CODED
        ):
            yield match.start(), match.end(), "other_id"


def _keyword(text: str, start: int) -> str | None:
    before = keyword_before(text, start) or keyword_near(text, start)
    return before[0] if before is not None and len(before[1].split()) + len(before[1]) > 4 else None


def _sheba_end(text: str, match: re.Match[str]) -> int:
    """Twenty-four digits when the number pauses there, else the whole run."""
    seen, last = 0, match.end()
    for digit in _DIGITS.finditer(text, match.start(), match.end()):
        seen += len(digit.group())
        last = digit.end()
        if seen == 24:
            break
    return last
