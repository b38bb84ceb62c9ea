"""A value that was found once in a text is masked wherever else the text says it.

«آقای سعید کریمی … سعید کریمی گفت»: the second time nothing introduces the name, and a case number is repeated
without its word. Compared are words and digits in order, with at most a few marks between them.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from tasks.pii.context import counted_after
from tasks.pii.namewords import is_ambiguous, words
from tasks.pii.wordlists import Token, tokenise

Found = tuple[int, int, str]
Value = tuple[str, ...]

_FEWEST_DIGITS = 5  # a shorter number may well be another thing the second time
_LONGEST = 8  # words and digit runs of a value
_GAP = re.compile(r"[^\w\x01]{0,3}|_")
_ONCE = ("address", "birth_date")  # their parts are streets and dates, which mean other things elsewhere


def find_again(text: str, blanked: str, taken: list[Found]) -> Iterator[Found]:
    """(start, end, kind) of further occurrences in `blanked`, which is the folded `text` without what is `taken`."""
    values = _values(text, taken)
    if not values:
        return
    sizes: dict[str, set[int]] = {}
    for value in values:
        sizes.setdefault(value[0], set()).add(len(value))
    tokens = tokenise(blanked)
    index = 0
    while index < len(tokens):
        value = _value_at(blanked, tokens, index, sizes.get(tokens[index].word, set()), values)
        if value and not _means_other(blanked, tokens, index, value, values[value]):
            yield tokens[index].start, tokens[index + len(value) - 1].end, values[value]
        index += len(value) or 1


def _values(text: str, taken: list[Found]) -> dict[Value, str]:
    """Words and digits of each found value → its kind, of those that mean the same wherever they stand."""
    values: dict[Value, str] = {}
    for start, end, kind in taken:
        value = tuple(token.word for token in tokenise(text[start:end]))
        if kind not in _ONCE and 0 < len(value) <= _LONGEST and _is_telling(value, kind):
            values.setdefault(value, kind)
    return values


def _is_telling(value: Value, kind: str) -> bool:
    if kind == "name":
        return len(value) > 1 or (len(value[0]) > 2 and not is_ambiguous(value[0]))
    if kind == "handle":
        return len("".join(value)) > 4 and not all(map(is_ambiguous, value))
    return sum(len(word) for word in value if word.isdigit()) >= _FEWEST_DIGITS


def _value_at(text: str, tokens: list[Token], index: int, sizes: set[int], values: dict[Value, str]) -> Value:
    """The longest value that begins at `index`, empty for none."""
    for size in sorted(sizes, reverse=True):
        if (value := _joined(text, tokens[index : index + size])) in values:
            return value
    return ()


def _joined(text: str, tokens: list[Token]) -> Value:
    """Their words when only marks stand between them, else nothing."""
    near = all(_GAP.fullmatch(text, one.end, other.start) for one, other in pairwise(tokens))
    return tuple(token.word for token in tokens) if near else ()


def _means_other(text: str, tokens: list[Token], index: int, value: Value, kind: str) -> bool:
    """Whether it is a street's, a hospital's or a saint's name this time, or a sum or a count."""
    if kind == "name":
        before = tokens[index - 1].word if index else ""
        return before in words("named_place") or before in words("office") or before in words("named_after")
    end = tokens[index + len(value) - 1].end
    return value[-1].isdigit() and counted_after(text, end, "".join(value)) is not None
