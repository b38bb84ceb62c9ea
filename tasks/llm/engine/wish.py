"""Does the writer want what a demand word says, or its opposite?

«بسازید» asks for a thing; «نسازید»، «جلوگیری از ساخت»، «مخالفت با ساخت»، «چرا می‌سازید؟» ask for it not to be;
«ممنوع کردند» tells of a thing done that the writer wants undone. Turns are counted: two of them («اعتراض به
عدم پرداخت») make a wish again. Not here: which demand belongs to which matter (`engine/choose`).
"""

import re
from typing import Literal

from tasks.llm.engine.aside import PETITION
from tasks.llm.engine.framing import DOUBTED, framing
from tasks.llm.engine.mood import LINKS, is_must_not, is_prohibition, is_willed, spelled
from tasks.llm.engine.reading import Reading, cue_spans
from tasks.llm.engine.text import fold
from tasks.llm.lexicon import Lexicon, Match

Sense = Literal["wants", "refuses", "tells"]

OUTER = frozenset(("stop", "cancel", "ban"))  # may govern another demand: «جلوگیری از احداث …»
_GOVERNS = 4  # tokens between a word that turns a demand and the demand
_SENTENCE = 12  # tokens looked at on either side
# Things done by those in power that people complain of: told in the past, they are to be undone.
_TAKEN_AWAY = frozenset(
    ("ban", "cancel", "close", "reduce", "dismiss", "move", "privatise", "merge", "dissolve", "increase",
     "separate", "rename", "organise rationing", "stop", "award")
)  # fmt: skip
_IMPERATIVE = re.compile(r"^(?:ب|بر|در)\w+(?:ید|ین)$")  # «ببندید»: the verb itself, what follows is another's
_PAST = re.compile(
    r"^(?:کرد|کردند?|کردی[دن]?|کرده(?:اند|ن|اید|این|ان)?|شد|شدند?|شده(?:است|اند|ن)?|زدند|دادند|گرفتند|بردند|kardan|kardid|shod)$"
)
_INFINITIVES = frozenset(("کردن", "شدن", "kardan"))
_WHY = frozenset(("چرا", "chera", "why"))
_NOT_DONE = re.compile(r"^(?:ن(?:می|کرد|شد|داد|گرفت)|nemi|nakard|nashod)")
_LACK = frozenset(("عدم", "adam"))
OPTIONAL = frozenset(("اختیاری",))
_RESTORING = frozenset(("bring back", "reopen"))
CAUSE = frozenset(("خاطر", "خاطره", "دلیل", "علت", "بابت"))  # before a thing: another is spoken of
_BESIDE_THE_POINT = CAUSE | {"سر", "از", "با"}  # the same, of what was taken away
# What may stand between a thing and «برگردد»; with any other word it is another thing, or told.
_AGAIN = frozenset(
    map(fold, ("را", "رو", "هم", "باید", "دوباره", "باز", "مجددا", "به", "خیابان", "شهر", "سر", "کار"))
)
# What may stand between a thing and «بماند»; and what makes a question or a fear of it.
_STILL = frozenset(
    map(
        fold,
        (
            "هم",
            "باید",
            "حتما",
            "همچنان",
            "همین",
            "طور",
            "همینطور",
            "هنوز",
            "باز",
            "واقعا",
            "خیلی",
            "بسیار",
            "کاملا",
        ),
    )
)
_IS = frozenset(map(fold, ("است", "لازمه", "ضروریه", "خوبه", "عالیه", "درسته", "درستیه", "خوبیه")))
_AND = frozenset(("و", "and", "va"))


def sense(reading: Reading, lex: Lexicon, match: Match) -> Sense:
    """Whether the writer wants what the demand `match` says, refuses it, or only tells that it was done."""
    low, high = sentence_of(reading, match)
    why = any(key in _WHY for key in reading.keys[low : match.first])
    done = _done(reading, match, low, high)
    if done == "done" and match.entry.en not in _TAKEN_AWAY:
        return "tells"
    if any(key in OPTIONAL for key in reading.keys[max(low, match.first - 2) : match.first]):
        return "tells"  # «اختیاری کردن واکسیناسیون» asks neither for it nor against it
    verb = next((at for at in range(match.first, min(high, match.last + 3)) if is_willed(reading, at)), None)
    frame = framing(
        reading,
        lex,
        low,
        match.first,
        match.last - 1 if verb is None else verb,
        high,
        has_verb=verb is not None,
    )
    if frame == "doubted" and verb is not None and not why:
        return "tells"  # «اگر کنکور حذف شود …»
    turns = int(done in ("done", "prohibited") or (why and done != "not done"))
    turns += _is_governed(reading, match, low)
    turns += _is_protested(reading, lex, match, low, high)
    turns += any(key in _LACK for key in reading.keys[max(low, match.first - 2) : match.first])
    must_not = any(map(is_must_not, reading.keys[low : match.first])) and not why
    turns += must_not and done != "prohibited"
    turns += frame == "turned" and not why
    return "refuses" if turns % 2 else "wants"


def protests(reading: Reading, lex: Lexicon, match: Match) -> bool:
    """Whether words of protest stand right beside a matter: «مخالفت با رفراندوم», «رفراندوم نمی‌خواهیم»."""
    low, high = sentence_of(reading, match)
    beside = (*range(max(low, match.first - 3), match.first), *range(match.last, min(high, match.last + 3)))
    return any(reading.keys[index] in lex.cues["strong_oppose"] for index in beside)


def restores(reading: Reading, lex: Lexicon, main: Match) -> bool:
    """Whether a thing that was ended is wanted again: «گشت ارشاد باید برگردد», not «به خاطر حجاب ماشینم را برگردانید»."""
    low, _ = sentence_of(reading, main)
    if any(key in _BESIDE_THE_POINT for key in reading.keys[max(low, main.first - 2) : main.last]):
        return False
    for match in reading.of("demand"):
        if match.entry.en not in _RESTORING or sense(reading, lex, match) != "wants":
            continue
        if match.last <= main.first:  # «درخواست بازگشت …»; the bare noun may tell of what is feared
            asked = any(key in PETITION for key in reading.keys[max(low, match.first - 3) : match.first])
            asked = asked or reading.tokens[match.first].kind == "latin"
            if asked and main.first - match.last <= 1:
                return True
            continue
        if set(reading.keys[main.last : match.first]) <= _AGAIN:
            return True
    return False


def stays(reading: Reading, lex: Lexicon, main: Match) -> bool:
    """Whether a thing that is there is wanted as it is: «گشت ارشاد بماند», not «تا کی گشت ارشاد بماند؟», «لازم است جمع شود»."""
    low, high = sentence_of(reading, main)
    ends_asking = high < len(reading.tokens) and reading.tokens[high].raw in ("؟", "?")
    if ends_asking or any(key in DOUBTED for key in reading.keys[low:high]):
        return False
    of_some = {at - before for m in reading.places for at in range(m.first, m.last) for before in (0, 1)}
    if reading.keys[main.last : main.last + 1] == ["برای"]:  # «برای پسرها لازم است»
        of_some |= {main.last, main.last + 1, main.last + 2}
    return any(
        main.last <= first < high
        and all(reading.keys[at] in _STILL | LINKS or at in of_some for at in range(main.last, first))
        and not (reading.keys[last - 1] in _IS and _goes_on(reading, last, high))  # «لازم است جمع شود»
        for first, last in cue_spans(reading, lex, "stays")
    )


def _goes_on(reading: Reading, at: int, high: int) -> bool:
    return at < high and reading.keys[at] not in _AND and reading.tokens[at].kind != "comma"


def sentence_of(reading: Reading, match: Match) -> tuple[int, int]:
    """Tokens of the sentence that a match stands in, at most a dozen to either side."""
    low, high = match.first, match.last
    while low > 0 and match.first - low < _SENTENCE and reading.tokens[low - 1].kind != "stop":
        low -= 1
    while (
        high < len(reading.tokens) and high - match.last < _SENTENCE and reading.tokens[high].kind != "stop"
    ):
        high += 1
    return low, high


def _done(reading: Reading, match: Match, low: int, high: int) -> str:
    """What the verb that carries the demand says: 'prohibited', 'done', 'not done', or '' for a plain wish."""
    if match.first > low and reading.tokens[match.first - 1].raw == "نمی":
        return "not done"
    for index in range(match.first, min(high, match.last + 3)):
        token, is_own = reading.tokens[index], index < match.last
        raw = spelled(reading, index)
        if token.key in LINKS:
            if index > match.last:
                break  # the object of another verb: «ببندید، بچه‌ها را نکشید»
            continue
        if _NOT_DONE.match(raw):
            return "not done"
        if is_prohibition(reading, index) and match.entry.en != "stop":
            return "prohibited"
        if is_own and token.key[:1] in "بدو" and (raw[:1] == "ن" or raw[:3] in ("برن", "درن", "ورن")):
            return "prohibited"
        if _PAST.match(raw) and _is_finite(reading, raw, match, low, high):
            return "done"
        ends = token.kind in ("stop", "comma") or (is_own and _IMPERATIVE.match(raw))
        if ends and index >= match.last - 1:
            break
    return ""


def _is_finite(reading: Reading, raw: str, match: Match, low: int, high: int) -> bool:
    """«ممنوع کردن» at the end of a sentence or after its object is spoken past, else an infinitive."""
    if raw not in _INFINITIVES:
        return True
    has_object = any(key in LINKS for key in reading.keys[low : match.first])
    return has_object or high - match.last <= 1


def _is_governed(reading: Reading, match: Match, low: int) -> bool:
    """«جلوگیری از احداث»، «لغو واگذاری»: another demand, close before, ends this one."""
    if match.entry.en in OUTER and match.entry.en != "cancel":
        return False
    for other in reading.of("demand"):
        gap = match.first - other.first
        if other.entry.en in OUTER and 0 < gap <= _GOVERNS and other.first >= low:
            return not any(key in _AND for key in reading.keys[other.last : match.first])
    return False


def _is_protested(reading: Reading, lex: Lexicon, match: Match, low: int, high: int) -> bool:
    """«مخالفت با ساخت …», «با ساخت … مخالفیم»: protest before the demand, or after its phrase."""
    cue = lex.cues["strong_oppose"] | lex.cues["protest"]
    before = reading.keys[max(low, match.first - _GOVERNS) : match.first]
    if any(key in cue for key in before):
        return True
    return any(key in lex.cues["strong_oppose"] for key in reading.keys[match.last : high])
