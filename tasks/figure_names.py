"""Figures that are parts of names: «سی‌سخت», «میدان هفت تیر», «خیابان پانزده خرداد», «سی‌وسه‌پل» count nothing.

Told by the gazetteer, by a joiner or a month behind the figure where a word such as «روستای» or «خیابان» stands
before it. Figures themselves are read in `figures`.
"""

import functools
import re

from tasks import number_words as words
from tasks.llm import lexicon

JOINER = "\u200c"
_GAP = f"[ {JOINER}]?"
# Bridges, palaces, streets: with or without a space.
_BUILT = re.compile(
    r"(?<![؀-ۿ])(?:"
    + "|".join(
        _GAP.join(name.split()) for name in ("سی و سه پل", "چهل ستون", "چهار باغ", "هفت تیر", "سی تیر")
    )
    + ")"
)
_BUILT_ENDS = ("پل", "ستون", "باغ", " تیر", f"{JOINER}تیر")
_HOUSES = frozenset((
    "روستا", "محله", "شهرک", "دهستان", "بخش", "شهر", "کوی", "میدان", "میدون", "خیابان", "خیابون", "بلوار",
    "کوچه", "بوستان", "پارک", "مسجد", "امامزاده", "پل",
))  # fmt: skip
_MONTHS = tuple(f" {month}" for month in words.MONTHS)
_FIGURE = "|".join(sorted(words.FARSI, key=len, reverse=True))
_BEFORE_A_NAME = re.compile(  # a figure, and behind it a joiner or a month
    rf"(?<![؀-ۿ])(?:{_FIGURE})(?: ?و ?(?:{_FIGURE}))?(?={JOINER}|(?:{'|'.join(_MONTHS)})(?![؀-ۿ]))"
)
# Units that end names as well: «چهل‌دختر», «پنج‌تن».
_NAMED_SO = frozenset(("تن", "دختر", "زن", "شهید", "درخت", "چاه", "خانه", "%"))
_PAIR = 2  # «دو‌دهک» are two deciles, though a village is called so


def without_names(text: str) -> str:
    """`text` (Persian letters) with the figures of names as spaces, every other character in its place."""
    if any(end in text for end in _BUILT_ENDS):
        text = _BUILT.sub(_blank, text)
    joined = JOINER in text and any(
        before.rpartition(" ")[2] in words.FARSI for before in text.split(JOINER)[:-1]
    )
    if joined or any(month in text for month in _MONTHS):
        return _BEFORE_A_NAME.sub(lambda found: _blank(found) if _is_named(found) else found.group(), text)
    return text


def _blank(found: re.Match[str]) -> str:
    return " " * len(found.group())


def _is_named(found: re.Match[str]) -> bool:
    text, start, end = found.string, found.start(), found.end()
    if any(text.startswith(name, start) for name in _joined_names()):
        return True
    before = text[:start].rstrip().removesuffix("ی").rstrip(JOINER + " ").rpartition(" ")[2]
    return before in _HOUSES and not (text[end] == JOINER and _counted().match(text, end + 1))


@functools.cache
def _counted() -> re.Pattern[str]:
    """What a figure before a joiner counts: «سه‌هکتاری», «چهار‌بانده»."""
    units = lexicon.word_table("unit").keys() - _NAMED_SO
    return re.compile("|".join([words.COUNTED.pattern, "باند", "طرف", "و", "ها", *units, *words.FARSI]))


@functools.cache
def _joined_names() -> tuple[str, ...]:
    """Names of the gazetteer that begin with a figure, as they are written with joiners."""
    parts = [farsi.replace(JOINER, " ").split() for farsi, _ in lexicon.place_names()]
    return tuple(JOINER.join(name) for name in parts if len(name) > 1 and words.FARSI.get(name[0], 0) > _PAIR)
