"""Words of a passage that are not what it is about: whom it is written to, who writes it, and its reasons.

«تقاضا از دادستان برای …», «درخواست … از وزیر ورزش», «حمایت جمعی از فرهنگیان از …», «تعویق آزمون به علت انتخابات».
"""

from tasks.llm.engine.reading import Reading, cue_spans
from tasks.llm.lexicon import Lexicon

PETITION = frozenset(
    ("درخواست", "تقاضا", "تقاضای", "مطالبه", "خواستار", "لزوم", "اعتراض", "مخالفت", "خواست", "نه", "خواهشمند")
)
HEAD = 6  # tokens in which a petition says that it is one
_ASKED = frozenset((*PETITION, "دعوت", "مطالبه گری"))
_UNTIL = frozenset(("برای", "جهت", "درباره", "خصوص", "نسبت", "مبنی", "که", "تا"))  # ends the addressee
_REACH = 12  # tokens of the longest addressee
_GROUP = frozenset(("جمعی", "جمع", "گروهی", "گروه", "جامعه", "هواداران"))  # «جمعی از …»: the writers
_FROM = "از"
_SUPPORT = frozenset(("حمایت", "پشتیبانی"))


def aside(reading: Reading, lex: Lexicon) -> frozenset[int]:
    """Tokens that name the addressee, the writers or the reasons of a petition."""
    cue = petition_cue(reading)
    writers = writers_of(reading)
    if cue is None:
        return frozenset(writers)
    return frozenset((*writers, *_addressee(reading, cue, lex), *_reasons(reading, cue, lex)))


def petition_cue(reading: Reading) -> int | None:
    """Where a passage says that it asks or protests: the place of «درخواست», «اعتراض به» at its head."""
    return next((at for at, key in enumerate(reading.keys[:HEAD]) if key in _ASKED), None)


def _addressee(reading: Reading, cue: int, lex: Lexicon) -> range:
    """«درخواست از X برای …» and, at the end, «… از وزیر ورزش»."""
    keys = reading.keys
    if keys[cue + 1 : cue + 2] == [_FROM]:
        end = next((at for at in range(cue + 2, min(len(keys), cue + _REACH)) if keys[at] in _UNTIL), None)
        return range(cue + 2, end) if end else range(0)
    last = max((at for at, key in enumerate(keys) if key == _FROM), default=0)
    is_official = any(key in lex.cues["official"] for key in keys[last + 1 : last + 3])
    governed = any(m.last == last for m in reading.of("demand"))  # «حمایت از …»
    return range(last + 1, len(keys)) if last > cue + 1 and is_official and not governed else range(0)


def writers_of(reading: Reading) -> range:
    """Tokens of «حمایت جمعی از فرهنگیان از …»: between a word of support and the second «از»."""
    keys = reading.keys
    for at, key in enumerate(keys[:HEAD]):
        if key in _GROUP and any(before in _SUPPORT for before in keys[:at]):
            ends = [end for end in range(at + 1, min(len(keys), at + _REACH)) if keys[end] == _FROM]
            ends = [end for end in ends if end > at + 1]
            return range(at, ends[0]) if ends else range(0)
    return range(0)


def _reasons(reading: Reading, cue: int, lex: Lexicon) -> range:
    """«به علت …», «با توجه به …» behind what is asked."""
    asked = [m.first for m in reading.of("demand") if m.first >= cue]
    start = next(
        (first for first, _ in cue_spans(reading, lex, "reason") if asked and first > asked[0] + 1), None
    )
    if start is None:
        return range(0)
    end = next((at for at in range(start, len(reading.tokens)) if reading.tokens[at].kind == "stop"), None)
    return range(start, len(reading.tokens) if end is None else end)
