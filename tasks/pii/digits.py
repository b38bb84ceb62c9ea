"""Identifiers made of digits: telephones, national ids, cards, accounts, postal codes, case numbers.

Those with letters (Sheba, plates, passports) are found before, in `tasks/pii/lettered.py`.

Reads the folded text (Latin digits, no invisible characters: `tasks.pii.textform.fold`); every pattern is
bounded or possessive, so the time is linear in the text. The rule:

* a shape decides first (`tasks/pii/shapes.py`): `09…`, `+98…`, `0` + area code, 4-4-4-4, a right checksum;
* then a word in front (`کد ملی`, `شماره کارت`, `پرونده` …);
* then length: 10, 16 and 24 digits are masked though the checksum fails, 7 digits and more likewise,
  unless they are a sum, a count, a date, a decimal, a round number or the number of a law;
* a number that starts with 0 is never a count; before a unit of money only a shape or a word in front makes an identifier.
Checksums only choose between kinds (a ten-digit number is a national id or a postal code).
"""

import re
from collections.abc import Iterator

from tasks.pii.checksums import is_national_id
from tasks.pii.context import (
    counted_after,
    document_before,
    keyword_after,
    keyword_before,
    keyword_near,
    quantity_before,
)
from tasks.pii.shapes import YEAR, Group, Run, Shaped, date_length, shaped, ten_digits

Found = tuple[int, int, str]

_GAP = r"(?:[^\w\x01]|_){1,8}+"  # punctuation, blanks, symbols; never what is masked already
_RUN = re.compile(rf"\+?[0-9]++(?:{_GAP}[0-9]++)*+")
_DIGITS = re.compile(r"[0-9]+")
_DATE8 = re.compile(r"(?:1[34]|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_MISREAD = re.compile(
    r"(?<![A-Za-z])(?=[OolI]{0,8}[0-9])[0-9OolI]{2,24}(?![A-Za-z])|(?<!\w)[Oo](?=[ \-]?9[0-9]{2})"
)
_AS_DIGITS = str.maketrans("OolI", "0011")
# How many digits an announced identifier may have: (fewest, most).
_ANNOUNCED = {
    "national_id": (4, 11), "company_id": (4, 12), "postal_code": (9, 11), "bank_card": (12, 19),
    "bank_account": (6, 24), "sheba": (15, 34), "landline": (5, 14), "phone": (5, 14), "plate": (7, 8),
    "passport": (6, 10), "other_id": (5, 24),
}  # fmt: skip
EXACT_LENGTH = {"national_id": 10, "postal_code": 10, "company_id": 11, "bank_card": 16, "sheba": 24}
# With other words between keyword and number only these lengths will do.
_FAR = {kind: (size, size) for kind, size in EXACT_LENGTH.items()}
_FAR |= {"phone": (8, 11), "landline": (8, 11), "other_id": (6, 24), "bank_account": (6, 24)}
_VAGUE = frozenset(
    {"کد", "شناسه", "شماره", "شماره من", "شماره ام", "شمارم", "my number", "خط", "کارت", "card", "kart"}
    | {
        "تلگرام",
        "نمبر",
        "بله",
        "ایتا",
        "روبیکا",
        "ثابت",
        "سریال",
        "بدنه",
        "پاس",
        "تل",
        "sms",
        "signal",
        "عابر",
    }
)
_SHORT = (
    "شناسنامه",
    "cvv",
    "رمز دوم",
    "رمز کارت",
    "امنیتی کارت",
)  # numbers of few digits that are secret all the same
_SURER_THAN_DATES = frozenset({"sheba", "bank_card", "mobile"})
_LOOK_AHEAD = 26  # groups: an IBAN written digit by digit


def as_digits(text: str) -> str:
    """The text with letters that were read or typed for digits (`O912 l45`) as digits; same length."""
    return _MISREAD.sub(lambda match: match.group().translate(_AS_DIGITS), text)


def find_in_digits(text: str) -> Iterator[Found]:
    """(start, end, kind) in the folded text, left to right per kind; may overlap, earlier kinds win."""
    for match in runs_of_digits(text):
        short = match.end() - match.start() < 5
        if not short or any(word in text[max(0, match.start() - 40) : match.start()] for word in _SHORT):
            yield from _in_run(text, match)


def runs_of_digits(text: str) -> Iterator[re.Match[str]]:
    """Digits with nothing but punctuation and blanks between them."""
    return _RUN.finditer(text)


def _in_run(text: str, match: re.Match[str]) -> Iterator[Found]:
    run = Run(
        text, [(m.start(), m.end(), m.group()) for m in _DIGITS.finditer(text, match.start(), match.end())]
    )
    groups, index = run.groups, 0
    while index < len(groups):
        taken, kind = _next(run, index)
        if kind is not None:
            start = groups[index][0]
            start -= text[start - 1 : start] == "+"
            yield start, groups[index + taken - 1][1], kind
        index += taken


def _next(run: Run, index: int) -> tuple[int, str | None]:
    """(groups consumed, kind or None) for the identifier or the plain number that begins at `index`."""
    text, groups = run.text, run.groups
    found = shaped(run, index)
    if found is None or found[1] not in _SURER_THAN_DATES:
        if index == 0 and (exact := _announced_whole(run)) is not None:
            return exact
        dated = date_length(text, groups[index : index + 4])
        if dated:
            return dated, None
    if index == 0 and (found is None or found[1] == "postal_code"):  # «حساب 0107-334455-002» says what it is
        announced = _announced(text, groups[:_LOOK_AHEAD])
        if announced is not None and (found is None or announced[0] > found[0]):
            found = announced
    if found is not None:
        return found
    thousands = _thousands_length(text, groups, index)
    if thousands > 1:
        return thousands, None
    if index and _is_decimal(text, groups[index - 1], groups[index]):
        return 1, None
    return 1, _by_length(text, groups[index], groups[-1])


def _announced_whole(run: Run) -> Shaped | None:
    """A number of exactly the announced kind's length, however it is split: «کد ملی ۱۲:۳۴:۵۶۷۸۹۰»."""
    before = keyword_before(run.text, run.groups[0][0])
    if before is None or before[1] in _VAGUE:
        return None
    count = run.groups_of(0, EXACT_LENGTH.get(before[0], 0))
    return (count, before[0]) if count > 1 else None


def _announced(text: str, ahead: list[Group]) -> tuple[int, str] | None:
    """An identifier that a word in front (or behind) announces; its groups are joined up to the kind's length."""
    start = ahead[0][0]
    if (before := keyword_before(text, start)) is not None:
        return _joined(text, ahead, before[1], before[0], _ANNOUNCED[before[0]])
    near = keyword_near(text, start)
    if near is not None and near[0] in _FAR and near[1] not in _VAGUE and not quantity_before(text, start):
        return _joined(text, ahead, near[1], near[0], _FAR[near[0]])
    after = keyword_after(text, ahead[0][1])
    if after is not None and after[1] not in _VAGUE:
        return _joined(text, ahead[:1], after[1], after[0], _ANNOUNCED[after[0]])
    return None


def _joined(
    text: str, ahead: list[Group], phrase: str, kind: str, length: tuple[int, int]
) -> tuple[int, str] | None:
    """(groups, kind) when the groups can be joined to a number of that length that is no sum."""
    fewest, most = length
    if any(word in phrase for word in _SHORT):
        fewest = 1
    if phrase in _VAGUE:
        fewest = max(fewest, 7)
    cancelling = ("money", "count") if phrase in _VAGUE or fewest == most else ("money",)
    joined, best, found = "", 0, ""
    for count, (_, end, digits) in enumerate(ahead, start=1):
        joined += digits
        if len(joined) > most:
            break
        if len(joined) >= fewest and (joined[0] == "0" or counted_after(text, end, joined) not in cancelling):
            best, found = count, joined
    if best == 0 or (
        kind == "other_id" and YEAR.fullmatch(ahead[0][2]) and len(found) < (8 if best == 1 else 6)
    ):
        return None
    if kind == "other_id":
        return best, _kind_by_length(found)
    return best, "landline" if kind == "phone" else kind


def _thousands_length(text: str, groups: list[Group], index: int) -> int:
    """How many groups form one number written in thousands (12,500,000)."""
    if len(groups[index][2]) > 3 or groups[index][2][0] == "0":
        return 1
    last = index + 1
    while last < len(groups) and len(groups[last][2]) == 3:
        if text[groups[last - 1][1] : groups[last][0]] not in (",", ".", "،", " ", "/", ", ", "'"):
            break
        last += 1
    return last - index


def _is_decimal(text: str, previous: Group, group: Group) -> bool:
    return len(previous[2]) <= 4 and text[previous[1] : group[0]] in (".", "/", ",")


def _by_length(text: str, group: Group, last: Group) -> str | None:
    """The kind of a bare run of digits, or None for a number that is nobody's identifier."""
    start, end, digits = group
    if len(digits) < 7 or counted_after(text, last[1], last[2]) == "money":
        return None
    if digits[0] != "0":
        zeros = len(digits) - len(digits.rstrip("0"))
        if zeros >= (3 if len(digits) == 7 else 4 if len(digits) < 10 else 5):
            return None
        if (
            counted_after(text, end, digits)
            or counted_after(text, last[1], last[2])
            or quantity_before(text, start)
        ):
            return None
    if len(digits) <= 9 and (document_before(text, start) or _DATE8.fullmatch(digits)):
        return None
    return _kind_by_length(digits)


def _kind_by_length(digits: str) -> str:
    size = len(digits)
    if size == 7:
        return "other_id"
    if size in (8, 9):
        if is_national_id(digits.zfill(10)):
            return "national_id"
        return "landline" if size == 8 and digits[0] in "23456789" else "other_id"
    if size == 10:
        return ten_digits(digits)
    return {11: "company_id", 16: "bank_card", 24: "sheba", 26: "sheba"}.get(size, "other_id")
