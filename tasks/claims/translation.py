"""Does a Farsi text say what its English twin or its Farsi sources say? By the civic lexicon and a glossary. Pure.

The civic lexicon tells what a phrase means in either language, `data/glossary.csv` which common words may stand for each other: a
model words a wish otherwise than its writer («make it safe» for «it collapses»). Both know less than a translator, so that only a clause of which next to nothing is known, or an actor whom nobody
names, counts as an addition. Figures are compared in tasks/claims/summary.py.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from tasks.claims.additions import MIN_CLAUSE
from tasks.claims.check import unsupported
from tasks.claims.spelling import key_of
from tasks.claims.words import Word, read_text
from tasks.llm import lexicon
from tasks.llm.engine import reading as offline_reading
from tasks.llm.engine.text import fold
from tasks.llm.lexicon import Entry

_JOINER = "\u200c"  # parts of one Farsi word
NOTHING = 0.01  # share of a clause: where only the lexicon translates, a clause is strange when nothing of it is known


def says_more_in_farsi(farsi: str, *, english: str, sources: Sequence[str]) -> bool:
    """Whether `farsi` brings a clause or an actor that neither its English twin nor its Farsi sources have.

    False when nothing is known to compare it with: no sources, and no word of the English in the lexicon.
    """
    told = in_farsi(meanings(english))
    known = [text for text in (*sources, told, _glossed(english)) if text.strip()]
    least = MIN_CLAUSE if any(sources) else NOTHING
    texts = (*known, *(text.replace(_JOINER, " ") for text in known), english)
    told_in_all = " ".join(dict.fromkeys(word for text in texts for word in text.split()))
    forms = {farsi, farsi.replace(_JOINER, " ")}  # «سه‌نرخی» and «سه نرخی» are one
    return bool(known and all(unsupported(form, [told_in_all], least=least) for form in forms))


@lru_cache(maxsize=4096)
def meanings(text: str) -> frozenset[Entry]:
    """What the lexicon finds in a text of either language."""
    reading = offline_reading.read(text, lexicon.load())
    return frozenset(match.entry for match in (*reading.matches, *reading.bodies, *reading.places))


def in_farsi(entries: Iterable[Entry]) -> str:
    """All that the lexicon would say of some meanings in Farsi."""
    return " . ".join(sorted({f"{e.fa} . {e.say_fa} . {e.prop_fa}" for e in entries}))


def _glossed(english: str) -> str:
    """The Farsi words that the glossary gives for the English words of a text."""
    words = read_text(english).words
    return " . ".join(sorted({told for word in words if word.raw.isascii() for told in farsi_for(word.raw)}))


def farsi_for(word: str) -> tuple[str, ...]:
    """What the glossary gives for one English word."""
    return tuple(_glossary().get(key_of(word), "").split())


def is_named(word: Word, text: str) -> bool:
    """Whether a text has an English word, in its own language or in the lexicon's or the glossary's words for it."""
    held, told = read_text(text), set(farsi_for(word.raw))
    if word.stem in held.stems() or {e.en for e in meanings(word.raw)} & {e.en for e in meanings(text)}:
        return True
    if any(w.raw.isascii() and not told.isdisjoint(farsi_for(w.raw)) for w in held.words):
        return True
    folded = f" {fold(text.replace(_JOINER, ' '))}"
    return any(f" {fold(form.replace(_JOINER, ' '))}" in folded for form in told)


@cache
def _glossary() -> Mapping[str, str]:
    """Spelling key of an English word → all Farsi words of its rows."""
    told: dict[str, str] = {}
    for row in csv.DictReader((files("data") / "glossary.csv").read_text(encoding="utf-8").splitlines()):
        for word in row["en"].split():
            told[key_of(word)] = f"{told.get(key_of(word), '')} {row['fa']}".strip()
    return told


@cache
def glossary_english() -> frozenset[str]:
    """Every English word of the glossary, lower case."""
    rows = csv.DictReader((files("data") / "glossary.csv").read_text(encoding="utf-8").splitlines())
    return frozenset(word for row in rows for word in row["en"].split())
