"""Does a sentence say only what its sources say? `check_claim`: pure, lexical, no model, under a millisecond.

Refused by fact, whatever the score: a number, a name or place, or an actor that no source has; a negation
that no source has, or that the sources have and the claim lost; the opposite direction (raise for lower, ban
for allow); actor and acted-upon exchanged; a clause that nothing supports. Else by score: the weighted share
of the claim's words that its sources have, as a whole and in their best sentence.

The claim may be a part of a longer source: a source may say more than the claim, never less. Claim and
sources are to be in one language. Thresholds are measured on exchanged citations: see
tests/action/test_claim_quality.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from tasks.claim_words import Reading, Word, actor_line, opposite_side, read_text

MIN_SCORE = 0.5  # share of weighted words; exchanged citations have a median of 0.1
MIN_CLAUSE = 0.34  # of a clause's own words, before it counts as an addition
SAME_NAME = 0.75  # difflib ratio between two romanisations of a name (Isfahan, Esfahan)
BY_FACT = 0.49  # the highest score of a claim that is refused by fact


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
    score = _closeness(said, sources)
    reasons = [*_facts(said, sources), *_additions(said, sources)]
    if reasons:
        return Verdict(False, round(min(score * 0.5, BY_FACT), 4), tuple(reasons))
    if score < MIN_SCORE:
        return Verdict(False, round(score, 4), (f"too far from what it cites ({score:.2f} < {MIN_SCORE})",))
    return Verdict(True, round(score, 4), ())


def check_facts(text: str, cited: Sequence[str]) -> tuple[str, ...]:
    """What `text` (a title, say, in other words) has that the sources have not, or have otherwise."""
    return tuple(_facts(read_text(text), [read_text(source) for source in cited if source.strip()]))


def _facts(said: Reading, sources: Sequence[Reading]) -> list[str]:
    return [
        *_numbers(said, sources),
        *_names(said, sources),
        *_actors(said, sources),
        *_negations(said, sources),
        *_directions(said, sources),
        *_roles(said, sources),
    ]


def _closeness(said: Reading, sources: Sequence[Reading]) -> float:
    weights = {w.stem: w.weight for w in said.words if w.weight}
    total = sum(weights.values())
    if not total:
        return 0.0
    held = set().union(*(s.stems() for s in sources))
    whole = sum(w for stem, w in weights.items() if stem in held)
    best = max(
        sum(w for stem, w in weights.items() if stem in sentence)
        for s in sources
        for sentence in _sentences(s)
    )
    return (0.6 * whole + 0.4 * best) / total


def _sentences(source: Reading) -> list[set[str]]:
    numbers = sorted({w.sentence for w in source.words})
    return [source.stems(n) for n in numbers] or [set()]


def _numbers(said: Reading, sources: Sequence[Reading]) -> list[str]:
    held = set().union(*(s.numbers for s in sources))
    missing = [group for group in said.number_groups if not (max(group) in held or min(group) in held)]
    return [f"number {max(group):g} is in no source" for group in missing]


def _names(said: Reading, sources: Sequence[Reading]) -> list[str]:
    known = {w.raw.lower().removesuffix("'s") for s in sources for w in s.words}
    stems = set().union(*(s.stems() for s in sources))
    reasons = []
    for word in said.words:
        name = word.raw.lower().removesuffix("'s")
        if word.is_name and word.weight and word.stem not in stems and not _alike(name, known):
            reasons.append(f"name {word.raw!r} is in no source")
    return reasons


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
    missing = {
        w.raw.lower(): None
        for w in said.words
        if (line := actor_line(w.stem)) is not None and line not in held and w.stem not in stems
    }
    return [f"actor {name!r} is in no source" for name in missing]


def _negations(said: Reading, sources: Sequence[Reading]) -> list[str]:
    """A word is compared with how the sources have it; one that agrees is enough."""
    minus = {w.stem for s in sources for w in s.words if w.negated and w.weight >= 1}
    plus = {w.stem for s in sources for w in s.words if not w.negated and w.weight >= 1}
    claimed_minus = {w.stem for w in said.words if w.negated and w.weight >= 1}
    claimed_plus = {w.stem for w in said.words if not w.negated and w.weight >= 1}
    if (
        claimed_minus
        and not claimed_minus & minus
        and claimed_minus & plus
        and not _softened(claimed_minus, sources)
    ):
        return ["a negation that no source has"]
    lost = (claimed_plus & minus) - plus
    if lost and not claimed_minus and not _softened(lost, sources):
        return ["a negation of the sources is lost"]
    return []


def _softened(stems: set[str], sources: Sequence[Reading]) -> bool:
    """«should not be closed» may be said as «should stay open»: an opposite word in place of the negation."""
    sides = {side for stem in stems if (side := opposite_side(stem))}
    held = {side for s in sources for w in s.words if (side := opposite_side(w.stem))}
    return any((pair, 1 - side) in held for pair, side in sides)


def _directions(said: Reading, sources: Sequence[Reading]) -> list[str]:
    def signed(word: Word) -> tuple[int, int] | None:
        side = opposite_side(word.stem)
        return (side[0], side[1] ^ word.negated) if side else None

    held = {side for s in sources for w in s.words if (side := signed(w))}
    claimed = {side for w in said.words if (side := signed(w))}
    wrong = [side for side in claimed if side not in held and (side[0], 1 - side[1]) in held]
    return ["says the opposite of what it cites"] if wrong else []


def _roles(said: Reading, sources: Sequence[Reading]) -> list[str]:
    """«A should pay B» is not «B should pay A»: three words around a modal, in exchanged order."""
    for before, verb, after in _triples(said):
        orders = {order for s in sources for order in [_order(s, before, verb, after)] if order}
        if orders == {"exchanged"}:
            return ["who does and who is done to are exchanged"]
    return []


def _triples(said: Reading) -> list[tuple[str, str, str]]:
    content = [w for w in said.words if w.weight or w.raw.lower() in ("should", "must", "by")]
    found = []
    for place, word in enumerate(content):
        if word.raw.lower() in ("should", "must") and 0 < place < len(content) - 2:
            before, verb = content[place - 1], content[place + 1]
            if any(w.raw.lower() == "by" and w.sentence == word.sentence for w in content):
                continue
            later = [
                w
                for w in content[place + 2 :]
                if w.sentence == word.sentence and actor_line(w.stem) is not None
            ]
            if later and actor_line(before.stem) is not None:
                found.append((before.stem, verb.stem, later[0].stem))
    return found


def _order(source: Reading, before: str, verb: str, after: str) -> str:
    for number in {w.sentence for w in source.words}:
        stems = [w.stem for w in source.words if w.sentence == number]
        if "by" in stems or not {before, verb, after} <= set(stems):
            continue
        first, middle, last = (stems.index(s) for s in (before, verb, after))
        if first < middle < last:
            return "same"
        if last < middle < first:
            return "exchanged"
    return ""


def _additions(said: Reading, sources: Sequence[Reading]) -> list[str]:
    """A clause of which the sources have next to nothing."""
    held = set().union(*(s.stems() for s in sources))
    reasons = []
    for number in sorted({w.clause for w in said.words}):
        own = {w.stem: w.weight for w in said.words if w.clause == number and w.weight}
        total = sum(own.values())
        if total >= 1.6 and sum(w for stem, w in own.items() if stem in held) / total < MIN_CLAUSE:
            reasons.append("a clause that no source supports")
    return reasons
