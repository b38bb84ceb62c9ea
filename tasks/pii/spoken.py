"""Telephones and other identifiers read aloud: words for digits, alone or mixed with digits.

`صفر نهصد و دوازده سیصد و چهل و پنج …`, `sefr nohsad davazdah …`, `zero nine one two …`.
A run of number words is turned into the digits a listener would write down; only the count and the
beginning of those digits matter, so the two readings of `صد بیست` need not be told apart.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from tasks.pii.context import counted_after, keyword_before, keyword_near
from tasks.pii.digits import EXACT_LENGTH
from tasks.pii.shapes import CARD_BEGINS
from tasks.pii.wordlists import either, number_values

Found = tuple[int, int, str]

_TOKEN = re.compile(r"[^\W\d_]+|[0-9]+")
_GAP = re.compile(r"[ \n.,،\-_/]{0,4}")
_AND = frozenset({"و", "o", "va", "and", "u"})
_THEN = frozenset(  # said between two parts of a number
    {
        "بعد",
        "بعدش",
        "سپس",
        "دوباره",
        "آخرش",
        "اخرش",
        "خط",
        "تیره",
        "فاصله",
        "then",
        "dash",
        "baad",
        "badesh",
        "again",
    }
)
_TIMES = frozenset({"تا", "تای", "ta"})  # «سه تا هفت»: 777
_REPEATS = {"double": 2, "triple": 3, "دوتا": 2, "سهتا": 3, "دوبار": 2}
_JOINING = _AND | _THEN | _TIMES
_BEGINS = (0, 900)  # how a telephone read aloud begins
_MOST_CUTS = 6  # places in one run of number words where another number may begin
_THOUSAND = 1000
# One of these stands in number words that are written together: صفرنهصدودوازده.
_GLUED_HINTS = ("صفر", "صدو", "ادو", "نودو", "بیستو", "چهلو", "سیو", "پنجاهو", "شصتو")
_LONGEST = 40  # tokens of one spoken number
_PHONE = re.compile(r"(?:0098|098|98|0)?9[0-9]{9}|0[1-8][0-9]{9}")


class _Word(NamedTuple):
    word: str
    start: int
    end: int


def find_spoken(text: str) -> Iterator[Found]:
    """(start, end, kind) of spoken identifiers in the folded text."""
    values = number_values()
    lowered = text.lower() if len(text.lower()) == len(text) else text
    is_glued = any(hint in lowered for hint in _GLUED_HINTS)
    is_mixed = _among_digits().search(lowered) is not None
    if not is_glued and not is_mixed and sum(map(values.__contains__, _TOKEN.findall(lowered))) < 3:
        return
    run: list[_Word] = []
    for item in _said(lowered, is_glued=is_glued):
        joins = not run or _GAP.fullmatch(lowered, run[-1].end, item.start) is not None
        begins = item.word in values or item.word[0].isdigit() or item.word in _REPEATS
        if run and not (joins and (begins or item.word in _JOINING) and len(run) < _LONGEST):
            yield from _decide(lowered, run)
            run = []
        if begins or (run and item.word in _JOINING):
            run.append(item)
    yield from _decide(lowered, run)


def _said(text: str, *, is_glued: bool) -> Iterator[_Word]:
    """The words of the text; number words written together (`سیصدوچهل`) come apart."""
    whole, part = _glued()
    for match in _TOKEN.finditer(text):
        word, start = match.group(), match.start()
        if not is_glued or word in number_values() or len(word) < 3 or not whole.fullmatch(word):
            yield _Word(word, start, match.end())
            continue
        for piece in part.finditer(word):
            yield _Word(piece.group(), start + piece.start(), start + piece.end())


@cache
def _glued() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """(number words written together, one of them or the `و` between)."""
    persian = either([word for word in number_values() if not word.isascii()])
    return re.compile(rf"و?(?:(?:{persian})و?){{1,12}}"), re.compile(rf"{persian}|و")


@cache
def _among_digits() -> re.Pattern[str]:
    """A number word between digits, without a blank: 0912سه45."""
    persian = either([word for word in number_values() if not word.isascii()])
    return re.compile(rf"[0-9](?:{persian})[0-9]")


def _decide(text: str, run: list[_Word]) -> Iterator[Found]:
    """The identifiers that the run of number words spells; where one may end, the next begins like a telephone."""
    values = number_values()
    cuts = [
        place
        for place, item in enumerate(run)
        if place and (values.get(item.word) in _BEGINS or item.word[0] == "0")
    ][:_MOST_CUTS]
    start = 0
    while start < len(run):
        ends = [cut for cut in cuts if cut > start]
        for end in [len(run), *reversed(ends)]:
            part = _without_joints(run[start:end])
            if sum(item.word in values for item in part) >= 2 and (kind := _kind(text, part)) is not None:
                yield part[0].start, part[-1].end, kind
                start = end
                break
        else:
            start = ends[0] if ends else len(run)


def _without_joints(run: list[_Word]) -> list[_Word]:
    while run and run[-1].word in _JOINING:
        run = run[:-1]
    return run


def _kind(text: str, run: list[_Word]) -> str | None:
    digits = _digits([item.word for item in run])
    if counted_after(text, run[-1].end, digits) is not None:
        return None
    if _PHONE.fullmatch(digits):
        return "mobile" if digits.lstrip("0")[0] == "9" else "landline"
    if len(digits) == EXACT_LENGTH["bank_card"] and digits[:4] in CARD_BEGINS:
        return "bank_card"
    before = keyword_before(text, run[0].start)
    if before is not None and 7 <= len(digits) <= 24:
        return {"phone": "landline"}.get(before[0], before[0])
    near = before or keyword_near(text, run[0].start)
    if near is not None and len(digits) == EXACT_LENGTH.get(near[0]):
        return near[0]
    return "mobile" if digits.startswith("09") and 9 <= len(digits) <= 12 else None  # one digit misheard


def _digits(words: list[str]) -> str:
    """The digits one would write down for the words: `نهصد و دوازده سی` → 91230, `سه تا هفت` → 777."""
    values = number_values()
    out: list[str] = []
    current: int | None = None
    joined = False
    times = 1
    for place, word in enumerate(words):
        if word in _AND:
            joined = True
            continue
        if word in _TIMES and times > 1:
            continue
        value = values.get(word)
        if _is_count(words, place):
            times = value if value is not None else _REPEATS[word]
            out += [str(current)] if current is not None else []
            current = None
        elif value is None:
            out += [str(current)] if current is not None else []
            out += [word * times] if word.isdigit() else []
            current, times = None, 1
        elif times > 1:
            out.append(str(value) * times)
            times = 1
        elif current is not None and _adds(current, value, joined=joined):
            current += value
        elif word in ("hundred", "sad") and current is not None and 1 <= current <= 9:
            current *= 100
        elif value == _THOUSAND:
            current = _THOUSAND * (current if current is not None and 0 < current < 1000 else 1)
        else:
            out += [str(current)] if current is not None else []
            current = value
        joined = False
    return "".join([*out, *([str(current)] if current is not None else [])])


def _is_count(words: list[str], place: int) -> bool:
    """Whether the word says how often the next digit is said: `سه تا`, `double`."""
    if words[place] in _REPEATS:
        return True
    following = words[place + 1] if place + 1 < len(words) else ""
    return following in _TIMES and 2 <= number_values().get(words[place], 0) <= 4


def _adds(current: int, value: int, *, joined: bool) -> bool:
    """Whether `value` continues the number `current` (hundreds + tens + units)."""
    if current >= _THOUSAND and current % _THOUSAND == 0:
        return 0 < value < _THOUSAND
    if current and current % 100 == 0:
        return 0 < value < 100
    if current >= 20 and current % 10 == 0:
        return 0 < value < 10
    return joined and 0 < value < 10 and current % 10 == 0 and current > 0
