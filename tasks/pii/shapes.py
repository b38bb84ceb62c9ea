"""Identifiers that their digits give away, however they are split: telephones, cards, Sheba, ids, postal codes.

What stands here needs no word in front. A shape is read over the groups of one run of digits
(`tasks/pii/digits.py` cuts the runs and asks for the words around). Dates and clock times are told apart first.
"""

import re
from itertools import accumulate, pairwise

from tasks.pii.checksums import is_card, is_national_id, is_sheba
from tasks.pii.context import counted_after, quantity_before

Group = tuple[int, int, str]  # start, end, digits
Shaped = tuple[int, str]  # groups used, kind

YEAR = re.compile(r"(?:1[34]|19|20)[0-9]{2}")
_MOBILE = re.compile(r"(?:00980?|0980?|980?|0)?9[0-9]{9}")
_LANDLINE = re.compile(r"(?:00980?|980?)[1-8][0-9]{9}|0[1-8][0-9]{9}")
_SHEBA_SHAPES = {(2, 4, 4, 4, 4, 4, 2), (4, 4, 4, 4, 4, 4), (2, 22)}
_ID_SHAPES = {(8, 8), (6, 10), (4, 12), (6, 6, 4), (3, 6, 1), (5, 5)}
_NEAR_CARD = {(4, 4, 4, 3), (4, 4, 4, 5)}  # a mistyped card
_BARE_MOBILE = {
    (3, 3, 4),
    (3, 7),
    (3, 3, 2, 2),
    (3, 4, 3),
    (3, 2, 2, 3),
    (3, 3, 3, 1),
    (4, 3, 3),
    (3, 2, 3, 2),
}
_SPELT = re.compile(r"0?980?9|00980?9|09|0[1-8]|00?98[1-8]")  # how a telephone read digit by digit begins
AREA = frozenset(
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
_ABROAD = re.compile(r"00[1-9]")
CARD_BEGINS = frozenset(  # first four digits of the cards of Iranian banks, by the central bank's list
    [
        "6037",
        "5892",
        "6276",
        "6279",
        "6273",
        "5022",
        "5029",
        "6274",
        "6221",
        "6395",
        "6063",
        "6281",
        "6104",
        "6362",
        "6280",
        "6396",
        "6393",
        "5047",
        "5054",
        "5058",
        "6219",
        "5859",
        "5894",
        "5041",
        "6369",
        "6277",
        "6275",
        "6364",
        "5057",
        "6392",
    ]
)
_LONGEST_TELEPHONE = 14  # digits, 0098 and all
_SPLIT_LENGTHS = (10, 13, 15, 16, 17, 24)  # digits of what is recognised in two groups and more
_LENGTHS = sorted({*range(10, _LONGEST_TELEPHONE + 1), *_SPLIT_LENGTHS})
# A Sheba's first ten digits pass for a national id once in eleven times, never the other way round.
_SUREST_FIRST = ("sheba", "bank_card", "mobile", "landline", "national_id", "postal_code")


def date_length(text: str, ahead: list[Group]) -> int:
    """How many of the next groups are a date (`1403/5/21`, either way round) or a clock time; 0 for neither."""
    if len(ahead) < 2:
        return 0
    seps = [text[one[1] : other[0]] for one, other in pairwise(ahead[:4])]
    if seps[0] == ":":
        return _clock_length(ahead, seps)
    if len(ahead) < 3 or seps[0] != seps[1] or seps[2:] == seps[:1] or seps[0] not in ("/", "-", "."):
        return 0
    first, middle, last = (group[2] for group in ahead[:3])
    if len(middle) > 2 or not 1 <= int(middle) <= 31:
        return 0
    year_first = YEAR.fullmatch(first) and len(last) <= 2
    year_last = YEAR.fullmatch(last) and len(first) <= 2
    return 3 if year_first or year_last else 0


def _clock_length(ahead: list[Group], seps: list[str]) -> int:
    hour, minute = ahead[0][2], ahead[1][2]
    if len(hour) > 2 or len(minute) != 2 or int(hour) > 24 or int(minute) > 59:
        return 0
    if seps[1:2] != [":"]:
        return 2
    return 3 if len(ahead[2][2]) == 2 and seps[2:] != [":"] else 0


class Run:
    """Groups of digits with nothing but punctuation between them, and where a length of digits ends a group."""

    def __init__(self, text: str, groups: list[Group]) -> None:
        self.text = text
        self.groups = groups
        self.digits = "".join(group[2] for group in groups)
        self.begins = [0, *accumulate(len(group[2]) for group in groups)]
        self._index = {offset: index for index, offset in enumerate(self.begins)}

    def groups_of(self, index: int, size: int) -> int:
        """How many groups from `index` on have `size` digits together; 0 when no group ends there."""
        return self._index.get(self.begins[index] + size, index) - index


def shaped(run: Run, index: int) -> Shaped | None:
    """The identifier that begins with the group at `index`, told by its shape alone; of several the surest."""
    found: dict[str, int] = {}
    begin = run.begins[index]
    for size in _LENGTHS:
        count = run.groups_of(index, size)
        if count == 0:
            continue
        joined, used = run.digits[begin : begin + size], run.groups[index : index + count]
        kind = _telephone(run.text, joined, used) if size <= _LONGEST_TELEPHONE else None
        if kind is None and count > 1 and size in _SPLIT_LENGTHS:
            kind = _split(run.text, joined, used)
        if kind in ("mobile", "bank_card"):  # the longer reading has its country code, its last digit
            found[kind] = count
        elif kind is not None:
            found.setdefault(kind, count)
    for kind in _SUREST_FIRST:
        if kind in found:
            return found[kind], kind
    return _foreign(run.text, run.groups[index : index + 6])


def ten_digits(digits: str) -> str:
    """National id or postal code: the checksum, then the post's rule for the first five digits."""
    if is_national_id(digits) or "0" in digits[:5] or "2" in digits[:5]:
        return "national_id"
    return "postal_code"


def _telephone(text: str, joined: str, used: list[Group]) -> str | None:
    if len(used[0][2]) == 1 and _SPELT.match(joined) is None:
        return None
    plus = text[used[0][0] - 1 : used[0][0]] == "+"
    if _MOBILE.fullmatch(joined):
        return "mobile" if _is_mobile(text, joined, used, plus=plus) else None
    if _LANDLINE.fullmatch(joined):  # «981000000000 cubic metres» is an amount
        counted = joined[0] != "0" and not plus and counted_after(text, used[-1][1], joined) is not None
        return None if counted else "landline"
    if len(used) == 2 and len(joined) <= 11 and used[0][2] in AREA and len(used[1][2]) >= 7:
        return "landline"
    return None


def _is_mobile(text: str, joined: str, used: list[Group], *, plus: bool) -> bool:
    if joined[0] == "0" or plus:
        return True
    start, end = used[0][0], used[-1][1]
    if len(used) == 1:
        return counted_after(text, end, joined) is None
    if len(joined) == 10:  # no prefix: only in the groups people really use
        shape = tuple(len(digits) for _, _, digits in used)
        counted = counted_after(text, end, joined) is not None or quantity_before(text, start)
        return shape in _BARE_MOBILE and not counted
    return counted_after(text, end, joined) is None


def _split(text: str, joined: str, used: list[Group]) -> str | None:
    """The kind of a card, a Sheba number, a national id or a postal code in two groups and more."""
    kind = _by_groups(text, joined, used) if len(used) <= 7 else None
    kind = kind or _by_checksum(text, joined, used)
    if kind is None or (joined[0] != "0" and counted_after(text, used[-1][1], joined) is not None):
        return None
    return kind


def _by_groups(text: str, joined: str, used: list[Group]) -> str | None:
    shape = tuple(len(digits) for _, _, digits in used)
    if shape in _SHEBA_SHAPES:
        return None if _all_years(used) else "sheba"
    if shape in {(4, 4, 4, 4)} | _NEAR_CARD:
        return None if _all_years(used[:3]) else "bank_card"
    if shape == (4, 4, 5):  # an Afghan identity number: year, four and five digits between dashes
        return "national_id" if {text[used[k][1] : used[k + 1][0]] for k in (0, 1)} == {"-"} else None
    joints = {text[one[1] : other[0]] for one, other in pairwise(used)}
    dashed = len(used) <= 3 and joints <= {"-", "/"} and not any(YEAR.fullmatch(group[2]) for group in used)
    fits = shape in _ID_SHAPES or (len(joined) == 10 and dashed)
    if not fits or any(digits.endswith("000") for _, _, digits in used):
        return None
    if len(joined) == 16:
        return "bank_card"
    return "postal_code" if len(used) == 2 else ten_digits(joined)


def _by_checksum(text: str, joined: str, used: list[Group]) -> str | None:
    """Groups of no usual shape whose check digits are right; lists of years, sums and thousands are not."""
    if len(joined) == 24:
        return "sheba" if is_sheba(joined) and not _all_years(used) else None
    if len(joined) == 16:
        return "bank_card" if joined[0] in "456" and is_card(joined) and not _all_years(used) else None
    if len(joined) != 10 or len(set(joined)) == 1 or _reads_as_figures(text, used):
        return None
    return "national_id" if is_national_id(joined) else None


def _reads_as_figures(text: str, used: list[Group]) -> bool:
    """Whether the groups rather are several figures: years, round sums, or thousands of one number."""
    digits = [group[2] for group in used]
    if sum(YEAR.fullmatch(group) is not None for group in digits) >= 2:
        return True
    if any(len(group) > 2 and group.endswith("00") for group in digits):
        return True
    if any("،" in text[one[1] : other[0]] for one, other in pairwise(used)):
        return True  # "in 12, 345 and …": a list of counts
    return digits[0][0] != "0" and len(digits[0]) <= 3 and all(len(group) == 3 for group in digits[1:])


def _all_years(used: list[Group]) -> bool:
    return all(YEAR.fullmatch(digits) for _, _, digits in used)


def _foreign(text: str, ahead: list[Group]) -> Shaped | None:
    """A number with a country code after a plus sign or 00: nine to fourteen digits (+93 700 123 456, 0049 151 …)."""
    plus = text[ahead[0][0] - 1 : ahead[0][0]] == "+"
    if not plus and _ABROAD.match(ahead[0][2]) is None:
        return None
    total, best = 0 if plus else -2, 0
    for count, (_, _, digits) in enumerate(ahead[:6], start=1):
        total += len(digits)
        if 9 <= total <= 14:
            best = count
    return (best, "mobile") if best else None
