"""What is asked or said of a matter: the demand or complaint that makes sense of it, and whether it is wanted.

Which matter it is: `engine/choose`; whether a demand's words are turned round: `engine/wish`; how a passage stands to the own wish of
a good or bad matter: `engine/leaning`.
"""

from tasks.llm.engine.aside import PETITION, petition_cue
from tasks.llm.engine.beside import gap
from tasks.llm.engine.fits import can_be_said, demand_sorts, fits
from tasks.llm.engine.leaning import is_wished
from tasks.llm.engine.mood import is_prohibition, is_wish, mood_at
from tasks.llm.engine.reading import Reading, cue_spans
from tasks.llm.engine.text import fold
from tasks.llm.engine.unheard import has_pronoun
from tasks.llm.engine.ways import LESS
from tasks.llm.engine.wish import OUTER, Sense, sense, sentence_of
from tasks.llm.lexicon import Lexicon, Match

VALUED = frozenset(("bad", "good"))
_REQUEST = frozenset(("درخواست", "تقاضا", "تقاضای", "مطالبه", "خواستار"))
_ASKED_BY_SOME = frozenset(("cancelled concerts",))  # «درخواست لغو کنسرت»: most complain of it
_BESIDE = 3  # tokens between a thing and a demand that is refused in so many words
# What can be refused of anything that it stands beside; of people only to be moved or dismissed.
_REFUSED = frozenset(
    ("build", "found", "close", "move", "dissolve", "privatise", "merge", "cancel", "hold", "reopen", "rename",
     "separate", "ban", "postpone", "pass", "enforce", "import", "dismiss", "register", "allow")
)  # fmt: skip
_REFUSED_OF_PEOPLE = frozenset(("move", "dismiss"))
_FOR = frozenset(("برای", "جهت"))
_LETTERHEAD = 10  # tokens of «درخواست از اداره … جهت»
_FAR = 6  # tokens between a thing and the demand or aspect that belongs to it
ENDING = frozenset(("stop", "lift", "reduce", "ban", "prosecute", "condemn", "cancel", "dissolve"))
# Demands that say little: a complaint about the same matter says more.
WEAK = frozenset(
    ("investigate", "supply", "support", "reform", "improve", "stop", "publish", "free", "register", "allow",
     "enforce")
)  # fmt: skip
_RULES = frozenset(map(fold, ("قانون", "قوانین", "مصوبه", "لایحه", "بخشنامه", "آیین‌نامه", "اییننامه")))


def said_of(reading: Reading, lex: Lexicon, main: Match | None) -> tuple[Match | None, Match | None, Sense]:
    """(demand, aspect, sense): what is asked or said of the matter, as far as it makes sense of it."""
    if main is None:
        return None, None, "wants"
    said = [m for m in near_to(reading.of("demand"), main) if not _is_of_another(reading, main, m)]
    demands = [m for m in said if fits(m.entry.en, main.entry) or is_rule(reading, m, main)]
    denied = {at for start, end in cue_spans(reading, lex, "denied") for at in range(start, end)}
    aspects = [
        m for m in reading.of("aspect") if can_be_said(m.entry.en, main.entry) and m.first not in denied
    ]
    aspect = _nearest([m for m in aspects if not is_wished(reading, lex, m)], main)
    if main.entry.kind in VALUED:
        return _said_of_valued(reading, lex, main, demands)
    senses = {match: sense(reading, lex, match) for match in said}
    if inner := _named_by(reading, main, demands):
        return _of_named(reading, inner, said, senses, main)
    refusable = _REFUSED_OF_PEOPLE if main.entry.kind == "people" else _REFUSED
    beside = [m for m in said if gap(m, main) <= _BESIDE and m.entry.en in refusable]
    refused = _nearest([m for m in (*demands, *beside) if senses[m] == "refuses"], main)
    if refused and not (aspect and aspect.first < refused.first):
        return refused, None, "refuses"
    wanted = [m for m in demands if senses[m] == "wants" and not _governs(m, reading)]
    # «جلوگیری از تصویب طرح …»: what else is said there is the plan's word, not the writer's
    before = [m for m in reading.of("demand") if 0 < main.first - m.first <= 2 * _FAR]
    refused_any = any(sense(reading, lex, m) == "refuses" for m in before)
    demand = None if refused_any else _nearest(_asked_first(reading, wanted), main)
    if demand and aspect and demand.entry.en in WEAK:
        return None, aspect, "wants"
    return demand, (None if demand else aspect), "wants"


def _asked_first(reading: Reading, wanted: list[Match]) -> list[Match]:
    """What stands right behind «درخواست» is what is asked; of later demands it is the reason or the way."""
    cue = petition_cue(reading)
    first = [
        m
        for m in wanted
        if any(key in PETITION for key in reading.keys[max(0, m.first - 3) : m.first])
        or (cue is not None and reading.keys[m.first - 1] in _FOR and m.first - cue <= _LETTERHEAD)
    ]
    return first[:1] or wanted


def _said_of_valued(
    reading: Reading, lex: Lexicon, main: Match, demands: list[Match]
) -> tuple[Match | None, Match | None, Sense]:
    """Of a thing that is good or bad in itself the wish is known, unless a demand says to end or keep it."""
    ending = _nearest([m for m in near_to(reading.of("demand"), main) if m.entry.en in ENDING], main)
    if main.entry.kind == "bad" and ending and not main.entry.prop_en:
        return (ending, None, "wants") if sense(reading, lex, ending) == "wants" else (None, None, "wants")
    refused = [m for m in demands if m.entry.en not in ENDING and sense(reading, lex, m) == "refuses"]
    if main.entry.kind == "good" and refused:
        return _nearest(refused, main), None, "refuses"
    asked = main.first > 0 and reading.keys[main.first - 1] in _REQUEST
    return None, None, "refuses" if asked and main.entry.en in _ASKED_BY_SOME else "wants"


def is_rule(reading: Reading, demand: Match, main: Match) -> bool:
    """«لغو قانون مهریه», «تعویق اجرای طرح …»: asked of a law or a plan about the matter."""
    between = reading.keys[demand.last : max(demand.last, main.first)][:_BESIDE]
    asked = "law" in demand_sorts().get(demand.entry.en, ())
    return asked and any(key in _RULES for key in between) and main.entry.kind != "people"


def _governs(match: Match, reading: Reading) -> bool:
    """«جلوگیری از» before another demand says what is to be done with that one, not with the matter."""
    return match.entry.en in OUTER and any(
        0 < other.first - match.first <= 3 and other.entry.en not in OUTER for other in reading.of("demand")
    )


def near_to(said: list[Match], main: Match) -> list[Match]:
    """Those that may belong to the matter, by their distance."""
    return [m for m in said if -_FAR <= m.first - main.last <= 2 * _FAR]


def _nearest(said: list[Match], main: Match) -> Match | None:
    return max(
        near_to(said, main),
        key=lambda m: (m.entry.weight - 0.08 * abs(m.first - main.first), -m.first),
        default=None,
    )


def _is_of_another(reading: Reading, main: Match, demand: Match) -> bool:
    """«کنکور بماند، سهمیه‌ها را بردارید»: another wish stands between, and nothing points back."""
    between = range(main.last, demand.first)
    if not any(is_wish(reading, at) or is_prohibition(reading, at) for at in between):
        return False
    return not any(has_pronoun(reading, at) for at in range(demand.first, demand.last))


def _named_by(reading: Reading, main: Match, said: list[Match]) -> Match | None:
    """«تفکیک جنسیتی دانشگاه را …»: the noun of a demand in front of the matter, whose verb stands behind both."""
    for match in said:
        is_noun = not any(mood_at(reading, at) for at in range(match.first, match.last))
        if is_noun and match.entry.en not in OUTER and 0 <= main.first - match.last <= 1:
            return match
    return None


def _of_named(
    reading: Reading, inner: Match, said: list[Match], senses: dict[Match, Sense], main: Match
) -> tuple[Match | None, Match | None, Sense]:
    """What the verb behind says of it: «… را بردارید» refuses it, a verb that is not understood leaves it open."""
    _, high = sentence_of(reading, main)
    verb = next((at for at in range(main.last, high) if mood_at(reading, at) in ("asked", "forbidden")), None)
    if verb is None:
        return (inner, None, senses[inner]) if senses[inner] != "tells" else (None, None, "wants")
    outer = next((m for m in said if m.first >= main.last and m.first <= verb <= m.last), None)
    if outer is None:
        return None, None, "wants"
    is_refused = (outer.entry.en in LESS) == (senses[outer] == "wants")
    return inner, None, "refuses" if is_refused else "wants"
