"""Words of data/orders.toml in a sentence, and sentences that begin with a command. Pure; who is spoken to is judged in `orders.py` and `asides.py`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from tasks.llm.engine.text import fold

ENDS = re.compile(r"[.!?؟؛]+(?=\s|$)|\n+")  # of sentences
_AFTER_A_NOUN = frozenset(
    [
        "of",
        "for",
        "to",
        "by",
        "in",
        "on",
        "at",
        "and",
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "had",
        "from",
        "with",
        "as",
        "rights",
    ]
)


def is_command(sentence: str) -> bool:
    """Whether an English sentence begins with a verb that tells somebody to do a thing («Praise them», not «Use of …»)."""
    words = folded(sentence).split()
    return len(words) > 1 and f" {words[0]} " in order_words("opening") and words[1] not in _AFTER_A_NOUN


def without_orders(english: str) -> str:
    """A derived text without its sentences that begin with a command or speak of the program's trade."""
    kept = [s for s in ENDS.split(english) if not is_command(s) and not has_word(folded(s), "trade")]
    return ". ".join(s.strip() for s in kept if s.strip())


def has_word(said: str, name: str) -> bool:
    """Whether a folded text has a word of a list."""
    padded = f" {said.strip()} "
    return any(word in padded for word in order_words(name))


def folded(text: str) -> str:
    """Lower case, Persian letters, words parted by one space, no marks."""
    return " ".join(re.sub(r"[^\w\u0600-\u06ff']+", " ", fold(text.replace("\u200c", " ")).lower()).split())


@cache
def order_words(name: str) -> frozenset[str]:
    """One list of data/orders.toml, each word between spaces."""
    table = tomllib.loads((files("data") / "orders.toml").read_text(encoding="utf-8"))
    return frozenset(f" {folded(word)} " for word in table[name])
