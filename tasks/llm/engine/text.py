"""Tokens with keys: the form in which the lexicon and a message meet.

A message is cut in place (offsets count characters of the original text); each word gets a key that is
the same for Arabic and Persian letters, colloquial «ون» and written «ان», plural and possessive endings,
and, for romanised Farsi, the Latin spelling. Nothing here knows what a word means.
"""

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from tasks.llm.engine.letters import LETTERS

if TYPE_CHECKING:
    from tasks.llm.engine.vocabulary import Vocabulary

_TOKEN = re.compile(
    r"(?P<mask>\[[A-Z][A-Z_]*\d*\])"
    r"|(?P<number>[0-9۰-۹٠-٩]+(?:[.,٫٬٪/][0-9۰-۹٠-٩]+)*)"
    r"|(?P<fa>[ؠ-ٟٮ-ۓە-ۯۺ-ۿݐ-ݿﭐ-﷿ﹰ-ﻼ]+)"
    r"|(?P<latin>[A-Za-zÀ-ɏ]+(?:['’ʼ][A-Za-z]+)*)"
    r"|(?P<stop>[.!?؟۔…\n;؛]+)"
    r"|(?P<comma>[،,:•·|()\[\]«»\"/]|\s[-–—*]\s|^[-–—*])",
    re.MULTILINE,
)
_MARKS = re.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]")
_LONG = re.compile(r"(.)\1{2,}")
# After a zero-width non-joiner or a space these are endings, not words.
_ENDING_WORDS = (
    "ها های هایی هایش هایم هایمان هایشان هایتان هاشون هامون هاتون هاش هام هات هاست ی ای ام ات اش "
    "مان تان شان مون تون شون مانو هامونو هاشونو هاتونو هامان هاشان هاتان ها‌رو هارو اند ایم اید است ست تر ترین یی"
)
_LOOSE_WORDS = "ها های هایی هایش هایشان هاشون ی"
_ENDINGS = frozenset(_ENDING_WORDS.split())
_LOOSE_ENDINGS = frozenset(_LOOSE_WORDS.split())
_PERSIAN = str.maketrans("يىك", "ییک")


# What may follow the name of a place: «تهرانی», «اهوازیا», «اصفهان‌مون», «بوشهرم» (I am of Bushehr).
_PLACE_ENDINGS = frozenset(
    [
        "ی",
        "یها",
        "های",
        "ها",
        "یا",
        "یای",
        "یام",
        "یارو",
        "یه",
        "مان",
        "مون",
        "شان",
        "شون",
        "تان",
        "تون",
        "ست",
        "ه",
        "و",
        "رو",
        "را",
        "م",
        "یم",
        "یند",
        "ید",
        "ین",
    ]
)
# Endings that verbs have as well → letters a name must have before them: «کنم» is not of Kan, «خاشه» is Khash.
_PERSON_ENDINGS = {"م": 4, "یم": 4, "ید": 4, "ین": 4, "یند": 4, "و": 4, "ه": 3, "یه": 3}


class Token(NamedTuple):
    """One word, number or stop: `kind` is fa, latin, number, mask, stop or comma."""

    start: int
    end: int
    raw: str
    kind: str
    key: str


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    """The letter-level key of one Farsi word: as `plain_letters`, «ون»/«وم» as «ان»/«ام»."""
    word = plain_letters(word)
    return word.replace("ون", "ان").replace("وم", "ام") if len(word) > 3 else word


def plain_letters(word: str) -> str:
    """One yeh, one kaf, no marks, no letter thrice."""
    if not word.isascii():
        word = unicodedata.normalize("NFKC", word)
    return _LONG.sub(r"\1", _MARKS.sub("", word.translate(LETTERS)))


@lru_cache(maxsize=1 << 16)
def stem_en(word: str) -> str:
    """A crude English stem, the same on both sides of every comparison ('prices', 'priced' → 'pric')."""
    word = _LONG.sub(r"\1\1", word.lower().replace("’", "'").replace("ʼ", "'"))
    if word.endswith("n't"):
        return word
    word = word.removesuffix("'s").replace("'", "")
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "ment", "ed", "es", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


def split_words(form: str) -> list[str]:
    """The words and figures of a lexicon form, endings left out, in their own spelling."""
    return [
        m.group()
        for m in _TOKEN.finditer(form)
        if m.lastgroup in ("fa", "latin", "number") and not _is_ending(form, m.start(), m.group())
    ]


def _is_ending(text: str, start: int, word: str) -> bool:
    """Whether a word is the ending of the one before: after a ZWNJ, and plural endings after a space too."""
    return word in _ENDINGS and ((start > 0 and text[start - 1] == "\u200c") or word in _LOOSE_ENDINGS)


def is_of_place(token: Token, *, sure: bool) -> bool:
    """Whether the word is the name itself or the name with an ending that names of places take.

    `sure`: a word such as «در» stands before, so a short name may carry the ending of a verb («تو کرجیم»).
    """
    spelled = fold(token.raw)
    if spelled == token.key:
        return token.raw != "استانی"  # «استونی» is Estonia, «استانی» of the province; they share a key
    if not spelled.startswith(token.key):
        return False
    ending = spelled[len(token.key) :]
    return ending in _PLACE_ENDINGS and len(token.key) >= _PERSON_ENDINGS.get(ending, 2) - sure


def tokenize(text: str, vocabulary: "Vocabulary", *, is_finglish: bool) -> list[Token]:
    """Cut `text` in place; endings that stand alone are left out; run-together words share one span."""
    tokens: list[Token] = []
    text = text.translate(_PERSIAN)  # letter for letter: places stay
    for found in _TOKEN.finditer(text):
        kind, raw = found.lastgroup or "", found.group()
        start, end = found.span()
        if kind == "fa":
            if _is_ending(text, start, raw):
                continue
            if (
                raw[0] == "و"
                and len(raw) > 3
                and start
                and text[start - 1] == "\u200c"
                and fold(raw[1:]) in vocabulary.known
            ):
                raw, start = raw[1:], start + 1
            for key in vocabulary.pieces(raw):
                tokens.append(Token(start, end, raw, kind, key))
        elif kind == "latin":
            key = (vocabulary.finglish_key(raw) if is_finglish else "") or stem_en(raw)
            tokens.append(Token(start, end, raw, kind, key))
        else:
            tokens.append(Token(start, end, raw, kind, "" if kind in ("stop", "comma") else figure(raw)))
    return tokens


_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")


def figure(raw: str) -> str:
    """A written figure in Latin digits."""
    return raw.translate(_DIGITS)
