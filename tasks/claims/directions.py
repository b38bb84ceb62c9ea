"""Which way a text goes: what it demands, raises or lowers, allows or ends. Pure; a part of tasks/claims/check.py."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.claims.spelling import is_ender, key_of, opposite_side, opposite_word
from tasks.claims.words import MODALS, Reading


def turned_round(said: Reading, sources: Sequence[Reading]) -> list[str]:
    if _exchanged_prefix(said, sources):
        return ["says the opposite of what it cites"]
    for only_demands in (False, True):
        claimed = signed(said, only_demands=only_demands)
        held = set().union(*(signed(s, only_demands=only_demands) for s in sources))
        turned = {(pair, 1 - side) for pair, side in claimed}
        if any(s in held and s not in claimed and (s[0], 1 - s[1]) not in held for s in turned):
            return ["says the opposite of what it cites"]
    return []


def _exchanged_prefix(said: Reading, sources: Sequence[Reading]) -> bool:
    """«possible» for «impossible», «unpaid» for «paid», where the sources have the one only."""
    if said.negations or any(s.negations for s in sources):
        return False  # «not unpaid»: the negations are compared on their own
    everywhere = {key_of(w.raw) for s in sources for w in s.words}
    for wished in (False, True):  # «should be paid» is no opposite of «is unpaid»
        held = set().union(*(_said_so(s, wished=wished) for s in sources))
        own = {raw for raw in _said_so(said, wished=wished) if key_of(raw) not in everywhere}
        if _without_prefix(own) & set(map(key_of, held)) or _without_prefix(held) & set(map(key_of, own)):
            return True
    return False


def _said_so(reading: Reading, *, wished: bool) -> set[str]:
    """The words of what is wished, or of what is told."""
    wishing = reading.wishing
    return {w.raw for w in reading.words if (w.clause in wishing) == wished}


def _without_prefix(raws: set[str]) -> set[str]:
    return {key for raw in raws if (key := opposite_word(raw))}


def signed(reading: Reading, *, only_demands: bool = False) -> set[tuple[int, int]]:
    """(pair, side) of the words with an opposite, or of the demands among them; a negation turns the side round."""
    found = set()
    demands = demands_of(reading) if only_demands else set()
    for word in reading.words:
        if (side := opposite_side(word.stem)) and (not only_demands or word.stem in demands):
            turns = int(any(n.sentence == word.sentence and word.stem in n.reach for n in reading.negations))
            if is_ender(word.stem):  # «lift the ban» opens
                turns += sum(is_ender(w.stem) and w.clause == word.clause for w in reading.words) - 1
            found.add((side[0], side[1] ^ (turns % 2)))
    return found


def demands_of(said: Reading) -> set[str]:
    """What should be done: the first full word after «should» or «must»."""
    found = set()
    for place, word in enumerate(said.words):
        if word.raw.lower() in MODALS:
            later = (w for w in said.words[place + 1 :] if w.sentence == word.sentence and w.weight)
            if (verb := next(later, None)) and verb.weight >= 1:
                found.add(verb.stem)
    return found


def as_the_sources_go(said: Reading, sources: Sequence[Reading]) -> set[str]:
    """Demands that go where the sources go in other words: «should be allowed» for «the ban should be lifted»."""
    held = set().union(*(signed(s, only_demands=True) for s in sources))
    own = signed(said, only_demands=True) & held
    return {stem for stem in demands_of(said) if (side := opposite_side(stem)) and side in own}
