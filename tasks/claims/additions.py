"""Does a claim bring what no source has: a word put in between the sources' own, a clause of other matter? Pure.

A part of tasks/claims/check.py. A word is borne out by itself in any inflection, by a synonym, by a narrower word (petrol
bears out fuel, fuel no petrol): data/lexicon/thesaurus.txt, data/glossary.csv and the list [related] of data/claims.toml
tell which. Words of [framing] («although», «receive») bring nothing. Whoever writes a sentence anew has words of their own
in place of the sources', and a few beside; what is refused is a word that stands in place of none («a private hospital» for
«a hospital»), and any strange word where the rest is the sources' own. English only: of Farsi no such lists are had.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from difflib import SequenceMatcher
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby

from tasks.claims.directions import as_the_sources_go, demands_of
from tasks.claims.kinds import degree_of
from tasks.claims.spelling import WORDS, key_of, keys_of, read_lists, scale_of, stem_of
from tasks.claims.words import Reading, Word, is_negative_word

MIN_CLAUSE = 0.34  # of a clause's own words, before it counts as an addition
OWN_WEIGHT = 1.6  # of a clause: one full word and some light ones say too little to be judged
# of a claim's full words, those that each clause has of one sentence, in its order:
VERBATIM = 0.75  # from here on it is the sources' text with something changed
REWORDED = 0.5  # up to here it is written anew, and OWN of its words may be the writer's
OWN = 0.25
LONG = 6  # full words; with fewer, one of the writer's own says most of it
SHORT = 5  # letters of a word in «-er» that is not taken apart


def additions(said: Reading, sources: Sequence[Reading]) -> list[str]:
    """Words, clauses and matters of the claim that no source bears out."""
    return [*added_words(said, sources), *added_clauses(said, sources), *_another_matter(said, sources)]


def added_words(said: Reading, sources: Sequence[Reading]) -> list[str]:
    """Words that stand in place of none of the sources', and any that no source bears out in a sentence copied else."""
    strange = strange_to(said, sources)
    if not strange:
        return []
    claim = [word for word in said.words if word.weight >= 1 and not degree_of(word.raw)]
    by_clause = groupby(claim, key=lambda word: word.clause)
    copied = sum(_nearest(list(words), sources)[0] for _, words in by_clause) / max(1, len(claim))
    added: list[Word] = []
    for own, theirs in _nearest(claim, sources)[1]:
        unknown = [word for word in own if word in strange]
        added += unknown if copied >= VERBATIM else unknown[theirs:]
    if copied <= REWORDED and len(claim) >= LONG:
        added = added[int(OWN * len(claim)) :]
    return [f"word {raw!r} is in no source" for raw in dict.fromkeys(word.raw for word in added)]


def strange_to(said: Reading, sources: Sequence[Reading]) -> list[Word]:
    """Full words that no English source bears out; names and words of how many are looked at on their own."""
    english = [source for source in sources if not source.is_farsi]
    if said.is_farsi or not english:
        return []
    held = held_by(said, english) | as_the_sources_go(said, english)
    denied = any(is_negative_word(w) for s in english for w in s.words)  # «should stop» for «should not be»
    return [
        word
        for word in said.words
        if word.weight >= 1
        and not (word.stem in held or word.is_name or degree_of(word.raw) or scale_of(word.raw))
        and not is_framing(word)
        and not (word.stem == stem_of("stop") and denied)
    ]


def is_framing(word: Word) -> bool:
    """Whether it tells nothing of a matter by itself: «although», «receive», «the message says»."""
    return any(key_of(word.raw) in keys_of(name) for name in ("framing", "writers", "say"))


def held_by(said: Reading, sources: Sequence[Reading]) -> set[str]:
    """Stems that the sources have, and those of the claim's words that other words of theirs bear out."""
    held = set().union(*(s.stems() for s in sources))
    own = [w for w in said.words if w.weight and w.stem not in held and not w.is_name]
    if not own:
        return held
    keys = {key_of(w.raw) for s in sources if not s.is_farsi for w in s.words if w.weight}
    return held | {w.stem for w in own if borne_out_by(w.raw, keys)}


def _nearest(
    claim: Sequence[Word], sources: Sequence[Reading]
) -> tuple[int, list[tuple[Sequence[Word], int]]]:
    """How many of the claim's full words the nearest sentence has in its order, and each gap: the claim's words there, how many are the sentence's."""
    best = -1
    gaps: list[tuple[Sequence[Word], int]] = []
    for sentence in (s for source in sources for s in source.sentences()):
        theirs = [word.stem for word in sentence if word.weight >= 1 and not degree_of(word.raw)]
        matcher = SequenceMatcher(None, [word.stem for word in claim], theirs, autojunk=False)
        common = sum(block.size for block in matcher.get_matching_blocks())
        if common > best:
            best = common
            gaps = [
                (claim[start:end], other_end - other_start)
                for kind, start, end, other_start, other_end in matcher.get_opcodes()
                if kind in ("delete", "replace")
            ]
    return best, gaps


def added_clauses(said: Reading, sources: Sequence[Reading], *, least: float = MIN_CLAUSE) -> list[str]:
    """A clause of which the sources have next to nothing: less than `least` of its weight."""
    held = held_by(said, sources)
    reasons = []
    for number in sorted({w.clause for w in said.words}):
        own = {w.stem: w.weight for w in said.words if w.clause == number and w.weight}
        total = sum(own.values())
        if total >= OWN_WEIGHT and sum(w for stem, w in own.items() if stem in held) / total < least:
            reasons.append("a clause that no source supports")
    return reasons


def _another_matter(said: Reading, sources: Sequence[Reading]) -> list[str]:
    """A demand the like of which the sources have, but for nothing that they speak of."""
    matter = {w.stem for w in said.words if w.weight >= 1} - demands_of(said)
    return (
        ["what it demands this for is in no source"] if matter and not matter & held_by(said, sources) else []
    )


def borne_out_by(raw: str, keys: AbstractSet[str]) -> bool:
    """Whether one of the sources' words (by key) means the same as an English word, or something narrower."""
    return not _bearers(key_of(raw)).isdisjoint(keys)


def is_kin(raw: str, keys: AbstractSet[str]) -> bool:
    """Whether one of the sources' words (by key) tells of this actor too: a daughter is a woman, who works a worker."""
    doer = key_of(raw)
    deeds = {doer[:-2], doer[:-1]} if doer.endswith(("er", "or")) and len(doer) > SHORT else set()
    return not (_kin().get(doer, frozenset()) | deeds).isdisjoint(keys)


@lru_cache(maxsize=WORDS)
def _bearers(key: str) -> frozenset[str]:
    """Keys of the words that bear a word out."""
    alike, narrower = _senses()
    return frozenset(word for line in alike.get(key, ()) for word in line) | narrower.get(key, frozenset())


@cache
def _senses() -> tuple[Mapping[str, list[frozenset[str]]], Mapping[str, frozenset[str]]]:
    """Of a key: the senses it is in, each as its keys; the keys of what is a kind of it."""
    alike: dict[str, list[frozenset[str]]] = defaultdict(list)
    narrower: dict[str, frozenset[str]] = {}
    for line in _lines():
        own, _, broader = line.partition(" > ")
        sense = frozenset(key_of(word) for word in own.split())
        for key in sense:
            alike[key].append(sense)
        for word in broader.split():
            narrower[key_of(word)] = narrower.get(key_of(word), frozenset()) | sense
    for word, bearers in _kin().items():
        narrower[word] = narrower.get(word, frozenset()) | bearers
    return alike, narrower


@cache
def _kin() -> Mapping[str, frozenset[str]]:
    """Of the key of a word, those of the words of [kin] that tell of it too."""
    found: dict[str, frozenset[str]] = {}
    for line in filter(None, read_lists()["kin"]["en"].splitlines()):
        own, _, also = line.partition(" > ")
        for word in also.split():
            found[key_of(word)] = found.get(key_of(word), frozenset()) | {key_of(one) for one in own.split()}
    return found


def _lines() -> Iterator[str]:
    text = (files("data") / "lexicon" / "thesaurus.txt").read_text(encoding="utf-8")
    yield from (line for line in text.splitlines() if not line.startswith("#"))
    yield from (line for line in read_lists()["related"]["en"].splitlines() if line)
    glossary = (files("data") / "glossary.csv").read_text(encoding="utf-8")
    yield from (row["en"] for row in csv.DictReader(glossary.splitlines()))
