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

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import SequenceMatcher

from tasks.claims.words import Reading, actor_line, is_ender, opposite_side, read_text

MIN_SCORE = 0.5  # share of weighted words; exchanged citations have a median of 0.1
MIN_CLAUSE = 0.34  # of a clause's own words, before it counts as an addition
SAME_NAME = 0.75  # difflib ratio between two romanisations of a name (Isfahan, Esfahan)
NEW_DEMAND = 0.12  # off the score, for a demand whose verb no source has
NEAR = 0.6  # of the claim's words in one sentence: it speaks of that sentence
MOSTLY = 0.7  # of the claim's words
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
    whole = _sum(weights, held)
    best = max((_sum(weights, stems) for s in sources for _, stems in _by_sentence(s)), default=0.0)
    unmet = NEW_DEMAND * sum(stem not in held for stem in _demands(said))
    return max(0.0, (0.6 * whole + 0.4 * best) / total - unmet)


def _sum(weights: Mapping[str, float], stems: AbstractSet[str]) -> float:
    return sum(weight for stem, weight in weights.items() if stem in stems)


def _demands(said: Reading) -> set[str]:
    """What should be done: the first full word after «should» or «must»."""
    found = set()
    for place, word in enumerate(said.words):
        if word.raw.lower() in ("should", "must"):
            later = (w for w in said.words[place + 1 :] if w.sentence == word.sentence and w.weight)
            if (verb := next(later, None)) and verb.weight >= 1:
                found.add(verb.stem)
    return found


def _by_sentence(source: Reading) -> list[tuple[int, set[str]]]:
    return [(n, source.stems(n)) for n in sorted({w.sentence for w in source.words})]


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
    """What a negation stands at has to stand at one in the sources too, and the other way round."""
    denied = set().union(*(s.denied for s in sources))
    affirmed = set().union(*(s.affirmed for s in sources))
    enders = {w.stem for s in sources for w in s.words if is_ender(w.stem)} - said.stems()
    own = {n.first for n in said.negations if not n.is_wide}
    if not enders and any(f in affirmed and f not in denied for f in own) and not _softened(own, sources):
        return ["a negation that no source has"]
    if any(is_ender(w.stem) for w in said.words) and not said.negations:
        return []
    lost = {n.first for s in sources for n in s.negations if not n.is_wide}
    affirmed = _affirmed_nearest(said, sources) & affirmed
    lost = {f for f in lost if f in said.affirmed and f not in affirmed}
    if lost and not _softened(lost, [said]):
        return ["a negation of the sources is lost"]
    return _opposition_lost(said, sources)


def _affirmed_nearest(said: Reading, sources: Sequence[Reading]) -> set[str]:
    """What the sentences nearest to the claim affirm; all sentences, when none is near."""
    claimed = _full(said)
    rated = [(_share(claimed, held), number, s) for s in sources for number, held in _by_sentence(s)]
    best = max(share for share, _, _ in rated)
    near = [(number, s) for share, number, s in rated if best < NEAR or share >= best - 0.05]
    return set().union(*(s.stems(number) - s.denied_in(number) for number, s in near))


def _opposition_lost(said: Reading, sources: Sequence[Reading]) -> list[str]:
    """Sources that are against the whole of what the claim affirms."""
    against = [n for s in sources for n in s.negations if n.is_wide]
    if not against or any(n.is_wide for n in said.negations):
        return []
    plain = [
        held
        for s in sources
        for number, held in _by_sentence(s)
        if number not in {n.sentence for n in s.negations if n.is_wide}
    ]
    claimed = _full(said)
    if any(_share(claimed, held) >= MOSTLY for held in plain):
        return []
    return ["its sources are against it"] if any(_share(claimed, n.reach) >= MOSTLY for n in against) else []


def _full(said: Reading) -> set[str]:
    """The stems that say much."""
    return {w.stem for w in said.words if w.weight >= 1}


def _share(part: AbstractSet[str], whole: AbstractSet[str]) -> float:
    return len(part & whole) / len(part) if part else 0.0


def _softened(stems: set[str], sources: Sequence[Reading]) -> bool:
    """«should not be closed» may be said as «should stay open»: an opposite word in place of the negation."""
    sides = {side for stem in stems if (side := opposite_side(stem))}
    held = {side for s in sources for w in s.words if (side := opposite_side(w.stem))}
    return any((pair, 1 - side) in held for pair, side in sides)


def _directions(said: Reading, sources: Sequence[Reading]) -> list[str]:
    held = set().union(*(_signed(s) for s in sources))
    claimed = _signed(said)
    wrong = [
        s for s in claimed if s not in held and (other := (s[0], 1 - s[1])) in held and other not in claimed
    ]
    return ["says the opposite of what it cites"] if wrong else []


def _signed(reading: Reading) -> set[tuple[int, int]]:
    """(pair, side) of the words with an opposite; a negation turns the side round."""
    found = set()
    for word in reading.words:
        if side := opposite_side(word.stem):
            turned = any(n.sentence == word.sentence and word.stem in n.reach for n in reading.negations)
            found.add((side[0], side[1] ^ turned))
    return found


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
