"""Does a text speak to a machine? Words of data/orders.toml, sentence by sentence, and the marks of code. Pure.

A wide net on purpose: what is caught here is not refused, it is held to a plain reading (`distrust.py`). How often honest
texts are caught is measured on the gold set.
"""

from __future__ import annotations

import re

from tasks.llm import lexicon, offline
from tasks.llm.commands import ENDS, folded, has_word, order_words
from tasks.llm.engine import reading as offline_reading

_CODE = re.compile(
    r"[{}<>＜＞`\\|]|={2,}|\w ?= ?['\"]|\[/?[a-z]+\]|[a-z_]+\([a-z]*=|;\s*--|\b[a-z]+_[a-z\d]+\b|\.\./|\bdot\b.{0,12}\bslash\b",
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
LABEL = re.compile(r"\w+(?:\s+\w+)?\s*[:=]")
_SHORT = 4  # words: a shorter sentence without a civic matter is no order by its first word alone


def speaks_to_a_machine(text: str) -> bool:
    """Whether any sentence does."""
    plain = _MASK.sub(" ", text)
    if _CODE.search(plain) or _DISGUISE.search(plain) or _SPELT_OUT.search(plain):
        return True
    return _has_cues(plain) or any(is_order(sentence) for sentence in ENDS.split(plain))


def is_order(sentence: str) -> bool:
    """Whether a sentence tells a program what to do with the text."""
    said = f" {folded(sentence)} "
    if has_word(said, "alone") or (has_word(said, "furniture") and has_word(said, "writing")):
        return True
    if any(has_word(folded(found.group()), "furniture") for found in LABEL.finditer(sentence)):
        return True  # «تیتر فارسی: …», "Title = …"
    first = said.split(maxsplit=1)[0] if said.split() else ""
    return f" {first} " in order_words("opening") and len(said.split()) >= _SHORT and not is_civic(sentence)


def is_civic(sentence: str) -> bool:
    """Whether the lexicon finds a public matter in a sentence."""
    return bool(offline_reading.read(sentence, lexicon.load()).concepts())


def _has_cues(text: str) -> bool:
    """The lexicon's own cues of an injection: two of them, or a strong one."""
    lex = lexicon.load()
    reading = offline_reading.read(text[: offline.LONGEST], lex)
    cues = offline_reading.cue_spans(reading, lex, "injection")
    return len(cues) >= 2 or bool(cues and offline_reading.has_cue(reading, lex, "injection_core"))
