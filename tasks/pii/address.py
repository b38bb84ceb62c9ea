"""Street addresses that lead to a house.

A street, a square, a district by itself is a public matter ("the asphalt of Azadi street") and stays.
Masked is a chain of street parts that ends at a house (`خیابان … کوچه … پلاک ۱۲ واحد ۳`), a house number
by its own word (`پلاک ۱۲`), and, after a word of dwelling (`آدرس`, `ساکن`, `منزل ما`), a chain of two
parts and more though it lacks a house number. The city before the chain stays: places are content.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tasks.pii.wordlists import BLANK, Token, either, number_values, table, word_set

Found = tuple[int, int, str]

_NUMBER = re.compile(
    r"[ :.\-]{0,4}(?:شماره |ی |no\.? |number |#)?[ :]?([0-9]{1,5}(?:[/\-][0-9]{1,3})?(?![0-9]))", re.I
)
_STREET_EN = (
    r"(?i:street|str?|avenue|ave|alley|road|rd|blvd|boulevard|lane|square|sq|highway|expressway)(?![a-z])\.?"
)
_NAMED_EN = rf"(?!The |This |That |Our |My |A )(?:[A-Z][\w'\-]{{1,20}} ){{1,3}}{_STREET_EN}"
_INSIDE_EN = (
    r"(?i:unit|apt\.?|apartment|flat|floor|block|building|no\.?|number|plaque|house)(?: no\.?)? ?#?[0-9]{1,4}"
)
_ENGLISH = re.compile(
    rf"(?<![\w.])(?:{_INSIDE_EN},? {{1,2}}){{0,2}}(?:(?:(?i:no\.?|number|plaque)|#) ?)?[0-9]{{1,4}},? {_NAMED_EN}"
    rf"(?:,? {{0,2}}(?:{_NAMED_EN}|{_INSIDE_EN})){{0,4}}"
    rf"|(?<![\w.])(?:{_NAMED_EN},? {{0,2}}){{1,3}}(?:{_INSIDE_EN}|#?[0-9]{{1,4}}(?![\w]))(?:,? {{0,2}}{_INSIDE_EN}){{0,3}}"
)
_CAPITAL = re.compile("[A-Z]")
_BREAK = re.compile(r"[!?؟؛;\x01]|\. |\n\n|[.]$")
_PLOT = "قطعه"  # a plot when it ends the chain; before a street it is a section of a motorway
_NAME_WORDS = 4  # words a street's name may have
_GAP = 20  # characters between two parts of a chain
_LOOK_BACK = 60  # characters before the street in which a word of dwelling is looked for


@dataclass(frozen=True, slots=True)
class _Part:
    start: int
    end: int
    is_house: bool
    word: str
    in_digits: bool  # the house number is written in digits


@cache
def _parts() -> dict[str, list[tuple[tuple[str, ...], bool]]]:
    """First word → [(words of the part, is it a house part)], longest first; a house part wins over a street."""
    address = table("address")
    kinds = dict.fromkeys(word_set(address["street"]), False) | dict.fromkeys(
        word_set(address["house"]), True
    )
    index: dict[str, list[tuple[tuple[str, ...], bool]]] = {}
    for phrase, is_house in kinds.items():
        words = tuple(phrase.split())
        index.setdefault(words[0], []).append((words, is_house))
    for found in index.values():
        found.sort(key=lambda item: -len(item[0]))
    return index


@cache
def _words(name: str) -> frozenset[str]:
    return word_set(table("address")[name])


def find_addresses(text: str, tokens: list[Token]) -> Iterator[Found]:
    """(start, end, `address`) in the folded text."""
    if _CAPITAL.search(text):
        for match in _ENGLISH.finditer(text):
            yield match.start(), match.end(), "address"
    done = 0  # a word of dwelling before it belongs to the last address
    for chain in _chains(text, _find_parts(text, tokens)):
        found = _decide(text, chain, done)
        if found is not None:
            yield *found, "address"
            done = found[1]


def _chains(text: str, parts: Iterator[_Part]) -> Iterator[list[_Part]]:
    chain: list[_Part] = []
    for part in parts:
        if chain and not _continues(text, chain[-1], part):
            yield chain
            chain = []
        chain.append(part)
    if chain:
        yield chain


def _find_parts(text: str, tokens: list[Token]) -> Iterator[_Part]:
    index = 0
    while index < len(tokens):
        found = _part_at(tokens, index)
        if found is None:
            index += 1
            continue
        is_house, size = found
        last = tokens[index + size - 1]
        word = " ".join(token.word for token in tokens[index : index + size])
        number = _NUMBER.match(text, last.end, last.end + 20)
        if is_house:
            end = number.end(1) if number else _spelt_number_end(text, tokens, index + size)
            if end is not None:
                yield _Part(tokens[index].start, end, True, word, number is not None)
        elif len(word) > 1 or text[last.end : last.end + 1] in (".", " ", "/"):
            end = _street_end(text, tokens, index + size, number.end(1) if number else last.end)
            yield _Part(tokens[index].start, end, False, word, number is not None)
        index += size


def _part_at(tokens: list[Token], index: int) -> tuple[bool, int] | None:
    for words, is_house in _parts().get(tokens[index].word, ()):
        if all(index + k < len(tokens) and tokens[index + k].word == word for k, word in enumerate(words)):
            return is_house, len(words)
    return None


def _spelt_number_end(text: str, tokens: list[Token], index: int) -> int | None:
    """The end of a house number in words: `طبقه دوم`, `پلاک بیست و سه`."""
    if index >= len(tokens) or text[tokens[index - 1].end : tokens[index].start] != " ":
        return None
    if tokens[index].word in _words("ordinal"):
        return tokens[index].end
    end = None
    for token in tokens[index : index + _NAME_WORDS]:
        if token.word in number_values():
            end = token.end
        elif token.word not in ("و", "o") or end is None:
            break
    return end


def _street_end(text: str, tokens: list[Token], index: int, end: int) -> int:
    """The end of the words that name the street: at most four, up to the next part or punctuation."""
    for place in range(index, min(index + _NAME_WORDS, len(tokens))):
        token = tokens[place]
        if token.start < end:
            continue  # the number itself: خیابان ۱۷ شهریور
        if (
            _part_at(tokens, place) is not None
            or token.word in _words("stop")
            or text[end : token.start].strip(" .\u0640")
            or "  " in text[end : token.start]
        ):
            break
        end = token.end
    return end


def _continues(text: str, last: _Part, part: _Part) -> bool:
    """Whether the next part belongs to the same address: near, with at most words such as "not far from" between."""
    gap = text[last.end : part.start]
    if len(gap) > _GAP or _BREAK.search(gap) is not None:
        return False
    between = set(re.findall(r"[^\W\d_]+", gap))
    return not between & _words("stop") - _words("link")


def _decide(text: str, chain: list[_Part], done: int) -> tuple[int, int] | None:
    """(start, end) of the address that the chain makes, or None for streets that are a public matter."""
    houses = [part for part in chain if part.is_house]
    streets = [part for part in chain if not part.is_house]
    pinned = [
        part for part in houses if part.word in _words("pin") and (part.word != _PLOT or part is chain[-1])
    ]
    alone = any(part.word in _words("alone") and part.in_digits for part in houses)
    label_end = _home_before(text, max(done, chain[0].start - _LOOK_BACK), chain[0].start)
    start = _with_district(text, label_end, chain[0].start)
    if alone or (streets and pinned):
        return start, houses[-1].end
    if len(chain) >= 2 and streets and label_end is not None:
        return start, chain[-1].end
    return None


def _home_before(text: str, low: int, start: int) -> int | None:
    """Where a word of dwelling (`آدرس`, `ساکن`, `I live at`) ends before the chain; None without one."""
    low = max(low, text.rfind(BLANK, low, start) + 1)
    ends = [low + match.end() for match in _home().finditer(text[low:start].lower())]
    return ends[-1] if ends else None


@cache
def _home() -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W\d_])(?:{either(table('address')['home'])})(?![^\W\d_])")


def _with_district(text: str, label_end: int | None, start: int) -> int:
    """Start of the address: behind the town when town and district stand between label and street.

    «آدرس: تهران، نارمک، خیابان …»: the town is content and stays, the district leads to the house.
    """
    if label_end is None or re.search(r"[.!?؟\n\x01]", text[label_end:start]):
        return start
    commas = [match.end() for match in re.finditer(r"[،,] ?", text[label_end:start])]
    return label_end + commas[0] if len(commas) >= 2 else start
