"""All detectors of personal data in order, their finds resolved to spans that do not overlap.

Order is priority: what an earlier detector takes is blanked before the next one reads, so a digit in a
Sheba number is not also a telephone. Each detector reads the folded text and is linear in it.
"""

from collections.abc import Callable, Iterable, Iterator

from tasks.pii.address import find_addresses
from tasks.pii.digits import find_in_digits
from tasks.pii.lettered import find_lettered
from tasks.pii.names import find_names, tokenise
from tasks.pii.spoken import find_spoken
from tasks.pii.web import find_on_web

Found = tuple[int, int, str]
BLANK = "\x01"  # never in a folded text: control characters vanish there

KINDS = (
    "mobile", "landline", "national_id", "sheba", "bank_card", "bank_account", "email", "handle", "url_id",
    "postal_code", "plate", "address", "name", "company_id", "passport", "other_id",
)  # fmt: skip


def find_personal_data(text: str) -> list[Found]:
    """(start, end, kind) in the folded text, by start, without overlaps."""
    taken: list[Found] = []
    detectors: tuple[Callable[[str], Iterable[Found]], ...] = (
        find_on_web, find_lettered, find_in_digits, find_spoken, _addresses, _names,
    )  # fmt: skip
    for detect in detectors:
        new = list(_disjoint(detect(text)))
        if new:
            text = _blank(text, new)
            taken += new
    return sorted(taken)


def _addresses(text: str) -> Iterator[Found]:
    return find_addresses(text, tokenise(text))


def _names(text: str) -> Iterator[Found]:
    return find_names(text, tokenise(text))


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
    parts: list[str] = []
    done = 0
    for start, end, _ in spans:
        parts += [text[done:start], BLANK * (end - start)]
        done = end
    return "".join([*parts, text[done:]])
