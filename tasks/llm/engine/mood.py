"""Is a verb a wish, a prohibition, or told? By its spelling, which keys do not keep («نکنید» has the key of «کنید»)."""

import re
from typing import Literal

from tasks.llm.engine.reading import Reading, cue_spans
from tasks.llm.engine.text import fold
from tasks.llm.lexicon import Lexicon, Match

Will = Literal["", "wanted", "refused", "said"]  # "said": a noun of which only its sentence tells more

PROHIBITS = re.compile(
    r"^ن(?:کنی?[دن]|کنند?|شود|شه|شن|شوند|باشد|باشه|بری?[دن]|زنی?[دن]|ذاری?[دن]|گذاری?[دن]|دهی?[دن]|دی[دن]|گیری?[دن]"
    r"|یاری?[دن]|یاوری?[دن]|فروشی?[دن]|ندازی?[دن]|بندی?[دن]|سازی?[دن]|فرستی?[دن]|کشی?[دن]|گردد|یابد)$|^na(?:kon|saz|bar|zan|d)i[dn]$"
    r"|^(?:don't|dont|not)$"
)
_WISHES = re.compile(
    r"^(?:ب?کنی[دن]|بکنند?|کنند?|ب?کنه|کند|ب?شود|ب?شه|ب?شوند|ب?شن|باشی?[دن]|باشه|باشند|گردد|یابد|ب?دهی?[دن]|ب?دهند?|بدی?[دن]|بده"
    r"|ب?گیری?[دن]|ب?گیرند?|ب?بری?[دن]|برن?د?ه?|برود|بروند|بردار\w+|ب?مانند?|بماند|بمان[نه]?|ب?مونه|بمونن|bemo?u?ne|bemanad|ب?گ?ذاری?[دن]|ب?زنی?[دن]|ببندی?[دن]|بسازی?[دن]"
    r"|(?:be?)?kon(?:id|in|an|e)|beshe|beshan|bashe|shavad|bedid|bedin|beran)$"
)
_APART = ("برن", "درن", "ورن")
_TURNED_WHOLE = re.compile(r"^[بدو]رن\w+(?:ید|ین|ند|دد|گرده)$")
REMAINS = re.compile(r"^ب?(?:مانند?|ماند|مان[نه]|مونه|مونن)$|^bemo?u?ne$|^bemanad$")
_REFUSED_LATIN = re.compile(r"^na(?:kon|d|bar|zan|saz|gir|zar)\w*$|^nashe$|^nashavad$|^nabashe$")
_PAST_STEMS = frozenset(("کرد", "شد", "داد", "گرفت", "زد", "برد", "گذاشت"))
_NOUNS_OF_DOING = frozenset(("کردن", "شدن", "بودن", "kardan", "shodan"))
_NOT_DOING = frozenset(("نکردن", "نشدن", "نبودن", "nakardan", "nashodan"))
MUST = frozenset(map(fold, ("باید", "بایستی", "bayad", "should", "must")))
MUST_NOT = frozenset(("نباید", "nabayad", "shouldn't"))
DOUBTED = frozenset(
    map(fold, ("چرا", "chera", "why", "اگر", "اگه", "age", "if", "مگر", "مگه", "تا", "کجای", "کجا", "چه"))
)
_PREVENTS = re.compile(r"^ن(?:می)?گ?[ذز]اری?[دنم]$|^na?(?:mi)?zar(?:id|in|im)$")
_AGREES = frozenset(map(fold, ("موافقم", "موافقیم", "موافق", "movafegham")))
LINKS = frozenset(("را", "رو", "هم", "ro"))
ASKING = _AGREES | frozenset(
    map(fold, ("درخواست", "تقاضا", "تقاضای", "مطالبه", "خواستار", "خواهان", "لزوم", "ضرورت"))
)
_ASKED = 3  # tokens between «درخواست» and what it asks
_LOOK = 2  # tokens behind a demand in which its verb stands
_NOT_EN = frozenset(
    ("don't", "dont", "not", "never", "against", "oppose", "no", "nobody", "shouldn't", "stop")
)
_WISH_EN = frozenset(("should", "must", "please", "want", "need", "needs", "demand", "ask", "urge", "let"))


def is_prohibition(reading: Reading, index: int) -> bool:
    """Whether the word forbids: «نکنید», «ندهید», «برندارید»; not «نمی‌کنید», «نکردند»."""
    written, token = spelled(reading, index), reading.tokens[index]
    if index and reading.tokens[index - 1].raw == "نمی":
        return False
    turned = written[:3] in _APART and token.key[2:3] != "ن"
    turned = turned or bool(_TURNED_WHOLE.match(token.raw.replace("\u200c", "")))  # «برنگردد», cut in two
    return bool(PROHIBITS.match(written) or _REFUSED_LATIN.match(written)) or turned


def is_must_not(key: str) -> bool:
    """«نباید», its letters in whatever order they were typed."""
    return key in MUST_NOT or sorted(key) == sorted("نباید")


def is_wish(reading: Reading, index: int) -> bool:
    """Whether the word is a verb in the mood of wishes: «کنید», «شود», «بدهید»; not «می‌کنید»."""
    told = index > 0 and reading.tokens[index - 1].raw in ("می", "نمی")
    return not told and bool(_WISHES.match(spelled(reading, index)))


def is_doubted(reading: Reading, low: int, first: int, high: int) -> bool:
    """Whether a sentence asks or fears: «چرا … بماند؟», «اگر … شود»."""
    asks = high < len(reading.tokens) and reading.tokens[high].raw in ("؟", "?")
    return asks or any(key in DOUBTED for key in reading.keys[low:first])


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
    doubted = is_doubted(reading, low, match.first, high)
    at = match.first if not is_own else max(match.first, match.last - 1)
    infinitive = 0
    if reading.tokens[match.first].kind == "latin" and not reading.finglish:
        return "" if doubted else _english(reading, match, low, is_own=is_own)
    for index in range(at, min(high, match.last + (1 if is_close else _LOOK))):
        written = spelled(reading, index)
        if reading.tokens[index].kind == "comma" or (index >= match.last and keys[index] in LINKS):
            break
        if written in _NOUNS_OF_DOING or written in _NOT_DOING:
            infinitive = -1 if written in _NOT_DOING else 1
            break
        if is_prohibition(reading, index):
            return "" if doubted else "refused"
        must_not = any(map(is_must_not, keys[low:index]))
        must = any(key in MUST for key in keys[low:index])
        if is_wish(reading, index) or ((must or must_not) and written in _PAST_STEMS):
            if doubted:
                return ""
            prevented = any(
                _PREVENTS.match(spelled(reading, each))
                or (reading.tokens[each - 1].raw == "نمی" and "ذار" in keys[each])
                or keys[each] in lex.cues["strong_oppose"]
                for each in range(low, match.first)
            )
            return "refused" if must_not != prevented else "wanted"
    against = any(key in lex.cues["strong_oppose"] for key in keys[low:high])
    for_it = any(key in _AGREES or key in MUST for key in keys[low:high]) or any(
        low <= first < high for first, _ in cue_spans(reading, lex, "stays")
    )
    for_it = for_it or any(key in ASKING for key in keys[max(low, match.first - _ASKED) : match.first])
    if infinitive:
        if not (against or for_it) or doubted:
            return ""
        return "wanted" if (infinitive > 0) != against else "refused"
    if is_close or doubted:
        return ""
    if any(key in ASKING for key in keys[max(low, match.first - _ASKED) : match.first]):
        return "refused" if against else "wanted"  # «درخواست لغو …», «موافق حذف …»
    return "said" if against else ""


def spelled(reading: Reading, index: int) -> str:
    """A word as it was written, joiners left out; of words run together the one that is meant."""
    tokens = reading.tokens
    near = [tokens[at] for at in (index - 1, index + 1) if 0 <= at < len(tokens)]
    token = tokens[index]
    is_piece = any(other.start == token.start for other in near)
    return token.key if is_piece else token.raw.replace("\u200c", "").lower()


def _english(reading: Reading, match: Match, low: int, *, is_own: bool) -> Will:
    """«should be banned», «please ban», «ban …» at the head of a sentence; «don't ban»."""
    before = [token.raw.lower() for token in reading.tokens[low : match.first]]
    if is_own:  # «please filter the internet»; a noun at the head of a sentence is no verb
        last = before[-1] if before else ""
        return "wanted" if last == "please" else "refused" if last in ("don't", "dont") else ""
    if any(word in _NOT_EN for word in before[-_LOOK - 2 :]):
        return "refused"
    return "wanted" if not before or any(word in _WISH_EN for word in before) else ""
