"""A deterministic estimate of tokens: 1.4 characters per token for Arabic script, 4 for the rest.

The rates are the plan of the project's research (1.0-2.0 for Farsi on Claude; nobody has published a
measurement); what matters to tests is that the emulator counts alone and always the same.
"""

import math
import re
from functools import lru_cache

_NOT_ARABIC = re.compile("[^\u0600-\u06ff\u0750-\u077f\u200c\ufb50-\ufdff\ufe70-\ufefe]+")
FARSI_CHARS_PER_TOKEN = 1.4
OTHER_CHARS_PER_TOKEN = 4.0


def count(text: str) -> int:
    """Tokens of one text, rounded up."""
    if len(text) > 500:  # prompts and schemas come again and again
        return _count_again(text)
    return _count(text)


def cut(text: str, tokens: int) -> str:
    """The longest beginning of `text` that is at most `tokens` long."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _count(text[:middle]) <= tokens else (low, middle - 1)
    return text[:low]


def _count(text: str) -> int:
    farsi = 0 if text.isascii() else len(_NOT_ARABIC.sub("", text))
    return math.ceil(farsi / FARSI_CHARS_PER_TOKEN + (len(text) - farsi) / OTHER_CHARS_PER_TOKEN)


@lru_cache(maxsize=256)
def _count_again(text: str) -> int:
    return _count(text)
