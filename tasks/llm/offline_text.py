"""Tokens with keys: the form in which the lexicon and a message meet.

A message is cut in place (offsets count characters of the original text); each word gets a key that is
the same for Arabic and Persian letters, colloquial «ون» and written «ان», plural and possessive endings,
and, for romanised Farsi, the Latin spelling. Nothing here knows what a word means.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from tasks.llm import offline_finglish as finglish
from tasks.llm.offline_letters import LETTERS

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
_COMPOUND = (
    "خانه",
    "گاه",
    "نامه",
    "کار",
    "دار",
    "ساز",
    "باز",
    "گذار",
    "پرور",
    "شناس",
    "شناسی",
)  # make one word
_REMEMBERED = 200_000  # words
# After a zero-width non-joiner or a space these are endings, not words.
_ENDING_WORDS = (
    "ها های هایی هایش هایم هایمان هایشان هایتان هاشون هامون هاتون هاش هام هات هاست ی ای ام ات اش "
    "مان تان شان مون تون شون مانو هامونو هاشونو هاتونو هامان هاشان هاتان ها‌رو هارو اند ایم اید است ست تر ترین یی"
)
_LOOSE_WORDS = "ها های هایی هایش هایشان هاشون ی"
_SUFFIX_WORDS = (
    "هامونو هاشونو مونو شونو تونو هایشان هایمان هایتان هایشون هایمون هاشان هامان هاتان هایش هایم هایت هایی های هاش هام هات "
    "هاست ها یمان یشان مان تان شان ترین یان گان تر اند ست ات ان ین یم ید ند اش ای ام م ت ش ی ه و "
    "ن س ه ا"
)
_VERB_STARTS = ("نمی", "می", "ن")
_LONG_VERB, _SHORT_VERB = 5, 4  # letters: «سازید» may be of «بسازید», «دین» is not of «بدین»
_ENDINGS = frozenset(_ENDING_WORDS.split())
_LOOSE_ENDINGS = frozenset(_LOOSE_WORDS.split())


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


def fold(word: str) -> str:
    """The letter-level key of one Farsi word: one yeh, one kaf, no marks, «ون»/«وم» as «ان»/«ام»."""
    if not word.isascii():
        word = unicodedata.normalize("NFKC", word)
    word = _LONG.sub(r"\1", _MARKS.sub("", word.translate(LETTERS)))
    return word.replace("ون", "ان").replace("وم", "ام") if len(word) > 3 else word


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
        return len(token.raw) > len(token.key)  # one of several words run together
    ending = spelled[len(token.key) :]
    return ending in _PLACE_ENDINGS and len(token.key) >= _PERSON_ENDINGS.get(ending, 2) - sure


@dataclass(slots=True)
class Vocabulary:
    """Every word the lexicon knows, to which inflected and romanised words are brought back."""

    known: frozenset[str]
    latin: dict[str, list[str]]  # consonant skeleton → Farsi spellings
    romanised: Mapping[str, str]  # Latin spellings whose sound alone would leave a doubt
    names: frozenset[str]  # spellings that only occur in names of places, less likely than plain words
    homes: frozenset[str]  # keys of the words of names of places
    english: frozenset[str]  # stems of the Latin words of all forms but names of places
    _fa: dict[str, str] = field(default_factory=dict)
    _finglish: dict[str, str] = field(default_factory=dict)
    _pieces: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def build(
        cls, spellings: Iterable[str], names: Iterable[str], romanised: Mapping[str, str]
    ) -> "Vocabulary":
        """From the words of all forms, and the names among them; order decides between equals."""
        plain, names = dict.fromkeys(spellings), dict.fromkeys(names)
        farsi = [w for w in dict.fromkeys([*plain, *names]) if not w.isascii() and not w[0].isdigit()]
        latin: dict[str, list[str]] = {}
        for word in farsi:
            latin.setdefault(finglish.skeleton_fa(word), []).append(word)
        rare = frozenset(word for word in farsi if word not in plain)
        homes = frozenset(fold(word) for word in names if not word.isascii())
        english = frozenset(stem_en(word) for word in plain if word.isascii())
        return cls(frozenset(fold(word) for word in farsi), latin, romanised, rare, homes, english)

    def key(self, word: str) -> str:
        """The key of a Farsi word: itself if known, else its known stem, else itself."""
        found = self._fa.get(word)
        if found is None:
            folded = fold(word)
            _bound(self._fa)
            found = self._fa[word] = (
                folded
                if folded in self.known
                else self._positive(folded) or self._home(folded) or self._stem(folded) or folded
            )
        return found

    def _positive(self, word: str) -> str:
        """«نسازید»، «نمی‌سازید»، «برندارید» have the key of «بسازید»، «بردارید»: the spelling keeps the negation."""
        if not word.endswith(("ید", "ین", "ند", "ن")):
            return ""
        asked = [word[:2] + word[3:]] if word[:3] in ("برن", "درن", "ورن") else []
        asked += ["ب" + word[len(start) :] for start in _VERB_STARTS if word.startswith(start)]
        if len(word) >= _LONG_VERB:
            asked.append("ب" + word)  # after «می» and a joiner
        return next((form for form in asked if form in self.known and len(form) > _SHORT_VERB), "")

    def _home(self, word: str) -> str:
        """«شیرازیا» has the key of «شیراز»: the people of a place, as they are called in speech."""
        stems = (word.removesuffix(end) for end in ("یا", "یای", "یارو", "یام") if word.endswith(end))
        return next((stem for stem in stems if stem in self.homes and len(stem) > 2), "")

    def _stem(self, word: str, depth: int = 3) -> str:
        shortest = 2 if len(word) <= 4 else 3
        for suffix in _SUFFIXES_FOLDED:
            if word.endswith(suffix) and len(word) - len(suffix) >= shortest:
                rest = word[: -len(suffix)]
                if rest in self.known:
                    return rest
                if rest + "ه" in self.known and suffix in ("گان", "ی", "ات"):
                    return rest + "ه"
                if depth > 1 and len(suffix) > 1 and (deeper := self._stem(rest, depth - 1)):
                    return deeper
        return ""

    def finglish_key(self, word: str) -> str:
        """The key of the Farsi word that a romanised one spells; empty when there is none."""
        lower = word.lower()
        found = self._finglish.get(lower)
        if found is None:
            _bound(self._finglish)
            found = self._finglish[lower] = next(
                (fold(spelling) for form in finglish.stems(lower) if (spelling := self._spelled(form))), ""
            )
        return found

    def _spelled(self, word: str) -> str:
        if word in self.romanised:
            return self.romanised[word]
        candidates = self.latin.get(finglish.skeleton_latin(word), ())
        fits = [c for c in candidates if finglish.sound(c).fullmatch(word)]
        return min(fits, key=lambda fit: len(fit) + 2 * (fit in self.names), default="")

    def pieces(self, word: str) -> tuple[str, ...]:
        """Keys of the words run together in one long unknown word; itself when it does not come apart."""
        found = self._pieces.get(word)
        if found is None:
            key = self.key(word)
            whole = len(key) < 6 or key in self.known or key.endswith(_COMPOUND)
            cut = None if whole else self._cut(key)
            _bound(self._pieces)
            found = self._pieces[word] = tuple(cut) if cut else (key,)
        return found

    def _cut(self, word: str) -> list[str] | None:
        best: list[list[str] | None] = [[]] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 12), end):
                before = best[start]
                if (
                    before is None
                    or word[start:end] not in self.known
                    or end - start < (2 if len(word) > 9 else 3)
                ):
                    continue
                if best[end] is None or len(before) + 1 < len(best[end] or []):
                    best[end] = [*before, word[start:end]]
        return best[-1]

    def form_keys(self, form: str) -> tuple[str, ...]:
        """The keys of a lexicon form (Farsi and English words)."""
        return tuple(
            _figure(word) if word[0].isdigit() else stem_en(word) if word.isascii() else fold(word)
            for word in split_words(form)
        )


def _bound(memory: dict[str, Any]) -> None:
    """Words repeat (Zipf), so keys are remembered; forget all rather than grow without end."""
    if len(memory) >= _REMEMBERED:
        memory.clear()


def tokenize(text: str, vocabulary: Vocabulary, *, is_finglish: bool) -> list[Token]:
    """Cut `text` in place; endings that stand alone are left out; run-together words share one span."""
    tokens: list[Token] = []
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
            tokens.append(Token(start, end, raw, kind, "" if kind in ("stop", "comma") else _figure(raw)))
    return tokens


_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")


def _figure(raw: str) -> str:
    return raw.translate(_DIGITS)


_SUFFIXES_FOLDED = tuple(
    dict.fromkeys(
        fold(suffix) if len(suffix) > 3 else suffix.replace("ون", "ان") for suffix in _SUFFIX_WORDS.split()
    )
)
