"""What a word says about being a name: given names and their compounds, family names, everyday words.

Lists lie in `data/redact/` (`names.toml`, `first_names.txt`, `family_names.txt`, `plain_words.txt`); here are
the rules that make a short list reach far. Where and when a word is taken for a name: `tasks/pii/names.py`.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from tasks.pii.wordlists import Token, folded, lines, table, word_set

WORD = re.compile(r"[^\W\d_]+|[0-9]+")

_STRONG_ENDING = (
    *("پور", "زاده", "نژاد", "نیا", "وند", "وندی", "منش", "زهی"),
    *("pour", "poor", "zadeh", "zade", "nejad", "nezhad", "nia", "vand", "manesh"),
)
_PLURAL_LIKE = ("یان", "ییان", "ائیان", "yan")  # نوروزیان; the plurals دانشجویان … are among the plain words
# After a given name these make a family name: رحیم → رحیمی, رضا → رضایی, صمد → صمدیان.
_GIVEN_ENDING = (
    "ی",
    "یی",
    "ئی",
    "یان",
    "ان",
    "لو",
    "فر",
    "خواه",
    "خانی",
    "i",
    "ee",
    "ei",
    "ie",
    "ian",
    "yan",
    "far",
)
_VERB = re.compile(
    r"ن?می(?!ر)[^\W\d_]{2,}(?:م|د|یم|ید|ند|ین|ن|ه)|(?:nemi|mi)[a-z]{2,}(?:am|e|ad|im|id|an|and)"
)
_INFLECTIONS = (
    "هایی",
    "های",
    "مون",
    "تون",
    "شون",
    "مان",
    "تان",
    "شان",
    "اند",
    "ند",
    "یم",
    "ید",
    "ست",
    "ها",
    "م",
)
_SAYYID = ("سید", "سیده")  # written together with the name: سیدکاظم
_LONGEST = 24  # letters of a name written in one word


@cache
def words(name: str) -> frozenset[str]:
    """One list of `names.toml`."""
    return word_set(table("names")[name])


@cache
def phrases() -> dict[str, dict[tuple[str, ...], list[str]]]:
    """First word → phrase → roles, longest phrase first; a role says how the words behind the phrase are read."""
    names = table("names")
    needs_known = word_set(names["introduction_weak"])
    roles: list[tuple[str, str]] = [
        (word, role)
        for role in ("strong", "weak", "label", "formal", "closing", "self")
        for word in names[role]
    ]
    roles += [(word, "known") for word in names["relative"]]
    stems = names["relative_stem"]
    kin = [*stems, *(f"{stem} {how}" for stem in stems for how in names["relative_adjective"])]
    roles += [(stem + ending, "known") for stem in kin for ending in names["possessive"]]
    roles += [
        (word, "known" if folded(word) in needs_known else "intro")
        for word in [*names["introduction_fa"], *names["introduction_latin"]]
    ]
    spelt = [(tuple(WORD.findall(folded(phrase))), role) for phrase, role in roles]
    index: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for parts, role in sorted(spelt, key=lambda item: -len(item[0])):
        index.setdefault(parts[0], {}).setdefault(parts, []).append(role)
    return index


@cache
def _phrase_sizes() -> dict[str, list[int]]:
    """First word → numbers of words of the phrases that begin with it, longest first."""
    return {
        first: sorted({len(phrase) for phrase in found}, reverse=True) for first, found in phrases().items()
    }


def phrases_at(tokens: list[Token], index: int) -> Iterator[tuple[int, str]]:
    """(words, role) of every phrase that stands at `index`, longest first; its words are looked up, not compared."""
    first = tokens[index].word
    found = phrases().get(first)
    if found is None:
        return
    for size in _phrase_sizes()[first]:
        spelt = tuple(token.word for token in tokens[index : index + size])
        yield from ((size, role) for role in found.get(spelt, ()))


@lru_cache(maxsize=1 << 16)
def is_given(word: str) -> bool:
    """Whether the word is a given name, listed or put together of two (غلامحسین, عبدالرحیم)."""
    if word in lines("first_names"):
        return True
    for spoken, written in (("ون", "ان"), ("اله", "الله")):  # مش قربون, نصرتاله
        if word.endswith(spoken) and (full := word.removesuffix(spoken) + written) in lines("first_names"):
            return not is_plain(word) and not is_ambiguous(full)
    parts = words("compounding")
    if word.startswith(_SAYYID) and is_given(word.removeprefix("سید").removeprefix("ه")):
        return True
    return (
        len(word) <= _LONGEST
        and any(word[:cut] in parts and word[cut:] in parts for cut in range(2, len(word) - 1))
        and not is_plain(word)
    )


@cache
def given_seconds() -> dict[str, frozenset[str]]:
    """First word → second words of the given names written in two (`روح الله`)."""
    seconds: dict[str, set[str]] = {}
    for name in lines("first_names"):
        if name.count(" ") == 1:
            first, second = name.split()
            seconds.setdefault(first, set()).update((second, "اله") if second == "الله" else (second,))
    return {first: frozenset(found) for first, found in seconds.items()}


@lru_cache(maxsize=1 << 16)
def is_family(word: str) -> bool:
    """Whether the word is a family name: listed, or made of a given name and an ending, or ending in پور, زاده …"""
    if not 3 <= len(word) <= _LONGEST or word in words("not_name"):
        return False
    if word in lines("family_names"):
        return True
    if is_plain(word):
        return False
    if word.endswith(_STRONG_ENDING) and len(word) >= 5:
        return True
    if word.endswith(_PLURAL_LIKE) and len(word) >= 6:
        return True
    return any(
        word.endswith(ending) and len(stem := word.removesuffix(ending)) >= 3 and is_given(stem)
        for ending in _GIVEN_ENDING
    )


@lru_cache(maxsize=1 << 16)
def is_only_family(word: str) -> bool:
    """A family name that is no everyday word: enough evidence after a vague title (`راننده اکبری`)."""
    return is_family(word) and word not in lines("plain_words")


def is_ambiguous(word: str) -> bool:
    """Whether a given name is an everyday word as well (امید, آرزو): beside others it needs more evidence."""
    return word in words("ambiguous") or word in lines("plain_words")


def is_plain(word: str) -> bool:
    """Whether the word is an everyday word, a verb or the beginning of an introduction, and so no name by itself."""
    return (
        word in words("not_name")
        or word in lines("plain_words")
        or word in phrases()
        or _VERB.fullmatch(word) is not None
        or _is_inflected(word)
    )


@lru_cache(maxsize=1 << 16)
def _is_inflected(word: str) -> bool:
    """Whether an everyday word has an ending: `بچم`, `خونمون`, `گوشیشون`, `بیکارند`, `کارخونه‌ها`."""
    for ending in _INFLECTIONS:
        if word.endswith(ending) and len(stem := word.removesuffix(ending)) > 1:
            return not lines("plain_words").isdisjoint((stem, stem + "ه"))
    return False


@cache
def _endings() -> tuple[str, ...]:
    return tuple(table("names")["surname_ending"])


def is_shaped(word: str) -> bool:
    """Whether the word ends as many family names do; weak evidence."""
    return word.endswith(_endings())


@cache
def offices() -> frozenset[str]:
    """Public offices; a name beside one is policy content."""
    return words("office")
