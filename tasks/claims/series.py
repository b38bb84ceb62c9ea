"""Friday for Monday, night for day, men for women: words of which only one can be true at a place. Pure.

A part of tasks/claims/check.py. The series are the list of that name in data/claims.toml: one line each, its members parted
by «|», words of one member saying the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tasks.claims.kinds import member_of
from tasks.claims.words import MOSTLY, Reading, Word, is_negative_word, share


def exchanged_members(said: Reading, sources: Sequence[Reading]) -> list[str]:
    """Members of a series in whose place the sources have another: nowhere this one, or not in what says the same."""
    clauses = [clause for s in sources for clause in s.clauses()]
    told = [found for clause in clauses for found in _members(clause)]
    wishing = said.wishing
    faults = []
    for clause in said.clauses():
        is_wish = clause[0].clause in wishing  # «should be cheaper» of what is costly
        held = {member for word, member in told if not (is_wish and is_negative_word(word))}
        for word, (line, place) in _members(clause):
            others = {m for m in held if m[0] == line} - {(line, place)}
            is_elsewhere = (line, place) in held and _tell_of_another(clause, word, clauses)
            if others and ((line, place) not in held or is_elsewhere):
                faults.append(f"{word.raw!r} stands where its sources have another")
    return faults


def _tell_of_another(clause: Sequence[Word], word: Word, told: Sequence[Sequence[Word]]) -> bool:
    """Every clause that says the rest of this one says it with another member."""
    member = member_of(word.raw)
    rest = {w.stem for w in clause if w.weight >= 1 and w is not word}
    same = [c for c in told if len(rest) > 1 and share(rest, {w.stem for w in c if w.weight}) >= MOSTLY]
    members = [{m for _, m in _members(c) if member and m[0] == member[0]} for c in same]
    return bool(same) and all(found and member not in found for found in members)


def _members(clause: Sequence[Word]) -> Iterator[tuple[Word, tuple[int, int]]]:
    for word in clause:
        if (member := member_of(word.raw)) is not None:
            yield word, member
