"""The mood of a Farsi verb by its spelling: asked for («ببندید», «شود»), forbidden («نبندید»), or told («می‌بندند», «بستند»).

The simple verbs are a closed class, so every form is made of their stems, and compounds («حذف کنید») end in one of them: a verb that
no demand of the lexicon holds is still seen to be one. Pure. Not here: whose wish it is and what is wished (`engine/mood`).
"""

import re
from typing import Literal

Mood = Literal["", "asked", "forbidden", "told"]

# Present stems, written and spoken; not of knowing, seeing and saying, which are asked of a reader («ببینید», «بگید»).
_STEMS = (
    "کن شو ش باش ده د گیر گذار ذار زن بر یار یاور آور یا رو ر ساز بند کش سوز سوزان سوزون فروش خر ریز ینداز نداز انداز چین رس"
    " رسان رسون فرست نویس خوان خون پرداز کوب کار شکن مان مون نشین شین ایست یست گرد گردان گردون پذیر یاموز آموز یفزا افزا یاب"
    " بخش پوش خور چرخ چرخان چرخون سپار گمار ران رون تراش پاش رقص شمار شور کاه گنج گستر گشا گزین لرز مال میر یفت افت نواز"
    " کشان کشون چسبان چسبون پرور پا جنگ خواه خوا پیوند کوچان کوچون خشکان خشکون ترکان ترکون تازان پرس پسند"
)  # fmt: skip
_LIGHT = "کن شو ش باش ده گیر گذار گرد یاب پذیر نما افزا"  # asked for without «ب»: «حذف کنید», «قرار گیرد»
_APART_STEMS = "دار گرد آور یار چین انداز گردان گردون خیز"  # «بردارید», «درآورید», «بازگردد»
_PAST_STEMS = (
    "کرد شد داد گرفت زد برد گذاشت ذاشت داشت آمد اومد یومد یامد رفت گفت خواست ساخت بست رسید فروخت ریخت انداخت"
    " نداخت فرستاد نوشت خوند خواند پرداخت موند ماند سوخت مرد بود افتاد یفتاد یافت خورد شکست دزدید شنید فهمید دونست"
    " دانست تونست توانست نهاد"
)
_PAST_OR_BAN = "دید کشید خرید بخشید پرسید چید"  # «نکشید» forbids, «کشید» tells
_OF_OTHERS = r"(?:ید|ین|ند|ن|د|ه)"  # not «بخریم»: what the writer may do himself


def _any(stems: str) -> str:
    return "(?:" + "|".join(sorted(stems.split(), key=len, reverse=True)) + ")"


_APART = r"(?:بر|ور|در|وا|باز|فرو)"
_ASKED = re.compile(
    rf"^(?:{_APART}?ب{_any(_STEMS)}|{_any(_LIGHT)}|{_APART}{_any(_APART_STEMS)}){_OF_OTHERS}$|^ب\w{{2,}}(?:ید|ین)$|^بدارند?$"
)
_FORBIDDEN = re.compile(
    rf"^(?:{_APART}?ن{_any(_STEMS)}|{_APART}ن{_any(_APART_STEMS)}){_OF_OTHERS}$|^ن\w{{2,}}(?:ید|ین)$"
)
_TOLD = re.compile(
    rf"^(?:(?:ن?{_any(_PAST_STEMS)}|{_any(_PAST_OR_BAN)})(?:م|ی|یم|ید|ین|ند|ن|ه|ها?م|ها?ن|هاند|هاید|ها?ی[دن])?|ن?می.{{2,}}|(?:برن?|درن?|ورن?)می.{{2,}}|است|هست\w*|نیست\w*"
    r"|ن?دار(?:م|ی|ه|د|یم|ن|ند))$"
)
_LATIN_STEMS = (
    "kon saz bar zan d deh gir zar gozar kesh band forush foroush sh bash shav r riz suz sooz sozoon andaz chin gard man mon moon res"
    " resoon khar"
)
_LATIN_ENDS = "(?:id|in|een|e|an|ad|and)"
_ASKED_LATIN = re.compile(
    rf"^(?:b[eio]{_any(_LATIN_STEMS)}|(?:var|bar|dar)(?:dar|gard|ar)|kon|shav|bash){_LATIN_ENDS}$"
)
_FORBIDDEN_LATIN = re.compile(
    rf"^(?:bar|var|dar)?na{_any(_LATIN_STEMS)}{_LATIN_ENDS}$|^(?:bar|var)nadar{_LATIN_ENDS}$"
)
_TOLD_LATIN = re.compile(
    r"^(?:(?:ne)?mi\w{2,}|hast\w*|nist\w*|ast|(?:na)?dar(?:e|am|im|an)|(?:na)?(?:kard|shod|dad)\w*)$"
)
TELLING = frozenset(("می", "نمی", "برمی", "برنمی", "درمی", "درنمی", "ورمی", "ورنمی", "بازمی", "بازنمی"))
# Spelled as verbs of a wish and none, or said to the reader.
_NONE = frozenset((
    "بنزین", "بعید", "بهترین", "بیشترین", "بدترین", "برترین", "بدین", "بدانید", "بدونید", "بدانند", "بدونن", "ببینید", "ببینین",
    "ببینند", "ببخشید", "ببخشین", "بگید", "بگین", "بگویید", "بفهمید", "بیان", "برد", "برند", "بردن", "نبرد", "نمونه", "نگه", "ندارید", "ندارین",
    "نرسید", "نشنید", "نفهمید", "نوین", "نوید", "نازنین", "نزدیکترین", "نخستین", "نیستید", "نیستین", "نبودید", "بیرون",
    "نماید", "نشین", "بارید", "بفرمایید", "بفرمایین", "گرده", "گیره", "گردن", "نباید", "نبایستی", "برگردوند", "نشون", "دهه", "باحالید",
))  # fmt: skip
# What is done → the stems with which it is asked for.
DONE = {
    "گرفته": ("گیر",), "داده": ("ده", "د"), "ساخته": ("ساز",), "بسته": ("بند",), "برداشته": ("ردار",), "فرستاده": ("فرست",),
    "رسانده": ("رسان", "رسون"), "خریده": ("خر",),
}  # fmt: skip
UNSURE = frozenset(("کند", "بدن", "بده"))  # 'slow', 'body', 'is bad': a verb only where one is due


def mood_of(written: str, before: str = "", *, is_latin: bool = False) -> Mood:
    """The mood of a word as it is written, joiners left out; `before` is the word before («می» of «می‌شود»)."""
    told, forbidden, asked = (
        (_TOLD_LATIN, _FORBIDDEN_LATIN, _ASKED_LATIN) if is_latin else (_TOLD, _FORBIDDEN, _ASKED)
    )
    if before in TELLING or (written not in _NONE and told.match(written)):
        return "told"
    if written in _NONE or written in UNSURE:
        return ""
    return "forbidden" if forbidden.match(written) else "asked" if asked.match(written) else ""
