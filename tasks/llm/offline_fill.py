"""From a passage to a record: choose the slots, word them in English and Farsi, and lose no fact.

The choice of slots lies in `choose`; the wording in `fill`; what numbers, negations and units look like
in English in `offline_details`.
"""

from tasks import facts
from tasks.llm import offline_details as details
from tasks.llm.lexicon import Lexicon
from tasks.llm.offline_choose import Slots, choose
from tasks.llm.offline_romanise import romanise
from tasks.llm.offline_reading import Reading
from tasks.llm.offline_text import fold
from tasks.schemas import Record

_NATURAL = ("drought", "floods", "dust storms", "climate change", "locusts and crop pests", "social harms")
_WORDS_OF_UNKNOWN = 5
_PRICED = ("price", "cost", "rents", "fees", "fares", "bread")


def fill(reading: Reading, lex: Lexicon, *, flags: tuple[str, ...] = ()) -> Record:
    """One record for one passage; every number, place and negation of the passage is kept."""
    slots = choose(reading, lex)
    places = tuple({m.entry.en: m.entry for m in reading.places}.values())
    thing_en, thing_fa = _thing(slots, reading, lex)
    pattern = slots.demand or slots.aspect
    say_en, say_fa = (pattern.say_en, pattern.say_fa) if pattern else ("{o}", "{o}")
    if slots.against and pattern:
        say_en, say_fa = f"Plans to {details.lower_first(say_en)}", f"طرح {say_fa}"
    named = (slots.main.en + slots.main.prop_en).lower() if slots.main else ""
    where_en, where_fa = details.where(tuple(p for p in places if p.en.lower() not in named))
    whom_en, whom_fa = _whom(slots)
    title_en = say_en.format(o=thing_en) + whom_en + where_en
    title_fa = say_fa.format(o=thing_fa) + whom_fa + where_fa
    proposition_en, proposition_fa = _proposition(slots, thing_en, thing_fa, where_en, where_fa)
    bodies = tuple(dict.fromkeys(m.entry.en for m in reading.bodies))
    quantities = details.quantities(reading.text)
    negated = facts.is_negated(reading.text)
    summary = [_opening(slots, title_en, has_question="question" in flags)]
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


def _whom(slots: Slots) -> tuple[str, str]:
    if slots.people is None:
        return "", ""
    word = "for" if slots.demand and not slots.against else "affecting"
    return f" {word} {slots.people.en}", f" برای {slots.people.fa}"


def _thing(slots: Slots, reading: Reading, lex: Lexicon) -> tuple[str, str]:
    if slots.main:
        return slots.main.en, slots.main.fa
    if reading.bodies:
        return f"the {reading.bodies[0].entry.en}".replace("the the", "the"), reading.bodies[0].entry.fa
    words = [
        t.raw for t in reading.tokens if t.kind == "fa" and t.key not in lex.cues["common"] | lex.cues["weak"]
    ]
    words = [word for word in words if fold(word) not in lex.vocabulary.known][:_WORDS_OF_UNKNOWN]
    if words:  # unlike matters must not look alike, so the words themselves stand for what is not understood
        return f"“{romanise(' '.join(words))}”", f"«{' '.join(words)}»"
    return "an unnamed matter", "موضوعی بی‌نام"


def _proposition(slots: Slots, thing_en: str, thing_fa: str, where_en: str, where_fa: str) -> tuple[str, str]:
    pattern = slots.demand or slots.aspect
    here_en, here_fa = thing_en + where_en, thing_fa + where_fa
    if slots.main and slots.main.prop_en and not (slots.demand and slots.main.kind == "thing"):
        return slots.main.prop_en + where_en + ".", slots.main.prop_fa + where_fa + "."
    if pattern:
        en, fa = pattern.prop_en, pattern.prop_fa
    elif slots.main and slots.main.kind == "bad" and slots.position == "oppose":
        en, fa = "{o_cap} should be ended", "{o} باید پایان یابد"
    elif slots.main and slots.main.kind == "bad":
        en, fa = _remedy(slots.main.en)
    elif slots.position == "oppose":
        en, fa = "There should be {o}", "{o} باید باشد"
    elif slots.main and slots.main.kind == "good":
        en, fa = "There should be {o}", "{o} باید فراهم شود"
    else:
        en, fa = "The situation of {o} should be improved", "وضع {o} باید بهتر شود"
    return details.capital(en.format(o=here_en, o_cap=details.capital(here_en))) + ".", fa.format(
        o=here_fa
    ) + "."


def _remedy(name: str) -> tuple[str, str]:
    if any(word in name for word in _PRICED):
        return "{o_cap} should be brought under control", "{o} باید مهار شود"
    if name in _NATURAL:
        return "Something should be done about {o}", "برای {o} باید چاره‌ای اندیشید"
    return "{o_cap} should be ended", "{o} باید پایان یابد"


def _opening(slots: Slots, title: str, *, has_question: bool) -> str:
    said = details.lower_first(title)
    if slots.position == "oppose":
        return f"Opposes: {said}."
    if slots.position == "unclear":
        return f"{'Asks about' if has_question else 'Mentions'} {said}."
    if slots.demand:
        return f"Asks to {said}."
    return (
        f"Complains about {said}."
        if slots.aspect or (slots.main and slots.main.kind == "bad")
        else f"Speaks of {said}."
    )


def _low_coverage(reading: Reading, lex: Lexicon, slots: Slots) -> tuple[str, ...]:
    words = [token for token in reading.tokens if token.kind in ("fa", "latin") and len(token.key) > 2]
    if slots.main is None:
        return ("offline_low_coverage",)
    covered = sum(m.last - m.first for m in (*reading.matches, *reading.places, *reading.bodies))
    plain = sum(token.key in lex.cues["weak"] or token.key in lex.cues["common"] for token in words)
    return ("offline_low_coverage",) if (covered + plain) < 0.3 * len(words) else ()


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
