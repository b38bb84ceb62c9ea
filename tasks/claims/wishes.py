"""What a wish wants done, and whether a source wants or speaks of it. Pure; works within one language and by the glossary."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.claims.directions import as_the_sources_go
from tasks.claims.spelling import words_of
from tasks.claims.translation import is_named
from tasks.claims.words import MODALS, Word, read_text

_AUXILIARY = frozenset({"be", "also", "been", "being"})
_GETTING = frozenset({"have", "get", "receive", "gain"})  # what is got is no deed
UNKNOWN_MATTER = "this matter"  # what the offline engine calls a matter that it does not understand


def is_of_unknown_matter(wish: str) -> bool:
    """Whether a wish does not say what it is about: people who wrote so need not mean the same, and nothing can be done for it."""
    return UNKNOWN_MATTER in wish.lower()


def wants_strangely(wish: str, wishes: str) -> bool:
    """Whether a wish («… should be closed») or a label («Close …») wants done what no other wish does, and is no common remedy."""
    said, told = read_text(wish), read_text(wishes)
    known = told.stems() | as_the_sources_go(said, [told])
    return any(verb.stem not in known and not is_named(verb, wishes) for verb in uncommon_deeds(wish))


def uncommon_deeds(wish: str) -> Iterator[Word]:
    """What should be done, where it is no common remedy: the verb after each «should», or of a label without one."""
    words = read_text(wish).words
    for at in [at for at, word in enumerate(words) if word.raw.lower() in MODALS] or [-1]:
        after = [w for w in words[at + 1 :] if at < 0 or w.clause == words[at].clause]
        verb = next((w for w in after if not w.is_cue and w.raw.lower() not in _AUXILIARY), None)
        if verb and verb.weight >= 1 and verb.raw.lower() not in _GETTING | words_of("remedy"):
            yield verb


def full_words(text: str) -> list[Word]:
    """The words that say much."""
    return [word for word in read_text(text).words if word.weight >= 1]
