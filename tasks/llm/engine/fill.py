"""From a passage to a record: choose the slots, word them in English and Farsi, and lose no fact.

The choice of slots lies in `choose`; the wording in `fill`; what numbers, negations and units look like
in English in `engine/details`.
"""

from tasks.claims.wishes import UNKNOWN_MATTER
from tasks.llm.engine import details
from tasks.llm.engine.choose import Slots, choose
from tasks.llm.engine.fits import sort_of
from tasks.llm.engine.reading import Reading
from tasks.llm.engine.romanise import romanise
from tasks.llm.engine.text import fold
from tasks.llm.lexicon import Entry, Lexicon
from tasks.schemas import Record

_NATURAL = ("drought", "floods", "dust storms", "climate change", "locusts and crop pests", "social harms")
_WORDS_OF_UNKNOWN = 5
_ENOUGH = "There should be enough {o}"  # of things that are counted or measured
_UNTOLD = frozenset(("investigate",))  # demands that name nothing that is wanted
# Demands that are made for somebody, and sorts of things that are there for somebody.
_GIVEN = frozenset(
    ("supply", "build", "found", "hold", "increase", "reduce", "pay", "improve", "finish", "allow", "insure")
)
_SERVED = frozenset(("goods", "money", "building", "network"))
_EARNED = ("wages", "pensions")
_TO_THE_WHOLE = 3  # tokens of «از توابع شهرستان» between a place and what it lies in
_OF = frozenset(("از", "استان", "شهرستان", "توابع", "تابع", "شهر"))
Pair = tuple[str, str]  # English, Farsi
ATTENTION = ("The authorities should attend to {o}", "مسئولان باید به {o} رسیدگی کنند")
ACTING = (
    "The authorities should act on ",
    "The authorities should attend to ",
)  # the demand «investigate», and its like
UNKNOWN = (UNKNOWN_MATTER, "این موضوع")
_PRICED = ("price", "cost", "rents", "fees", "fares", "bread")


def fill(reading: Reading, lex: Lexicon, *, flags: tuple[str, ...] = ()) -> Record:
    """One record for one passage; every number, place and negation of the passage is kept."""
    slots = choose(reading, lex)
    places = tuple({m.entry.en: m.entry for m in reading.places}.values())
    thing = _thing(slots, reading, lex)
    named = (slots.main.en + slots.main.prop_en).lower() if slots.main else ""
    where = details.where(_groups(reading, lex, unless=named))
    title_en, title_fa = _title(slots, thing, where)
    proposition_en, proposition_fa = _proposition(slots, thing, where)
    bodies = tuple(dict.fromkeys(m.entry.en for m in reading.bodies))
    quantities = details.quantities(reading.text)
    negated = details.is_negated(reading)
    summary = [_opening(slots, thing[0], where[0], has_question="question" in flags)]
    others = [entry.en for entry in slots.others]
    if slots.people and not _whom(slots)[0]:
        others.append(slots.people.en)
    if others:
        summary.append(f"Also concerns {_and(others)}.")
    if bodies:
        summary.append(f"Names {_and(list(bodies))}.")
    if quantities:
        summary.append(f"Figures: {'; '.join(quantities)}.")
    if negated:
        summary.append(details.negation(reading))
    return Record(
        quote=reading.text, title_en=details.capital(title_en), title_fa=title_fa,
        summary_en=" ".join(summary), proposition_en=proposition_en, proposition_fa=proposition_fa,
        position=slots.position, topic=slots.topic,
        places=tuple(entry.en for entry in places), entities=bodies, quantities=quantities,
        flags=(*flags, *(("negation",) if negated else ()), *_low_coverage(reading, lex, slots)),
    )  # fmt: skip


def _thing(slots: Slots, reading: Reading, lex: Lexicon) -> Pair:
    if slots.main:
        en, fa = slots.main.en, slots.main.fa
        ruled = slots.is_rule and sort_of(en) != "law"
        return (f"the rules on {en}", f"قانون {fa}") if ruled else (en, fa)
    if reading.bodies:
        return f"the {reading.bodies[0].entry.en}".replace("the the", "the"), reading.bodies[0].entry.fa
    words = [
        t.raw for t in reading.tokens if t.kind == "fa" and t.key not in lex.cues["common"] | lex.cues["weak"]
    ]
    words = [word for word in words if fold(word) not in lex.vocabulary.known][:_WORDS_OF_UNKNOWN]
    if words:  # unlike matters must not look alike, so the words themselves stand for what is not understood
        return f"“{romanise(' '.join(words))}”", f"«{' '.join(words)}»"
    return UNKNOWN


def _groups(reading: Reading, lex: Lexicon, *, unless: str) -> list[list[Entry]]:
    """Each place with what it lies in: «ریزاب استان فارس», «هرندی تهران»; names in `unless` left out."""
    groups: list[list[Entry]] = []
    seen: set[str] = set()
    last = -1
    for match in reading.places:
        if match.entry.en in seen or match.entry.en.lower() in unless:
            continue
        seen.add(match.entry.en)
        between = reading.keys[last : match.first]
        inside = 0 <= last <= match.first and len(between) <= _TO_THE_WHOLE
        is_home = match.entry.say_en != "country"
        if (
            inside
            and is_home
            and groups[-1][0].say_en != "country"
            and set(between) <= _OF | lex.cues["town_cue"]
        ):
            groups[-1].append(match.entry)
        else:
            groups.append([match.entry])
        last = match.last
    return groups


def _title(slots: Slots, thing: Pair, where: Pair) -> Pair:
    """What the passage is about, in a noun phrase."""
    pattern = slots.demand or slots.aspect
    whom_en, whom_fa = _whom(slots)
    tail_en, tail_fa = whom_en + where[0], whom_fa + where[1]
    if slots.is_kept:
        return f"Support for {thing[0]}{tail_en}", f"حمایت از {thing[1]}{tail_fa}"
    if pattern and (slots.is_refused or pattern.en not in _UNTOLD):
        said_en, said_fa = pattern.say_en.format(o=thing[0]), pattern.say_fa.format(o=thing[1])
        if slots.is_refused:
            said_en, said_fa = f"Against {details.gerund(said_en)}", f"مخالفت با {said_fa}"
        return said_en + tail_en, said_fa + tail_fa
    if slots.is_protest:
        return f"Protest over {thing[0]}{tail_en}", f"اعتراض درباره {thing[1]}{tail_fa}"
    return thing[0] + tail_en, thing[1] + tail_fa


def _whom(slots: Slots) -> Pair:
    """Whom the matter is for or hits, where that can be said of it: pensions for retirees, not tourism for workers."""
    people, main = slots.people, slots.main
    if people is None or main is None or slots.is_protest or slots.is_refused:
        return "", ""
    en, fa = f" for {people.en}", f" برای {people.fa}"
    if slots.demand:
        return (en, fa) if slots.demand.en in _GIVEN else ("", "")
    if main.kind == "bad":
        if any(word in main.en for word in _EARNED):
            return f" of {people.en}", f" {people.fa}"
        return ("", "") if main.prop_en else (f" affecting {people.en}", fa)
    return (en, fa) if sort_of(main.en) in _SERVED else ("", "")


def _proposition(slots: Slots, thing: Pair, where: Pair) -> Pair:
    """What the writer wants, as a statement; what is not understood is only said to need an answer."""
    en, fa = _pattern(slots)
    if en == _ENOUGH and thing[0].startswith("the "):
        en = "{o_cap} should be available"
    here_en, here_fa = thing[0] + where[0], thing[1] + where[1]
    if "{o" not in en:  # a sentence of its own: the place at its end, in Farsi before it
        return f"{en}{where[0]}.", f"{where[1]} {fa}.".lstrip() if where[1] else f"{fa}."
    said_en = en.format(o=here_en, o_cap=details.capital(here_en))
    return f"{details.capital(said_en)}.", f"{fa.format(o=here_fa)}."


def asks_for_attention(proposition_en: str) -> bool:
    """Whether no more is understood than what it is about; such a wish is no alternative to another."""
    return proposition_en.startswith(ATTENTION[0].removesuffix("{o}"))


def _pattern(slots: Slots) -> Pair:
    main, said = slots.main, slots.demand or slots.aspect
    if slots.is_kept:
        return "{o_cap} should be kept", "{o} باید بماند"
    if slots.is_turned and main:
        return _turned((main.prop_en, main.prop_fa))
    if said:
        return _turned((said.prop_en, said.prop_fa)) if slots.is_refused else (said.prop_en, said.prop_fa)
    if slots.is_protest:
        if main and main.kind == "good" and " should " in main.prop_en:
            return _turned((main.prop_en, main.prop_fa))
        return "The protest over {o} should be answered", "به اعتراض درباره {o} باید رسیدگی شود"
    if slots.is_open:
        return ATTENTION
    if main and main.prop_en:  # «درخواست لغو کنسرت»: some ask for what most complain of
        own = (main.prop_en, main.prop_fa)
        return _turned(own) if slots.is_refused else own
    if main and main.kind == "bad":
        return _remedy(main.en)
    if main and main.kind == "good":
        return "There should be {o}", "{o} باید فراهم شود"
    return ATTENTION


def _turned(said: Pair) -> Pair:
    """The same sentence denied, or with its denial taken back."""
    en, fa = said
    if " should not " in en:
        return en.replace(" should not ", " should ", 1), fa.replace("نباید", "باید", 1)
    return en.replace(" should ", " should not ", 1), fa.replace("باید", "نباید", 1)


def _remedy(name: str) -> Pair:
    if any(word in name for word in _PRICED):
        return "{o_cap} should be brought under control", "{o} باید مهار شود"
    if name in _NATURAL:
        return "Something should be done about {o}", "برای {o} باید چاره‌ای اندیشید"
    return "{o_cap} should be ended", "{o} باید پایان یابد"


def _opening(slots: Slots, thing: str, where: str, *, has_question: bool) -> str:
    about = f"{thing}{_whom(slots)[0]}{where}"
    said = slots.demand or slots.aspect
    if slots.is_kept:
        return f"Supports {about}."
    if said and slots.is_refused:
        return f"Does not want this to be done: {details.lower_first(said.say_en.format(o=thing))}{where}."
    if slots.position == "unclear":
        return f"{'Asks about' if has_question else 'Mentions'} {about}."
    if slots.demand:
        return f"Asks to {details.lower_first(slots.demand.say_en.format(o=thing))}{_whom(slots)[0]}{where}."
    if slots.is_protest:
        return f"Protests over {about}."
    if slots.is_turned or slots.is_open:
        return f"Speaks of {about}."
    if slots.aspect:
        return f"Complains about {details.lower_first(slots.aspect.say_en.format(o=thing))}{where}."
    is_bad = slots.main is not None and slots.main.kind == "bad"
    return f"{'Complains about' if is_bad else 'Speaks of'} {about}."


def _low_coverage(reading: Reading, lex: Lexicon, slots: Slots) -> tuple[str, ...]:
    words = [token for token in reading.tokens if token.kind in ("fa", "latin") and len(token.key) > 2]
    if slots.main is None:
        return ("offline_low_coverage",)
    covered = sum(m.last - m.first for m in (*reading.matches, *reading.places, *reading.bodies))
    plain = sum(token.key in lex.cues["weak"] or token.key in lex.cues["common"] for token in words)
    return ("offline_low_coverage",) if (covered + plain) < 0.3 * len(words) else ()


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
