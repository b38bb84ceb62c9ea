"""From a passage to its slots: the matter, what is asked of it, whom it concerns, the writer's position.

Not here: how the slots are worded (`offline_fill`), how passages are parted (`offline_split`).
"""

from collections import defaultdict
from dataclasses import dataclass

from tasks import facts
from tasks.llm import lexicon
from tasks.llm.lexicon import Entry, Lexicon, Match
from tasks.llm.offline_reading import Reading, has_cue
from tasks.schemas import Position

_FAR = 6  # tokens between a thing and the demand or aspect that belongs to it
_ENDING = frozenset(("stop", "lift", "reduce", "ban", "prosecute", "condemn"))
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
    ("support", "hire", "dismiss", "appoint", "free", "insure", "pay", "protect", "vaccinate", "respect",
     "prosecute", "treat", "forgive", "investigate", "elect", "award")
)  # fmt: skip
_SAID_OF_PEOPLE = frozenset(("mistreatment", "unfairness", "danger", "non-payment", "delay"))
_NOT_FOR_THINGS = frozenset(
    ("stop", "prosecute", "dismiss", "appoint", "hire", "insure", "lift", "vaccinate", "elect")
)


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
    if main and aspect and main.entry.kind == "people" and aspect.entry.en not in _SAID_OF_PEOPLE:
        aspect = None
    if main is None:
        return None, None, False
    kind = main.entry.kind
    if kind in ("bad", "good"):
        return (demand if kind == "bad" and demand and demand.entry.en in _ENDING else None), None, False
    inner = _inner(reading, lex, demands, main)
    if inner and not (aspect and aspect.first < inner.first) and _fits(inner.entry.en, main.entry):
        return inner, None, True
    if demand and not _fits(demand.entry.en, main.entry):
        demand = None
    if demand and aspect:
        return (None, aspect, False) if demand.entry.en in _WEAK else (demand, None, False)
    return demand, aspect, False


def _fits(demand: str, matter: Entry) -> bool:
    """Whether one can ask this of the matter: businesses are not repaired, people are not paved."""
    if matter.kind == "people":
        return demand in _FOR_PEOPLE
    topics = lexicon.demand_topics().get(demand)
    return demand not in _NOT_FOR_THINGS and (topics is None or matter.topic in topics)


def _inner(reading: Reading, lex: Lexicon, demands: list[Match], main: Match) -> Match | None:
    """The demand that is being refused: «جلوگیری از احداث»، «لغو واگذاری»، «مخالفت با بازگشایی»."""
    protests = lex.cues["meta_oppose"]
    for match in demands:
        before = [m for m in demands if m.entry.en in _OUTER and 0 < match.first - m.first <= 4]
        if (match.entry.en in _OUTER and not before) or abs(match.first - main.first) > _FAR:
            continue
        lead = reading.keys[max(0, match.first - 4) : match.first]
        refused = any(key in protests for key in lead) or "عدم" in lead[-2:]
        word = reading.tokens[match.first]
        denied = word.raw[:1] == "ن" and word.key[:1] == "ب"
        if before or refused or denied:
            return match
    return None


def _topic(reading: Reading, concepts: list[Match]) -> str:
    score: dict[str, float] = defaultdict(float)
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
    """The heaviest concept of the topic; one that something is asked of before others, of equals the first."" """
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
