"""Does a text speak to a machine? Words of data/orders.toml, sentence by sentence, and the marks of code. Pure.

A wide net on purpose: what is caught here is not refused, it is held to a plain reading (`distrust.py`). How often honest
texts are caught is measured on the gold set.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from tasks.llm import lexicon, offline
from tasks.llm.engine import reading as offline_reading
from tasks.llm.engine.text import fold

_ENDS = re.compile(r"[.!?؟؛]+(?=\s|$)|\n+")
_CODE = re.compile(
    r"[{}<>＜＞`\\|]|={2,}|\w ?= ?['\"]|\[/?[a-z]+\]|[a-z_]+\([a-z]*=|;\s*--|\b[a-z]+_(?:en|fa|\d)\b|\.\./|\bdot\b.{0,12}\bslash\b",
    re.IGNORECASE,
)
_MASK = re.compile(r"\[[A-Z][A-Z_]*\d*\]")
# Invisible, or written with foreign letters that look like ours: nobody types these by accident.
_DISGUISE = re.compile(
    "[\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]|[\u0370-\u052f]|(?:\\b[a-zA-Z0-9+/]{16,}={1,2})"
)
_SPELT_OUT = re.compile(
    r"(?:[\u0600-\u06ff]\u200c){3,}"
)  # letters parted one by one, so that no word is found
_LABEL = re.compile(r"\w+(?:\s+\w+)?\s*[:=]")
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
_SHORT = 4  # words: a shorter sentence without a civic matter is no order by its first word alone


def speaks_to_a_machine(text: str) -> bool:
    """Whether any sentence does."""
    plain = _MASK.sub(" ", text)
    if _CODE.search(plain) or _DISGUISE.search(plain) or _SPELT_OUT.search(plain):
        return True
    return _has_cues(plain) or any(_is_order(sentence) for sentence in _ENDS.split(plain))


def is_command(sentence: str) -> bool:
    """Whether an English sentence begins with a verb that tells somebody to do a thing («Praise them», not «Use of …»)."""
    words = _folded(sentence).split()
    return len(words) > 1 and f" {words[0]} " in _words("opening") and words[1] not in _AFTER_A_NOUN


def _is_order(sentence: str) -> bool:
    said = f" {_folded(sentence)} "
    if any(word in said for word in _words("alone")):
        return True
    if any(word in said for word in _words("furniture")) and any(word in said for word in _words("writing")):
        return True
    labels = (
        f" {_folded(found.group())} " for found in _LABEL.finditer(sentence)
    )  # «تیتر فارسی: …», "Title = …"
    if any(word in label for label in labels for word in _words("furniture")):
        return True
    first = said.split(maxsplit=1)[0] if said.split() else ""
    return f" {first} " in _words("opening") and len(said.split()) >= _SHORT and not _is_civic(sentence)


def _is_civic(sentence: str) -> bool:
    return bool(offline_reading.read(sentence, lexicon.load()).concepts())


def _has_cues(text: str) -> bool:
    """The lexicon's own cues of an injection: two of them, or a strong one."""
    lex = lexicon.load()
    reading = offline_reading.read(text[: offline.LONGEST], lex)
    cues = offline_reading.cue_spans(reading, lex, "injection")
    return len(cues) >= 2 or bool(cues and offline_reading.has_cue(reading, lex, "injection_core"))


def _folded(text: str) -> str:
    """Lower case, Persian letters, words parted by one space, no marks."""
    return " ".join(re.sub(r"[^\w\u0600-\u06ff']+", " ", fold(text.replace("\u200c", " ")).lower()).split())


@cache
def _words(name: str) -> frozenset[str]:
    table = tomllib.loads((files("data") / "orders.toml").read_text(encoding="utf-8"))
    return frozenset(f" {_folded(word)} " for word in table[name])
