"""What is wanted of a demand, a complaint or a matter, by the verb that carries it and what stands around that."""

import re
from typing import Literal

from tasks.llm.engine.framing import framing
from tasks.llm.engine.mood import LINKS, MUST, is_must_not, is_prohibition, is_wish, spelled
from tasks.llm.engine.reading import Reading, cue_spans
from tasks.llm.engine.text import fold
from tasks.llm.lexicon import Lexicon, Match

Will = Literal["", "wanted", "refused", "said"]  # "said": a noun of which only its sentence tells more

_PAST_STEMS = frozenset(("کرد", "شد", "داد", "گرفت", "زد", "برد", "گذاشت"))
_NOUNS_OF_DOING = frozenset(("کردن", "شدن", "بودن", "kardan", "shodan"))
_NOT_DOING = frozenset(("نکردن", "نشدن", "نبودن", "nakardan", "nashodan"))
_PREVENTS = re.compile(r"^ن(?:می)?گ?[ذز]اری?[دنم]$|^na?(?:mi)?zar(?:id|in|im)$")
_AGREES = frozenset(map(fold, ("موافقم", "موافقیم", "موافق", "movafegham")))
ASKING = _AGREES | frozenset(
    map(fold, ("درخواست", "تقاضا", "تقاضای", "مطالبه", "خواستار", "خواهان", "لزوم", "ضرورت"))
)
_ASKED = 3  # tokens between «درخواست» and what it asks
_LOOK = 2  # tokens behind a demand in which its verb stands
_NOT_EN = frozenset(
    ("don't", "dont", "not", "never", "against", "oppose", "no", "nobody", "shouldn't", "stop")
)
_WISH_EN = frozenset(("should", "must", "please", "want", "need", "needs", "demand", "ask", "urge", "let"))


def will_of(
    reading: Reading,
    lex: Lexicon,
    match: Match,
    low: int,
    high: int,
    *,
    is_close: bool = False,
    is_own: bool = False,
) -> Will:
    """What is wanted of a demand, a complaint (`is_close`) or (`is_own`) a matter, by the verb that carries it."""
    is_close = is_close or is_own
    keys = reading.keys
    at = match.first if not is_own else max(match.first, match.last - 1)
    infinitive, verb = 0, match.last - 1
    if reading.tokens[match.first].kind == "latin" and not reading.finglish:
        doubted = framing(reading, lex, low, match.first, match.last - 1, high, has_verb=True) != "plain"
        return "" if doubted else _english(reading, match, low, is_own=is_own)
    told: Will = ""
    for index in range(at, min(high, match.last + (1 if is_close else _LOOK))):
        written = spelled(reading, index)
        if reading.tokens[index].kind == "comma" or (index >= match.last and keys[index] in LINKS):
            break
        if written in _NOUNS_OF_DOING or written in _NOT_DOING:
            infinitive, verb = -1 if written in _NOT_DOING else 1, index
            break
        if is_prohibition(reading, index):
            told, verb = "refused", index
            break
        must_not = any(map(is_must_not, keys[low:index]))
        must = any(key in MUST for key in keys[low:index])
        if is_wish(reading, index) or ((must or must_not) and written in _PAST_STEMS):
            prevented = any(
                _PREVENTS.match(spelled(reading, each))
                or (each > low and keys[each - 1] == "اجازه" and is_prohibition(reading, each))
                or (reading.tokens[each - 1].raw == "نمی" and "ذار" in keys[each])
                or keys[each] in lex.cues["strong_oppose"]
                for each in range(low, match.first)
            )
            told, verb = "refused" if must_not != prevented else "wanted", index
            break
    frame = framing(reading, lex, low, match.first, verb, high, has_verb=bool(told or infinitive))
    if told:
        if frame == "turned":
            return "refused" if told == "wanted" else "wanted"
        return "" if frame == "doubted" else told
    against = any(key in lex.cues["strong_oppose"] for key in keys[low:high])
    if frame == "turned" and not against:
        return "refused" if infinitive >= 0 else "wanted"
    for_it = any(key in _AGREES or key in MUST for key in keys[low:high]) or any(
        low <= first < high for first, _ in cue_spans(reading, lex, "stays")
    )
    for_it = for_it or any(key in ASKING for key in keys[max(low, match.first - _ASKED) : match.first])
    if infinitive:
        if not (against or for_it) or frame == "doubted":
            return ""
        return "wanted" if (infinitive > 0) != against else "refused"
    if is_close or frame == "doubted":
        return ""
    if any(key in ASKING for key in keys[max(low, match.first - _ASKED) : match.first]):
        return "refused" if against else "wanted"  # «درخواست لغو …», «موافق حذف …»
    return "said" if against else ""


def _english(reading: Reading, match: Match, low: int, *, is_own: bool) -> Will:
    """«should be banned», «please ban», «ban …» at the head of a sentence; «don't ban»."""
    before = [token.raw.lower() for token in reading.tokens[low : match.first]]
    if is_own:  # «please filter the internet»; a noun at the head of a sentence is no verb
        last = before[-1] if before else ""
        return "wanted" if last == "please" else "refused" if last in ("don't", "dont") else ""
    if any(word in _NOT_EN for word in before[-_LOOK - 2 :]):
        return "refused"
    return "wanted" if not before or any(word in _WISH_EN for word in before) else ""
