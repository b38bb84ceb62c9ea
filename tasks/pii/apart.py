"""Telephones told in pieces with words between: «اول ۰۹۱۱ بعدش ۲۲۳ آخرش ۴۵۶۷».

A piece that begins like a telephone (`09…`, `+98 9…`, an area code) and the next figures of the same sentence
are one number when together they have exactly its eleven digits. Years, dates, sums and counts are no pieces.
"""

import re
from collections.abc import Iterator

from tasks.pii.context import counted_after
from tasks.pii.digits import runs_of_digits
from tasks.pii.shapes import AREA, YEAR

Found = tuple[int, int, str]

_BEGINS = re.compile(r"(?:00980?|980?|0)9[0-9]{1,9}")
_COUNTRY = re.compile(r"00980?|980?")
_WORDS = re.compile(r"[^\W\d]+")
_WHOLE = 11  # digits of a telephone with its leading zero
_BETWEEN, _FEW = 40, 5  # characters and words that may stand between two pieces
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
    """How many runs from `index` on are one telephone, and its kind; 0 for none."""
    digits = _digits(runs[index])
    if digits in AREA:
        kind = "landline"
    elif len(digits) < _WHOLE and _BEGINS.fullmatch(digits) and len(digits) >= 3:
        kind = "mobile"
        digits = (
            "0" + _COUNTRY.sub("", digits, count=1) if digits[:1] != "0" or digits[:2] == "00" else digits
        )
    else:
        return 0, ""
    for size in range(2, min(8, len(runs) - index) + 1):
        piece = runs[index + size - 1]
        if not _near(text, runs[index + size - 2], piece) or YEAR.fullmatch(piece.group()):
            break
        digits += _digits(piece)
        if len(digits) == _WHOLE:
            return (0, "") if counted_after(text, piece.end(), _digits(piece)) else (size, kind)
        if len(digits) > _WHOLE:
            break
    return 0, ""


def _digits(run: re.Match[str]) -> str:
    return re.sub(r"[^0-9]", "", run.group())


def _near(text: str, one: re.Match[str], other: re.Match[str]) -> bool:
    gap = text[one.end() : other.start()]
    return len(gap) <= _BETWEEN and _CLAUSE_END.search(gap) is None and 0 < len(_WORDS.findall(gap)) <= _FEW
