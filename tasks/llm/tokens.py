"""How long a text is in tokens, before anybody has counted: an estimate and a worst case.

No tokenizer of the vendors is public; the rates are the bracket of the project's research for Claude
(Farsi 1.0-2.0 characters per token, English about 4). Estimates are compared with actual usage in `cw costs`.
"""

from __future__ import annotations

import re

_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u200c\ufb50-\ufdff\ufe70-\ufefe]+")
_LATIN_CHARS = 4.0
_WORST_FARSI = 1.0
_WORST_LATIN = 2.5


def estimate_tokens(text: str, *, farsi_chars: float) -> int:
    """The likely number of tokens; `farsi_chars` is the model's characters per token of Arabic script."""
    return _count(text, farsi_chars, _LATIN_CHARS)


def worst_tokens(text: str) -> int:
    """A number of tokens that will not be passed."""
    return _count(text, _WORST_FARSI, _WORST_LATIN) + 8


def _count(text: str, farsi_chars: float, latin_chars: float) -> int:
    farsi = 0 if text.isascii() else sum(map(len, _ARABIC.findall(text)))
    return int(farsi / farsi_chars + (len(text) - farsi) / latin_chars) + 1
