"""Identifiers made of digits: telephones, national ids, cards, accounts, postal codes, case numbers.

Those with letters (Sheba, plates, passports) are found before, in `tasks/pii/lettered.py`.

Reads the folded text (Latin digits, no invisible characters: `tasks.pii.textform.fold`); every pattern is
bounded or possessive, so the time is linear in the text. The rule:

* a shape decides first: `09…`, `+98…`, `0` + area code, 4-4-4-4, 3-6-1, 5-5;
* then a word in front (`کد ملی`, `شماره کارت`, `پرونده` …);
* then length: 10, 16 and 24 digits are masked though the checksum fails, 8 digits and more likewise,
  unless they are a sum, a count, a date, a decimal, a round number or the number of a law;
* a number that starts with 0 is never a sum; a number before a unit of money is never an identifier.
Checksums only choose between kinds (a ten-digit number is a national id or a postal code).
"""

import re
from collections.abc import Iterator

from tasks.pii.context import counted_after, document_before, keyword_before, quantity_before

Found = tuple[int, int, str]
Group = tuple[int, int, str]  # start, end, digits

_SEP = r"[ \n.\-_/\\()*|,،~+]"
_RUN = re.compile(rf"\+?[0-9]++(?:{_SEP}{{1,4}}+[0-9]++)*+")
_DIGITS = re.compile(r"[0-9]+")
_MOBILE = re.compile(r"(?:00980?|0980?|980?|0)?9[0-9]{9}")
_LANDLINE = re.compile(r"(?:0098|098|98)[1-8][0-9]{9}|0[1-8][0-9]{9}")
_SHEBA_SHAPES = {(2, 4, 4, 4, 4, 4, 2), (4, 4, 4, 4, 4, 4), (2, 22)}
_ID_SHAPES = {(8, 8), (6, 10), (4, 12), (6, 6, 4), (3, 6, 1), (5, 5)}
_SPELT = re.compile(r"0?980?9|00980?9|09|0[1-8]|00?98[1-8]")  # how a telephone read digit by digit begins
_AREA = frozenset(
    [
        "011",
        "013",
        "017",
        "021",
        "023",
        "024",
        "025",
        "026",
        "028",
        "031",
        "034",
        "035",
        "038",
        "041",
        "044",
        "045",
        "051",
        "054",
        "056",
        "058",
        "061",
        "066",
        "071",
        "074",
        "076",
        "077",
        "081",
        "083",
        "084",
        "086",
        "087",
    ]
)
_YEAR = re.compile(r"(?:1[34]|19|20)[0-9]{2}")
_DATE8 = re.compile(r"(?:1[34]|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
# How many digits an announced identifier may have: (fewest, most).
_ANNOUNCED = {
    "national_id": (4, 11), "company_id": (4, 12), "postal_code": (9, 11), "bank_card": (12, 19),
    "bank_account": (6, 24), "sheba": (15, 34), "landline": (5, 14), "phone": (5, 14), "plate": (7, 8),
    "passport": (6, 10), "other_id": (5, 24),
}  # fmt: skip
_VAGUE = frozenset(
    {"کد", "شناسه", "شماره", "شماره من", "شماره ام", "شمارم", "my number", "خط", "کارت", "card", "kart"}
)


def find_in_digits(text: str) -> Iterator[Found]:
    """(start, end, kind) in the folded text, left to right per kind; may overlap, earlier kinds win."""
    for match in _RUN.finditer(text):
        if match.end() - match.start() >= 5 or "شناسنامه" in text[max(0, match.start() - 20) : match.start()]:
            yield from _in_run(text, match)


def _in_run(text: str, run: re.Match[str]) -> Iterator[Found]:
    groups = [(m.start(), m.end(), m.group()) for m in _DIGITS.finditer(text, run.start(), run.end())]
    index = 0
    while index < len(groups):
        taken, kind = _next(text, groups, index)
        if kind is not None:
            start = groups[index][0]
            start -= text[start - 1 : start] == "+"
            yield start, groups[index + taken - 1][1], kind
        index += taken


def _next(text: str, groups: list[Group], index: int) -> tuple[int, str | None]:
    """(groups consumed, kind or None) for the identifier or the plain number that begins at `index`."""
    ahead = groups[index : index + 26]
    dated = _date_length(text, ahead)
    if dated:
        return dated, None
    shaped = _shaped(text, ahead)
    if shaped is not None:
        return shaped
    announced = _announced(text, ahead) if index == 0 else None
    if announced is not None:
        return announced
    thousands = _thousands_length(text, ahead)
    if thousands > 1:
        return thousands, None
    if index and _is_decimal(text, groups[index - 1], ahead[0]):
        return 1, None
    return 1, _by_length(text, ahead[0], groups[-1][1])


def _date_length(text: str, ahead: list[Group]) -> int:
    """3 when the next groups are year/month/day (or the reverse) with / - . between, else 0."""
    if len(ahead) < 3:
        return 0
    seps = {text[ahead[k][1] : ahead[k + 1][0]] for k in (0, 1)}
    if len(seps) != 1 or not seps <= {"/", "-", "."}:
        return 0
    first, middle, last = (group[2] for group in ahead[:3])
    if len(middle) > 2 or not 1 <= int(middle) <= 31:
        return 0
    year_first = _YEAR.fullmatch(first) and len(last) <= 2
    year_last = _YEAR.fullmatch(last) and len(first) <= 2
    return 3 if year_first or year_last else 0


def _shaped(text: str, ahead: list[Group]) -> tuple[int, str] | None:
    """Identifiers that their shape gives away, however they are split into groups."""
    if len(ahead[0][2]) == 1 and not _SPELT.match("".join(group[2] for group in ahead[:5])):
        return None
    most = 14 if len(ahead[0][2]) == 1 else 24
    joined = ""
    plus = text[ahead[0][0] - 1 : ahead[0][0]] == "+"
    for count, (_, end, digits) in enumerate(ahead, start=1):
        joined += digits
        if len(joined) > most:
            break
        if len(joined) >= 10 and _is_mobile(text, joined, ahead[:count], plus=plus):
            return count, "mobile"
        if (
            len(joined) >= 11
            and _LANDLINE.fullmatch(joined)
            and _is_landline(text, joined, ahead, count, plus=plus)
        ):
            return count, "landline"
        if count == 2 and len(joined) in (10, 11) and ahead[0][2] in _AREA and len(digits) >= 7:
            return count, "landline"
        if count > 1 and _is_split_id(text, ahead[:count], joined):
            return count, {16: "bank_card", 24: "sheba"}.get(len(joined), _ten(joined, ahead[:count]))
        if count == 3 and _is_tazkira(text, ahead[:3]):
            return 3, "national_id"
        if count == 4 and _is_near_card(text, ahead[:4], end):
            return 4, "bank_card"
    return _foreign(ahead) if plus else None


def _foreign(ahead: list[Group]) -> tuple[int, str] | None:
    """A number after a plus sign: nine to fourteen digits with the country code (+93 700 123 456)."""
    total, best = 0, 0
    for count, (_, _, digits) in enumerate(ahead[:6], start=1):
        total += len(digits)
        if 9 <= total <= 14:
            best = count
    return (best, "mobile") if best else None


def _is_landline(text: str, joined: str, ahead: list[Group], count: int, *, plus: bool) -> bool:
    """Whether a number of a land line's digits is one: «981000000000 cubic metres» is an amount."""
    written = count == 1 or len(ahead[0][2]) >= 2
    return written and (joined[0] == "0" or plus or counted_after(text, ahead[count - 1][1]) is None)


def _is_mobile(text: str, joined: str, used: list[Group], *, plus: bool) -> bool:
    if not _MOBILE.fullmatch(joined):
        return False
    if len(used) == 1:
        return joined[0] == "0" or plus or counted_after(text, used[0][1]) is None
    if joined[0] == "9" and len(joined) == 10:  # no prefix: only in the groups people really use
        shape = tuple(len(digits) for _, _, digits in used)
        return (
            shape in {(3, 3, 4), (3, 7), (3, 3, 2, 2), (3, 4, 3)} and counted_after(text, used[-1][1]) is None
        )
    return joined[0] == "0" or plus or len(used[0][2]) >= 2


def _is_split_id(text: str, used: list[Group], joined: str) -> bool:
    """Whether 2-7 groups have the shape of a card, a Sheba number, a national id or a postal code."""
    shape = tuple(len(digits) for _, _, digits in used)
    years = all(_YEAR.fullmatch(digits) for _, _, digits in used)
    if shape in _SHEBA_SHAPES:
        return not years
    if shape == (4, 4, 4, 4):
        fits = not years
    else:
        dashed = len(used) == 2 and text[used[0][1] : used[1][0]] in ("-", "/")
        fits = shape in _ID_SHAPES or (len(joined) == 10 and dashed)
        fits = fits and not any(digits.endswith("000") for _, _, digits in used)
    return fits and (joined[0] == "0" or counted_after(text, used[-1][1]) is None)


def _is_tazkira(text: str, used: list[Group]) -> bool:
    """An Afghan identity number: year, four and five digits between dashes."""
    shape = tuple(len(digits) for _, _, digits in used)
    return shape == (4, 4, 5) and {text[used[k][1] : used[k + 1][0]] for k in (0, 1)} == {"-"}


def _is_near_card(text: str, used: list[Group], end: int) -> bool:
    """4-4-4-3 or 4-4-4-5: a mistyped card."""
    shape = tuple(len(digits) for _, _, digits in used)
    return (
        shape in {(4, 4, 4, 3), (4, 4, 4, 5)}
        and not all(_YEAR.fullmatch(digits) for _, _, digits in used[:3])
        and counted_after(text, end) is None
    )


def _announced(text: str, ahead: list[Group]) -> tuple[int, str] | None:
    """An identifier that a word in front announces; its groups are joined up to the kind's length."""
    before = keyword_before(text, ahead[0][0])
    if before is None:
        return None
    kind, phrase = before
    fewest, most = _ANNOUNCED[kind]
    if "شناسنامه" in phrase:
        fewest = 1
    if phrase in _VAGUE:
        fewest = max(fewest, 7)
    cancelling = ("money", "count") if phrase in _VAGUE else ("money",)
    total, best = 0, 0
    for count, (_, end, digits) in enumerate(ahead, start=1):
        total += len(digits)
        if total > most:
            break
        if total >= fewest and (ahead[0][2][0] == "0" or counted_after(text, end) not in cancelling):
            best = count
    if best == 0 or (kind == "other_id" and _YEAR.fullmatch(ahead[0][2]) and total < 8):
        return None
    joined = "".join(digits for _, _, digits in ahead[:best])
    return best, {"phone": "landline"}.get(kind, kind) if kind != "other_id" else _kind_by_length(joined)


def _thousands_length(text: str, ahead: list[Group]) -> int:
    """How many groups form one number written in thousands (12,500,000)."""
    if len(ahead[0][2]) > 3 or ahead[0][2][0] == "0":
        return 1
    count = 1
    while count < len(ahead) and len(ahead[count][2]) == 3:
        if text[ahead[count - 1][1] : ahead[count][0]] not in (",", ".", "،", " ", "/", ", "):
            break
        count += 1
    return count


def _is_decimal(text: str, previous: Group, group: Group) -> bool:
    return len(previous[2]) <= 4 and text[previous[1] : group[0]] in (".", "/", ",")


def _by_length(text: str, group: Group, run_end: int) -> str | None:
    """The kind of a bare run of digits, or None for a number that is nobody's identifier."""
    start, end, digits = group
    if len(digits) < 7:
        return None
    if digits[0] != "0":
        zeros = len(digits) - len(digits.rstrip("0"))
        if zeros >= (3 if len(digits) == 7 else 4 if len(digits) < 10 else 5):
            return None
        if counted_after(text, end) or counted_after(text, run_end) or quantity_before(text, start):
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
        return _ten(digits, [])
    return {11: "company_id", 16: "bank_card", 24: "sheba", 26: "sheba"}.get(size, "other_id")


def _ten(digits: str, used: list[Group]) -> str:
    """National id or postal code: the checksum, then the post's rule for the first five digits."""
    if len(used) == 2:
        return "postal_code"
    if is_national_id(digits) or "0" in digits[:5] or "2" in digits[:5]:
        return "national_id"
    return "postal_code"


def is_national_id(digits: str) -> bool:
    """Mod-11 check of ten digits. A repeated digit passes too: the sources disagree, masking is safer."""
    if len(digits) != 10:
        return False
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return int(digits[9]) == (rest if rest < 2 else 11 - rest)
