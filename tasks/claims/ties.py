"""Does a claim tie together what its sources tie together: a figure and its unit, a place and its figure? Pure.

A part of tasks/claims/check.py; the words are lists of data/claims.toml. Every word of a claim may be in its sources and
the claim be wrong all the same: two hours became two days, one town's figure another's, «before» «after», «more» «less».
Where the sources say nothing of the tie, nothing is refused here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tasks.claims.kinds import time_side, unit_of
from tasks.claims.spelling import key_of, keys_of, numbers_of, scale_of
from tasks.claims.words import Reading, Word, share

MIN_RANGE = 2
HEAD_WITHIN = 2  # full words after a figure, of which one is what it counts
OPERAND = 3  # full words after «than»
SAME_OPERAND = 0.5  # share of them
BEFORE, AFTER, DURING, UNTIL, SINCE = range(5)  # lines of the list [time]
_CONFLICTS = frozenset([(BEFORE, AFTER), (BEFORE, DURING), (AFTER, DURING), (AFTER, UNTIL), (UNTIL, SINCE)])
_LINKS = frozenset(["to", "or", "and", "تا", "یا", "و"])  # «3 to 4 million» are 3 and 4 million


def untied(said: Reading, sources: Sequence[Reading]) -> list[str]:
    """Why the claim ties together what its sources do not."""
    found = []
    if _counts_something_else(said, sources):
        found.append("a figure is of something else in its sources")
    if _figure_of_another(said, sources):
        found.append("a figure of one source is told of what only another speaks of")
    if _wished_figure(said, sources):
        found.append("a figure of what is told as one of what is wished, or the other way round")
    if _turns_the_way_round(said, sources):
        found.append("from and to are exchanged")
    if _other_time(said, sources):
        found.append("before and after are exchanged")
    if _compares_the_other_way(said, sources):
        found.append("a comparison goes the other way")
    return found


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as written, its value with «million», its unit (a line of the list, or none) and what it may count."""

    digits: float
    value: float
    unit: int | None
    heads: frozenset[str]
    measure: frozenset[str]  # the word of the unit
    clause: int


def _figures(reading: Reading) -> Iterator[Figure]:
    words = reading.words
    for at, word in enumerate(words):
        _, groups = numbers_of([word.raw])
        if not groups or scale_of(word.raw):
            continue
        scale, after = _scaled([w for w in words[at + 1 :] if w.sentence == word.sentence])
        after = [w for w in after if w.clause == word.clause]
        measure = [w for w in after[:HEAD_WITHIN] if unit_of(w.raw) is not None][:1]
        unit = unit_of("%") if word.raw.endswith("%") else unit_of(measure[0].raw) if measure else None
        heads = [w.stem for w in after if w.weight >= 1 and not w.is_name][:HEAD_WITHIN]
        digits = max(groups[0])
        yield Figure(
            digits, digits * scale, unit, frozenset(heads), frozenset(w.stem for w in measure), word.clause
        )


def _scaled(after: list[Word]) -> tuple[float, list[Word]]:
    """What a figure is multiplied by, and the words behind that."""
    scale = 1.0
    while after and (times := scale_of(after[0].raw)):
        scale, after = scale * times, after[1:]
    if scale == 1.0 and len(after) > MIN_RANGE and after[0].raw.lower() in _LINKS and after[1].weight:
        following = scale_of(after[2].raw)
        return (following or 1.0), (after[3:] if following else after)
    return scale, after


def _counts_something_else(said: Reading, sources: Sequence[Reading]) -> bool:
    held = [figure for s in sources for figure in _figures(s)]
    stems = set().union(*(s.stems() for s in sources))
    for figure in _figures(said):
        same = [f for f in held if f.digits == figure.digits]
        units = {f.unit for f in same}
        if same and not any(f.value == figure.value for f in held):
            return True
        if figure.unit is not None and units and None not in units and figure.unit not in units:
            return True
        counted = set().union(*(f.heads for f in same))
        is_elsewhere = bool(figure.heads) and figure.heads <= stems
        if (
            figure.unit is None
            and units == {None}
            and counted
            and is_elsewhere
            and not counted & figure.heads
        ):
            return True
    return False


def _figure_of_another(said: Reading, sources: Sequence[Reading]) -> bool:
    """Something in the figure's clause is known from other sources, and from none that has the figure."""
    known = set().union(*(_full(s.words) for s in sources))
    for figure in _figures(said):
        with_it = [_full(s.words) | s.stems() for s in sources if figure.digits in s.numbers]
        clause = next(words for words in said.clauses() if words[0].clause == figure.clause)
        if with_it and (_full(clause) & known) - set().union(*with_it):
            return True
    return False


def _wished_figure(said: Reading, sources: Sequence[Reading]) -> bool:
    """«Should be paid in eight months», where it takes eight months and should take one."""
    unsaid = {w.clause for w in said.words if w.raw.lower() == "must"}  # what one must is wished or is so
    unsaid |= {w.clause for w in said.words if key_of(w.raw) in keys_of("wish")} - said.wishing
    held = [(f, f.clause in wishing) for s in sources for wishing in [s.wishing] for f in _figures(s)]
    for figure in _figures(said):
        wished = figure.clause in said.wishing
        ways = {way for f, way in held if f.digits == figure.digits}
        if figure.clause in unsaid or ways != {not wished}:
            continue
        if not wished or any(_counts_there(s, figure, wished=wished) for s in sources):
            return True
    return False


def _counts_there(source: Reading, figure: Figure, *, wished: bool) -> bool:
    """What the figure counts is counted in what is wished (or told) too: «in a month», «one guarantor»."""
    wishing = source.wishing
    for first, second in pairwise(source.words):
        is_counted = first.raw.lower() in ("a", "an", "one", "per", "every") or bool(
            numbers_of([first.raw])[0]
        )
        if (
            is_counted
            and second.stem in figure.heads | figure.measure
            and (second.clause in wishing) == wished
        ):
            return True
    return False


def _full(words: Sequence[Word]) -> set[str]:
    return {w.stem for w in words if w.weight >= 1 or (w.is_name and w.weight)}


def _turns_the_way_round(said: Reading, sources: Sequence[Reading]) -> bool:
    """«from 12 to 7» for «from 7 to 12»; «from A to B» where the sources go to A only."""
    held = [way for s in sources for way in _ways(s)]
    starts, ends = {start for start, _ in held}, {end for _, end in held}
    for start, end in _ways(said):
        if start and end and (start in ends - starts or (end, start) in held) and (start, end) not in held:
            return True
    return False


def _ways(reading: Reading) -> Iterator[tuple[str, str]]:
    """(from, to) of each clause: the figure or name behind either word, or nothing."""
    for clause in reading.clauses():
        found = {"from": "", "to": ""}
        for word, following in pairwise(clause):
            if word.raw.lower() in found and (following.is_name or following.stem.replace(".", "").isdigit()):
                found[word.raw.lower()] = following.stem
        yield found["from"], found["to"]


def _other_time(said: Reading, sources: Sequence[Reading]) -> bool:
    held = [pair for s in sources for pair in _times(s)]
    for side, head in _times(said):
        sides = {theirs for theirs, same in held if same == head}
        if sides and all((side, other) in _CONFLICTS or (other, side) in _CONFLICTS for other in sides):
            return True
    return False


def _times(reading: Reading) -> Iterator[tuple[int, str]]:
    """(when, of what): «before» and «spring»."""
    for at, word in enumerate(reading.words):
        if (side := time_side(word.raw)) is not None:
            near = (
                *reading.words[at + 1 :],
                *reversed(reading.words[:at]),
            )  # «two days before»: what stands before it
            head = next((w for w in near if w.clause == word.clause and (w.weight or w.is_name)), None)
            if head:
                yield side, head.stem


def _compares_the_other_way(said: Reading, sources: Sequence[Reading]) -> bool:
    held = [found for s in sources for found in _comparisons(s)]
    for is_more, before, after in _comparisons(said):
        ways = set()
        for theirs, first, last in held:
            if share(after, last) >= SAME_OPERAND and not share(after, first) >= SAME_OPERAND:
                ways.add(theirs)
            elif share(after, first) >= SAME_OPERAND and share(before, last) >= SAME_OPERAND:
                ways.add(not theirs)
        if ways == {not is_more}:
            return True
    return False


def _comparisons(reading: Reading) -> Iterator[tuple[bool, set[str], set[str]]]:
    """«A … less than B»: (False, A, B)."""
    words = reading.words
    for at, word in enumerate(words):
        if key_of(word.raw) not in keys_of("than"):
            continue
        before = [w for w in words[:at] if w.clause == word.clause]
        marker = next((w for w in reversed(before[-OPERAND:]) if _is_more(w) is not None), None)
        if marker is None:
            continue
        after = [w.stem for w in words[at + 1 :] if w.sentence == word.sentence and w.weight >= 1]
        first = {w.stem for w in before if w.weight >= 1 and w is not marker}
        yield bool(_is_more(marker)), first, set(after[:OPERAND])


def _is_more(word: Word) -> bool | None:
    raw = key_of(word.raw)
    return True if raw in keys_of("more") else False if raw in keys_of("less") else None
