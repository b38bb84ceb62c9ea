"""What no published text may hold, whoever wrote it: a whitelist of letters, marks, word shapes and lengths. Pure.

Records, summaries, plans and messages pass here alike. What a text says is checked elsewhere (tasks/facts.py, tasks/claims,
tasks/llm/distrust.py); this is about form: nothing invisible, no look-alike letters, no markup or code, no link, address,
handle or number that stands for a person, no text that runs away. Reasons never quote the text.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import Literal

from tasks.redact import personal_kinds

MAX_WORD = 30  # letters
_IDENTIFIERS = frozenset(
    {
        "mobile",
        "landline",
        "national_id",
        "sheba",
        "bank_card",
        "email",
        "handle",
        "url_id",
        "postal_code",
        "plate",
    }
)
_LETTERS = r"A-Za-zÀ-ɏ\u0621-\u063a\u0641-\u064a\u067e\u0686\u0698\u06a9\u06af\u06cc\u06c0\u06c1\u06d5"
_MARKS = r"\u064b-\u0655\u0670\u0640"  # short vowels, hamza, tatweel
_DIGITS = r"0-9۰-۹٠-٩"
_POINTS = r".,;:'\"!?()%/&+$€£°×–—…«»“”‘’،؛؟٪٫٬\-"
_FORBIDDEN = re.compile(rf"[^{_LETTERS}{_MARKS}{_DIGITS}{_POINTS} \n\u200c]")
_STRAY_JOINER = re.compile(r"(?<![\u0600-\u06ff])\u200c|\u200c(?![\u0600-\u06ff])|\u200c\u200c")
_PARTED = re.compile(r"(?:[\u0600-\u06ff]\u200c){3,}|(?:\b[A-Za-z][ .\-]){4,}")  # letters set one by one
_LINK = re.compile(
    r"//|\bwww\b|\bhttps?\b|\b[A-Za-z0-9-]+\.[A-Za-z]{2,}|\bdot\b.{0,12}\b(?:slash|com|ir|me|org)\b|نقطه ?کام|دات ?کام",
    re.IGNORECASE,
)
# A title and a name: a person who is no public figure, for those are written with their office.
_PERSON = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Sgt|Lt|Capt|Eng|Agha|Khanom)\b\.?\s+[A-Z]")
_FORMULA = re.compile(r"^\s*[=+]")
_WORD = re.compile(rf"[{_LETTERS}{_MARKS}{_DIGITS}\u200c]+")
_MIXED_LENGTH = 4  # letters and digits together: «5G», «H2O», «3rd» are words, «r0ad5» is not
_HUMPS = re.compile(r"[a-z][A-Z]")
_MANY_HUMPS = 2  # «McDonald» has one, base64 many
_MASK = re.compile(r"\[[A-Z][A-Z_]*\d*\]")


def form_faults(text: str, *, language: Literal["en", "fa"], most: int, masks: str = "") -> list[str]:
    """Why a text may not be published as it is. `most`: characters; `masks`: a text whose placeholders may stand in it."""
    plain = _MASK.sub(lambda found: " " if found.group() in masks else found.group(), text)
    faults = []
    if len(text) > most:
        faults.append(f"longer than {most} characters")
    if _FORBIDDEN.search(plain) or _STRAY_JOINER.search(plain) or _FORMULA.search(plain):
        faults.append("plain words only: no markup, no code, nothing invisible, no foreign letters")
    if plain.count("(") != plain.count(")"):
        faults.append("plain words only: a bracket is not closed")
    if _LINK.search(plain):
        faults.append("no link, address or handle")
    if _PERSON.search(plain):
        faults.append("no private person by name")
    if any(_is_misshapen(word) for word in _WORD.findall(plain)) or _PARTED.search(plain):
        faults.append("ordinary words only: no code, no parted letters")
    if not _IDENTIFIERS.isdisjoint(personal_kinds(plain)):
        faults.append("no number that stands for a person")
    faults += _script_faults(plain, language)
    return faults


def _is_misshapen(word: str) -> bool:
    letters = [char for char in word if char.isalpha()]
    if len(letters) > MAX_WORD or len(_HUMPS.findall(word)) >= _MANY_HUMPS:
        return True
    latin = sum(char < "\u0600" for char in letters)
    if 0 < latin < len(letters):
        return True  # two scripts in one word
    return (
        0 < len(letters) < len(word.replace("\u200c", "")) and len(word) >= _MIXED_LENGTH and _is_mixed(word)
    )


def _is_mixed(word: str) -> bool:
    """Letters and digits by turns; a figure with its unit («14km», «۳ساله») is none."""
    kinds = [unicodedata.category(char)[0] for char in word if unicodedata.category(char)[0] in "LN"]
    turns = sum(one != other for one, other in pairwise(kinds))
    return turns > 1 or (turns == 1 and kinds[0] == "L")


def _script_faults(text: str, language: Literal["en", "fa"]) -> list[str]:
    letters = [char for char in text if char.isalpha()]
    farsi = sum(char >= "\u0600" for char in letters)
    if language == "en" and farsi:
        return ["English only"]
    if language == "fa" and letters and farsi < 0.6 * len(letters):
        return ["Farsi only"]
    return []
