"""What a wish wants done, and whether a source wants or speaks of it. Pure; works within one language and by the glossary."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.claims.translation import is_named
from tasks.claims.words import MODALS, Word, read_text

_AFTER_MODAL = 4  # words in which the verb of a wish stands
_AUXILIARY = frozenset({"be", "have", "also", "get", "receive", "been", "being"})


def wants_strangely(wish: str, wishes: str) -> bool:
    """Whether a wish («… should be closed») or a label («Close …») wants done what no other wish does."""
    stems = read_text(wishes).stems()
    return any(verb.stem not in stems and not is_named(verb, wishes) for verb in verbs_of(wish))


def verbs_of(wish: str) -> Iterator[Word]:
    """What should be done: the first full word after each «should», or of a label without one."""
    words = read_text(wish).words
    for at in [at for at, word in enumerate(words) if word.raw.lower() in MODALS] or [-1]:
        after = [w for w in words[at + 1 : at + 1 + _AFTER_MODAL] if at < 0 or w.clause == words[at].clause]
        verb = next((w for w in after if w.weight >= 1 and w.raw.lower() not in _AUXILIARY), None)
        if verb is not None:
            yield verb


def full_words(text: str) -> list[Word]:
    """The words that say much."""
    return [word for word in read_text(text).words if word.weight >= 1]
