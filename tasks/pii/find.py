"""All detectors of personal data in order, their finds resolved to spans that do not overlap.

Order is priority: what an earlier detector takes is blanked before the next one reads, so a digit in a
Sheba number is not also a telephone. Each detector reads the folded text and is linear in it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from tasks.pii.address import find_addresses
from tasks.pii.again import find_again
from tasks.pii.apart import find_apart
from tasks.pii.births import find_births
from tasks.pii.digits import as_digits, find_in_digits
from tasks.pii.joined import find_joined
from tasks.pii.lettered import find_lettered
from tasks.pii.names import find_names
from tasks.pii.signatures import find_bare_names
from tasks.pii.spoken import find_spoken
from tasks.pii.web import find_on_web
from tasks.pii.wordlists import BLANK, tokenise

Found = tuple[int, int, str]
Detector = Callable[[str], Iterable[Found]]
_SOME_NAME = "\u01c3"  # a letter of no language at hand
_MOST_PASSES = 4  # the second finds little, the third has found nothing in the gold set
_MASKED = re.compile(f"[{BLANK}{_SOME_NAME}]")
_DIGIT = re.compile(r"[0-9]")

KINDS = (
    "mobile", "landline", "national_id", "sheba", "bank_card", "bank_account", "email", "handle", "url_id",
    "postal_code", "plate", "address", "name", "company_id", "passport", "other_id",
    "birth_date",
)  # fmt: skip


# What stands for a find in a redacted text; redacting twice finds nothing in it.
PLACEHOLDER = re.compile(rf"\[(?P<kind>{'|'.join(KINDS).upper()})_(?P<number>[0-9]{{1,4}})\]")


def find_personal_data(text: str, ties: frozenset[int] = frozenset()) -> list[Found]:
    """(start, end, kind) in the folded text, by start, without overlaps; `ties` as in `View`.

    What one pass takes can uncover more (a number that stood glued to another), so passes go on until one finds
    nothing: then redacting the redacted text finds nothing either.
    """
    text = PLACEHOLDER.sub(_as_found, text) if "[" in text else text
    taken: list[Found] = []
    rest = text
    for _ in range(_MOST_PASSES):
        new, rest = _one_pass(rest, ties)
        if not new:
            break
        taken += new
        again = _disjoint(find_again(text, rest, taken))
        taken, rest = taken + again, _blank(rest, again)
    return sorted(taken)


def _one_pass(text: str, ties: frozenset[int]) -> tuple[list[Found], str]:
    """The finds of every detector, and the text without them."""
    taken, text = _take(find_on_web, text)
    detectors: list[Detector] = [find_spoken]
    if _DIGIT.search(text):
        text = as_digits(text)
        detectors = [find_births, find_lettered, find_apart, find_in_digits, find_spoken]
    detectors.append(partial(_addresses_and_names, ties=ties))
    for detect in detectors:
        new, text = _take(detect, text)
        taken += new
    return taken, text


def _take(detect: Detector, text: str) -> tuple[list[Found], str]:
    """One detector's finds that reach into nothing masked before, and the text without them."""
    new = [item for item in _disjoint(detect(text)) if _MASKED.search(text, item[0], item[1]) is None]
    return new, _blank(text, new)


def _as_found(placeholder: re.Match[str]) -> str:
    return _mask(len(placeholder.group()), placeholder["kind"].lower())


def _mask(size: int, kind: str) -> str:
    """What the detectors see of what is masked: blanks, or a word of its own for a name."""
    return _SOME_NAME + BLANK * (size - 2) + _SOME_NAME * (size > 1) if kind == "name" else BLANK * size


def _addresses_and_names(text: str, *, ties: frozenset[int]) -> Iterator[Found]:
    tokens = tokenise(text, ties)
    addresses = _disjoint(find_addresses(text, tokens))
    yield from addresses
    if addresses:
        text = _blank(text, addresses)
        tokens = tokenise(text, ties)
    names = _disjoint([*find_names(text, tokens), *find_bare_names(text, tokens)])
    yield from names
    yield from find_joined(text, tokens, names)


def _disjoint(found: Iterable[Found]) -> list[Found]:
    """The finds without overlaps: of two that overlap the one reported first stays."""
    ranked = sorted(enumerate(found), key=lambda item: item[1][0])
    kept: list[tuple[int, Found]] = []
    for rank, item in ranked:
        while kept and kept[-1][1][1] > item[0] and kept[-1][0] > rank:
            kept.pop()
        if not kept or kept[-1][1][1] <= item[0]:
            kept.append((rank, item))
    return [item for _, item in kept]


def _blank(text: str, spans: list[Found]) -> str:
    if not spans:
        return text
    parts: list[str] = []
    done = 0
    for start, end, kind in spans:
        parts += [text[done:start], _mask(end - start, kind)]
        done = end
    return "".join([*parts, text[done:]])
