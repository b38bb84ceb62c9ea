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

from tasks.pii.names import Token
from tasks.pii.wordlists import table, word_set

Found = tuple[int, int, str]

_NUMBER = re.compile(
    r"[ :.\-]{0,4}(?:شماره |ی |no\.? |number |#)?[ :]?([0-9]{1,5}(?:[/\-][0-9]{1,3})?(?![0-9]))", re.I
)
_ENGLISH = re.compile(
    r"(?<![\w.])(?:(?:No\.?|Number|#) ?)?[0-9]{1,4},? (?:[A-Z][a-z]{1,20} ){1,3}"
    r"(?:Street|St|Avenue|Ave|Alley|Road|Rd|Blvd|Boulevard|Lane)(?![a-z])"
)
_BREAK = re.compile(r"[!?؟؛;\x01]|\. |\n\n|[.]$")
_NAME_WORDS = 4  # words a street's name may have
_GAP = 14  # characters between two parts of a chain


@dataclass(frozen=True, slots=True)
class _Part:
    start: int
    end: int
    is_house: bool
    word: str
    has_number: bool


@cache
def _parts() -> dict[str, tuple[bool, int]]:
    """Folded phrase → (is a house part, words in the phrase)."""
    address = table("address")
    street = {word: (False, len(word.split())) for word in word_set(address["street"])}
    return street | {word: (True, len(word.split())) for word in word_set(address["house"])}


@cache
def _words(name: str) -> frozenset[str]:
    return word_set(table("address")[name])


def find_addresses(text: str, tokens: list[Token]) -> Iterator[Found]:
    """(start, end, `address`) in the folded text."""
    for match in _ENGLISH.finditer(text):
        yield match.start(), match.end(), "address"
    chain: list[_Part] = []
    for part in _find_parts(text, tokens):
        if chain and not _continues(text, chain[-1], part):
            yield from _decide(text, chain)
            chain = []
        chain.append(part)
    yield from _decide(text, chain)


def _find_parts(text: str, tokens: list[Token]) -> Iterator[_Part]:
    index, parts = 0, _parts()
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
            end = number.end(1) if number else _ordinal_end(text, tokens, index + size)
            if end is not None:
                yield _Part(tokens[index].start, end, True, word, True)
        elif len(word) > 1 or text[last.end : last.end + 1] in (".", " ", "/"):
            end = number.end(1) if number else _street_end(text, tokens, index + size, parts)
            yield _Part(tokens[index].start, end, False, word, number is not None)
        index += size


def _part_at(tokens: list[Token], index: int) -> tuple[bool, int] | None:
    for size in (2, 1):
        found = _parts().get(" ".join(token.word for token in tokens[index : index + size]))
        if found is not None and found[1] == size:
            return found
    return None


def _ordinal_end(text: str, tokens: list[Token], index: int) -> int | None:
    if index < len(tokens) and tokens[index].word in _words("ordinal"):
        return tokens[index].end if text[tokens[index - 1].end : tokens[index].start] == " " else None
    return None


def _street_end(text: str, tokens: list[Token], index: int, parts: dict[str, tuple[bool, int]]) -> int:
    """The end of the words that name the street: at most four, up to the next part or punctuation."""
    end = tokens[index - 1].end
    for token in tokens[index : index + _NAME_WORDS]:
        if (
            token.word in parts
            or token.word in _words("stop")
            or text[end : token.start].strip(" .\u0640")
            or "  " in text[end : token.start]
        ):
            break
        end = token.end
    return end


def _continues(text: str, last: _Part, part: _Part) -> bool:
    gap = text[last.end : part.start]
    return part.start - last.end <= _GAP and _BREAK.search(gap) is None


def _decide(text: str, chain: list[_Part]) -> Iterator[Found]:
    if not chain:
        return
    houses = [part for part in chain if part.is_house]
    streets = [part for part in chain if not part.is_house]
    pinned = [part for part in houses if part.word in _words("pin")]
    if any(part.word in _words("alone") for part in houses) or (streets and pinned):
        start = min(part.start for part in chain)
        yield start, houses[-1].end, "address"
    elif len(chain) >= 2 and streets and _dwells(text, chain[0].start):
        yield chain[0].start, chain[-1].end, "address"


def _dwells(text: str, start: int) -> bool:
    before = " ".join(re.findall(r"[^\W\d_]+", text[max(0, start - 45) : start].lower()))
    return any(f" {word} " in f" {before} " for word in _words("home"))
