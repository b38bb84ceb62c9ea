"""Public people: a name beside a public office, or known to all, is policy content and stays.

The offices and the deliberately short list of public figures lie in `data/redact/names.toml`.
"""

import re

from tasks.pii.namewords import offices, words
from tasks.pii.wordlists import Token

_CLAUSE_END = re.compile(r"[.!?؟؛;\n]")
PREPOSITIONS = frozenset(
    {"از", "به", "با", "در", "که", "را", "رو", "برای", "تا", "باید", "خواهش", "لطفا"}
    | {"to", "the", "is", "must", "should", "az", "be", "ke", "ro"}
)


def is_public(text: str, tokens: list[Token], title: int, first: int, last: int) -> bool:
    """Whether the named person is public: known to all, or an office stands beside the name."""
    if tokens[title].word in words("named_after") and _follows_place(tokens, title):
        return True
    if is_known_to_all(tokens, first, last) or (
        f"{tokens[title].word} {tokens[first].word}" in words("public")
    ):
        return True
    after = text[tokens[last - 1].end : tokens[last].start] if last < len(tokens) else "."
    if len(after) <= 3 and not _CLAUSE_END.search(after) and _office_at(tokens, last):
        return True
    for back in range(1, 6):
        at = title - back
        if at < 0 or _CLAUSE_END.search(text, tokens[at].end, tokens[title].start):
            return False
        if _office_at(tokens, at):
            return True
        if tokens[at].word in PREPOSITIONS:
            return False
    return False


def _follows_place(tokens: list[Token], title: int) -> bool:
    """«خیابان حاج همت», «کارخانه‌ی حاج عبدالله»: a street's or a house's name."""
    at = title - 2 if title > 1 and tokens[title - 1].word == "ی" else title - 1
    return at >= 0 and tokens[at].word in words("named_place")


def is_known_to_all(tokens: list[Token], first: int, last: int) -> bool:
    """Whether the name is that of a public figure listed in `names.toml`."""
    name = " ".join(token.word for token in tokens[first:last])
    return name in words("public") or (last - first > 1 and tokens[first].word in words("public"))


def _office_at(tokens: list[Token], index: int) -> bool:
    spelt = [
        " ".join(token.word for token in tokens[index : index + size])
        for size in (3, 2, 1)
        if index + size <= len(tokens)
    ]
    return not words("no_office").intersection(spelt) and not offices().isdisjoint(spelt)
