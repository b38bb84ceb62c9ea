"""What the words around a number say about it: an identifier, a sum, a count, a paragraph of a law."""

from functools import cache

from tasks.pii.wordlists import ends_with_any, starts_with_any, table, tokens, word_set

_LOOK_BACK, _LOOK_AHEAD = 64, 32  # characters
_SUFFIXES = ("مان", "شان", "تان", "مون", "شون", "تون", "ام", "ات", "اش", "م", "ش", "ت", "ی", "e")


@cache
def _keywords() -> dict[str, str]:
    """Folded phrase → kind; a phrase of two kinds keeps the first in the file's order."""
    kinds: dict[str, str] = {}
    for kind, words in table("context")["keyword"].items():
        for word in word_set(words):
            kinds.setdefault(word, kind)
    return kinds


@cache
def _sets() -> dict[str, frozenset[str]]:
    context = table("context")
    return {
        "keyword": frozenset(_keywords()),
        "filler": word_set(context["filler"]),
        "money": word_set([*context["unit"]["money"], *context["unit"]["scale"]]),
        "count": word_set(context["unit"]["count"]),
        "quantity": word_set(context["quantity"]["word"]),
        "document": word_set(context["document"]["word"]),
    }


def _before(text: str, start: int) -> list[str]:
    return tokens(text[max(0, start - _LOOK_BACK) : start].rpartition("\n")[2])


def keyword_before(text: str, start: int) -> tuple[str, str] | None:
    """(kind, phrase) when the words before `start` announce an identifier, fillers skipped; else None."""
    found = _before(text, start)
    sets = _sets()
    for _ in range(5):
        if not found:
            return None
        phrase = ends_with_any(found, sets["keyword"]) or _stemmed(found, sets["keyword"])
        if phrase is not None:
            if ends_with_any(found[: len(found) - len(phrase.split())], sets["document"]) is not None:
                return None  # "circular number 123456"
            return _keywords()[phrase], phrase
        if found[-1] not in sets["filler"]:
            return None
        found = found[:-1]
    return None


def _stemmed(found: list[str], phrases: frozenset[str]) -> str | None:
    """The keyword with a possessive ending taken off its last word (`موبایلم` → `موبایل`)."""
    last = found[-1]
    for suffix in _SUFFIXES:
        if last.endswith(suffix) and len(last) - len(suffix) >= 3:
            phrase = ends_with_any([*found[:-1], last[: -len(suffix)]], phrases)
            if phrase is not None:
                return phrase
    return None


def counted_after(text: str, end: int) -> str | None:
    """`money` or `count` when a unit follows the number that ends at `end`; None otherwise."""
    ahead = text[end : end + _LOOK_AHEAD]
    if ahead.lstrip(" ")[:1] in ("%", "$", "€"):
        return "count"
    if ahead.lstrip(" )]»\"'-")[:1] in (".", "،", "؛", "!", "؟", "?", "\n"):
        return None
    found = tokens(ahead.partition("\n")[0])
    for kind in ("money", "count"):
        if starts_with_any(found, _sets()[kind]) is not None:
            return kind
    return None


def quantity_before(text: str, start: int) -> bool:
    """Whether a word such as `budget`, `population`, `about` announces a sum or a count."""
    if text[max(0, start - 2) : start].strip()[-1:] in ("$", "€"):
        return True
    found = _before(text, start)
    return any(
        ends_with_any(found[: len(found) - skip], _sets()["quantity"]) is not None for skip in range(3)
    )


def document_before(text: str, start: int) -> bool:
    """Whether the number is that of a public document: an article, a law, a circular, a bill."""
    found = _before(text, start)
    if found and found[-1] in ("شماره", "no", "number"):
        found = found[:-1]
    return ends_with_any(found, _sets()["document"]) is not None
