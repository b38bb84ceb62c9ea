"""A Farsi claim against English sources: compared by meaning, through the bilingual civic lexicon. Pure.

No word is shared by two languages, so what is compared is what both texts are found to mean: concepts, demands,
troubles, bodies and places of data/lexicon, whichever language names them, and figures. A word that the lexicon does
not know can be neither confirmed nor denied: it costs a little. Weaker than the check within one language
(tasks/claims/check.py), and stricter where it counts: a claim that the lexicon does not understand is not supported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tasks.claims.directions import signed, turned_round
from tasks.claims.spelling import is_number_word
from tasks.claims.words import Reading, read_text
from tasks.llm import lexicon
from tasks.llm.engine.places import places_in
from tasks.llm.engine.text import stem_en, tokenize

UNKNOWN = 0.2  # weight of a word outside the lexicon; one inside weighs 1
_SENTENCE_END = re.compile(r"[.;!?؟؛]")


@dataclass(frozen=True, slots=True)
class Meanings:
    """What a text is found to mean: entries of the lexicon by their English name, places, words it does not know."""

    entries: frozenset[str]
    places: frozenset[str]
    unknown: int


def are_two_languages(said: Reading, sources: Sequence[Reading]) -> bool:
    """Whether no source is in the claim's language."""
    return not any(s.is_farsi == said.is_farsi for s in sources)


def closeness_across(claim: str, sources: Sequence[str]) -> float:
    """Share of the claim's meanings, and of the ways it goes (up, down, on, off), that the sources have too, 0…1."""
    said = read_meanings(claim)
    held, stems = _held(sources)
    places = set().union(*(read_meanings(text).places for text in sources))
    ways = signed(read_text(claim))
    goes_along = ways & set().union(*(signed(read_text(text)) for text in sources))
    found = sum(name in held or _stems(name) <= stems for name in said.entries) + len(said.places & places)
    found += len(goes_along)
    known = len(said.entries) + len(said.places) + len(ways)
    return found / (known + UNKNOWN * said.unknown) if known else 0.0


def faults_across(claim: str, sources: Sequence[str]) -> list[str]:
    """Figures, places and negations of the claim that the sources have not, or have otherwise."""
    said, texts = read_text(claim), [read_text(text) for text in sources]
    numbers = set().union(*(t.numbers for t in texts))
    faults = [f"number {max(group):g} is in no source" for group in said.number_groups if not group & numbers]
    places = set().union(*(read_meanings(text).places for text in sources))
    words = " ".join(sources).lower()
    foreign = [name for name in read_meanings(claim).places - places if name.lower() not in words]
    faults += [f"name {name!r} is in no source" for name in sorted(foreign)]
    return faults + _negation_faults(claim, sources) + turned_round(said, texts)


def _negation_faults(claim: str, sources: Sequence[str]) -> list[str]:
    """The claim has to stand on the same side as the sentences that speak most of the same."""
    wanted = read_meanings(claim).entries
    if not wanted:
        return []
    sentences = [part for text in sources for part in _SENTENCE_END.split(text) if part.strip()]
    shared = [len(wanted & read_meanings(part).entries) for part in sentences]
    near = [
        read_text(part)
        for part, count in zip(sentences, shared, strict=True)
        if count and count == max(shared)
    ]
    said = read_text(claim)
    own = said.sides()
    if not near or any(r.sides() & own for r in near):
        return []
    if True in own and said.has_cue:
        return ["a negation that no source has"]
    return ["a negation of the sources is lost"] if any(r.has_cue for r in near) or said.has_cue else []


@lru_cache(maxsize=4096)
def read_meanings(text: str) -> Meanings:
    """The entries of the lexicon that a text names, Farsi or English."""
    lex = lexicon.load()
    tokens = tokenize(text, lex.vocabulary, is_finglish=False)
    keys = [token.key for token in tokens]
    found = [
        match
        for root in (lex.concepts, lex.sayings, lex.bodies)
        for match in lex.find(keys, root)
        if not all(is_number_word(token.raw) for token in tokens[match.first : match.last])
    ]
    named = {at for match in found for at in range(match.first, match.last)}
    places = [  # «گندم‌کاران» is no river Karun, and «ترک‌های آذربایجان» are a people
        m
        for m in places_in(text, tokens, lex)
        if m.first not in named and text[tokens[m.first].start - 1 : tokens[m.first].start] != "\u200c"
    ]
    covered = named | {at for match in places for at in range(match.first, match.last)}
    content = {w.raw for w in read_text(text).words if w.weight >= 1}
    unknown = sum(at not in covered and token.raw in content for at, token in enumerate(tokens))
    names = frozenset(m.entry.en for m in found)
    return Meanings(names, frozenset(m.entry.en for m in places), unknown)


def _held(sources: Iterable[str]) -> tuple[set[str], set[str]]:
    """Entries and English stems of the sources."""
    entries: set[str] = set()
    stems: set[str] = set()
    for text in sources:
        entries |= read_meanings(text).entries
        stems |= _stems(text)
    return entries, stems


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem_en(word.raw) for word in read_text(text).words)
