"""How long a text is in tokens, before anybody has counted: an estimate and a worst case.

No tokenizer of the vendors is public; the rates are the bracket of the project's research for Claude
(Farsi 1.0-2.0 characters per token, English about 4). Estimates are compared with actual usage in `cw costs`.
"""

from __future__ import annotations

import re

_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u200c\ufb50-\ufdff\ufe70-\ufefe]+")
_DENSE = re.compile("[^A-Za-z\\s]+")  # digits, marks, emoji, other scripts: where words are no unit
_LATIN_CHARS = 4.0
_WORST_FARSI = 1.0
_WORST_LATIN = 2.5


def estimate_tokens(text: str, *, farsi_chars: float) -> tuple[int, int]:
    """(the likely number of tokens, one that will not be passed).

    `farsi_chars` is the model's characters per token of Arabic script. A byte-level vocabulary never needs more tokens
    than bytes, which is the worst case of all that is neither Arabic script nor Latin words.
    """
    farsi = 0 if text.isascii() else sum(map(len, _ARABIC.findall(text)))
    other = _ARABIC.sub("", text) if farsi else text
    dense = "".join(_DENSE.findall(other))
    foreign = 0 if dense.isascii() else sum(char > "\x7f" for char in dense)
    likely = farsi / farsi_chars + (len(other) - foreign) / _LATIN_CHARS + foreign
    worst = farsi / _WORST_FARSI + (len(other) - len(dense)) / _WORST_LATIN + len(dense.encode())
    return int(likely) + 1, int(worst) + 9
