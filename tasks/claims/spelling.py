"""How one word is spelt, weighed and classed: keys, stems, figures, and the word lists of data/claims.toml. Pure.

English and Farsi side by side. What a text makes of its words is tasks/claims/words.py.
"""

from __future__ import annotations

import csv
import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from tasks.llm.engine.text import fold, stem_en

# a beginning that denies, before an adjective or what is made of one; «increase», «import», «under» only look like it
_PRIVATIVE = re.compile(
    r"(?:un(?!der|it|iv|ion|iq|til|less|cle)|non-?"
    r"|(?:in(?!cre|form|ter|stitu|dus|vest|clu|tell|sur|stru|dic|habit|divid|itia|volv|nov|spect|jur|herit|tend|sist|stal|stan)"
    r"|im(?!port|prov|pose|posi|press|ple|mig|pact|med|mens|peri)|ir(?!an|aq|on|rig)"
    r"|dis(?!abl|tr|cus|eas|play|cov|pat|aster|pos|tan|mis|sol|cipl))"
    r"(?=[a-z]{2,}(?:able|ible|ably|ibly|ed|al|ally|ent|ant|ate|ul|ive|ar|ic|ous|ity|nce|ncy|ect|er|ly|ure)\b))(?=[a-z]{4})"
    r"|(?:نا(?!ن|م|ح|ظ|گ|ش)|بی\u200c|غیر\u200c?)(?=\w{3})"
)
_COPULA = re.compile("(?<=[^هی])\u200c(?:اند|ایم|اید|ام|ان)$")  # «موافق‌اند», but not «رفته‌اند»
_DIGITS = {ord(c): str(i % 10) for i, c in enumerate("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩")} | {ord("٫"): ".", ord("٬"): ","}
_LY = re.compile(r"(?<=\w{6})(?<!b)ly$")
_DERIVED = re.compile(r"(?<=\w{5})(?:anc|enc|ness|it|is|iz|ion|al)$")
WORDS = 65_536  # remembered with what is known of each; a few megabytes
MIN_REST = 3  # letters that are left when an ending is taken off
ENDING_PAIR = 1  # place of stop / continue among the opposites of data/claims.toml


def is_number_word(raw: str) -> bool:
    """A figure in words."""
    return raw.lower() in _number_words()[0]


def opposite_word(raw: str) -> str | None:
    """The key of the word without its «un-», «in-», «نا-»: «impossible» gives that of «possible»."""
    found = _PRIVATIVE.match(raw.lower())
    return key_of(raw.lower()[found.end() :].lstrip("\u200c")) if found else None


def opposite_side(stem: str) -> tuple[int, int] | None:
    """(pair, side) of a word that has an opposite."""
    return _opposites().get(stem)


def scale_of(raw: str) -> float | None:
    """«million», «هزار»."""
    return _number_words()[1].get(raw.lower().removesuffix("s"))


def is_ender(stem: str) -> bool:
    """«stop», «ban», «abolish»: words that end a thing, and so may stand for a negation."""
    return opposite_side(stem) == (ENDING_PAIR, 0)


def actor_line(stem: str) -> int | None:
    """Which kind of actor a word names."""
    return _actors().get(stem)


@lru_cache(maxsize=WORDS)
def stem_of(raw: str) -> str:
    """What inflections and synonyms of a word share."""
    if (value := _number_words()[0].get(raw.lower())) is not None:
        return f"{value:g}"
    key = key_of(raw)
    return _same().get(key, key)


@lru_cache(maxsize=WORDS)
def key_of(raw: str) -> str:
    """The spelling key, before synonyms."""
    if raw[0].isdigit():
        return raw.translate(_DIGITS)
    if raw.isascii() or raw[0] < "؀":
        return _derived(stem_en(_LY.sub("", raw.lower())))
    bare = _COPULA.sub("", raw).replace("\u200cهای", "").replace("\u200cها", "")
    folded = fold(bare.replace("\u200c", ""))
    for ending in ("هایشان", "هایمان", "هایش", "های", "ها", "ترین", "تر", "شان", "مان", "تان"):
        if folded.endswith(ending) and len(folded) - len(ending) >= MIN_REST:
            folded = folded.removesuffix(ending)
            break
    if folded.endswith("گان") and len(folded) > MIN_REST + 3:
        return folded.removesuffix("گان") + "ه"  # «رانندگان» is «راننده»
    return folded.removesuffix("ان") if len(folded) > MIN_REST + 2 else folded


def _derived(stem: str) -> str:
    """«insurance» is «insured», «equality» «equal»."""
    return _DERIVED.sub("", stem)


@lru_cache(maxsize=WORDS)
def is_cue(raw: str) -> bool:
    """A negation or an opposition."""
    if raw.isascii():
        return raw.lower().endswith("n't") or raw.lower() == "cannot" or key_of(raw) in keys_of("negation")
    return key_of(raw) in keys_of("negation") or bool(
        _negative_verb().fullmatch(fold(raw.replace("\u200c", "")))
    )


@cache
def _negative_verb() -> re.Pattern[str]:
    """Any Farsi verb form that begins with a negation: «نمی‌خواهند», «نسازید», «نداده»."""
    return re.compile(
        rf"ن(?:می\w{{2,}}|(?:{_verb_stems()})(?:م|ی|د|یم|ید|ین|ند|ن|ه|ه?ام|ه?اند|ه?است|ه?ایم)?)"
    )


@lru_cache(maxsize=WORDS)
def is_finite_verb(raw: str) -> bool:
    """A Farsi verb with its person: «شود», «بدهند», «نمی‌سازند»."""
    return not raw.isascii() and bool(_finite_verb().fullmatch(fold(raw.replace("\u200c", ""))))


@lru_cache(maxsize=WORDS)
def is_past_verb(raw: str) -> bool:
    """A Farsi verb of what was done: «شد», «ساخته‌اند»."""
    return not raw.isascii() and bool(_past_verb().fullmatch(fold(raw.replace("\u200c", ""))))


@cache
def _finite_verb() -> re.Pattern[str]:
    return re.compile(rf"(?:ب|ن|می|نمی)?(?:{_verb_stems()})(?:م|د|یم|ید|ین|ند|ن)|شه|باشه|است|نیست|هست")


@cache
def _past_verb() -> re.Pattern[str]:
    past = [stem for stem in _verb_stems().split("|") if stem.endswith(("د", "ت")) and len(stem) > 1]
    return re.compile(rf"ن?(?:{'|'.join(past)})(?:م|یم|ید|ند|ن|ه|ه?ام|ه?اند|ه?است|ه?ایم)?")


@cache
def _verb_stems() -> str:
    """Stems of Farsi verbs, longest first, as the choices of a pattern."""
    return "|".join(
        sorted((fold(w) for w in read_lists()["verb_stems"]["fa"].split()), key=len, reverse=True)
    )


@lru_cache(maxsize=WORDS)
def weight_of(raw: str, stem: str) -> float:
    """0 = says nothing, 1 = says much."""
    if raw[0].isdigit() or raw.translate(_DIGITS)[0].isdigit():
        return 0.3  # figures are checked one by one
    if is_number_word(raw):
        return 0.3
    if key_of(raw) in keys_of("stop"):
        return 0.0
    return 0.3 if key_of(raw) in keys_of("light") or stem in keys_of("light") else 1.0


def numbers_of(raws: list[str]) -> tuple[frozenset[float], tuple[frozenset[float], ...]]:
    """Every figure, in digits or words; «3 million» is 3 and 3,000,000, «hundreds» is 100."""
    parts: set[float] = set()
    groups: list[frozenset[float]] = []
    values, scales = _number_words()
    run: list[float] = []
    for raw in [piece for word in [*raws, "."] for piece in _pieces(word)]:
        key = raw.lower()
        value = _digits(raw) if raw.translate(_DIGITS)[0].isdigit() else values.get(key)
        scale = scales.get(key.removesuffix("s"))
        if value is not None:
            run.append(value)
        elif scale is not None and (run or scale > 10):  # «decades» alone are no ten
            run.append(run[-1] * scale if run else scale)
        elif key not in ("and", "و"):
            if run:
                whole = (
                    sum(run[:-1]) + run[-1] if len(run) > 1 and run == sorted(run, reverse=True) else run[-1]
                )
                groups.append(frozenset({whole, *run}))
                parts |= {whole, *run}
            run = []
    return frozenset(parts), tuple(groups)


def _pieces(raw: str) -> list[str]:
    """«سیزده‌ساله» counts as «سیزده», «tenfold» as «ten»."""
    return raw.split("\u200c") if "\u200c" in raw.strip("\u200c") else [raw.removesuffix("fold") or raw]


def _digits(raw: str) -> float | None:
    plain = raw.translate(_DIGITS).rstrip("%٪").replace("/", ".")
    plain = re.sub(r",(?=\d{3}\b)", "", plain).replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return None


@cache
def read_lists() -> dict[str, Any]:
    return tomllib.loads((files("data") / "claims.toml").read_text(encoding="utf-8"))


@cache
def keys_of(name: str) -> frozenset[str]:
    return frozenset(
        key_of(word) for language in ("en", "fa") for word in read_lists()[name][language].split()
    )


@cache
def words_of(name: str) -> frozenset[str]:
    """The English words of a list as they stand, each inflection by itself: «fired» is no «fire»."""
    return frozenset(read_lists()[name]["en"].split())


@cache
def known_english() -> frozenset[str]:
    """Every English word of the lists, lower case."""
    table = read_lists()
    texts = [table[name]["en"] for name in ("stop", "light", "negation", "actors", "same")]
    texts += [" ".join(pair["en"]) for pair in table["opposite"]]
    return frozenset(word.lower() for text in texts for word in text.split())


@cache
def _same() -> dict[str, str]:
    lines = [
        line.split()
        for language in ("en", "fa")
        for line in read_lists()["same"][language].split("\n")
        if line
    ]
    return {
        key: group[0]
        for line in reversed(lines)
        if (group := [key_of(word) for word in line])
        for key in group
    }


@cache
def _actors() -> dict[str, int]:
    """Both languages list the same actors in the same order, so that a line means the same in either."""
    lists = (
        [line for line in read_lists()["actors"][language].split("\n") if line] for language in ("en", "fa")
    )
    return {
        stem_of(word): number for lines in lists for number, line in enumerate(lines) for word in line.split()
    }


@cache
def _place_names() -> frozenset[str]:
    """Place names of one word, lower case, English and Farsi; those that are also plain words are left out."""
    text = (files("data") / "lexicon" / "places.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["cue"] != "1"]
    names = (form for row in rows for form in (row["en"], row["fa"], *row["en_forms"].split(";")))
    return frozenset(place_key(name) for name in names if name and " " not in name)


@lru_cache(maxsize=WORDS)
def is_place(raw: str) -> bool:
    """A place of the lexicon, of one word."""
    return place_key(raw) in _place_names()


def place_key(name: str) -> str:
    """One spelling of a name: «نائین» is «نایین»."""
    return name.lower() if name.isascii() else fold(name.replace("\u200c", ""))


@cache
def _opposites() -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for number, pair in enumerate(read_lists()["opposite"]):
        for language in ("en", "fa"):
            for side, words in enumerate(pair[language]):
                for word in words.split():
                    found[stem_of(word)] = (number, side)
    return found


@cache
def _number_words() -> tuple[dict[str, float], dict[str, float]]:
    table = read_lists()["number"]
    read = [{k: float(v) for k, _, v in (p.partition("=") for p in table[n].split())} for n in ("en", "fa")]
    scales = [
        {k: float(v) for k, _, v in (p.partition("=") for p in table[n].split())}
        for n in ("scale_en", "scale_fa")
    ]
    return read[0] | read[1], scales[0] | scales[1]


def is_privative(raw: str) -> bool:
    """«unpaid», «بی‌آب»."""
    return bool(_PRIVATIVE.match(raw.lower()))
