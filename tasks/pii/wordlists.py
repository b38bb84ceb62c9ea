"""Words: of the text (`Token`), and the lists of `data/redact/`, read once and folded like the text."""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from tasks.pii.textform import fold

BLANK = "\x01"  # stands for what is masked already; never in a folded text: control characters vanish there

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"[^\W\d_]+|[0-9]+")


class Token(NamedTuple):
    """One word: lower-case spelling and where it lies in the folded text; `tied` by a ZWNJ to the next one."""

    word: str
    start: int
    end: int
    tied: bool = False


def tokenise(text: str, ties: frozenset[int] = frozenset()) -> list[Token]:
    """Words and digit runs of a folded text, apart from each other even when written together."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters have a longer lower case
        return [Token(m.group().lower(), *m.span(), m.end() in ties) for m in _TOKEN.finditer(text)]
    return [Token(m.group(), *m.span(), m.end() in ties) for m in _TOKEN.finditer(lowered)]


@cache
def table(name: str) -> dict[str, Any]:
    """One TOML file of `data/redact/` as written (values unfolded)."""
    return tomllib.loads(
        resources.files("data").joinpath("redact", f"{name}.toml").read_text(encoding="utf-8")
    )


@cache
def lines(name: str) -> frozenset[str]:
    """One plain list of `data/redact/`: a folded, lower-case word per line, `#` starts a comment."""
    text = resources.files("data").joinpath("redact", f"{name}.txt").read_text(encoding="utf-8")
    return frozenset(folded(line) for line in text.splitlines() if line.strip() and not line.startswith("#"))


@cache
def number_values() -> dict[str, int]:
    """Number word → value, Persian, Finglish and English."""
    return {
        folded(word): int(value)
        for script in table("numbers").values()
        for value, words in script.items()
        for word in words
    }


def folded(word: str) -> str:
    """A listed word in the spelling of `fold`, lower case, single spaces."""
    return " ".join(fold(word).text.lower().split())


def word_set(words: Iterable[str]) -> frozenset[str]:
    """Folded words as a set."""
    return frozenset(map(folded, words))


def either(words: Iterable[str]) -> str:
    """A regex alternation of the words, longest first; a space in a word matches zero to two blanks."""
    ordered = sorted({folded(word) for word in words}, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace(r"\ ", " {0,2}") for word in ordered)


def tokens(text: str) -> list[str]:
    """Lower-case words of a folded text."""
    return _WORD.findall(text.lower())


def ends_with_any(found: list[str], phrases: frozenset[str], *, longest: int = 4) -> str | None:
    """The longest of `phrases` (space-joined) that ends the token list; None if none does."""
    for count in range(min(longest, len(found)), 0, -1):
        phrase = " ".join(found[-count:])
        if phrase in phrases:
            return phrase
    return None


def starts_with_any(found: list[str], phrases: frozenset[str], *, longest: int = 3) -> str | None:
    """The longest of `phrases` that begins the token list; None if none does."""
    for count in range(min(longest, len(found)), 0, -1):
        phrase = " ".join(found[:count])
        if phrase in phrases:
            return phrase
    return None
