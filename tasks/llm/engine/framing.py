"""What a sentence puts around a wish: «لازم نیست … شود» turns it, «اگر … شود» leaves it open, «چه عیبی دارد … شود» lets it be.

Not here: the wish itself (`engine/will`).
"""

from itertools import pairwise
from typing import Literal

from tasks.llm.engine.mood import MUST, is_must_not, mood_at
from tasks.llm.engine.reading import Reading, cue_spans
from tasks.llm.engine.text import fold
from tasks.llm.lexicon import Lexicon

Framing = Literal["plain", "turned", "doubted"]

WHY = frozenset(("چرا", "chera", "why"))
IF = frozenset(map(fold, ("اگر", "اگه", "age", "agar", "if", "چنانچه")))
DOUBTED = WHY | IF | frozenset(
    map(fold, ("مگر", "مگه", "mage", "شاید", "shayad", "تا", "کجای", "کجا", "چه"))
)  # fmt: skip
_UNTIL_WHEN = frozenset((("تا", "کی"), ("ta", "key"), ("تا", "چند")))
_POLITE = frozenset(
    map(fold, ("میشه", "نمیشه", "ممکنه", "لطفا", "لطفاً", "خواهش", "mishe", "lotfan", "please"))
)
_BEHIND = 2  # tokens between a wish and what is said of it: «حذف کردن کنکور واقعا اشتباهه»


def framing(
    reading: Reading, lex: Lexicon, low: int, first: int, verb: int, high: int, *, has_verb: bool
) -> Framing:
    """How the sentence [low, high) takes the wish of tokens [first, verb]; without a verb only what stands behind tells."""
    against = lex.cues["strong_oppose"]  # of one word these are read with the wish itself
    denied = [span for span in cue_spans(reading, lex, "denied") if reading.keys[span[0]] not in against]
    granted = cue_spans(reading, lex, "granted")
    inside = {at for start, end in (*denied, *granted) for at in range(start, end)}
    opens = next((at + 1 for at in range(first - 1, low - 1, -1) if _ends(reading, at, inside)), low)
    turns = sum(has_verb and opens <= start and end <= first for start, end in denied)
    turns += sum(verb < start <= verb + 1 + _BEHIND and end <= high for start, end in denied)
    before = reading.keys[opens:first]
    until = any(pair in _UNTIL_WHEN for pair in pairwise(before))  # «تا کی بماند»
    why = has_verb and (until or any(key in WHY for key in before))
    if any(pair == ("نیست", "که") for pair in pairwise(before)):
        return "doubted"  # «شبی نیست که دزدی نشود» tells
    if why or turns:
        return "turned" if (why + turns) % 2 else "plain"
    if any(opens <= start and end <= first for start, end in granted):
        return "plain"
    if (
        any(key in DOUBTED for key in before)
        or _asks(reading, low, verb, high)
        or _supposes(reading, low, verb, high)
    ):
        return "doubted"
    return "plain"


def _ends(reading: Reading, at: int, inside: set[int]) -> bool:
    """Whether a clause ends at a token before the wish: at its mark or its verb."""
    return reading.tokens[at].kind == "comma" or (at not in inside and mood_at(reading, at) != "")


def _asks(reading: Reading, low: int, verb: int, high: int) -> bool:
    """Whether a sentence is a question that is no polite wish: «بشه؟», not «میشه … بردارید؟»."""
    if reading.tokens[verb].raw.endswith(("ید", "ین")):  # «… را جمع کنید گوش شنوا هست؟»
        return False
    is_question = high < len(reading.tokens) and (
        "؟" in reading.tokens[high].raw or "?" in reading.tokens[high].raw
    )
    return is_question and not any(key in _POLITE for key in reading.keys[low:high])


def _supposes(reading: Reading, low: int, verb: int, high: int) -> bool:
    """«سربازی حذف شه مملکت بی‌دفاع میشه»: what would come of it, without an «اگر»."""
    if (
        not 0 <= verb < high
        or mood_at(reading, verb) != "asked"
        or reading.tokens[verb].raw.endswith(("ید", "ین"))
    ):
        return False
    if any(key in MUST or is_must_not(key) for key in reading.keys[low:verb]):
        return False
    for at in range(verb + 1, high):
        if reading.tokens[at].kind == "comma":
            return False
        raw = reading.tokens[at].raw
        if (raw.startswith("می") and mood_at(reading, at) == "told") or raw == "می":
            return True
    return False
