"""What a word counts: «پنجاه», «صدوپنجاه», «دوازده‌ماهه», «بیستم», 'bisto', "twenty".

Pure and word by word; the words lie in `data/lexicon/words.toml`. How figures, scales and sums are read from
running text lies in `figures`.
"""

import functools
import re
from collections.abc import Mapping, Sequence

from tasks.llm import lexicon

FARSI: Mapping[str, int] = lexicon.word_table("farsi")
ENGLISH: Mapping[str, int] = lexicon.word_table("english")
FINGLISH: Mapping[str, int] = lexicon.word_table("finglish")
_SCALES: Mapping[str, int] = lexicon.word_table("scale")
ZERO = "صفر"
AND = frozenset(("و", "-", "o", "va"))
ONE = frozenset(("یک", "یه", "ی", "one", "a", "ye", "yek"))
# Words before a figure that names one of many: «کلاس نهم», «دهک نه».
LABELS = frozenset(
    (*lexicon.word_table("label"), "کلاس", "دهک", "طبقه", "خط", "پلاک", "رتبه", "ردیف", "بند", "درجه")
)
_THIS = (["این"], ["آن"], ["اون"], ["همین"], ["هر"], ["هیچ"])
_TENFOLD = range(2, 10)  # figures that «صد» may multiply
# What may follow a figure in words and shows that it counts something.
COUNTED = re.compile(
    r"(?:تا|سال|ماه|روز|هفته|ساعت|دقیقه|بار|نفر|تومان|تومن|درصد|کیلومتر|متر|کیلو|لیتر|دفعه|شب|برابر"
    r"|مرتبه|فرزند|بچه|دلار"
    r"|سالگی|فیصد|saal|maah|ریشتر|ریال|قلو|ضامن|شیفت|طبقه|ta|sal|mah|ruz|rooz|roz|hafte|saat|nafar|bar|darsad|tooman"
    r"|toman|sh[ae]b|rial)"
)
_SPELL = re.compile(
    r"(?:سال|ماه|روز|هفته|ساعت|دقیقه|شب|متر|کیلومتر|بار)"
)  # «هر چهل دقیقه», never «هر دو طرف»
_FOR = frozenset(
    ("چه", "چی", "ما", "ماست", "شما", "شماست", "مو", "خومون", "خودمون", "همه", "خاطر")
)  # «سی چه»: of the south, 'what for'
_ABOUT = frozenset(("فقط", "حداقل", "حداکثر", "حدود", "تقریبا", "لااقل", "کلا"))
_VILLAGE = frozenset(("ما", "شما", "من", "آنها", "مان", "بالا", "پایین"))  # «ده ما»: 'our village'
# After «ده» it is ten: no village has them («ده مدرسه ندارد» may be said of one).
_TEN_OF = frozenset(
    ("روستا", "روستای", "خانوار", "تخت", "هکتار", "کلاس", "تانکر", "اتوبوس", "نوبت", "تن", "مورد", "واحد", "دستگاه", "گیگ", "مگ")
)  # fmt: skip
# After «نه» that opens a clause: «نه نفر» is nine, «نه تا حالا» is no.
_NINE_OF = frozenset(
    (
        "ماه",
        "ماهه",
        "سال",
        "ساله",
        "روز",
        "روزه",
        "هفته",
        "ساعت",
        "ساعته",
        "نفر",
        "نفره",
        "درصد",
        "هزار",
        "میلیون",
    )
)
_ONE_OF = frozenset(("یکی", "یک", "یه", "یکیش", "یکیشون"))
# After a figure in a name or a set compound: «چهارراه», «سه‌شنبه», «سیمرغ»; but «دو پاسگاه» and «سه راهکار» are counted.
_NOT_NUMBERS = re.compile(
    r"محال|تپه|شنبه|دیواری|گانه|قلعه|ستون|(?:تی|گوش|(?:راه|مرغ|یار|پا|سوق|ها)(?:ی|یی|ه|ها|های|هایی)?)(?![\w\u200c])"
)
_ENDINGS = (
    "بار", "تا", "نفر", "روز", "سال", "ساعت", "درصد", "تومن", "تومنی", "متری", "لیتری", "میلیارد",
    "ساله", "ماهه", "روزه", "ساعته", "هفته", "نفره", "برابر", "درصدی", "میلیونی", "هزار", "میلیون", "ماه", "برابرشده",
)  # fmt: skip
_FINGLISH_ENDINGS = ("ta", "taa", "tai", "rooze", "ruze", "sale", "mahe", "saate", "nafare")
MONTHS = frozenset(
    ("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند", "محرم", "رمضان")
)  # fmt: skip
_FIRST = {"یکم": 1, "دوم": 2, "سوم": 3, "نهم": 9}  # ordinals that are no cardinal with «م»
_PLAIN_ORDINAL = 4  # «سوم» counts matters more often than it dates or grades
_ALSO_VERBS = {"دهم": 10, "نهم": 9, "سیم": 30}  # 'I give', 'I lay', 'wire': ordinals only before a month


def scale(piece: str) -> int:
    """What a word such as «هزار» or 'million' multiplies by; 0 for other words."""
    return _SCALES.get(piece) or _SCALES.get(piece.removesuffix("ی").removesuffix("ه"), 0)


@functools.lru_cache(maxsize=100_000)
def is_plain(piece: str) -> bool:
    """Whether a word begins no figure whatever stands beside it."""
    if (
        piece[0].isdigit()
        or piece in ONE
        or piece in ("نه", "نُه", "نیم", "half", "nim", ZERO)
        or scale(piece)
    ):
        return False
    if piece in FARSI or piece in ENGLISH or _in_finglish(piece) or piece in _ALSO_VERBS:
        return False
    return amounts([piece], 0) is None


def amounts(pieces: Sequence[str], at: int) -> tuple[int, tuple[int, ...]] | None:
    """(words used, amounts) of a figure in words that starts here: one amount, or two of «دوسه»; else None."""
    if pair := _pair(pieces[at]):
        return 1, pair
    used, total = 0, 0
    while (amount := _amount(pieces, at + used, inside=bool(used))) is not None and (
        not total or amount < _room(total)
    ):
        total += amount
        used += 1
        if amount in _TENFOLD and pieces[at + used : at + used + 1] == ["صد"]:  # «پنج صد», as Afghans say it
            total += amount * 99
            used += 1
        if _is_linked(pieces, at + used):
            following = _amount(pieces, at + used + 1, inside=True)
            if following is None or following >= _room(total):
                break
            used += 1
    return (used, (total,)) if total else None


def _is_linked(pieces: Sequence[str], at: int) -> bool:
    return at + 1 < len(pieces) and pieces[at] in AND


def _room(total: int) -> int:
    return 100 if total % 1000 >= 100 and total % 100 == 0 else 10 if total % 10 == 0 and total >= 20 else 0


def _amount(pieces: Sequence[str], at: int, *, inside: bool) -> int | None:
    """What the word counts there; `inside`: it goes on with a figure («بیست و …»)."""
    if at >= len(pieces):
        return None
    piece, after = pieces[at], pieces[at + 1] if at + 1 < len(pieces) else ""
    if inside and (found := _inside(piece)) is not None:
        return found
    before = pieces[at - 1] if at else ""
    if before == "ی" and at > 1:
        before = pieces[at - 2]  # «طبقه‌ی ششم»
    if piece in ("نه", "نُه"):
        return 9 if _counts_nine(pieces, at, before, after) else None
    if piece in FARSI:
        return FARSI[piece] if _counts(pieces, at, before, after) else None
    if piece in ENGLISH:
        return ENGLISH[piece]
    if (found := _romanised(pieces, at, after, inside=inside)) is not None:
        return found
    if (found := _ordinal(piece, before, after)) is not None:
        return found
    return _with_ending(piece)


def _inside(piece: str) -> int | None:
    """«… و یک», «… و نه», «… ویک», «… وچهارساعته», «… و دوم»."""
    if piece in ("یک", "one"):
        return 1
    if piece in ("نه", "ونه", "nine"):
        return 9
    if piece.endswith("م") and (found := _FIRST.get(piece) or FARSI.get(piece[:-1])):
        return found
    if piece.startswith("و") and len(piece) > 2:
        return 1 if piece == "ویک" else FARSI.get(piece[1:]) or _with_ending(piece[1:])
    return None


def _counts_nine(pieces: Sequence[str], at: int, before: str, after: str) -> bool:
    """«نه ماه», «دهک نه», but neither «نه، …» nor «نه روز داریم نه شب»."""
    labelled = before in LABELS and pieces[at - 2 : at - 1] not in _THIS  # «این کلاس نه»
    if not (COUNTED.match(after) or scale(after) or labelled):
        return False
    opens = before in ("", "،", ".", "و")
    paired = "نه" in pieces[at + 1 : at + 8] or "نه" in pieces[max(0, at - 7) : at]
    return not paired and (not opens or after in _NINE_OF)


def _counts(pieces: Sequence[str], at: int, before: str, after: str) -> bool:
    """Whether a word such as «ده» or «سی» is a figure where it stands, and no village, name or 'for'."""
    piece = pieces[at]
    if _NOT_NUMBERS.match(after) or (before == "هر" and not (_SPELL.match(after) or _is_ratio(pieces, at))):
        return False
    if piece == "سی" and after in _FOR:
        return False
    counted = COUNTED.match(after) or after in _TEN_OF or scale(after) or after in FARSI
    if piece != "ده" or before in ("ساعت", "هر") or counted:
        return True
    if before in _ABOUT and after not in _VILLAGE:
        return True
    linked = after in AND or after in ("تا", "الی")
    return linked and any(word in FARSI and word != "ده" for word in pieces[at + 2 : at + 3])


def _is_ratio(pieces: Sequence[str], at: int) -> bool:
    """«از هر سه خانه یکی», «از هر ده نفر سه نفر»: one in three, three in ten."""
    ahead = pieces[at + 1 : at + 8]
    return (
        at > 1
        and pieces[at - 2] == "از"
        and not (_ONE_OF.isdisjoint(ahead) and FARSI.keys().isdisjoint(ahead[:4]))
    )


def _romanised(pieces: Sequence[str], at: int, after: str, *, inside: bool) -> int | None:
    """«se rooz», «bist o panj», «bisto panj», «dota»: romanised words count only before something counted."""
    piece = pieces[at]
    for ending in _FINGLISH_ENDINGS:
        if piece.endswith(ending) and (found := FINGLISH.get(piece.removesuffix(ending))):
            return found
    if piece.endswith("o") and len(piece) > 3 and after in FINGLISH:
        return FINGLISH.get(piece[:-1])
    if piece not in FINGLISH:
        return None
    counted = inside or COUNTED.match(after) or scale(after) or after in FINGLISH
    return FINGLISH[piece] if counted or _is_linked(pieces, at + 1) else None


def _in_finglish(piece: str) -> bool:
    return piece in FINGLISH or (
        piece.isascii() and (piece[:-1] in FINGLISH or piece.endswith(_FINGLISH_ENDINGS))
    )


def _ordinal(piece: str, before: str, after: str) -> int | None:
    """«بیستم», «کلاس ششم», «نهم دی»: figures of dates, grades, floors."""
    if piece in _ALSO_VERBS:
        return _ALSO_VERBS[piece] if after in MONTHS or before in LABELS else None
    if (
        not piece.endswith("م") or before in FARSI or before in ONE or before.isdigit()
    ):  # «یک‌پنجم», «سه چهارم»
        return None
    found = FARSI.get(piece[:-1])
    return found if found and found >= _PLAIN_ORDINAL else None


def _with_ending(piece: str) -> int | None:
    """«دوازده‌ماهه» written as one word, «صدوپنجاه»."""
    for ending in _ENDINGS if piece.endswith(_ENDINGS) else ():
        if piece.endswith(ending) and (amount := run_together(piece.removesuffix(ending))) is not None:
            return amount
    return run_together(piece) if "و" in piece else None


def run_together(word: str) -> int | None:
    """«صدوپنجاه» is 150: figures written as one word, each with room for the next; None for other words."""
    if word in FARSI:
        return FARSI[word]
    for at, letter in enumerate(word):
        if letter == "و" and (head := FARSI.get(word[:at])) and (tail := run_together(word[at + 1 :])):
            return head + tail if tail < _room(head) else None
    return None


def _pair(word: str) -> tuple[int, int] | None:
    """«دوسه», «هفتادهشتاد»: two figures, the second a little more than the first, written as one word."""
    for at in range(2, len(word) - 1):
        one, other = FARSI.get(word[:at]), FARSI.get(word[at:])
        if (
            one
            and other
            and one < other
            and ((other <= one + 2 and other < 10) or (one % 10 == 0 and other == one + 10 <= 100))
        ):
            return one, other
    return None
