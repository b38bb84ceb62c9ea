"""Identifiers of letters and digits: Sheba (IBAN), vehicle plates, passports.

Bare digits are found after these, in `tasks/pii/digits.py`.

Reads the folded text; every pattern is bounded, so the time is linear in the text.
"""

import re
from collections.abc import Iterator

from tasks.pii.context import keyword_before

Found = tuple[int, int, str]

_DIGITS = re.compile(r"[0-9]+")
_SHEBA = re.compile(
    r"(?<![A-Za-z])(?:[Ii] {0,2}[Rr]|[آا]ی {0,2}[آا]ر)[ \-.:_]{0,3}+(?:[0-9][ \-._]{0,3}){15,34}"
)
_PASSPORT = re.compile(r"(?<![A-Za-z0-9])[A-Za-z] ?-?[0-9]{8}(?![0-9A-Za-z])")
_LETTER = r"(?:الف|[ابپتثجچدزژسشصطعفقکگلمنهی]|[DdSs])"
_GAP = r"[ \-/|_]{0,3}"
_PLATE = re.compile(
    rf"(?<![0-9])(?:ایران{_GAP}[0-9]{{2}}{_GAP}[،,]?{_GAP}[0-9]{{2,3}}{_GAP}(?:{_LETTER}|و){_GAP}[0-9]{{2,3}}(?![0-9])"
    rf"|[0-9]{{2}}(?:{_GAP}{_LETTER}{_GAP}|و)[0-9]{{3}}{_GAP}[،,]?{_GAP}(?:(?:ایران|iran|Iran){_GAP})?[0-9]{{2,3}}(?![0-9])"
    rf"|[0-9]{{2}}{_GAP}و{_GAP}[0-9]{{3}}{_GAP}[،,]?{_GAP}(?:ایران|iran|Iran){_GAP}[0-9]{{2}}(?![0-9]))"
)
_PLATE_SHORT = re.compile(rf"(?<![0-9])[0-9]{{2}}{_GAP}(?:{_LETTER}|و){_GAP}[0-9]{{3}}(?![0-9])")
_PLATE_LATIN = re.compile(
    rf"(?<![0-9A-Za-z])[0-9]{{2}}{_GAP}[A-Za-z]{{1,4}}{_GAP}[0-9]{{3,5}}(?![0-9A-Za-z])"
)


def find_lettered(text: str) -> Iterator[Found]:
    """(start, end, kind) in the folded text; may overlap, earlier kinds win."""
    for match in _SHEBA.finditer(text):
        yield match.start(), _sheba_end(text, match), "sheba"
    for match in _PLATE.finditer(text):
        yield match.start(), match.end(), "plate"
    for pattern in (_PLATE_SHORT, _PLATE_LATIN):  # too common a shape to be masked unannounced
        for match in pattern.finditer(text):
            before = keyword_before(text, match.start())
            if before is not None and before[0] == "plate":
                yield match.start(), match.end(), "plate"
    for match in _PASSPORT.finditer(text):
        yield match.start(), match.end(), "passport"


def _sheba_end(text: str, match: re.Match[str]) -> int:
    """Twenty-four digits when the number pauses there, else the whole run."""
    seen = 0
    for digit in _DIGITS.finditer(text, match.start(), match.end()):
        seen += len(digit.group())
        if seen == 24:
            return digit.end()
    return match.start() + len(match.group().rstrip(" -._"))
