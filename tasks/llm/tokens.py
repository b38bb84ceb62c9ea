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


def estimate_tokens(text: str, *, farsi_chars: float) -> tuple[int, int]:
    """(the likely number of tokens, one that will not be passed).

    `farsi_chars` is the model's characters per token of Arabic script.
    """
    farsi = 0 if text.isascii() else sum(map(len, _ARABIC.findall(text)))
    other = len(text) - farsi
    return int(farsi / farsi_chars + other / _LATIN_CHARS) + 1, int(
        farsi / _WORST_FARSI + other / _WORST_LATIN
    ) + 9
