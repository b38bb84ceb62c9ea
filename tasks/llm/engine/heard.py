"""What a verb that is no demand of the lexicon says of a matter's own wish, where that can be told.

By the word that it makes its sense with: it carries the matter out («شروع کنید»), ends it («جرم کنید»), or is the wish's own («از خانه‌های
خالی مالیات نگیرید»); by a will that stands beside the matter alone («فیلترینگ نمی‌خواهیم»); by what is feared («اگر بنزین گران شود …»).
What is understood by none of these is left open (`engine/unheard`). Not here: demands and complaints (`engine/leaning`).
"""

from tasks.llm.engine.framing import IF, framing
from tasks.llm.engine.mood import (
    LINKS,
    OBJECT,
    REMAINS,
    is_must_not,
    is_prohibition,
    is_wish,
    mood_at,
    spelled,
)
from tasks.llm.engine.own_words import is_own_verb, is_threshold, words_denied, words_of_wish
from tasks.llm.engine.reading import Reading, cue_spans
from tasks.llm.engine.text import fold
from tasks.llm.engine.unheard import clause_of
from tasks.llm.engine.ways import Lean, ends, is_contested, may_go_both_ways, promotes
from tasks.llm.lexicon import Entry, Lexicon, Match

_CARRIES = frozenset(map(fold, ("شروع", "آغاز", "انجام", "عملی", "ادامه", "برقرار", "اجرا", "اجرایی")))
_OVER = frozenset(
    map(fold, ("تمام", "تموم", "بس", "جرم", "بایگانی", "ریشه‌کن", "پر", "پلمب", "پلمپ", "داوطلبانه", "اختیاری", "قدغن", "نابود", "ورچیده", "برچیده", "جمع"))
)  # fmt: skip
_COMPULSORY = frozenset(map(fold, ("اجباری", "الزامی")))
_OF_AGE = 16  # years; who asks for a bound below it asks for a lower one
_USES = frozenset(("مصرف", "استفاده"))
_OUT = frozenset(("بیرون", "خارج"))
_AIM = frozenset(map(fold, ("برای", "واسه", "جهت", "منظور")))
_ENDING_EN = frozenset(("optional", "voluntary", "choice", "end", "ended", "over", "gone", "scrapped"))
_NOT_EN = frozenset(("not", "don't", "dont", "stop", "never"))
_STEM = 3  # letters of «cut», «cutting»
_MUST_EN = frozenset(("should", "must", "please"))
_DOING = 3  # tokens between a word and the verb that it makes its sense with


def heard(reading: Reading, lex: Lexicon, main: Match, low: int, high: int) -> Lean | None:
    """How the clause's own verbs stand to the wish of a good or bad matter, None where they do not tell."""
    first, last = clause_of(reading, main, low, high)
    if reading.tokens[main.first].kind == "latin" and not reading.finglish:
        return _english(reading, main, first, last)
    for at in range(first, last):
        mood = mood_at(reading, at)
        if mood not in ("asked", "forbidden"):
            continue
        if main.first <= at < main.last:  # «سگ‌ها را نکشید» names the matter, «بکشید» does not
            is_either = may_go_both_ways(main.entry) if main.entry.kind == "bad" else False
            return "with" if (mood == "forbidden") == is_either else "open" if is_either else "against"
        frame = framing(reading, lex, low, main.first, at, high, has_verb=True)
        if frame == "doubted":
            if REMAINS.match(spelled(reading, at)) and is_feared(reading, lex, main, low, at + 1):
                return _turned(_remaining(main.entry))  # «اگر گشت ارشاد بماند …»
            continue
        lean = _by_word(reading, lex, main, at, first)
        if lean:
            must_not = mood == "asked" and any(map(is_must_not, reading.keys[first:at]))
            turns = (mood == "forbidden") + (frame == "turned") + must_not
            return _turned(lean) if turns % 2 else lean
    return _by_will(reading, lex, main, last, high)


def _by_word(reading: Reading, lex: Lexicon, main: Match, verb: int, first: int) -> Lean | None:
    """What it says of the wish if the verb is asked for."""
    near = [key for key in reading.keys[max(main.last, verb - _DOING) : verb] if key not in OBJECT]
    if is_threshold(reading, main):
        between = reading.tokens[main.last : verb]
        ages = [int(t.key) for t in between if t.kind == "number" and t.key.isdigit()]
        return ("with" if ages[-1] >= _OF_AGE else "against") if ages else None
    lean = _by_light_word(reading, lex, main, verb, near, is_head=main.first == first)
    return lean or _by_evil(reading, main, verb, near) or _by_wish(reading, lex, main, verb, first)


def _by_light_word(
    reading: Reading, lex: Lexicon, main: Match, verb: int, near: list[str], *, is_head: bool
) -> Lean | None:
    """«شروع کنید», «جرم کنید», «اجباری کنید», «بماند»: said of anything."""
    entry = main.entry
    lacks = entry.kind == "good" or not may_go_both_ways(entry)
    if any(key in _CARRIES for key in near):
        return "with" if lacks else "against" if is_head and len(near) <= 1 else None
    if any(key in _COMPULSORY for key in near[-1:]):
        return "with" if lacks and is_wish(reading, verb) else None
    if any(key in _OVER for key in near[-1:]):
        if entry.kind == "good" or promotes(entry) or near[-1] in words_denied(entry.prop_fa, lex):
            return "against"
        return "with" if ends(entry) else None
    return _remaining(entry) if REMAINS.match(spelled(reading, verb)) else None


def _by_evil(reading: Reading, main: Match, verb: int, near: list[str]) -> Lean | None:
    """What is done with an evil that is to end: left behind («از فیلتر دربیارید»), used («مازوت مصرف نکنید»), or done («نکشید»)."""
    entry, forbids = main.entry, is_prohibition(reading, verb)
    if entry.kind != "bad" or not ends(entry):
        return None
    is_out = not _OUT.isdisjoint((*near, *reading.keys[verb + 1 : verb + 2]))
    if is_out or (is_out_of(reading, main) and reading.tokens[verb].raw.startswith("در")):
        return "with"
    if near[-1:] and near[-1] in _USES and not is_contested(entry):
        return "against"
    if forbids and _deeds(entry) and main.last <= verb <= main.last + 1:
        return "against"
    return "against" if forbids and near[-2:] == ["این", "کار"] else None  # «گرانی بنزین …، این کار را نکنید»


def _by_wish(reading: Reading, lex: Lexicon, main: Match, verb: int, first: int) -> Lean | None:
    """By the wish's own words or verb, or where the matter is what something is asked for («برای رفع تحریم توافق کنید»)."""
    lacks = main.entry.kind == "good" or not may_go_both_ways(main.entry)
    before = reading.keys[main.first - 1] if main.first else ""
    if before == "نه":  # «گاز بسوزانید نه مازوت»
        return "against" if lacks else "with"
    wish = words_of_wish(main.entry.prop_fa, lex)
    if any(reading.keys[at] in wish and reading.keys[at - 1] != "غیر" for at in range(first, verb)):
        return "with"
    is_aim = before in _AIM and lacks and is_wish(reading, verb)
    return "with" if is_aim or is_own_verb(reading, main, verb) else None


def is_out_of(reading: Reading, main: Match) -> bool:
    """«از بند فیلتر»: what is to be left behind."""
    return "از" in reading.keys[max(0, main.first - 2) : main.first]


def _remaining(entry: Entry) -> Lean:
    return "against" if entry.kind == "bad" else "with"


def _by_will(reading: Reading, lex: Lexicon, main: Match, last: int, high: int) -> Lean | None:
    """«اینترنت طبقاتی نمی‌خواهیم»: a will right behind the matter."""
    at = main.last
    while at < last and reading.keys[at] in LINKS:
        at += 1
    for start, end in cue_spans(reading, lex, "unwilling"):
        if start == at or (main.last < start < high and reading.tokens[end - 1].raw.endswith("ش")):
            if main.entry.kind == "good":
                return "against"
            return "with" if ends(main.entry) or is_contested(main.entry) else None
    return None


def is_feared(reading: Reading, lex: Lexicon, match: Match, low: int, high: int) -> bool:
    """«اگر بنزین گران شود …»: what comes of a harm is feared, unless it is praised."""
    if not any(key in IF for key in reading.keys[low : match.first]):
        return False
    is_praised = any(low <= at < high for at, _ in cue_spans(reading, lex, "praise"))
    if is_praised or "بهتره" in reading.keys[low:high]:
        return False
    return any(mood_at(reading, at) == "asked" for at in range(match.first, min(match.last + 1, high)))


def _english(reading: Reading, main: Match, first: int, last: int) -> Lean | None:
    """«… should be optional», «… should not end», «do not cut down the trees»."""
    words = [token.raw.lower() for token in reading.tokens[first:last]]
    over = [at for at, word in enumerate(words) if word in _ENDING_EN]
    if over and not _MUST_EN.isdisjoint(words) and main.entry.kind == "bad" and ends(main.entry):
        return "against" if "not" in words[: over[-1]] else "with"
    deeds = _deeds(main.entry)
    done = [at for at, word in enumerate(words) if word[:_STEM] in deeds]
    return "with" if any(not _NOT_EN.isdisjoint(words[max(0, at - 2) : at]) for at in done) else None


def _deeds(entry: Entry) -> set[str]:
    """Stems of an evil that is named as something done («mazut burning»): who forbids the doing wants its end."""
    is_evil = entry.kind == "bad" and not is_contested(entry)
    return {word[:_STEM] for word in entry.en.split() if is_evil and word.endswith("ing")}


def _turned(lean: Lean) -> Lean:
    if lean == "open":
        return lean
    return "against" if lean == "with" else "with"
