"""What the claim check reads in a text: words with stems, numbers, names, actors and what is negated. Pure.

One word is tasks/claims/spelling.py. What judges is tasks/claims/check.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, takewhile

from tasks.claims.spelling import (
    is_cue,
    is_ender,
    is_place,
    is_privative,
    key_of,
    keys_of,
    numbers_of,
    place_key,
    stem_of,
    weight_of,
)

_WORD = re.compile(
    r"[0-9۰-۹٠-٩]+(?:[.,٫٬/][0-9۰-۹٠-٩]+)*[%٪]?|[A-Za-zÀ-ɏ]+(?:['’][A-Za-z]+)?|[\u0620-\u065f\u066e-\u06d3\u06d5-\u06ef\u06fa-\u06ff\u200c]+|[.!?؟;؛\n]|[,،:()]"
)
_STOPS = frozenset(".!?؟;؛\n")
_COMMAS = frozenset(",،:()")
_NO_WISH = re.compile("ن(?:می)?(?:خواه|خواست|خوا)")
MODALS = ("should", "must", "ought", "باید", "بایست", "بایستی")
PASSIVE = ("be", "been", "being", "is", "are", "was", "were", "get", "got", "gets")
MOSTLY = 0.7  # of a claim's full words: the sentence that has them says the same thing
FIRST_COUNTS = 1.5  # words more, for the word that a negation stands at


@dataclass(frozen=True, slots=True)
class Word:
    """One word: `stem` is shared by inflections and synonyms; `weight` 0 = says nothing, 1 = says much."""

    raw: str
    stem: str
    weight: float
    sentence: int
    clause: int
    is_name: bool
    is_cue: bool


@dataclass(frozen=True, slots=True)
class Negation:
    """One negation: the stem it stands at, all stems it reaches; wide = to the end of the sentence («against»);
    of a wish = «do not want», whose denial is of what is wished."""

    first: str
    reach: frozenset[str]
    sentence: int
    clause: int
    is_wide: bool
    is_of_wish: bool
    subject: frozenset[str]  # what is not: «subsidy» of «the subsidy has not been paid»


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the check sees it."""

    words: tuple[Word, ...]
    negations: tuple[Negation, ...]
    numbers: frozenset[float]
    number_groups: tuple[frozenset[float], ...]  # each figure: itself, or the parts it may be written in
    is_farsi: bool

    def stems(self, sentence: int | None = None) -> set[str]:
        return {w.stem for w in self.words if w.weight and (sentence is None or w.sentence == sentence)}

    def clauses(self) -> list[tuple[Word, ...]]:
        """Its words by clause, in their order."""
        return [tuple(group) for _, group in groupby(self.words, key=lambda w: w.clause)]

    def sentences(self) -> list[tuple[Word, ...]]:
        """Its words by sentence, in their order."""
        return [tuple(group) for _, group in groupby(self.words, key=lambda w: w.sentence)]

    def sides_of(self, negation: Negation) -> set[bool]:
        """On which side the clause of a negation stands: see `nearest_sides`."""
        clause = [w for w in self.words if w.clause == negation.clause]
        return {side ^ self.opposes(clause) for side in sides_of(clause, negation.reach)}

    def opposes(self, clause: Sequence[Word]) -> bool:
        """Whether it is against what a clause of it says: «… is against this: …»."""
        sentence, number = clause[0].sentence, clause[0].clause
        return any(n.is_wide and n.sentence == sentence and n.clause < number for n in self.negations)

    def sides(self) -> set[bool]:
        """On which sides its clauses stand: see `nearest_sides`."""
        clauses = {
            w.clause: [o for o in self.words if o.clause == w.clause] for w in self.words if w.weight >= 1
        }
        return set().union(*map(sides_of, clauses.values()))

    @property
    def has_cue(self) -> bool:
        """Whether it has a negation or an opposition."""
        return any(w.is_cue for w in self.words)

    @property
    def denied(self) -> set[str]:
        """Every stem that some negation reaches."""
        return set().union(*(n.reach | n.subject for n in self.negations))

    def denied_in(self, sentence: int) -> set[str]:
        """The same for one sentence."""
        return set().union(*(n.reach for n in self.negations if n.sentence == sentence))

    @property
    def ended(self) -> set[str]:
        """Every stem that a «stop» or «ban» reaches which is not itself denied."""
        denied = self.denied
        enders = [n for n, w in enumerate(self.words) if is_ender(w.stem) and w.stem not in denied]
        return set().union(*(_ending(list(self.words), at) for at in enders))

    @property
    def affirmed(self) -> set[str]:
        """Stems that occur out of the reach of any negation."""
        return {w.stem for w in self.words if w.weight and not self._reaches(w)}

    @property
    def wishing(self) -> set[int]:
        """Clauses in which something should be or is wanted: «should», «want», «do not build»."""
        found = {
            word.clause
            for word, following in zip(self.words, [*self.words[1:], None], strict=True)
            if word.raw.lower() in MODALS
            or (key_of(word.raw) in keys_of("wanting") and not _is_naming(word, following))
        }
        for at, word in enumerate(self.words):
            opens = not any(w.weight and w.clause == word.clause for w in self.words[:at])
            if opens and (
                word.raw.lower() == "don't" or (word.is_cue and self.words[at - 1].raw.lower() == "do")
            ):
                found.add(word.clause)
        return found

    def _reaches(self, word: Word) -> bool:
        return any(n.sentence == word.sentence and word.stem in n.reach for n in self.negations)


@lru_cache(maxsize=4096)
def read_text(text: str) -> Reading:
    """Read one text, English or Farsi or both."""
    raws = [m.group().replace("’", "'") for m in _WORD.finditer(text)]
    words: list[Word] = []
    sentence = clause = 0
    opens = True
    for raw, following in zip(raws, [*raws, ""][1:], strict=True):
        if raw in _STOPS or raw in _COMMAS:
            clause += 1
            sentence += raw in _STOPS
            opens = opens or raw in _STOPS
            continue
        clause += key_of(raw) in keys_of("break")
        near = raw.lower() == "close" and following.lower() in (
            "to",
            "by",
        )  # «close to the coast» closes nothing
        leads = opens or not words or words[-1].clause != clause
        stem, cue = stem_of("near" if near else raw), is_cue(raw) and not _is_shield(raw, words, leads=leads)
        named = raw[0].isupper() and not opens and not raw.isupper() and raw not in ("I", "I'm")
        named = named or is_place(raw)
        words.append(Word(raw, stem, 0.0 if cue else weight_of(raw, stem), sentence, clause, named, cue))
        opens = False
    negations = tuple(n for at, word in enumerate(words) if word.is_cue and (n := _negation(words, at)))
    numbers, groups = numbers_of(raws)
    farsi = sum(1 for w in words if not w.raw.isascii())
    return Reading(tuple(words), negations, numbers, groups, farsi * 2 > len(words))


def _negation(words: list[Word], at: int) -> Negation | None:
    """What the cue at `at` reaches: words after it; before it, for a Farsi verb, which stands at the end."""
    cue = words[at]
    wide = key_of(cue.raw) in keys_of("wide_negation")
    backward = not cue.raw.isascii() and not _stands_before(cue.raw) and not wide
    near = words[at - 1 :: -1] if backward and at else [] if backward else words[at + 1 :]
    if wide and not cue.raw.isascii():
        near = words[:at][::-1] + near  # «با … مخالفیم»
    wish = _is_of_wish(words, at)
    if wish and not any(w.weight and w.clause == cue.clause for w in near):
        near = words[:at][::-1]  # «… نمی‌خواهند» at the end
    near = [w for w in near if w.sentence == cue.sentence and (wide or w.clause == cue.clause)]
    near = [w for w in near if w.weight and (wide or not w.is_name)]
    first = near[:1] if backward else []  # «زیاد نشده»: the word before a Farsi verb belongs to it
    near = [w for w in near if wide or w.weight >= 1 or w in first] or near
    if not near:
        return None
    return Negation(
        near[0].stem,
        frozenset(w.stem for w in near),
        cue.sentence,
        cue.clause,
        wide,
        wish,
        _subject(words, at),
    )


def _subject(words: list[Word], at: int) -> frozenset[str]:
    """What stands before an English «has not been …»."""
    if (
        words[at].raw.lower() != "not"
        or not at
        or words[at - 1].raw.lower() not in (*PASSIVE, "has", "have", "had")
    ):
        return frozenset()
    return frozenset(
        w.stem for w in words[:at] if w.clause == words[at].clause and w.weight >= 1 and not w.is_name
    )


def _is_naming(word: Word, following: Word | None) -> bool:
    """«They call it forced labour» wishes nothing; «they call for it» does."""
    return key_of(word.raw) == "call" and (
        following is None or following.raw.lower() not in ("for", "on", "upon")
    )


def _is_shield(raw: str, before: list[Word], *, leads: bool) -> bool:
    """«protected against» opposes nothing; «are against», «voted against», and what leads its clause, «…: Against X», do."""
    if raw.lower() != "against" or leads:
        return False
    return before[-1].raw.lower() not in (
        *PASSIVE,
        "vote",
        "voted",
        "votes",
        "speak",
        "spoke",
        "others",
        "some",
    )


def _is_of_wish(words: list[Word], at: int) -> bool:
    """«do not want», «نمی‌خواهند»."""
    following = key_of(words[at + 1].raw) if at + 1 < len(words) else ""
    return following in ("want", "wish", "ask", "need") or bool(_NO_WISH.match(place_key(words[at].raw)))


def _stands_before(raw: str) -> bool:
    """Whether a Farsi cue stands before what it denies: «نباید», and verbs of wishing, «نمی‌خواهند»."""
    return key_of(raw) in keys_of("forward_negation") or bool(_NO_WISH.match(place_key(raw)))


def _ending(words: list[Word], at: int) -> set[str]:
    """What the «stop», «ban» or «abolish» at `at` ends: what follows it up to a verb; in the passive, what it follows."""
    cue = words[at]
    after = takewhile(lambda w: w.clause == cue.clause and w.raw.lower() not in MODALS, words[at + 1 :])
    reach = [w.stem for w in after if w.weight >= 1]
    if not cue.raw.isascii() or (at and words[at - 1].raw.lower() in (*PASSIVE, *MODALS)):
        before = [w for w in words[:at] if w.clause == cue.clause and not w.is_name]
        reach += [w.stem for w in before if w.weight >= 1]
    return set(reach)


def nearest_sides(readings: Iterable[Reading], stems: AbstractSet[str], *, first: str) -> set[bool]:
    """Whether the clauses that speak most of `stems`, of `first` above all, are negative: {True}, {False}, both, or none."""
    rated = []
    for reading in readings:
        for clause in reading.clauses():
            shared = stems & {w.stem for w in clause}
            rated.append((len(shared) + FIRST_COUNTS * (first in shared), reading.opposes(clause), clause))
    best = max((count for count, _, _ in rated), default=0)
    return {
        side ^ is_opposed
        for count, is_opposed, clause in rated
        if count == best > 0
        for side in sides_of(clause, stems)
    }


def sides_of(clause: Sequence[Word], stems: AbstractSet[str] = frozenset()) -> set[bool]:
    """Whether a clause says no, «not» and «stop» cancelling each other out: one side, or both where a word such as «late» or «unsafe», none of `stems`, may be meant as a denial."""
    is_turned = _is_turned(clause)
    others = [w for w in clause if w.stem not in stems and not _is_firm(w) and not is_ender(w.stem)]
    may_deny = any(map(is_negative_word, others))
    return {True, False} if may_deny and not is_turned else {is_turned}


def _is_turned(words: Iterable[Word]) -> bool:
    words = tuple(words)
    cues = [w for w in words if _is_firm(w)]
    doubled = {w.clause for w in cues if not w.raw.startswith("هیچ")}  # «هیچ‌کس نباید» denies once
    count = sum(not w.raw.startswith("هیچ") or w.clause not in doubled for w in cues)
    return (count + sum(is_ender(w.stem) for w in words)) % 2 == 1


def _is_firm(word: Word) -> bool:
    """A cue that turns its clause round; «without», «lack» and «instead» only part of it."""
    return word.is_cue and key_of(word.raw) not in keys_of("weak_negation")


def is_negative_word(word: Word) -> bool:
    """A word that may stand for a negation: a cue, a word that ends, lacks or spoils, «un-», «بی-»."""
    return (
        word.is_cue or is_ender(word.stem) or key_of(word.raw) in keys_of("lacking") or is_privative(word.raw)
    )


def share(part: AbstractSet[str], whole: AbstractSet[str]) -> float:
    """How much of `part` is in `whole`; of nothing, nothing."""
    return len(part & whole) / len(part) if part else 0.0
