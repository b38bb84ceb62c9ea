"""What the words around a number say about it: an identifier, a sum, a count, a paragraph of a law."""

import re
from functools import cache

from tasks.pii.wordlists import BLANK, ends_with_any, starts_with_any, table, tokens, word_set

_LOOK_BACK, _LOOK_AHEAD = 64, 32  # characters
_LONGEST_COUNT = 12  # digits: nobody counts things by the thousand trillions, but a card may end in zeros
_BARE_NUMBER = frozenset(
    {"شماره", "shomare", "number", "no"}
)  # «شناسنامه پسرم شماره …»: the word before says more
_BARRIER = re.compile(rf"[\n{BLANK}]")
_SUFFIXES = ("مان", "شان", "تان", "مون", "شون", "تون", "ام", "ات", "اش", "م", "ش", "ت", "ی", "e")


@cache
def _keywords() -> dict[str, str]:
    """Folded phrase → kind; a phrase of two kinds keeps the first in the file's order."""
    kinds: dict[str, str] = {}
    for kind, words in table("context")["keyword"].items():
        for word in word_set(words):
            kinds.setdefault(word, kind)
    return kinds


@cache
def _sets() -> dict[str, frozenset[str]]:
    context = table("context")
    return {
        "keyword": frozenset(_keywords()),
        "filler": word_set(context["filler"]),
        "money": word_set([*context["unit"]["money"], *context["unit"]["scale"]]),
        "count": word_set(context["unit"]["count"]),
        "thing": word_set(context["unit"]["thing"]),
        "quantity": word_set(context["quantity"]["word"]),
        "document": word_set(context["document"]["word"]),
        "vehicle": word_set(context["vehicle"]["word"]),
    }


def _before(text: str, start: int) -> list[str]:
    """The words before `start`, of its line, behind what is masked: a keyword announces one number."""
    return tokens(_BARRIER.split(text[max(0, start - _LOOK_BACK) : start])[-1])


def keyword_before(text: str, start: int) -> tuple[str, str] | None:
    """(kind, phrase) when the words before `start` announce an identifier, fillers skipped; else None."""
    return _keyword_ending(_before(text, start), _sets()["filler"])


def keyword_near(text: str, start: int) -> tuple[str, str] | None:
    """(kind, phrase) of a keyword with at most three other words between it and `start`, in the same clause."""
    found = tokens(re.split(rf"[.!?؟؛\n{BLANK}]|[0-9]", text[max(0, start - _LOOK_BACK) : start])[-1])
    for skip in range(1, 4):
        if len(found) > skip and (near := _keyword_ending(found[:-skip], frozenset())) is not None:
            return near
    return None


def keyword_after(text: str, end: int) -> tuple[str, str] | None:
    """(kind, phrase) of a keyword of two words and more right behind the number: «۴۵۶۷۸۹ کد پرسنلی من است»."""
    found = tokens(text[end : end + _LOOK_AHEAD].partition("\n")[0])
    for size in (4, 3, 2):
        if len(found) < size:
            continue
        ends = _keyword_ending(found[:size], frozenset())
        if ends is not None and len(ends[1].split()) == size:
            return ends
    return None


def _keyword_ending(found: list[str], fillers: frozenset[str]) -> tuple[str, str] | None:
    sets = _sets()
    vague: tuple[str, str] | None = None
    for _ in range(6):
        if not found:
            break
        phrase = ends_with_any(found, sets["keyword"]) or _stemmed(found, sets["keyword"])
        if phrase is not None:
            if ends_with_any(found[: len(found) - len(phrase.split())], sets["document"]) is not None:
                return None  # "circular number 123456"
            if phrase not in _BARE_NUMBER or phrase not in fillers:
                return _keywords()[phrase], phrase
            vague = vague or (_keywords()[phrase], phrase)
        if found[-1] not in fillers:
            break
        found = found[:-1]
    return vague


def _stemmed(found: list[str], phrases: frozenset[str]) -> str | None:
    """The keyword with a possessive ending taken off its last word (`موبایلم` → `موبایل`, `پروندم` → `پرونده`)."""
    last = found[-1]
    for suffix in _SUFFIXES:
        if last.endswith(suffix) and len(last) - len(suffix) >= 3:
            for elided in ("", "ه"):
                phrase = ends_with_any([*found[:-1], last[: -len(suffix)] + elided], phrases)
                if phrase is not None:
                    return phrase
    return None


def counted_after(text: str, end: int, digits: str) -> str | None:
    """`money` or `count` when a unit follows the number `digits` that ends at `end`; None otherwise.

    A thing (`school`, `house`) is counted in eight digits at most, or in thousands up to a trillion: behind a longer number
    it begins the next clause («کد ملی ۰۰۱۲۳۴۵۶۷۸ مدرسه ثبت نام نمی‌کند»).
    """
    ahead = text[end : end + _LOOK_AHEAD]
    if ahead.lstrip(" ")[:1] in ("%", "$", "€"):
        return "count"
    if ahead.lstrip(" )]»\"'-")[:1] in (".", "،", "؛", "!", "؟", "?", "\n"):
        return None
    found = tokens(ahead.partition("\n")[0])
    for kind in ("money", "count"):
        if starts_with_any(found, _sets()[kind]) is not None:
            return kind
    if len(digits) <= 8 or (len(digits) <= _LONGEST_COUNT and digits.endswith("000")):
        return "count" if starts_with_any(found, _sets()["thing"]) is not None else None
    return None


def names_vehicle(text: str, start: int) -> bool:
    """Whether a vehicle is named within the two words before `start`."""
    found = _before(text, start)
    return any(ends_with_any(found[: len(found) - skip], _sets()["vehicle"]) for skip in range(2))


def quantity_before(text: str, start: int) -> bool:
    """Whether a word such as `budget`, `population`, `about` announces a sum or a count."""
    if text[max(0, start - 2) : start].strip()[-1:] in ("$", "€"):
        return True
    found = _before(text, start)
    return any(
        ends_with_any(found[: len(found) - skip], _sets()["quantity"]) is not None for skip in range(3)
    )


def document_before(text: str, start: int) -> bool:
    """Whether the number is that of a public document: an article, a law, a circular, a bill."""
    found = _before(text, start)
    if found and found[-1] in ("شماره", "no", "number"):
        found = found[:-1]
    return ends_with_any(found, _sets()["document"]) is not None
