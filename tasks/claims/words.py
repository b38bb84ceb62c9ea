"""What the claim check reads in a text: words with stems, numbers, names, actors and what is negated. Pure.

English and Farsi side by side; the word lists are data/claims.toml. What judges is tasks/claims/check.py.
"""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from tasks.llm.offline_text import fold, stem_en

_WORD = re.compile(
    r"[0-9۰-۹٠-٩]+(?:[.,٫٬/][0-9۰-۹٠-٩]+)*%?|[A-Za-zÀ-ɏ]+(?:['’][A-Za-z]+)?|[؀-ۿ‌]+|[.!?؟;؛\n]|[,،:()]"
)
_STOPS = frozenset(".!?؟;؛\n")
_COMMAS = frozenset(",،:()")
_DIGITS = {ord(c): str(i % 10) for i, c in enumerate("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩")} | {ord("٫"): ".", ord("٬"): ","}
_FA_PREFIXES = ("نمی‌", "نمی", "نخواه", "نیا", "نداش", "ندار", "نمیخوا")
SCOPE = 3  # words that a negation reaches
ENDING_PAIR = 1  # place of stop / continue among the opposites of data/claims.toml


@dataclass(frozen=True, slots=True)
class Word:
    """One word: `stem` is shared by inflections and synonyms; `weight` 0 = says nothing, 1 = says much."""

    raw: str
    stem: str
    weight: float
    sentence: int
    clause: int
    is_name: bool
    is_cue: bool


@dataclass(frozen=True, slots=True)
class Negation:
    """One negation: the stem it stands at, all stems it reaches; wide = to the end of the sentence («against»)."""

    first: str
    reach: frozenset[str]
    sentence: int
    is_wide: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the check sees it."""

    words: tuple[Word, ...]
    negations: tuple[Negation, ...]
    numbers: frozenset[float]
    number_groups: tuple[frozenset[float], ...]  # each figure: itself, or the parts it may be written in
    is_farsi: bool

    def stems(self, sentence: int | None = None) -> set[str]:
        return {w.stem for w in self.words if w.weight and (sentence is None or w.sentence == sentence)}

    @property
    def denied(self) -> set[str]:
        """Every stem that some negation reaches."""
        return set().union(*(n.reach for n in self.negations))

    def denied_in(self, sentence: int) -> set[str]:
        """The same for one sentence."""
        return set().union(*(n.reach for n in self.negations if n.sentence == sentence))

    @property
    def affirmed(self) -> set[str]:
        """Stems that occur out of the reach of any negation."""
        return {w.stem for w in self.words if w.weight and not self._reaches(w)}

    def _reaches(self, word: Word) -> bool:
        return any(n.sentence == word.sentence and word.stem in n.reach for n in self.negations)


@lru_cache(maxsize=4096)
def read_text(text: str) -> Reading:
    """Read one text, English or Farsi or both."""
    raws = [m.group().replace("’", "'") for m in _WORD.finditer(text)]
    words: list[Word] = []
    sentence = clause = 0
    opens = True
    for raw in raws:
        if raw in _STOPS or raw in _COMMAS:
            clause += 1
            sentence += raw in _STOPS
            opens = opens or raw in _STOPS
            continue
        clause += _key(raw) in _keys("break")
        stem, cue = _stem(raw), _is_negation(raw)
        named = raw[0].isupper() and not opens and not raw.isupper() and raw not in ("I", "I'm")
        named = named or raw.lower() in _places()
        words.append(Word(raw, stem, 0.0 if cue else _weight(raw, stem), sentence, clause, named, cue))
        opens = False
    negations = tuple(n for at, word in enumerate(words) if word.is_cue and (n := _negation(words, at)))
    numbers, groups = _numbers(raws)
    farsi = sum(1 for w in words if not w.raw.isascii())
    return Reading(tuple(words), negations, numbers, groups, farsi * 2 > len(words))


def _negation(words: list[Word], at: int) -> Negation | None:
    """What the cue at `at` reaches: words after it; before it, for a Farsi verb, which stands at the end."""
    cue = words[at]
    wide = _key(cue.raw) in _keys("wide_negation")
    backward = not cue.raw.isascii() and _key(cue.raw) not in _keys("forward_negation") and not wide
    near = words[at - 1 :: -1] if backward and at else [] if backward else words[at + 1 :]
    near = [w for w in near if w.sentence == cue.sentence and (wide or w.clause == cue.clause)]
    near = [w for w in near if w.weight and (wide or not w.is_name)]
    near = [w for w in near if w.weight >= 1] or near
    near = near if wide else near[:SCOPE]
    if not near:
        return None
    return Negation(near[0].stem, frozenset(w.stem for w in near), cue.sentence, wide)


def opposite_side(stem: str) -> tuple[int, int] | None:
    """(pair, side) of a word that has an opposite."""
    return _opposites().get(stem)


def is_ender(stem: str) -> bool:
    """«stop», «ban», «abolish»: words that end a thing, and so may stand for a negation."""
    return opposite_side(stem) == (ENDING_PAIR, 0)


def actor_line(stem: str) -> int | None:
    """Which kind of actor a word names."""
    return _actors().get(stem)


def _stem(raw: str) -> str:
    key = _key(raw)
    return _same().get(key, key)


@lru_cache(maxsize=65536)
def _key(raw: str) -> str:
    """The spelling key, before synonyms."""
    if raw[0].isdigit():
        return raw.translate(_DIGITS)
    if raw.isascii() or raw[0] < "؀":
        return stem_en(raw)
    folded = fold(raw.replace("\u200cها", "").replace("\u200cهای", "").replace("\u200c", ""))
    for ending in ("هایشان", "هایمان", "های", "ها", "ترین", "تر"):
        if folded.endswith(ending) and len(folded) - len(ending) >= 3:
            return folded.removesuffix(ending)
    return folded


def _is_negation(raw: str) -> bool:
    if raw.isascii():
        return raw.lower().endswith("n't") or raw.lower() == "cannot" or _key(raw) in _keys("negation")
    plain = fold(raw.replace("\u200c", ""))
    return _key(raw) in _keys("negation") or plain.startswith(
        tuple(fold(p.replace("\u200c", "")) for p in _FA_PREFIXES)
    )


def _weight(raw: str, stem: str) -> float:
    if raw[0].isdigit() or raw.translate(_DIGITS)[0].isdigit():
        return 0.0  # figures are checked one by one
    if _key(raw) in _keys("stop"):
        return 0.0
    return 0.3 if _key(raw) in _keys("light") or stem in _keys("light") else 1.0


def _numbers(raws: list[str]) -> tuple[frozenset[float], tuple[frozenset[float], ...]]:
    """Every figure, in digits or words; «3 million» is 3 and 3,000,000."""
    parts: set[float] = set()
    groups: list[frozenset[float]] = []
    values, scales = _number_words()
    run: list[float] = []
    for raw in [*raws, "."]:
        key = raw.lower()
        value = _digits(raw) if raw.translate(_DIGITS)[0].isdigit() else values.get(key)
        scale = scales.get(key.removesuffix("s"))
        if value is not None:
            run.append(value)
        elif scale is not None and run:
            run.append(run[-1] * scale)
        elif key not in ("and", "و"):
            if run:
                whole = (
                    sum(run[:-1]) + run[-1] if len(run) > 1 and run == sorted(run, reverse=True) else run[-1]
                )
                groups.append(frozenset({whole, *run}))
                parts |= {whole, *run}
            run = []
    return frozenset(parts), tuple(groups)


def _digits(raw: str) -> float | None:
    plain = raw.translate(_DIGITS).rstrip("%").replace("/", ".")
    plain = re.sub(r",(?=\d{3}\b)", "", plain).replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return None


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("data") / "claims.toml").read_text(encoding="utf-8"))


@cache
def _keys(name: str) -> frozenset[str]:
    return frozenset(_key(word) for language in ("en", "fa") for word in _table()[name][language].split())


@cache
def _same() -> dict[str, str]:
    lines = [
        line.split() for language in ("en", "fa") for line in _table()["same"][language].split("\n") if line
    ]
    return {
        key: group[0] for line in reversed(lines) if (group := [_key(word) for word in line]) for key in group
    }


@cache
def _actors() -> dict[str, int]:
    lines = [
        line.split() for language in ("en", "fa") for line in _table()["actors"][language].split("\n") if line
    ]
    return {_stem(word): number for number, line in enumerate(lines) for word in line}


@cache
def _places() -> frozenset[str]:
    """Place names of one word, lower case, English and Farsi; those that are also plain words are left out."""
    text = (files("data") / "lexicon" / "places.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["cue"] != "1"]
    return frozenset(row[name].lower() for row in rows for name in ("en", "fa") if " " not in row[name])


@cache
def _opposites() -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for number, pair in enumerate(_table()["opposite"]):
        for language in ("en", "fa"):
            for side, words in enumerate(pair[language]):
                for word in words.split():
                    found[_stem(word)] = (number, side)
    return found


@cache
def _number_words() -> tuple[dict[str, float], dict[str, float]]:
    table = _table()["number"]
    read = [{k: float(v) for k, _, v in (p.partition("=") for p in table[n].split())} for n in ("en", "fa")]
    scales = [
        {k: float(v) for k, _, v in (p.partition("=") for p in table[n].split())}
        for n in ("scale_en", "scale_fa")
    ]
    return read[0] | read[1], scales[0] | scales[1]
