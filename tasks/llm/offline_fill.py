"""From a passage to a record: choose the slots, word them in English and Farsi, and lose no fact.

The choice of slots lies in `choose`; the wording in `fill`; what numbers, negations and units look like in English
in `offline_details`.
"""

from collections import Counter
from dataclasses import dataclass

from tasks import facts
from tasks.llm import offline_details as details
from tasks.llm.lexicon import Entry, Lexicon, Match
from tasks.llm.offline_names import romanise
from tasks.llm.offline_reading import Reading, has_cue
from tasks.llm.offline_text import fold
from tasks.schemas import Position, Record

_FAR = 6  # tokens between a thing and the demand or aspect that belongs to it
_ENDING = frozenset(("stop", "cancel", "lift", "reduce", "ban", "prosecute", "condemn"))
_OUTER = frozenset(("stop", "cancel", "ban", "postpone"))  # may govern another demand: «جلوگیری از احداث …»
_WEAK = frozenset(
    (
        "investigate",
        "supply",
        "support",
        "reform",
        "improve",
        "stop",
        "publish",
        "free",
        "register",
        "allow",
        "enforce",
    )
)
_FOR_PEOPLE = frozenset(
    ("support", "hire", "dismiss", "appoint", "free", "insure", "pay", "protect", "vaccinate", "respect", "prosecute",
     "treat", "forgive", "investigate", "elect", "award")
)  # fmt: skip
_NOT_FOR_THINGS = frozenset(
    ("stop", "prosecute", "dismiss", "appoint", "hire", "insure", "lift", "vaccinate", "elect")
)
_NATURAL = ("drought", "floods", "dust storms", "climate change", "locusts and crop pests", "social harms")
_WORDS_OF_UNKNOWN = 5
_PRICED = ("price", "cost", "rents", "fees", "fares", "bread")


_WANTING = frozenset(("pass", "enforce", "increase", "form", "support", "protect"))
_CONTESTED = frozenset(
    ("compulsory hijab", "the morality patrol", "the death penalty", "internet filtering", "tiered internet",
     "the online protection bill", "compulsory military service")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slots:
    """What a passage says, before it is worded. `against`: the demand is one the writer wants stopped."""

    main: Entry | None
    demand: Entry | None
    aspect: Entry | None
    people: Entry | None
    others: tuple[Entry, ...]
    topic: str
    position: Position
    against: bool = False


def choose(reading: Reading, lex: Lexicon) -> Slots:
    """The matter, what is asked or said of it, and the writer's position."""
    concepts = reading.concepts()
    topic = _topic(reading, concepts)
    main = _main(reading, concepts, topic)
    demand, aspect, against = _said(reading, lex, main)
    position = _position(reading, lex, main, demand, aspect)
    if against:
        position = "oppose"
    used = {main.entry.en} if main else set()
    about = main.entry.en.lower() if main else ""
    people = next(
        (
            m.entry
            for m in concepts
            if m.entry.kind == "people" and m.entry.en not in used and m.entry.en[:5] not in about
        ),
        None,
    )
    if people:
        used.add(people.en)
    others = tuple({m.entry.en: m.entry for m in concepts if m.entry.en not in used}.values())[:3]
    return Slots(
        main.entry if main else None, demand.entry if demand else None, aspect.entry if aspect else None,
        people, others, topic, position, against,
    )  # fmt: skip


def _said(reading: Reading, lex: Lexicon, main: Match | None) -> tuple[Match | None, Match | None, bool]:
    """(demand, aspect, against): what is asked or said of the matter, as far as it makes sense of it."""
    demands, aspect = reading.of("demand"), _nearest(reading.of("aspect"), main)
    demand = _nearest(demands, main)
    if main is None:
        return None, None, False
    kind = main.entry.kind
    if kind in ("bad", "good"):
        return (demand if kind == "bad" and demand and demand.entry.en in _ENDING else None), None, False
    inner = _inner(reading, lex, demands, main)
    if inner and not (aspect and aspect.first < inner.first) and _fits(inner.entry.en, kind):
        return inner, None, True
    if demand and not _fits(demand.entry.en, kind):
        demand = None
    if demand and aspect:
        return (None, aspect, False) if demand.entry.en in _WEAK else (demand, None, False)
    return demand, aspect, False


def _fits(demand: str, kind: str) -> bool:
    return demand in _FOR_PEOPLE if kind == "people" else demand not in _NOT_FOR_THINGS


def _inner(reading: Reading, lex: Lexicon, demands: list[Match], main: Match) -> Match | None:
    """The demand that is being refused: «جلوگیری از احداث»، «لغو واگذاری»، «مخالفت با بازگشایی»."""
    protests = lex.cues["meta_oppose"]
    for match in demands:
        if match.entry.en in _OUTER or abs(match.first - main.first) > _FAR:
            continue
        before = [m for m in demands if m.entry.en in _OUTER and 0 < match.first - m.first <= 4]
        lead = reading.keys[max(0, match.first - 4) : match.first]
        refused = any(key in protests for key in lead) or "عدم" in lead[-2:]
        word = reading.tokens[match.first]
        denied = word.raw[:1] == "ن" and word.key[:1] == "ب"
        if before or refused or denied:
            return match
    return None


def fill(reading: Reading, lex: Lexicon, *, flags: tuple[str, ...] = ()) -> Record:
    """One record for one passage; every number, place and negation of the passage is kept."""
    slots = choose(reading, lex)
    places = tuple({m.entry.en: m.entry for m in reading.places}.values())
    thing_en, thing_fa = _thing(slots, reading, lex)
    pattern = slots.demand or slots.aspect
    say_en, say_fa = (pattern.say_en, pattern.say_fa) if pattern else ("{o}", "{o}")
    if slots.against and pattern:
        say_en, say_fa = f"Plans to {details.lower_first(say_en)}", say_fa
    where_en, where_fa = details.where(places)
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
        summary.append(details.negation(reading, lex))
    return Record(
        quote=reading.text, title_en=details.capital(title_en), title_fa=title_fa, summary_en=" ".join(summary),
        proposition_en=proposition_en, proposition_fa=proposition_fa, position=slots.position, topic=slots.topic,
        places=tuple(entry.en for entry in places), entities=bodies, quantities=quantities,
        flags=(*flags, *(("negation",) if negated else ()), *_low_coverage(reading, lex, slots)),
    )  # fmt: skip


def _whom(slots: Slots) -> tuple[str, str]:
    if slots.people is None:
        return "", ""
    word = "for" if slots.demand and not slots.against else "affecting"
    return f" {word} {slots.people.en}", f" برای {slots.people.fa}"


def _topic(reading: Reading, concepts: list[Match]) -> str:
    score: Counter[str] = Counter()
    seen: set[str] = set()
    for rank, match in enumerate(concepts):
        entry = match.entry
        if entry.topic and entry.en not in seen:
            seen.add(entry.en)
            score[entry.topic] += entry.weight**1.6 * (1.15 if rank == 0 else 1.0)
    for match in reading.bodies:
        score[match.entry.topic] += match.entry.weight
    for match in reading.matches:
        if match.entry.kind in ("aspect", "demand") and match.entry.topic and match.entry.en not in seen:
            seen.add(match.entry.en)
            score[match.entry.topic] += match.entry.weight
    return max(score, key=lambda topic: score[topic], default="other")


def _main(reading: Reading, concepts: list[Match], topic: str) -> Match | None:
    """The heaviest concept of the topic; of equals the first, and one that something is asked of before others."""
    said = [m.first for m in reading.matches if m.entry.kind in ("demand", "aspect")]

    def rank(match: Match) -> tuple[float, int]:
        near = any(abs(match.first - at) <= 3 for at in said)
        people = match.entry.kind == "people"
        return (
            match.entry.weight + 0.4 * near - 1.0 * people + 0.2 * (match.last - match.first - 1),
            -match.first,
        )

    own = [match for match in concepts if match.entry.topic == topic] or concepts
    return max(own, key=rank, default=None)


def _nearest(said: list[Match], main: Match | None) -> Match | None:
    if not said or main is None:
        return None
    near = [m for m in said if -_FAR <= m.first - main.last <= 2 * _FAR]
    return max(
        near, key=lambda m: (m.entry.weight - 0.08 * abs(m.first - main.first), -m.first), default=None
    )


def _position(
    reading: Reading, lex: Lexicon, main: Match | None, demand: Match | None, aspect: Match | None
) -> Position:
    good = main is not None and main.entry.kind == "good"
    if main and main.entry.en in _CONTESTED and _is_wanted(reading, main):
        return "oppose"
    opposes = has_cue(reading, lex, "strong_oppose" if good else "meta_oppose")
    agrees = has_cue(reading, lex, "meta_support")
    bad = main is not None and (main.entry.kind == "bad" or aspect is not None)
    words = sum(token.kind in ("fa", "latin") for token in reading.tokens)
    asks = demand is not None or has_cue(reading, lex, "meta_ask")
    if opposes and agrees:
        return "mixed"
    if words <= 2 and not bad and not asks:
        return "unclear"
    if agrees and bad and not asks:
        return "oppose"
    if opposes and not bad:
        return "oppose"
    if opposes and bad and aspect is None and demand is not None and demand.entry.en in _ENDING:
        return "oppose" if reading.finglish is False and _noun_of_protest(reading, lex, demand) else "support"
    if "؟" in reading.text or "?" in reading.text:
        return "support" if bad or asks or opposes or facts.is_negated(reading.text) else "unclear"
    return "support"


def _is_wanted(reading: Reading, main: Match) -> bool:
    """«تصویب طرح حجاب»: the writer wants what the proposition would end."""
    near = [m.entry.en for m in reading.of("demand") if -3 <= main.first - m.first <= 5]
    return any(name in _WANTING for name in near) and not any(name in _ENDING for name in near)


def _noun_of_protest(reading: Reading, lex: Lexicon, demand: Match) -> bool:
    """«اعتراض به لغو …»: the protest is against the demand itself."""
    return any(
        key in lex.cues["meta_oppose"] for key in reading.keys[max(0, demand.first - 3) : demand.first]
    )


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
