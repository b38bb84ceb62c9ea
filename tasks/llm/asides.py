"""What a text says beside its matter, and that might be meant for a machine: clauses about telling, and leftovers. Pure.

A wider net than `orders.py`, for less: a text with an aside is still believed, but its record must rest on the rest of the text
(`steering.py`). Words: data/orders.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from operator import itemgetter

from tasks.claims.wishes import full_words
from tasks.claims.words import Word, read_text
from tasks.facts import places
from tasks.llm.commands import ENDS, folded, has_word, order_words
from tasks.llm.orders import LABEL, is_civic, is_order

_PLURAL = "(?:ید|ئید|یید|ین|id|in)?"  # of a Farsi imperative


def split_asides(text: str, quotes: Sequence[str]) -> tuple[str, str]:
    """The text without its asides, and the asides: clauses that tell how to tell, leftovers that no record quotes.

    All is plain when nothing else would be left: then there is nothing to hold a record to.
    """
    plain: list[str] = []
    aside: list[str] = []
    for sentence in _sentences(text):
        is_told = False  # what follows a clause of telling in its sentence is what is to be told
        for piece, is_quoted in _pieces(sentence, quotes):
            is_told = is_told or is_aside(piece)
            (aside if is_told or (not is_quoted and is_leftover(piece)) else plain).append(piece)
    kept = " . ".join(plain)
    return (kept, " . ".join(aside)) if full_words(kept) else (text, "")


def unquoted(text: str, quotes: Sequence[str]) -> str:
    """What of a text no quote covers, but for courtesies."""
    pieces = (piece for sentence in _sentences(text) for piece in _pieces(sentence, quotes))
    return " . ".join(piece for piece, is_quoted in pieces if not is_quoted and _own_words(piece))


def is_aside(sentence: str) -> bool:
    """Whether a sentence is about messages and how they are told: an imperative of telling, or a word of the trade."""
    said = folded(sentence)
    if _telling().search(said) or _is_bare_order(sentence) or has_word(said, "trade") or is_order(sentence):
        return True
    return any(has_word(folded(found.group()), "labels") for found in LABEL.finditer(sentence))


def _is_bare_order(sentence: str) -> bool:
    """An imperative in the singular; after «باید» the same form is said of a third person."""
    return bool(_BARE.search(sentence)) and "باید" not in sentence


def is_leftover(piece: str) -> bool:
    """Whether words beside the quotes are neither civic nor courtesy."""
    return bool(_own_words(piece)) and not is_civic(piece) and not places(piece)


def _own_words(piece: str) -> list[Word]:
    """Its full words, but for courtesies."""
    return [w for w in full_words(piece) if f" {folded(w.raw)} " not in order_words("courtesy")]


def _sentences(text: str) -> Iterator[str]:
    yield from (part for part in ENDS.split(text) if part.strip())


def _pieces(sentence: str, quotes: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The parts of a sentence that the quotes cover, and those between them."""
    covered = [False] * len(sentence)
    for part in (part.strip() for quote in quotes for part in (quote, *_sentences(quote))):
        if part and (at := sentence.find(part)) >= 0:
            covered[at : at + len(part)] = [True] * len(part)
    for is_quoted, letters in groupby(zip(sentence, covered, strict=True), key=itemgetter(1)):
        piece = "".join(letter for letter, _ in letters)
        if read_text(piece).words:
            yield piece, is_quoted


@cache
def _telling() -> re.Pattern[str]:
    """A verb of telling, showing or regarding that somebody is told to do: «نشان دهید», "be described as"."""
    farsi, english, done = (
        "|".join(sorted((re.escape(w.strip()) for w in order_words(name)), key=len, reverse=True))
        for name in ("telling", "telling_en", "told_en")
    )
    polite = "(?:please|kindly|and|then|also|do|so|but|ps|p s) "
    return re.compile(
        rf"(?<!\S)(?:{farsi}){_PLURAL}(?!\S)|^(?:{polite})*(?:{english})(?!\S)|(?<!\S)(?:please|kindly) (?:{english})(?!\S)"
        rf"|(?<!\S)(?:be|is|are) (?:\w+ )?(?:{done})(?!\S)|(?<!\S)(?:should|must|shall) (?:\w+ )?(?:{english}|{done})(?!\S)"
    )


# Imperatives in the bare singular, in which nobody speaks to an office.
_BARE = re.compile(
    r"(?<![\w\u200c])(?:ن?کن|بده|نده|ببر|نبر|بزن|نزن|بگیر|نگیر|باش|نباش|بیا|بردار|برندار|بساز|بفرست|ببند|بکش|بچسبان|بچرخان|برگردان|kon|nakon|bede|nade|bezan|bebar|begir|bash|nabash|bardar|befrest)(?![\w\u200c])"
)
