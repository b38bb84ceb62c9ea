"""From a passage to a record: choose the slots, word them in English and Farsi, and lose no fact.

The choice of slots lies in `choose`; the wording in `fill`; what numbers, negations and units look like in English
in `offline_details`.
"""

from collections import Counter
from dataclasses import dataclass

from tasks import facts
from tasks.llm import offline_details as details
from tasks.llm.lexicon import Entry, Lexicon, Match
from tasks.llm.offline_reading import Reading, has_cue
from tasks.schemas import Position, Record

_FAR = 6  # tokens between a thing and the demand or aspect that belongs to it
_ENDING = frozenset(("stop", "cancel", "lift", "reduce", "ban", "prosecute", "condemn", "dismiss"))
_WEAK = frozenset(("investigate", "supply", "support", "reform", "improve", "stop", "publish", "free", "register", "allow"))
_NATURAL = ("drought", "floods", "dust storms", "climate change", "locusts and crop pests", "social harms")
_PRICED = ("price", "cost", "rents", "fees", "fares", "bread")


@dataclass(frozen=True, slots=True)
class Slots:
    """What a passage says, before it is worded."""

    main: Entry | None
    demand: Entry | None
    aspect: Entry | None
    people: Entry | None
    others: tuple[Entry, ...]
    topic: str
    position: Position


def choose(reading: Reading, lex: Lexicon) -> Slots:
    """The matter, what is asked or said of it, and the writer's position."""
    concepts = reading.concepts()
    topic = _topic(reading, concepts)
    main = _main(reading, concepts, topic)
    demand = _nearest(reading.of("demand"), main)
    aspect = _nearest(reading.of("aspect"), main)
    if main and main.entry.kind == "bad":
        aspect = None
        demand = demand if demand and demand.entry.en in _ENDING else None
    if demand and aspect and demand.entry.en not in _WEAK:
        aspect = None
    elif demand and aspect:
        demand = None
    position = _position(reading, lex, main, demand, aspect)
    used = {main.entry.en} if main else set()
    people = next((m.entry for m in concepts if m.entry.kind == "people" and m.entry.en not in used), None)
    if people:
        used.add(people.en)
    others = tuple({m.entry.en: m.entry for m in concepts if m.entry.en not in used}.values())[:3]
    return Slots(
        main.entry if main else None, demand.entry if demand else None, aspect.entry if aspect else None,
        people, others, topic, position,
    )  # fmt: skip


def fill(reading: Reading, lex: Lexicon, *, flags: tuple[str, ...] = ()) -> Record:
    """One record for one passage; every number, place and negation of the passage is kept."""
    slots = choose(reading, lex)
    places = tuple({m.entry.en: m.entry for m in reading.places}.values())
    thing_en, thing_fa = _thing(slots, reading)
    pattern = slots.demand or slots.aspect
    say_en, say_fa = (pattern.say_en, pattern.say_fa) if pattern else ("{o}", "{o}")
    where_en, where_fa = details.where(places)
    whom_en, whom_fa = (f" for {slots.people.en}", f" برای {slots.people.fa}") if slots.people else ("", "")
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


def _topic(reading: Reading, concepts: list[Match]) -> str:
    score: Counter[str] = Counter()
    seen: set[str] = set()
    for rank, match in enumerate(concepts):
        entry = match.entry
        if entry.topic and entry.en not in seen:
            seen.add(entry.en)
            score[entry.topic] += entry.weight ** 1.6 * (1.15 if rank == 0 else 1.0)
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
        return (match.entry.weight + 0.3 * near + 0.2 * (match.last - match.first - 1), -match.first)

    own = [match for match in concepts if match.entry.topic == topic] or concepts
    return max(own, key=rank, default=None)


def _nearest(said: list[Match], main: Match | None) -> Match | None:
    if not said or main is None:
        return None
    near = [m for m in said if -_FAR <= m.first - main.last <= 2 * _FAR]
    return max(near, key=lambda m: (m.entry.weight - 0.08 * abs(m.first - main.first), -m.first), default=None)


def _position(reading: Reading, lex: Lexicon, main: Match | None, demand: Match | None, aspect: Match | None) -> Position:
    opposes, agrees = has_cue(reading, lex, "meta_oppose"), has_cue(reading, lex, "meta_support")
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


def _noun_of_protest(reading: Reading, lex: Lexicon, demand: Match) -> bool:
    """«اعتراض به لغو …»: the protest is against the demand itself."""
    return any(key in lex.cues["meta_oppose"] for key in reading.keys[max(0, demand.first - 3) : demand.first])


def _thing(slots: Slots, reading: Reading) -> tuple[str, str]:
    if slots.main:
        return slots.main.en, slots.main.fa
    if reading.bodies:
        return f"the {reading.bodies[0].entry.en}".replace("the the", "the"), reading.bodies[0].entry.fa
    return "a public matter", "یک موضوع عمومی"


def _proposition(slots: Slots, thing_en: str, thing_fa: str, where_en: str, where_fa: str) -> tuple[str, str]:
    pattern = slots.demand or slots.aspect
    here_en, here_fa = thing_en + where_en, thing_fa + where_fa
    if pattern:
        en, fa = pattern.prop_en, pattern.prop_fa
    elif slots.main and slots.main.prop_en:
        return slots.main.prop_en, slots.main.prop_fa
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
    return details.capital(en.format(o=here_en, o_cap=details.capital(here_en))) + ".", fa.format(o=here_fa) + "."


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
    return f"Complains about {said}." if slots.aspect or (slots.main and slots.main.kind == "bad") else f"Speaks of {said}."


def _low_coverage(reading: Reading, lex: Lexicon, slots: Slots) -> tuple[str, ...]:
    words = [token for token in reading.tokens if token.kind in ("fa", "latin") and len(token.key) > 2]
    if slots.main is None:
        return ("offline_low_coverage",)
    covered = sum(m.last - m.first for m in (*reading.matches, *reading.places, *reading.bodies))
    plain = sum(token.key in lex.cues["weak"] or token.key in lex.cues["common"] for token in words)
    return ("offline_low_coverage",) if (covered + plain) < 0.3 * len(words) else ()


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
