"""Does a passage bear out what most people want of its matter, or does it want something else?

A matter that is good or bad in itself has a wish of its own (`Entry.prop_en`), which a bare complaint bears out. Whoever
says what he wants is read by that: «بنزین گران نشود» bears it out, «بنزین باید گران شود» wants the opposite, and of «پول
مردم را خرج … نکنید» it is only known that it forbids something. Judged by the verb beside the matter, by the demand or the
complaint that the verb carries, and by which way that goes. Not here: what a demand's own words turn round (`engine/wish`).
"""

from dataclasses import dataclass, replace

from tasks.llm.engine.beside import BESIDE, REACH, beside, gap
from tasks.llm.engine.heard import heard, is_feared, is_out_of
from tasks.llm.engine.mood import OBJECT, REMAINS, is_prohibition, is_willed, is_wish, mood_at, spelled
from tasks.llm.engine.own_words import deeds_of, is_threshold, names_wish
from tasks.llm.engine.reading import Reading
from tasks.llm.engine.text import fold
from tasks.llm.engine.unheard import is_unheard
from tasks.llm.engine.ways import (
    HARMS,
    LESS,
    REMEDIES,
    UNDONE,
    Lean,
    can_be_harmed,
    can_be_turned,
    ends,
    is_contested,
    is_meant,
    is_priced,
    lean_of,
    promotes,
    way_of,
)  # fmt: skip
from tasks.llm.engine.will import ASKING, will_of
from tasks.llm.engine.wish import CAUSE, OPTIONAL, sense, sentence_of, stays
from tasks.llm.lexicon import Lexicon, Match

_PRICE = "high price"
_FORCED = frozenset(map(fold, ("اجباری", "الزامی", "ejbari")))
_DEAR = ("گران", "expensiv")
_OF_SOME = frozenset(("close", "dismiss", "dissolve", "prosecute", "condemn", "closure"))
_LASTING = frozenset(("ادامه", "تداوم"))
_HARMFUL = frozenset(map(fold, ("گران", "شدن", "افزایش", "قیمت", "بالا", "رفتن", "قطع", "گرانی")))
_LET = frozenset(("بذارید", "بذارین", "بگذارید", "باید", "bezarid"))
_IN_THE_WAY = frozenset(("جلو", "جلوی"))
_CAUSE = 3  # tokens of «به خاطر یک کم دود»


@dataclass(frozen=True, slots=True)
class Leaning:
    """How the passage stands to the matter's own wish, and the demand that shows it."""

    lean: Lean
    demand: Match | None = None
    is_refused: bool = False

    def is_turned(self, main: Match) -> bool:
        """Whether the opposite of the matter's own wish says what is wanted, and no demand says it better."""
        if self.demand and not self.is_refused and main.entry.kind == "good":
            return False  # «Car imports should be banned»
        return self.lean == "against" and can_be_turned(main.entry.prop_en)

    def literal(self, main: Match) -> Match | None:
        """The demand in its own words: of a bad matter only its end, refused; that corruption be held nobody wants."""
        return self.demand if main.entry.kind == "good" or self.is_refused else None


_SILENT = Leaning("silent")


def leaning(reading: Reading, lex: Lexicon, main: Match) -> Leaning:
    """What the verb, demand or complaint nearest to a good or bad matter says of its own wish."""
    if names_wish(reading, lex, main):
        main = replace(main, entry=replace(main.entry, kind="good"))
    of_it = [m for m in reading.concepts() if m.entry.en == main.entry.en and m != main]
    own = _leaning(reading, lex, main)
    others = [_leaning(reading, lex, replace(m, entry=main.entry)) for m in of_it]
    told = (each for each in others if each.lean in ("with", "against"))
    return own if own.lean != "silent" else next(told, own)


def _leaning(reading: Reading, lex: Lexicon, main: Match) -> Leaning:
    """The same by one mention of the matter."""
    low, high = sentence_of(reading, main)
    if any(key in CAUSE for key in reading.keys[max(low, main.first - _CAUSE) : main.first]):
        return _of_cause(reading, lex, main, low, high)
    found = [
        *_by_demands(reading, lex, main, low, high),
        *_by_harms(reading, lex, main, low, high),
        *_by_itself(reading, lex, main, low, high),
    ]
    if blocked := _is_blocked(reading, main, high):
        # «جلوی سگ‌گردانی را بگیرید»: the evil's way or the thing's
        is_either = main.entry.kind == "bad" and promotes(main.entry)
        return Leaning("open" if is_either else lean_of(main.entry, "stop", blocked) or "open")
    if found:
        return min(found, key=lambda each: (each[1].lean == "open", each[0]))[1]
    if main.entry.kind == "bad" and ends(main.entry) and _is_left_be(reading, main, high):
        return Leaning("against")
    if lean := heard(reading, lex, main, low, high):
        return Leaning(lean)
    return Leaning("open") if is_unheard(reading, lex, main, low, high) else _SILENT


def _of_cause(reading: Reading, lex: Lexicon, main: Match, low: int, high: int) -> Leaning:
    """«زنان را به خاطر حجاب اخراج نکنید»: nobody is to suffer for it; of anything else it is another's matter."""
    suffers = any(m.entry.kind == "people" and low <= m.first < main.first for m in reading.concepts())
    is_free = main.entry.kind == "good" or is_contested(main.entry) or promotes(main.entry)
    if suffers and is_free and any(is_prohibition(reading, at) for at in range(main.last, high)):
        return Leaning("with")
    return Leaning("open") if is_unheard(reading, lex, main, low, high) else _SILENT


def is_wished(reading: Reading, lex: Lexicon, harm: Match) -> bool:
    """«پارک را خراب کنید»: the word of a complaint in a wish for just that."""
    low, high = sentence_of(reading, harm)
    return harm.entry.en in HARMS and will_of(reading, lex, harm, low, high, is_close=True) == "wanted"


def _by_demands(
    reading: Reading, lex: Lexicon, main: Match, low: int, high: int
) -> list[tuple[int, Leaning]]:
    found = []
    said = [
        Match(m.first + low, m.last + low, m.entry) for m in lex.find(reading.keys[low:high], lex.sayings)
    ]
    said = [m for m in said if m.entry.kind == "demand" and not main.first <= m.first < main.last]
    near = beside(said, reading, main, low, high)
    inner = next((m for m in near if m.first < main.first and _is_noun(reading, m) and way_of(m)), None)
    for match in near:
        is_optional = reading.keys[match.first] in OPTIONAL and main.entry.kind == "bad"
        way = -1 if is_optional else way_of(match) or 1
        told = will_of(reading, lex, match, low, high)
        is_before = match.first < main.first and reading.tokens[match.first].kind == "fa"
        if not told or (is_before and told != "said" and not _is_noun(reading, match)):
            continue  # «شفاف برگزار کنید، پارتی‌بازی بسه»: what stands before with its verb is another's
        if told == "refused" and not is_optional and not way_of(match) and main.entry.kind == "bad":
            continue  # «بهش دست نزنید»
        if match.entry.en == "bring back" and any(
            mood_at(reading, at) == "told" for at in range(main.last, match.first)
        ):
            continue  # «گشت ارشاد گوشی منو گرفت برگردونید»
        if match.entry.en == "prosecute" and not UNDONE.isdisjoint(main.entry.prop_en.split()):
            found.append((gap(match, main), Leaning("open")))  # «با بی‌حجاب‌ها برخورد کنید»
        is_just = match.entry.en == "prosecute" and main.entry.kind == "bad" and not is_contested(main.entry)
        is_just = is_just or (
            match.entry.en == "close"
            and "stopped" in main.entry.prop_en.split()
            and OBJECT.isdisjoint(reading.keys[low : main.first])  # «مدرسه‌ها را روزهای آلوده تعطیل کنید»
        )
        if match.entry.en in _OF_SOME and not is_just and not is_meant(match.entry.en, main.entry):
            continue
        is_refused = sense(reading, lex, match) == "refuses" if told == "said" else told == "refused"
        demand = "cancel" if is_optional else match.entry.en
        way *= -1 if is_refused else 1
        if inner and match.first >= main.last:  # «ممنوعیت واردات را بردارید»
            lean = lean_of(main.entry, inner.entry.en, way * way_of(inner))
            return [(-1, Leaning(lean or "open"))]
        if is_threshold(reading, main):
            way = -way
        is_deed = not deeds_of(main.entry.prop_fa, lex).isdisjoint(reading.keys[match.first : match.last])
        is_deed = is_deed or (match.entry.en == "free" and is_out_of(reading, main))
        lean = ("against" if is_refused else "with") if is_deed else lean_of(main.entry, demand, way)
        if lean:
            found.append((gap(match, main), Leaning(lean, match, is_refused)))
    return found


def _is_noun(reading: Reading, match: Match) -> bool:
    """«گران شدن بنزین», «لغو اعدام»: no verb of its own between the demand and the matter."""
    return not any(
        is_wish(reading, index) or is_prohibition(reading, index)
        for index in range(match.first, min(match.last + 2, len(reading.tokens)))
    )


def _by_harms(reading: Reading, lex: Lexicon, main: Match, low: int, high: int) -> list[tuple[int, Leaning]]:
    """«بنزین گران شود», «آب را قطع نکنید», «حجاب اجباری بماند»: the word of a complaint in a wish."""
    harms = [
        Match(m.first + low, m.last + low, m.entry)
        for m in lex.find(reading.keys[low:high], lex.sayings)
        if m.entry.kind == "aspect" and m.entry.en in HARMS and can_be_harmed(m.entry.en, main.entry)
    ]
    forced = [Match(at, at + 1, main.entry) for at in range(main.first, high) if reading.keys[at] in _FORCED]
    found = []
    for match in [*harms, *(forced if ends(main.entry) else ())]:
        if gap(match, main) > (REACH if match.first >= main.first else BESIDE):
            continue
        if any(is_willed(reading, at) for at in range(main.last, match.first)):
            continue  # «ساعت خاموشی را بیشتر کنید ولی برق بیمارستان قطع نشود»
        if match.entry.en == _PRICE and not reading.keys[match.first].startswith(_DEAR):
            continue  # «سقف قیمت بگذارید»
        told = will_of(reading, lex, match, low, high, is_close=True)
        if is_feared(reading, lex, match, low, high):
            told = "refused"
        if told not in ("wanted", "refused"):
            continue
        if told == "refused":
            lean: Lean = "with"
        else:  # whose power is to be cut is not known
            lean = (
                "against"
                if match in forced or (is_priced(main.entry) and match.entry.en == _PRICE)
                else "open"
            )
        found.append((gap(match, main), Leaning(lean)))
    return found


def _by_itself(reading: Reading, lex: Lexicon, main: Match, low: int, high: int) -> list[tuple[int, Leaning]]:
    """«فیلتر شود», «مذاکره نکنید»: the matter is itself what is to be done; «بماند»: it is there."""
    if not (promotes(main.entry) or ends(main.entry)):
        return []  # «نیروی بومی بگیرید»: the name of what is wrong, in words of what is wanted
    if is_out_of(reading, main):
        return []  # «از فیلتر دربیارید»
    told = will_of(reading, lex, main, low, high, is_own=True)
    is_held = "not" not in main.entry.prop_en.split() or is_priced(main.entry)
    before = reading.keys[max(low, main.first - 3) : main.first]
    lasts = any(key in _LASTING for key in before) and any(key in ASKING for key in before)
    wanted = told == "wanted" or lasts or (told != "refused" and is_held and stays(reading, lex, main))
    is_refused = told == "refused"
    is_to_end = not promotes(main.entry)
    named = {m.entry.en for m in lex.find(reading.keys[main.first : main.last], lex.sayings)}
    names_evil = (
        main.entry.kind == "bad" and not is_to_end and not named.isdisjoint(LESS)
    )  # «ممنوعیت سگ‌گردانی»
    names_remedy = is_to_end and any(
        f"not be {each}" not in main.entry.prop_en for each in named & REMEDIES
    )  # «رفع فیلتر»
    if (
        (names_remedy or names_evil)
        and not told
        and any(key in lex.cues["strong_oppose"] for key in reading.keys[low:high])
    ):
        is_refused = True  # «با لغو اعدام مخالفم»
    if not wanted and not is_refused:
        return []
    promoted = names_remedy if is_to_end else not names_evil
    return [(0, Leaning("with" if wanted == promoted else "against"))]


def _is_blocked(reading: Reading, main: Match, high: int) -> int:
    """«جلوی واردات خودرو را بگیرید»: -1; «نگیرید»: 1; else 0."""
    at = main.first - 1
    while at > 0 and main.first - at <= BESIDE and reading.keys[at] in _HARMFUL:
        at -= 1  # «جلوی گران شدن نان را بگیرید»
    if at < 0 or reading.keys[at] not in _IN_THE_WAY:
        return 0
    for index in range(main.last, high):
        if "گیر" in reading.tokens[index].raw or reading.tokens[index].key == "بگیرید":
            return 1 if is_prohibition(reading, index) else -is_wish(reading, index)
    return 0


def _is_left_be(reading: Reading, main: Match, high: int) -> bool:
    """«… باید برداشته بشه؟ بذارید بمونه»: a later sentence that names no other matter."""
    later = min((m.first for m in reading.concepts() if m.first >= main.last), default=len(reading.tokens))
    return any(
        REMAINS.match(spelled(reading, at)) and spelled(reading, at - 1) in _LET
        for at in range(high + 1, later)
    )
