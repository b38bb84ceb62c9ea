"""Does a sentence say only what its sources say? `check_claim`: pure, lexical, no model, under a millisecond.

Refused by fact, whatever the score: a number, a name or place, or an actor that no source has; a negation that no
source has, or that the sources have and the claim lost; the opposite direction (raise for lower, ban for allow); actor
and acted-upon exchanged; of more people, without a condition or as done what the sources say of some, on one or as a
wish; a figure, a time or a comparison tied to something else (ties.py), Friday for Monday (series.py), certainty, strength
or a cause that the sources do not have (invented.py); a demand or clause of whose matter no source speaks. Else by score: the weighted share of the claim's words that
its sources have, as a whole and in their best sentence.

The claim may be a part of a longer source: a source may say more than the claim, never less. A claim on sources of the
other language is compared by meaning (tasks/claims/across.py). Thresholds are measured on exchanged citations: see
tests/action/test_claim_quality.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import SequenceMatcher

from tasks.claims.across import are_two_languages, closeness_across, faults_across
from tasks.claims.additions import (
    MIN_CLAUSE,
    added_clauses,
    added_words,
    additions,
    held_by,
    is_framing,
    is_kin,
    strange_to,
)
from tasks.claims.directions import as_the_sources_go, demands_of, turned_round
from tasks.claims.invented import inventions
from tasks.claims.overstated import overstatements
from tasks.claims.roles import exchanged_roles
from tasks.claims.series import exchanged_members
from tasks.claims.spelling import actor_line, key_of, opposite_side
from tasks.claims.ties import untied
from tasks.claims.words import MOSTLY, Reading, Word, is_negative_word, nearest_sides, read_text, share

MIN_SCORE = 0.47  # share of weighted words; exchanged citations have a median of 0.1
MIN_ACROSS = 0.51  # of meanings between two languages: of two, one is not enough
SAME_NAME = 0.7  # difflib ratio between two romanisations of a name (Isfahan, Esfahan)
NEW_DEMAND = 0.2  # off the score, for a demand whose verb no source has
FRAMING = 0.3  # weight of a word that tells nothing of a matter: a writer's own
NEAR = 0.6  # of the claim's words in one sentence: it speaks of that sentence
HALF = 0.5  # of what a negation reaches: a claim that speaks of less of it is of another matter
_NAMED = re.compile(r"^((?:.*: )?)(name|actor|number|word) .+ is in no source$", re.DOTALL)
BY_FACT = 0.46  # the highest score of a claim that is refused by fact


@dataclass(frozen=True)
class Verdict:
    """`ok`, and why not. `score` is 0…1, higher = better supported; refused by fact = below `MIN_SCORE`."""

    ok: bool
    score: float
    reasons: tuple[str, ...]


def check_claim(claim: str, cited: Sequence[str]) -> Verdict:
    """Whether `claim` is supported by the texts it cites."""
    said = read_text(claim)
    sources = [read_text(text) for text in cited if text.strip()]
    if not sources:
        return Verdict(False, 0.0, ("cites nothing",))
    if not said.words:
        return Verdict(False, 0.0, ("says nothing",))
    if are_two_languages(said, sources):
        texts = [text for text in cited if text.strip()]
        return _verdict(closeness_across(claim, texts), faults_across(claim, texts), least=MIN_ACROSS)
    faults = [*_facts(said, sources), *overstatements(said, sources), *inventions(said, sources)]
    faults += additions(said, sources)
    return _verdict(_closeness(said, sources), faults)


def _verdict(score: float, reasons: Sequence[str], *, least: float = MIN_SCORE) -> Verdict:
    if reasons:
        return Verdict(False, round(min(score * 0.5, BY_FACT), 4), tuple(reasons))
    if score < least:
        return Verdict(False, round(score, 4), (f"too far from what it cites ({score:.2f} < {least})",))
    return Verdict(True, round(score, 4), ())


def check_facts(text: str, cited: Sequence[str]) -> tuple[str, ...]:
    """What `text` (a title, say, in other words) has that the sources have not, or have otherwise."""
    return tuple(_facts(read_text(text), [read_text(source) for source in cited if source.strip()]))


def untold(reason: str) -> str:
    """A reason without the word it names: what a model made up is repeated in no prompt and no published file."""
    return _NAMED.sub(lambda found: f"{found[1]}a {found[2]} is in no source", reason)


def asks_for_the_same(one: str, other: str) -> bool:
    """Whether two texts ask for the same things to be done, word for word but for inflections and synonyms."""
    wanted, also = demands_of(read_text(one)), demands_of(read_text(other))
    return bool(wanted) and wanted == also


def unsupported(text: str, cited: Sequence[str], *, least: float = MIN_CLAUSE) -> tuple[str, ...]:
    """Actors, added words and clauses of `text` that no source has; numbers, negations and directions are not looked at.

    `least`: the share of a clause's weight that the sources must have.
    """
    said, sources = read_text(text), [read_text(source) for source in cited if source.strip()]
    return (*_actors(said, sources), *added_words(said, sources), *added_clauses(said, sources, least=least))


def strange_words(text: str, cited: Sequence[str]) -> tuple[str, ...]:
    """Words of an English `text` that nothing in the sources bears out, wherever they stand: for what is replaced at no cost."""
    strange = strange_to(read_text(text), [read_text(source) for source in cited if source.strip()])
    return tuple(f"word {word.raw!r} is in no source" for word in strange)


def _facts(said: Reading, sources: Sequence[Reading]) -> list[str]:
    return [
        *_numbers(said, sources),
        *_names(said, sources),
        *_actors(said, sources),
        *_negations(said, sources),
        *turned_round(said, sources),
        *exchanged_roles(said, sources),
        *untied(said, sources),
        *exchanged_members(said, sources),
    ]


def _closeness(said: Reading, sources: Sequence[Reading]) -> float:
    weights = {w.stem: FRAMING if is_framing(w) else w.weight for w in said.words if w.weight}
    total = sum(weights.values())
    if not total:
        return 0.0
    held = held_by(said, sources) | as_the_sources_go(said, sources)
    whole = _sum(weights, held)
    best = max((_sum(weights, stems) for s in sources for _, stems in _by_sentence(s)), default=0.0)
    unmet = NEW_DEMAND * sum(stem not in held for stem in demands_of(said))
    return max(0.0, (0.6 * whole + 0.4 * best) / total - unmet)


def _sum(weights: Mapping[str, float], stems: AbstractSet[str]) -> float:
    return sum(weight for stem, weight in weights.items() if stem in stems)


def _by_sentence(source: Reading) -> list[tuple[int, set[str]]]:
    return [(n, source.stems(n)) for n in sorted({w.sentence for w in source.words})]


def _numbers(said: Reading, sources: Sequence[Reading]) -> list[str]:
    held = set().union(*(s.numbers for s in sources))
    missing = [group for group in said.number_groups if not (max(group) in held or min(group) in held)]
    return [f"number {max(group):g} is in no source" for group in missing]


def _names(said: Reading, sources: Sequence[Reading]) -> list[str]:
    known = {w.raw.lower().removesuffix("'s") for s in sources for w in s.words if _may_be_name(w)}
    stems = set().union(*(s.stems() for s in sources))
    plain = {w.raw.lower().removesuffix("'s") for s in sources for w in s.words}
    keys = set(map(key_of, plain))
    reasons = []
    for word in said.words:
        name = word.raw.lower().removesuffix("'s")
        is_held = word.stem in stems if word.raw.islower() or not word.raw.isascii() else name in plain
        if (
            word.is_name
            and word.weight
            and not is_held
            and not _alike(name, known)
            and not is_kin(name, keys)
        ):
            reasons.append(f"name {word.raw!r} is in no source")
    return reasons


def _may_be_name(word: Word) -> bool:
    return word.is_name or not word.raw.isascii() or word.raw[0].isupper()


def _alike(name: str, known: set[str]) -> bool:
    return any(
        k[:1] in (name[:1], *_FIRST.get(name[:1], "")) and SequenceMatcher(None, name, k).ratio() >= SAME_NAME
        for k in known
        if abs(len(k) - len(name)) <= 3
    )


_FIRST = {"i": "e", "e": "i", "q": "gk", "g": "q", "k": "q", "o": "u", "u": "o", "z": "s", "s": "z"}


def _actors(said: Reading, sources: Sequence[Reading]) -> list[str]:
    held = {line for s in sources for w in s.words if (line := actor_line(w.stem)) is not None}
    stems = set().union(*(s.stems() for s in sources))
    keys = {key_of(w.raw) for s in sources for w in s.words}
    missing = {
        w.raw.lower(): None
        for w in said.words
        if (line := actor_line(w.stem)) is not None
        and line not in held
        and w.stem not in stems
        and not is_kin(w.raw, keys)
    }
    return [f"actor {name!r} is in no source" for name in missing]


def _negations(said: Reading, sources: Sequence[Reading]) -> list[str]:
    """What a negation stands at has to stand at one in the sources too, and the other way round."""
    denied = set().union(*(s.denied for s in sources))
    affirmed = set().union(*(s.affirmed for s in sources))
    ended = set().union(*(s.ended for s in sources)) - said.ended
    for negation in said.negations:
        held = nearest_sides(sources, negation.reach, first=negation.first)
        if not negation.is_wide and not said.sides_of(negation) & (held or {True, False}):
            return ["a negation that no source has"]
    own = {n.first for n in said.negations if not n.is_wide and not n.is_of_wish}
    if any(f in affirmed - denied - ended for f in own) and not _softened(own, sources):
        return ["a negation that no source has"]
    if said.negations and not any(is_negative_word(w) for s in sources for w in s.words):
        return ["a negation that no source has"]
    affirmed = _affirmed_nearest(said, sources) & affirmed
    lost = {f for f in _denied_as_said(said, sources) if f not in affirmed | said.ended}
    is_said_otherwise = any(is_negative_word(w) for w in said.words)  # «unpaid» for «not paid»
    if lost and not is_said_otherwise and not _softened(lost, [said]):
        return ["a negation of the sources is lost"]
    return _opposition_lost(said, sources)


def _denied_as_said(said: Reading, sources: Sequence[Reading]) -> set[str]:
    """What the claim affirms and some source denies: as a fact or as a wish. To wish for what is not there is no denial."""
    told = {w.stem for w in said.words if said.is_farsi or w.clause not in said.wishing}
    lost = set()
    for source in sources:
        for n in source.negations:
            is_wish = n.is_of_wish or n.clause in source.wishing
            is_of_it = n.is_of_wish or share(n.reach, said.stems()) > HALF
            if not n.is_wide and is_of_it and n.first in said.affirmed and (is_wish or n.first in told):
                lost.add(n.first)
    return lost


def _affirmed_nearest(said: Reading, sources: Sequence[Reading]) -> set[str]:
    """What the sentences nearest to the claim affirm; all sentences, when none is near."""
    claimed = said.stems()
    rated = [(share(claimed, held), number, s) for s in sources for number, held in _by_sentence(s)]
    best = max(rate for rate, _, _ in rated)
    near = [(number, s) for rate, number, s in rated if best < NEAR or rate >= best - 0.05]
    return set().union(*(s.stems(number) - s.denied_in(number) for number, s in near))


def _opposition_lost(said: Reading, sources: Sequence[Reading]) -> list[str]:
    """Sources that are against the whole of what the claim affirms; what a wish affirms, only a wish can bear out."""
    against = [n for s in sources for n in s.negations if n.is_wide]
    if not against or any(n.is_wide for n in said.negations):
        return []
    is_wish = bool(said.wishing)
    plain = [
        held
        for s in sources
        for wishing in [s.wishing]
        for number, held in _by_sentence(s)
        if number not in {n.sentence for n in s.negations if n.is_wide}
        and (not is_wish or any(w.clause in wishing for w in s.words if w.sentence == number))
    ]
    claimed = _full(said)
    if any(share(claimed, held) >= MOSTLY for held in plain):
        return []
    return ["its sources are against it"] if any(share(claimed, n.reach) >= MOSTLY for n in against) else []


def _full(said: Reading) -> set[str]:
    """The stems that say much."""
    return {w.stem for w in said.words if w.weight >= 1}


def _softened(stems: set[str], sources: Sequence[Reading]) -> bool:
    """«should not be closed» may be said as «should stay open»: an opposite word in place of the negation."""
    sides = {side for stem in stems if (side := opposite_side(stem))}
    held = {side for s in sources for w in s.words if (side := opposite_side(w.stem))}
    return any((pair, 1 - side) in held for pair, side in sides)
