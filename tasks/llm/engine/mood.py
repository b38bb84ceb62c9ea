"""The verbs of a passage: which word is one, and whether it asks, forbids or tells.

By their spelling (`engine/verbs`), which keys do not keep («نکنید» has the key of «کنید»). Not here: of what something is wanted
(`engine/will`), and what a sentence puts around a wish («لازم نیست …», «اگر …»: `engine/framing`).
"""

import re

from tasks.llm.engine.reading import Reading
from tasks.llm.engine.text import fold
from tasks.llm.engine.verbs import TELLING, UNSURE, Mood, mood_of

MUST = frozenset(map(fold, ("باید", "بایستی", "bayad", "should", "must")))
MUST_NOT = frozenset(("نباید", "nabayad", "shouldn't"))
OBJECT = frozenset(("را", "رو", "ro", "ra"))
LINKS = frozenset(("را", "رو", "هم", "ro"))
REMAINS = re.compile(r"^ب?(?:مانند?|ماند|مان[نه]|مونه|مونن)$|^bemo?u?ne$|^bemanad$")
_NOT_EN = frozenset(("don't", "dont", "not"))
_PARTED = frozenset(("بر", "ور", "نگه", "نگاه", "var", "bar", "negah"))  # «بر دارید», «نگه ندارید»
_OF_PARTED = ("دار", "ندار", "چین", "نچین", "dar", "nadar")
_DUE = LINKS | MUST | MUST_NOT | frozenset(("که", "تا", "ke"))


def mood_at(reading: Reading, index: int) -> Mood:
    """Whether the word at `index` is a verb that asks («کنید»), forbids («نکنید») or tells («می‌کنید»); '' of no verb."""
    token = reading.tokens[index]
    if token.kind not in ("fa", "latin"):
        return ""
    is_latin = token.kind == "latin"
    if is_latin and not reading.finglish:
        return "forbidden" if token.raw.lower() in _NOT_EN else ""
    first = index
    while first and reading.tokens[first - 1].start == token.start:
        first -= 1
    if first < index or (index + 1 < len(reading.tokens) and reading.tokens[index + 1].start == token.start):
        # of words run together the verb is the last: «برنگرده», «نمیخوام‌گشت»
        is_last = index + 1 == len(reading.tokens) or reading.tokens[index + 1].start != token.start
        return (mood_of(_joined(token.raw)) or mood_of(token.key)) if is_last else ""
    before = reading.tokens[first - 1].raw.lower() if first else ""
    written = _joined(token.raw)
    if before in _PARTED and written.startswith(_OF_PARTED):
        written = ("bar" if is_latin else "بر") + written
    if written in UNSURE and before not in TELLING:
        return "asked" if any(key in _DUE for key in reading.keys[_opens(reading, index) : index]) else ""
    return mood_of(written, before, is_latin=is_latin)


def is_prohibition(reading: Reading, index: int) -> bool:
    """Whether the word forbids: «نکنید», «ندهید», «برندارید»; not «نمی‌کنید», «نکردند»."""
    return mood_at(reading, index) == "forbidden"


def is_wish(reading: Reading, index: int) -> bool:
    """Whether the word is a verb in the mood of wishes: «کنید», «شود», «بدهید»; not «می‌کنید»."""
    return mood_at(reading, index) == "asked"


def is_willed(reading: Reading, index: int) -> bool:
    """Whether the word asks or forbids."""
    return mood_at(reading, index) in ("asked", "forbidden")


def is_must_not(key: str) -> bool:
    """«نباید», its letters in whatever order they were typed."""
    return key in MUST_NOT or sorted(key) == sorted("نباید")


def spelled(reading: Reading, index: int) -> str:
    """A word as it was written, joiners left out; of words run together the one that is meant."""
    tokens = reading.tokens
    near = [tokens[at] for at in (index - 1, index + 1) if 0 <= at < len(tokens)]
    token = tokens[index]
    is_piece = any(other.start == token.start for other in near)
    return token.key if is_piece else _joined(token.raw)


def _joined(raw: str) -> str:
    return raw.replace("\u200c", "").lower()


def _opens(reading: Reading, index: int) -> int:
    """Where the clause of a word begins, by its marks."""
    while index and reading.tokens[index - 1].kind not in ("stop", "comma"):
        index -= 1
    return index
