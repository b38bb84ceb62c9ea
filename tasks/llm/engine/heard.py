"""What a verb that is no demand of the lexicon says of a matter's own wish, where that can be told.

By the word that it makes its sense with: it carries the matter out («شروع کنید»), ends it («جرم کنید»), or is the wish's own («از خانه‌های
خالی مالیات نگیرید»); by a will that stands beside the matter alone («فیلترینگ نمی‌خواهیم»); by what is feared («اگر بنزین گران شود …»).
What is understood by none of these is left open (`engine/unheard`). Not here: demands and complaints (`engine/leaning`).
"""

from tasks.llm.engine.framing import IF, framing
from tasks.llm.engine.mood import LINKS, OBJECT, REMAINS, is_must_not, mood_at, spelled
from tasks.llm.engine.reading import Reading, cue_spans
from tasks.llm.engine.text import fold, split_words
from tasks.llm.engine.unheard import clause_of
from tasks.llm.engine.verbs import DONE
from tasks.llm.engine.ways import Lean, ends, is_contested, may_go_both_ways, promotes
from tasks.llm.lexicon import Entry, Lexicon, Match

_CARRIES = frozenset(map(fold, ("شروع", "آغاز", "انجام", "عملی", "ادامه", "برقرار", "اجرا", "اجرایی")))
_OVER = frozenset(
    map(fold, ("تمام", "تموم", "بس", "جرم", "بایگانی", "ریشه‌کن", "پر", "پلمب", "پلمپ", "داوطلبانه", "اختیاری", "قدغن", "نابود", "ورچیده", "برچیده", "جمع"))
)  # fmt: skip
_COMPULSORY = frozenset(map(fold, ("اجباری", "الزامی")))
_OUT = frozenset(("بیرون", "خارج"))
_AIM = frozenset(map(fold, ("برای", "واسه", "جهت", "منظور")))
_ENDING_EN = frozenset(("optional", "voluntary", "choice", "end", "ended", "over", "gone", "scrapped"))
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
    entry = main.entry
    near = [key for key in reading.keys[max(main.last, verb - _DOING) : verb] if key not in OBJECT]
    lacks = entry.kind == "good" or not may_go_both_ways(entry)
    if any(key in _CARRIES for key in near):
        return "with" if lacks else "against" if main.first == first and len(near) <= 1 else None
    if any(key in _COMPULSORY for key in near[-1:]):
        return "with" if lacks and mood_at(reading, verb) == "asked" else None
    if any(key in _OVER for key in near[-1:]):
        if entry.kind == "good" or promotes(entry) or near[-1] in _words_denied(entry.prop_fa, lex):
            return "against"
        return "with" if ends(entry) else None
    if REMAINS.match(spelled(reading, verb)):
        return _remaining(entry)
    if main.first and reading.keys[main.first - 1] == "از":
        is_out = reading.tokens[verb].raw.startswith("در") or not _OUT.isdisjoint(near)
        return "with" if is_out and entry.kind == "bad" and ends(entry) else None
    if main.first and reading.keys[main.first - 1] == "نه":  # «گاز بسوزانید نه مازوت»
        return "against" if lacks else "with"
    wish = _words_of_wish(entry.prop_fa, lex)
    if any(reading.keys[at] in wish and reading.keys[at - 1] != "غیر" for at in range(first, verb)):
        return "with"
    if _is_own_verb(reading, main, verb):
        return "with"
    if main.first and reading.keys[main.first - 1] in _AIM and lacks and mood_at(reading, verb) == "asked":
        return "with"
    if (
        near[-2:] == ["این", "کار"] and mood_at(reading, verb) == "forbidden"
    ):  # «گرانی بنزین …، این کار را نکنید»
        return "against" if entry.kind == "bad" and ends(entry) else None
    return None


def _remaining(entry: Entry) -> Lean:
    return "against" if entry.kind == "bad" else "with"


def _is_own_verb(reading: Reading, main: Match, verb: int) -> bool:
    """«حقابه هیرمند را از طالبان بگیرید»: the very verb of the wish («گرفته شود»), asked of the matter as its object."""
    words = main.entry.prop_fa.split()
    stems = DONE.get(words[-2] if len(words) > 1 else "", ())
    asked = mood_at(reading, verb) == "asked" and reading.tokens[verb].raw.removeprefix("ب").startswith(
        stems or ("-",)
    )
    return asked and reading.keys[main.last : main.last + 1] in (["را"], ["رو"])


def deeds_of(prop_fa: str, lex: Lexicon) -> frozenset[str]:
    """What is to be done by a wish that denies nothing, in its own words: «جمع» of «باید از بازار جمع شود»."""
    _, must, behind = f" {prop_fa} ".partition(" باید ")
    words = split_words(behind)[:-1] if must and " نباید " not in f" {prop_fa} " else []
    return frozenset(map(lex.vocabulary.key, words[-1:]))


def names_wish(reading: Reading, lex: Lexicon, main: Match) -> bool:
    """Whether a lack is told by what would mend it: «مالیات خانه‌های خالی», «آسفالت»."""
    is_lack = main.entry.kind == "bad" and not may_go_both_ways(main.entry)
    return is_lack and not _words_of_wish(main.entry.prop_fa, lex).isdisjoint(
        reading.keys[main.first : main.last]
    )


def _words_of_wish(prop_fa: str, lex: Lexicon) -> frozenset[str]:
    """The words of a wish that say what is to be done: those behind its «باید»; none of one that is denied."""
    _, must, behind = f" {prop_fa} ".partition(" باید ")
    if not must or " نباید " in f" {prop_fa} ":
        return frozenset()
    words = split_words(behind)[:-1]
    for without in _WITHOUT & set(words):  # «بدون اجازه شوهر»
        at = words.index(without)
        words[at : at + 3] = []
    return frozenset(map(lex.vocabulary.key, words)) - _EVERYDAY


def _words_denied(prop_fa: str, lex: Lexicon) -> frozenset[str]:
    """The words of a wish behind its «نباید»: what is not to be done."""
    return frozenset(map(lex.vocabulary.key, split_words(f" {prop_fa} ".partition(" نباید ")[2])))


_WITHOUT = frozenset(("بدون", "نه", "بی"))
_EVERYDAY = frozenset(
    map(fold, ["باید", "همه", "مردم", "برای", "بدون", "در", "از", "به", "با", "و", "را", "یا", "هر", "تا", "دوباره", "کافی", "درست", "کامل", "آزاد", "باز", "کم", "بیشتر", "بهتر", "پول", "کشور", "راه", "خوب", "جای", "جمع", "پس", "گرفته", "داده", "اینترنت", "برق", "آب", "خانه", "خانه\u200cها"])
)  # fmt: skip


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
    if (
        any(low <= at < high for at, _ in cue_spans(reading, lex, "praise"))
        or "بهتره" in reading.keys[low:high]
    ):
        return False
    return any(mood_at(reading, at) == "asked" for at in range(match.first, min(match.last + 1, high)))


def _english(reading: Reading, main: Match, first: int, last: int) -> Lean | None:
    """«… should be optional», «… should not end»."""
    words = [token.raw.lower() for token in reading.tokens[first:last]]
    if (
        not _ENDING_EN.isdisjoint(words)
        and not _MUST_EN.isdisjoint(words)
        and main.entry.kind == "bad"
        and ends(main.entry)
    ):
        return (
            "against"
            if "not" in words[: max(at for at, word in enumerate(words) if word in _ENDING_EN)]
            else "with"
        )
    return None


def _turned(lean: Lean) -> Lean:
    if lean == "open":
        return lean
    return "against" if lean == "with" else "with"
