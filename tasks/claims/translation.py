"""Does a Farsi text say what its English twin or its Farsi sources say? By the civic lexicon, both languages side by side. Pure.

The lexicon knows less than a translator, so that only a clause of which next to nothing is known, or an actor whom nobody
names, counts as an addition. Figures are compared in tasks/claims/summary.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from tasks.claims.check import MIN_CLAUSE, unsupported
from tasks.llm import lexicon, offline_reading
from tasks.llm.lexicon import Entry

NOTHING = 0.01  # share of a clause: where only the lexicon translates, a clause is strange when nothing of it is known


def says_more_in_farsi(farsi: str, *, english: str, sources: Sequence[str]) -> bool:
    """Whether `farsi` brings a clause or an actor that neither its English twin nor its Farsi sources have.

    False when nothing is known to compare it with: no sources, and no word of the English in the lexicon.
    """
    told = in_farsi(meanings(english))
    known = [text for text in (*sources, told) if text.strip()]
    least = MIN_CLAUSE if any(sources) else NOTHING
    return bool(known and unsupported(farsi, [" . ".join([*known, english])], least=least))


@lru_cache(maxsize=4096)
def meanings(text: str) -> frozenset[Entry]:
    """What the lexicon finds in a text of either language."""
    reading = offline_reading.read(text, lexicon.load())
    return frozenset(match.entry for match in (*reading.matches, *reading.bodies, *reading.places))


def in_farsi(entries: Iterable[Entry]) -> str:
    """All that the lexicon would say of some meanings in Farsi."""
    return " . ".join(sorted({f"{e.fa} . {e.say_fa} . {e.prop_fa}" for e in entries}))
