"""What kind of word it is that the claim check has to weigh: of how many, in what unit, when, of which series. Pure.

The lists are those of data/claims.toml. How a word is spelt and weighed is tasks/claims/spelling.py.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from tasks.claims.spelling import WORDS, key_of, read_lists, words_of

_SUPERLATIVE = re.compile(r"[a-z]{3,}est|worst|best|least|\w{2,}ترین")


def degree_of(raw: str) -> int:
    """Of how many or how often a word tells: 0 = not at all, 1 = some, 4 = all or none."""
    return _degrees().get(key_of(raw), 0)


def unit_of(raw: str) -> int | None:
    """What a word measures in: a line of the list."""
    return _lines("unit").get(key_of(raw))


def time_side(raw: str) -> int | None:
    """Before, after or during: a line of the list."""
    return _lines("time").get(key_of(raw))


def member_of(raw: str) -> tuple[int, int] | None:
    """(series, member): «Monday» of the days, «night» of the times of day."""
    return _members().get(raw.lower() if raw.isascii() else key_of(raw))


@lru_cache(maxsize=WORDS)
def is_superlative(raw: str) -> bool:
    """«longest», «worst», «طولانی‌ترین»."""
    plain = raw.lower().replace("\u200c", "")
    return bool(_SUPERLATIVE.fullmatch(plain)) and plain not in words_of("no_superlative")


@cache
def _members() -> dict[str, tuple[int, int]]:
    """English words as they stand, for «days» are no «day»; Farsi by key."""
    found: dict[str, tuple[int, int]] = {}
    for language in ("en", "fa"):
        lines = [line for line in read_lists()["series"][language].split("\n") if line]
        for number, line in enumerate(lines):
            for place, member in enumerate(line.split("|")):
                for word in member.split():
                    found[word if language == "en" else key_of(word)] = (number, place)
    return found


@cache
def _lines(name: str) -> dict[str, int]:
    """A list of lines, the same in both languages: key → number of its line."""
    lists = ([line for line in read_lists()[name][language].split("\n") if line] for language in ("en", "fa"))
    return {
        key_of(word): number for lines in lists for number, line in enumerate(lines) for word in line.split()
    }


@cache
def _degrees() -> dict[str, int]:
    lists = (read_lists()["degree"][language] for language in ("en", "fa"))
    return {
        key_of(word): degree
        for rows in lists
        for degree, row in enumerate(rows, start=1)
        for word in row.split()
    }
