"""From a passage to a record: choose the slots, word them in English and Farsi, and lose no fact.

The choice of slots lies in `choose`; the wording in `fill`; what numbers, negations and units look like
in English in `offline_details`.
"""

from tasks.llm import offline_details as details
from tasks.llm.lexicon import Lexicon
from tasks.llm.offline_choose import Slots, choose
from tasks.llm.offline_fits import sort_of
from tasks.llm.offline_reading import Reading
from tasks.llm.offline_romanise import romanise
from tasks.llm.offline_text import fold
from tasks.schemas import Record

_NATURAL = ("drought", "floods", "dust storms", "climate change", "locusts and crop pests", "social harms")
_WORDS_OF_UNKNOWN = 5
_ENOUGH = "There should be enough {o}"  # of things that are counted or measured
Pair = tuple[str, str]  # English, Farsi
_PRICED = ("price", "cost", "rents", "fees", "fares", "bread")


def fill(reading: Reading, lex: Lexicon, *, flags: tuple[str, ...] = ()) -> Record:
    """One record for one passage; every number, place and negation of the passage is kept."""
    slots = choose(reading, lex)
    places = tuple({m.entry.en: m.entry for m in reading.places}.values())
    thing = _thing(slots, reading, lex)
    named = (slots.main.en + slots.main.prop_en).lower() if slots.main else ""
    where = details.where(tuple(p for p in places if p.en.lower() not in named))
    title_en, title_fa = _title(slots, thing, where)
    proposition_en, proposition_fa = _proposition(slots, thing, where)
    bodies = tuple(dict.fromkeys(m.entry.en for m in reading.bodies))
    quantities = details.quantities(reading.text)
    negated = details.is_negated(reading)
    summary = [_opening(slots, thing[0], where[0], has_question="question" in flags)]
    if slots.others:
        summary.append(f"Also concerns {_and([entry.en for entry in slots.others])}.")
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
    return "this matter", "این موضوع"


def _title(slots: Slots, thing: Pair, where: Pair) -> Pair:
    """What the passage is about, in a noun phrase."""
    pattern = slots.demand or slots.aspect
    whom_en, whom_fa = _whom(slots)
    tail_en, tail_fa = whom_en + where[0], whom_fa + where[1]
    if slots.is_kept:
        return f"Support for {thing[0]}{tail_en}", f"حمایت از {thing[1]}{tail_fa}"
    if pattern:
        said_en, said_fa = pattern.say_en.format(o=thing[0]), pattern.say_fa.format(o=thing[1])
        if slots.is_refused:
            said_en, said_fa = f"No to this: {details.lower_first(said_en)}", f"مخالفت با {said_fa}"
        return said_en + tail_en, said_fa + tail_fa
    if slots.is_protest:
        return f"Protest over {thing[0]}{tail_en}", f"اعتراض درباره {thing[1]}{tail_fa}"
    return thing[0] + tail_en, thing[1] + tail_fa


def _whom(slots: Slots) -> Pair:
    if slots.people is None:
        return "", ""
    word = "for" if slots.demand and not slots.is_refused else "affecting"
    return f" {word} {slots.people.en}", f" برای {slots.people.fa}"


def _proposition(slots: Slots, thing: Pair, where: Pair) -> Pair:
    """What the writer wants, as a statement; what is not understood is only said to need an answer."""
    en, fa = _pattern(slots)
    if en == _ENOUGH and thing[0].startswith("the "):
        en = "{o_cap} should be available"
    here_en, here_fa = thing[0] + where[0], thing[1] + where[1]
    if "{o" not in en:  # a sentence of its own, the place comes at its end
        return f"{en}{where[0]}.", f"{fa}{where[1]}."
    said_en = en.format(o=here_en, o_cap=details.capital(here_en))
    return f"{details.capital(said_en)}.", f"{fa.format(o=here_fa)}."


def _pattern(slots: Slots) -> Pair:
    main, said = slots.main, slots.demand or slots.aspect
    if slots.is_kept:
        return "{o_cap} should be kept", "{o} باید بماند"
    if said and not (main and main.kind == "good" and not slots.is_refused):
        return _turned((said.prop_en, said.prop_fa)) if slots.is_refused else (said.prop_en, said.prop_fa)
    if slots.is_protest:
        if main and main.kind == "good" and " should " in main.prop_en:
            return _turned((main.prop_en, main.prop_fa))
        return "The protest over {o} should be answered", "به اعتراض درباره {o} باید رسیدگی شود"
    if main and main.prop_en:  # «درخواست لغو کنسرت»: some ask for what most complain of
        own = (main.prop_en, main.prop_fa)
        return _turned(own) if slots.is_refused else own
    if main and main.kind == "bad":
        return _remedy(main.en)
    if main and main.kind == "good":
        return "There should be {o}", "{o} باید فراهم شود"
    return "The authorities should attend to {o}", "مسئولان باید به {o} رسیدگی کنند"


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
