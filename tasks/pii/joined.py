"""Names that go on a list: «پسرم امیرحسین و نازنین زهرا», «علی، رضا و مریم».

The first of them was found by what introduces it (`tasks/pii/names.py`, `signatures.py`); the others have only the
"and" or the comma before them.
"""

import re
from collections.abc import Iterator, Sequence

from tasks.pii.nameparts import extend, starts_given
from tasks.pii.namewords import is_ambiguous
from tasks.pii.public import is_known_to_all
from tasks.pii.wordlists import Token

Found = tuple[int, int, str]

_AND = frozenset({"و", "and", "va", "o"})
_COMMA = re.compile(r" ?[،,] ?")


def find_joined(text: str, tokens: list[Token], names: Sequence[Found]) -> Iterator[Found]:
    """(start, end, `name`) of what follows a found name in the same list."""
    if not names:
        return
    index_at = {token.start: index for index, token in enumerate(tokens)}
    ends = {token.end: index + 1 for index, token in enumerate(tokens)}
    found = {start for start, _, _ in names}  # goes on from there by itself
    for start, end, _ in names:
        if start not in index_at or end not in ends:
            continue  # an initial with its full stop
        last = ends[end]
        while (first := _next_begins(text, tokens, last)) is not None:
            last = extend(text, tokens, first, is_open=False)
            if tokens[first].start in found or is_known_to_all(tokens, first, last):
                break
            yield tokens[first].start, tokens[last - 1].end, "name"


def _next_begins(text: str, tokens: list[Token], last: int) -> int | None:
    """Where the next name of the list begins; None when the list is over."""
    if last >= len(tokens):
        return None
    if tokens[last].word in _AND and text[tokens[last - 1].end : tokens[last].start] == " ":
        first = last + 1
    elif _COMMA.fullmatch(text, tokens[last - 1].end, tokens[last].start):
        first = last
    else:
        return None
    if first >= len(tokens) or not starts_given(tokens, first) or is_ambiguous(tokens[first].word):
        return None
    return first
