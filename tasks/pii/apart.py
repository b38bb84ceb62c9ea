"""Numbers told in pieces with words between: «اول ۰۹۱۱ بعدش ۲۲۳ آخرش ۴۵۶۷», «کارتم ۶۰۳۷ بعد ۹۹۷۹ …».

A piece that begins like a telephone (`09…`, `+98 9…`, an area code) and the next figures of the same sentence
are one number when together they have exactly its eleven digits; likewise behind a word for a card, a national
id or a postal code, when they have its length. Years, dates, sums and counts are no pieces.
"""

import re
from collections.abc import Iterator

from tasks.pii.context import counted_after, keyword_before, keyword_near
from tasks.pii.digits import EXACT_LENGTH, runs_of_digits
from tasks.pii.shapes import AREA, CARD_BEGINS, YEAR
from tasks.pii.wordlists import BLANK

Found = tuple[int, int, str]

_BEGINS = re.compile(r"(?:00980?|980?|0)9[0-9]{1,9}")
_COUNTRY = re.compile(r"00980?|980?")
_WORDS = re.compile(r"[^\W\d]+")
_TELEPHONE = 11  # digits with the leading zero
_BETWEEN, _FEW = 40, 5  # characters and words that may stand between two pieces
_MOST = 8  # pieces
_CLAUSE_END = re.compile(r"[.!?؟؛](?:\s|$)|\n\n")


def find_apart(text: str) -> Iterator[Found]:
    """(start, end, kind) of every piece, in the folded text."""
    runs = list(runs_of_digits(text))
    index = 0
    while index < len(runs):
        size, kind = _pieces(text, runs, index)
        for match in runs[index : index + size]:
            yield match.start(), match.end(), kind
        index += max(1, size)


def _pieces(text: str, runs: list[re.Match[str]], index: int) -> tuple[int, str]:
    """How many runs from `index` on are one number, and its kind; 0 for none."""
    if index + 1 == len(runs) or not _near(text, runs[index], runs[index + 1]):
        return 0, ""
    digits = _digits(runs[index])
    kind = _kind_begun(text, runs[index].start(), digits)
    if kind is None:
        return 0, ""
    if kind == "mobile" and digits[:2] != "09":
        digits = "0" + _COUNTRY.sub("", digits, count=1)
    whole = EXACT_LENGTH.get(kind, _TELEPHONE)
    for size in range(2, min(_MOST, len(runs) - index) + 1):
        piece = runs[index + size - 1]
        if not _near(text, runs[index + size - 2], piece) or YEAR.fullmatch(piece.group()):
            break
        digits += _digits(piece)
        if len(digits) == whole:
            return (0, "") if counted_after(text, piece.end(), _digits(piece)) else (size, kind)
        if len(digits) > whole:
            break
    return 0, ""


def _kind_begun(text: str, start: int, digits: str) -> str | None:
    """What a first piece is the beginning of."""
    if digits in AREA:
        return "landline"
    if 3 <= len(digits) < _TELEPHONE and _BEGINS.fullmatch(digits):
        return "mobile"
    if digits in CARD_BEGINS:
        return "bank_card"
    announced = keyword_before(text, start) or keyword_near(text, start)
    return announced[0] if announced is not None and announced[0] in EXACT_LENGTH else None


def _digits(run: re.Match[str]) -> str:
    return re.sub(r"[^0-9]", "", run.group())


def _near(text: str, one: re.Match[str], other: re.Match[str]) -> bool:
    gap = text[one.end() : other.start()].replace(
        BLANK, ""
    )  # a mask is longer or shorter than its placeholder
    return len(gap) <= _BETWEEN and _CLAUSE_END.search(gap) is None and 0 < len(_WORDS.findall(gap)) <= _FEW
