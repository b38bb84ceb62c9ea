"""Telephones and other identifiers read aloud: words for digits, alone or mixed with digits.

`صفر نهصد و دوازده سیصد و چهل و پنج …`, `sefr nohsad davazdah …`, `zero nine one two …`.
A run of number words is turned into the digits a listener would write down; only the count and the
beginning of those digits matter, so the two readings of `صد بیست` need not be told apart.
"""

import re
from collections.abc import Iterator
from functools import cache

from tasks.pii.context import counted_after, keyword_before
from tasks.pii.wordlists import folded, table

Found = tuple[int, int, str]

_TOKEN = re.compile(r"[^\W\d_]+|[0-9]+")
_GAP = re.compile(r"[ \n.,،\-_/]{0,4}")
_AND = frozenset({"و", "o", "va", "and", "u"})
_LONGEST = 40  # tokens of one spoken number
_PHONE = re.compile(r"(?:0098|098|98|0)?9[0-9]{9}|0[1-8][0-9]{9}")


@cache
def _values() -> dict[str, int]:
    return {
        folded(word): int(value)
        for script in table("numbers").values()
        for value, words in script.items()
        for word in words
    }


def find_spoken(text: str) -> Iterator[Found]:
    """(start, end, kind) of spoken identifiers in the folded text."""
    values = _values()
    lowered = text.lower() if len(text.lower()) == len(text) else text
    if sum(word in values for word in _TOKEN.findall(lowered)) < 3:
        return
    run: list[re.Match[str]] = []
    for match in _TOKEN.finditer(lowered):
        joins = not run or _GAP.fullmatch(lowered, run[-1].end(), match.start()) is not None
        word = match.group()
        fits = word in values or word[0].isdigit() or (bool(run) and word in _AND)
        if run and not (joins and fits and len(run) < _LONGEST):
            yield from _decide(lowered, run)
            run = []
            fits = word in values or word[0].isdigit()
        if fits:
            run.append(match)
    yield from _decide(lowered, run)


def _decide(text: str, run: list[re.Match[str]]) -> Iterator[Found]:
    values = _values()
    while run and run[-1].group() in _AND:
        run = run[:-1]
    words = sum(match.group() in values for match in run)
    if words < 2 or counted_after(text, run[-1].end()) is not None:
        return
    digits = _digits([match.group() for match in run])
    start, end = run[0].start(), run[-1].end()
    if _PHONE.fullmatch(digits):
        yield start, end, "mobile" if digits.lstrip("0")[0] == "9" else "landline"
        return
    before = keyword_before(text, start)
    if before is not None and 7 <= len(digits) <= 24:
        kind = {"phone": "landline"}.get(before[0], before[0])
        yield start, end, kind
    elif digits.startswith("09") and 9 <= len(digits) <= 12:  # one digit misheard or left out
        yield start, end, "mobile"


def _digits(words: list[str]) -> str:
    """The digits one would write down for the words: `نهصد و دوازده سی` → 91230."""
    values = _values()
    out: list[str] = []
    current: int | None = None
    joined = False
    for word in words:
        if word in _AND:
            joined = True
            continue
        value = values.get(word)
        if value is None:
            out += [str(current)] if current is not None else []
            out.append(word)
            current = None
        elif current is not None and _adds(current, value, joined=joined):
            current += value
        elif word == "hundred" and current is not None and 1 <= current <= 9:
            current *= 100
        else:
            out += [str(current)] if current is not None else []
            current = value
        joined = False
    return "".join([*out, *([str(current)] if current is not None else [])])


def _adds(current: int, value: int, *, joined: bool) -> bool:
    """Whether `value` continues the number `current` (hundreds + tens + units)."""
    if current and current % 100 == 0:
        return 0 < value < 100
    if current >= 20 and current % 10 == 0:
        return 0 < value < 10
    return joined and 0 < value < 10 and current % 10 == 0 and current > 0
