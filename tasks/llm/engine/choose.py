"""From a passage to its slots: the matter, what is asked of it, whom it concerns, the writer's position.

Whether a demand is wanted or refused is read in `engine/wish`, the position in `engine/position`. Not here: how the slots are worded
(`engine/fill`), how passages are parted (`engine/split`).
"""

from collections import defaultdict
from dataclasses import dataclass, replace

from tasks import facts
from tasks.llm.engine.aside import HEAD, PETITION, aside, petition_cue, writers_of
from tasks.llm.engine.asked import ENDING, VALUED, WEAK, is_rule, near_to, said_of
from tasks.llm.engine.beside import FRAMES
from tasks.llm.engine.fits import fits
from tasks.llm.engine.leaning import Leaning, leaning
from tasks.llm.engine.position import position
from tasks.llm.engine.reading import Reading, has_cue
from tasks.llm.engine.wish import protests, restores, sense, stays
from tasks.llm.lexicon import Entry, Lexicon, Match
from tasks.schemas import Position

_MAKES = frozenset(("build", "found", "pave", "widen", "plant", "dredge"))
_HEADS = 1.5  # weight that a matter gains as the very thing a petition names
_OF_PEOPLE = frozenset(("hire", "vaccinate"))
_NAMED, _NAMED_TO_MAKE = 1.2, 3.0  # weight by which a matter may be lighter when a demand names it
_OUT_OF_REACH = 6  # tokens behind what a petition asks: a matter there is another's detail
_BESIDE = 3  # tokens between a matter and what is said of it
_OF_ITS_OWN = frozenset(("pay", "hire", "insure", "build", "dismiss", "appoint", "register", "postpone"))
_WANTING = frozenset(("pass", "enforce", "increase", "form", "support", "protect"))
_CONTESTED = frozenset(
    ("compulsory hijab", "the morality patrol", "the death penalty", "internet filtering", "tiered internet",
     "the online protection bill", "compulsory military service")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slots:
    """What a passage says, before it is worded.

    `is_refused`: the demand is one that the writer does not want. `is_kept`: the writer wants a contested
    thing to stay. `is_protest`: the writer objects to something about the matter that was not understood.
    `is_rule`: what is asked is asked of a law or a plan about the matter, not of the matter itself.
    `is_open`: something is asked that was not understood, so the usual remedy may not be what is wanted.
    `is_turned`: the writer wants the opposite of the matter's own wish.
    """

    main: Entry | None
    demand: Entry | None
    aspect: Entry | None
    people: Entry | None
    others: tuple[Entry, ...]
    topic: str
    position: Position
    is_refused: bool = False
    is_kept: bool = False
    is_protest: bool = False
    is_rule: bool = False
    is_open: bool = False
    is_turned: bool = False


def choose(reading: Reading, lex: Lexicon) -> Slots:
    """The matter, what is asked or said of it, and the writer's position."""
    besides = aside(reading, lex)
    concepts = [m for m in reading.concepts() if m.first not in besides]
    if not concepts and not writers_of(reading):
        concepts = reading.concepts()
    said = [m for m in reading.matches if m in concepts or m.first not in besides]
    reading = replace(reading, matches=said)
    topic = _topic(reading, concepts)
    main = _main(reading, concepts, topic)
    named = main is not None and (main is _named_by_demand(reading, concepts) or main.first == _head(reading))
    if named and main and main.entry.topic:
        topic = main.entry.topic
    demand, aspect, how = said_of(reading, lex, main)
    kept = main is not None and main.entry.en in _CONTESTED and _is_kept(reading, lex, main)
    lean = Leaning("silent")
    if main is not None and main.entry.kind == "thing" and main.entry.prop_en and demand is None:
        main = replace(main, entry=replace(main.entry, kind="good"))
    if main is not None and main.entry.kind in VALUED and not kept:
        lean = leaning(reading, lex, main)
    is_turned = main is not None and lean.is_turned(main)
    if main is not None and lean.lean == "against" and not is_turned:
        demand, how = lean.literal(main), "refuses" if lean.is_refused else "wants"
    elif lean.lean == "open" or is_turned or (lean.lean == "with" and how == "refuses"):
        demand, how = None, "wants"
    is_open = lean.lean == "open" or (lean.lean == "against" and demand is None and not is_turned)
    stance = position(reading, lex, main, demand, aspect)
    about = f"{main.entry.en} {main.entry.fa}".lower() if main else ""
    people = next((e for e in _entries(concepts, "people") if not _is_named(e, about)), None)
    used = {entry.en for entry in (main.entry if main else None, people) if entry}
    others = tuple({m.entry.en: m.entry for m in concepts if m.entry.en not in used}.values())[:3]
    return Slots(
        main.entry if main else None, None if kept or demand is None else demand.entry,
        None if kept or aspect is None else aspect.entry, people, others, topic, stance,
        is_refused=how == "refuses" and not kept, is_kept=kept,
        is_protest=demand is None and aspect is None and lean.lean == "silent" and _objects(reading, lex, main),
        is_rule=demand is not None and main is not None and is_rule(reading, demand, main),
        is_open=is_open or (main is not None and demand is None and not kept and _is_open(reading, lex, main)),
        is_turned=is_turned,
    )  # fmt: skip


def _entries(matches: list[Match], kind: str) -> list[Entry]:
    return [match.entry for match in matches if match.entry.kind == kind]


def _is_named(people: Entry, about: str) -> bool:
    """Whether the name of a matter already says whom it concerns."""
    return people.en[:5].lower() in about or people.fa in about


def _is_open(reading: Reading, lex: Lexicon, main: Match) -> bool:
    """«حق‌الزحمه ناظران انتخابات را بپردازید», «وضعیت سربازی او»: asked, but not of the matter as a whole."""
    asked = [m for m in near_to(reading.of("demand"), main) if sense(reading, lex, m) == "wants"]
    others = [m for m in asked if m.entry.en not in ENDING]
    cue = petition_cue(reading)
    if main.entry.en in _CONTESTED:  # «رسیدگی به وضعیت سربازی او» is no call for its end
        return cue is not None and bool(asked) and all(m.entry.en == "investigate" for m in asked)
    foreign = [m for m in others if m.entry.en not in WEAK and not fits(m.entry.en, main.entry)]
    if main.entry.kind == "good" and main.entry.prop_en:
        return any(m.entry.en in _OF_ITS_OWN for m in foreign)
    first = min((m.last for m in reading.of("demand")), default=main.first)
    return cue is not None and main.first - first > _OUT_OF_REACH


def _is_kept(reading: Reading, lex: Lexicon, main: Match) -> bool:
    """«تصویب طرح حجاب»، «فیلتر را برندارید»: the writer wants what others want ended."""
    near = [m for m in reading.of("demand") if -3 <= main.first - m.first <= 5]
    ends = [sense(reading, lex, m) for m in near if m.entry.en in ENDING]
    wants = [m for m in near if m.entry.en in _WANTING and sense(reading, lex, m) == "wants"]
    if ends:
        return all(each == "refuses" for each in ends)
    if facts.is_negated(reading.text) or has_cue(reading, lex, "meta_oppose"):
        return False  # never a wish for what most want ended unless it is plainly said
    return (
        bool(wants)
        or restores(reading, lex, main)
        or stays(reading, lex, main)
        or has_cue(reading, lex, "meta_support")
    )


def _objects(reading: Reading, lex: Lexicon, main: Match | None) -> bool:
    """Whether the writer objects to something about a matter that is not bad in itself."""
    if main is None or main.entry.kind == "bad":
        return main is None and has_cue(reading, lex, "strong_oppose")
    if main.entry.kind == "good" or main.entry.prop_en:
        return protests(reading, lex, main)
    return has_cue(reading, lex, "strong_oppose") or has_cue(reading, lex, "protest")


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
    """What a demand names in so many words («احداث خیابان»), else the heaviest concept of the topic."""
    said = [m for m in reading.matches if m.entry.kind in ("demand", "aspect")]

    def rank(match: Match) -> tuple[float, int]:
        near = [m for m in said if abs(match.first - m.first) <= _BESIDE]
        fitting = any(m.entry.kind == "demand" and fits(m.entry.en, match.entry) for m in near)
        people = match.entry.kind == "people"
        return (
            match.entry.weight + _HEADS * (match.first == head) + 0.4 * bool(near) + 0.3 * fitting - 1.0 * people
            + 0.2 * (match.last - match.first - 1),
            -match.first,
        )  # fmt: skip

    head = _head(reading)
    own = [match for match in concepts if match.entry.topic == topic or match.first == head] or concepts
    best = max(own, key=rank, default=None)
    named = _named_by_demand(reading, concepts)
    if named is None or best is None or rank(named)[0] + _allowance(reading, named) < rank(best)[0]:
        return best
    return named


def _head(reading: Reading) -> int:
    """Where the very thing a petition names would stand: right behind «درخواست», unless a demand stands there."""
    head = next((at + 1 for at, key in enumerate(reading.keys[:HEAD]) if key in PETITION), -1)
    return -1 if any(m.first == head for m in reading.of("demand")) else head


def _allowance(reading: Reading, named: Match) -> float:
    """By how much a matter may be lighter when a demand names it: more when a thing is to be made."""
    before = [m.entry.en for m in reading.of("demand") if 0 <= named.first - m.last <= 1]
    makes = any(en in _MAKES or (en in _OF_PEOPLE and named.entry.kind == "people") for en in before)
    return _NAMED_TO_MAKE if makes else _NAMED


def _named_by_demand(reading: Reading, concepts: list[Match]) -> Match | None:
    """The concept right behind the first demand of a petition that can be asked of it."""
    cue = next((at for at, key in enumerate(reading.keys[:HEAD]) if key in PETITION), None)
    if cue is None:
        return None
    for demand in reading.of("demand"):
        for match in concepts:
            beside = 0 <= match.first - demand.last <= 1 and 0 < demand.first - cue <= HEAD
            ends = demand.entry.en in ENDING and match.entry.kind == "bad"
            if beside and match.entry.en not in FRAMES and (ends or fits(demand.entry.en, match.entry)):
                return match
    return None
