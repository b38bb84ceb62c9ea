"""How far a name goes: given names, initials, the family name and its detached parts.

Where a name begins, and whether it is a private person's, is decided in `tasks/pii/names.py` and `signatures.py`.
"""

import re

from tasks.pii.namewords import (
    given_seconds,
    is_family,
    is_given,
    is_only_family,
    is_plain,
    is_shaped,
    words,
)
from tasks.pii.wordlists import Token

_LINK = re.compile(r" {1,2}|-")
_NAME_WORDS = 5  # words a name may have


def extend(text: str, tokens: list[Token], first: int, *, is_open: bool) -> int:
    """Index past the last word: second given names, the family name, its detached parts.

    `is_open`: an introduction stands before, so the word after an unlisted first name is its family name.
    """
    given = starts_given(tokens, first)
    has_family = not given and not _is_unlisted_given(tokens, first)
    last = first + 1
    while last < len(tokens) and last - first < _NAME_WORDS:
        token, before = tokens[last], tokens[last - 1]
        gap = text[before.end : token.start]
        if _goes_on_by_initial(text, tokens, last, gap):
            last += 1
            continue
        if not _LINK.fullmatch(gap) or token.word[0].isdigit():
            break
        if before.tied and token.word not in words("inflection"):
            is_given_here = is_given(token.word) or token.word in given_seconds().get(before.word, ())
            has_family = has_family or not is_given_here
            last += 1
            continue
        if token.word in words("surname_part") or (token.word == "ای" and before.word.endswith("ه")):
            has_family = True
        elif given and not has_family and _begins_compound(text, tokens, last):
            has_family = True
            last += 1
        elif token.word in words("particle") and given and not has_family:
            pass
        elif _both_capital(text, before, token):
            has_family = True
        elif has_family and not (is_open and last - first == 1):
            if not is_only_family(token.word) or is_given(token.word):
                break
        elif is_given(token.word) or token.word in given_seconds().get(before.word, ()):
            pass
        elif _is_family_here(text, before, token, given=given):
            has_family = True
        else:
            break
        last += 1
    return last


def starts_given(tokens: list[Token], first: int) -> bool:
    """Whether a given name begins here, of one word or of two (`روح الله`, `مریم‌ست`)."""
    word = tokens[first].word
    if tokens[first].tied and first + 1 < len(tokens) and tokens[first + 1].word in words("place_part"):
        return False
    if (
        is_given(word)
        or is_tied_given(tokens, first)
        or (word.endswith("ست") and is_given(word.removesuffix("ست")))
    ):
        return True
    return first + 1 < len(tokens) and tokens[first + 1].word in given_seconds().get(word, ())


def is_tied_given(tokens: list[Token], first: int) -> bool:
    """`قدم‌علی`, `گل‌محمد`: a word tied by a ZWNJ to the second part of a given name."""
    after = tokens[first + 1].word if first + 1 < len(tokens) else ""
    tied = tokens[first].tied and tokens[first].word not in words("place_begin")
    return tied and after in words("compounding") and is_given(after)


def is_compound_name(tokens: list[Token], first: int) -> bool:
    """Whether words tied by a ZWNJ are one family name though the first is an everyday word: `سلطان‌محمدی`."""
    if not tokens[first].tied or first + 1 >= len(tokens):
        return False
    second = tokens[first + 1].word
    if second in words("inflection") or second in words("place_part"):
        return False
    return (
        is_only_family(second) or is_given(second) or second in words("surname_part") or not is_plain(second)
    )


def _goes_on_by_initial(text: str, tokens: list[Token], index: int, gap: str) -> bool:
    """`مریم ر. کریمی`, `الهام.ک`, `پ. کریم‌زاده`."""
    if gap == "." or (gap == ". " and index + 1 == len(tokens) and not is_plain(tokens[index].word)):
        return 1 in (len(tokens[index - 1].word), len(tokens[index].word))
    return (gap == " " and is_initial(text, tokens, index)) or (
        gap == ". " and len(tokens[index - 1].word) == 1
    )


def is_initial(text: str, tokens: list[Token], first: int) -> bool:
    """Whether a single letter with a full stop stands for a first name: `آقای پ. کریم‌زاده`."""
    return (
        first + 1 < len(tokens)
        and len(tokens[first].word) == 1
        and text[tokens[first].end : tokens[first + 1].start] in (".", ". ")
    )


def _begins_compound(text: str, tokens: list[Token], at: int) -> bool:
    """Whether a compound family name of two words begins here: `شاه نظری`."""
    if tokens[at].tied and at + 1 < len(tokens) and tokens[at + 1].word in words("surname_part"):
        return True  # `بلوچ‌زهی`
    return (
        tokens[at].word in words("surname_begin")
        and at + 1 < len(tokens)
        and text[tokens[at].end : tokens[at + 1].start] == " "
        and (tokens[at].tied or not is_plain(tokens[at + 1].word))
    )


def _both_capital(text: str, one: Token, other: Token) -> bool:
    """Two Latin words in capitals, the second no everyday word: one name goes on."""
    both = text[one.start] + text[other.start]
    return both.isascii() and both.isupper() and not is_plain(other.word)


def _is_unlisted_given(tokens: list[Token], first: int) -> bool:
    """Whether the unlisted word at `first` has a family name behind it, and so is a given name itself."""
    return (
        first + 1 < len(tokens)
        and not is_family(tokens[first].word)
        and is_only_family(tokens[first + 1].word)
        and not is_given(tokens[first + 1].word)
    )


def _is_family_here(text: str, before: Token, token: Token, *, given: bool) -> bool:
    """Whether a word behind a given name is its family name."""
    if is_family(token.word) or (given and _both_capital(text, before, token)):
        return True
    if len(token.word) <= 2 or is_plain(token.word):
        return False
    return not (given and text[token.start].isascii()) or text[token.start].isupper() or is_shaped(token.word)
