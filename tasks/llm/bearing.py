"""Whether a source bears out the words of a sentence about it, word by word and across languages. Pure.

A word is borne out when the source has it, in its own language, in the lexicon's or the glossary's words for it, by its sound, or in
the offline engine's reading. A fair writer words much otherwise (of honest records one word in four is borne out by nothing
known here), but not a whole sentence: that is what tells what was added from what was worded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from tasks.claims.translation import is_named, meanings
from tasks.claims.wishes import full_words
from tasks.claims.words import Word, read_text
from tasks.llm import offline
from tasks.llm.grounding import ground_of, spoken_of

_FEW = 2  # full words: of a sentence with no more, nothing can be said


def is_borne(word: Word, source: str) -> bool:
    """Whether the source has the word or its meaning; figures are checked elsewhere."""
    if word.raw[0].isdigit() or word.stem in _told(source) or is_named(word, source):
        return True
    return word.raw[0].isupper() and ground_of(source).spells(word.raw)


def bears(sentence: str, source: str) -> float:
    """The share of a sentence's full words that the source bears out; 1 where there are too few to tell."""
    words = full_words(sentence)
    return sum(is_borne(w, source) for w in words) / len(words) if len(words) > _FEW else 1.0


def strange_sentences(texts: Sequence[str], source: str, *, least: float) -> Iterator[str]:
    """Sentences of which the source bears out less than `least`."""
    for text in texts:
        words = read_text(text).words
        for number in sorted({w.sentence for w in words}):
            sentence = " ".join(w.raw for w in words if w.sentence == number)
            if bears(sentence, source) < least:
                yield sentence


@lru_cache(maxsize=256)
def _told(source: str) -> frozenset[str]:
    """Stems of the English that the lexicon and the engine have for a source."""
    read = [f"{r.title_en} . {r.summary_en} . {r.proposition_en}" for r in offline.canonicalize(source)]
    return frozenset(
        read_text(" . ".join([source, *sorted(map(spoken_of, meanings(source))), *read])).stems()
    )
