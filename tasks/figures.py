"""Figures in running text: digits and number words, in Farsi, romanised Farsi and English.

«دو سه ماهه», «صدوپنجاه», «۳ میلیون و ۲۰۰ هزار», «یه میلیون و نیم», "twenty-five". Pure; the words lie in
`data/lexicon/words.toml`. What must be kept of figures in a record lies in `facts`.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tasks.llm import lexicon

_MASK = re.compile(r"\[[A-Z][A-Z_]*\d*\]")
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩٫٬٪", "01234567890123456789.,%")
_PIECE = re.compile(r"\d+(?:[.,/]\d+)*|[A-Za-z]+(?:'[a-z]+)?|[؀-ۿ]+|[^\s\w]")
LETTERS = str.maketrans("يكىۀةأإ", "یکیههاا")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)\u0640+(?=\d)")  # «۱۵۰ـ۲۰۰», a range drawn with the letter stretcher
MARKS = re.compile(r"[\u0640\u064b-\u065f\u0670]")

_UNITS_FA: Mapping[str, int] = lexicon.word_table("farsi")
_UNITS_EN: Mapping[str, int] = lexicon.word_table("english")
_UNITS_FINGLISH: Mapping[str, int] = lexicon.word_table("finglish")
_SCALES: Mapping[str, int] = lexicon.word_table("scale")
_HAS_SCALE = re.compile(r"[؀-ۿ](?:هزار|میلیون|میلیارد)")
# «دوهزار», «سی‌وپنج میلیونی»: a figure and its scale written as one word.
_FUSED_SCALE = re.compile(
    rf"(?<![؀-ۿ])((?:(?:{'|'.join(sorted(_UNITS_FA, key=len, reverse=True))})و?)+)(هزار|میلیون|میلیارد)"
)
# What may follow a figure in words and shows that it counts something.
_COUNTED = re.compile(
    r"(?:تا|سال|ماه|روز|هفته|ساعت|دقیقه|بار|نفر|تومان|تومن|درصد|کیلومتر|متر|کیلو|لیتر|دفعه|شب|برابر"
    r"|مرتبه|فرزند|بچه|دلار"
    r"|سالگی|ریشتر|ریال|قلو|ضامن|شیفت|طبقه|ta|sal|mah|ruz|rooz|roz|hafte|saat|nafar|bar|darsad|tooman"
    r"|toman|sh[ae]b|rial)"
)
# After a lone «هزار», «میلیون»: what shows that it is a figure and no manner of speaking («هزار بار گفتم»).
_COUNTED_ALONE = frozenset(
    [
        "تومان",
        "تومن",
        "تومنی",
        "تومانی",
        "ریال",
        "دلار",
        "نفر",
        "خانوار",
        "هکتار",
        "کیلومتر",
        "لیتر",
        "تن",
        "people",
        "tomans",
        "toman",
        "rials",
        "dollars",
        "families",
        "tooman",
        "nafar",
    ]
)
_FOR = frozenset(
    ("چه", "چی", "ما", "ماست", "شما", "شماست", "مو", "خومون", "خودمون", "همه", "خاطر")
)  # «سی چه»: of the south, 'what for'
_ONE = frozenset(("یک", "یه", "ی", "one", "a", "ye", "yek"))
_AND = frozenset(("و", "-", "o", "va"))
_TENFOLD = range(2, 10)  # figures that «صد» may multiply
_TIMES = frozenset(("ماه", "ماهه", "سال", "ساله", "روز", "روزه", "هفته", "ساعت", "ساعته"))
_HALF = frozenset(("نیم", "nim", "half"))
_HALF_MORE = re.compile(
    r"\s*(?P<before>\w+)?\s*(?:و|va|o|and)\s+(?:a\s+)?(?:نیم|nim|half)(?:\s+(?P<after>\w+))?"
)
_TOMAN = re.compile(r"\s*(?:تومن|تومان|too?man)")
_SPOKEN_TOMANS = 1_000  # a smaller sum buys nothing: thousands or millions are meant
_NOT_NUMBERS = re.compile(r"(?:محال|تپه|راه|شنبه|دیواری|گانه|مرغ|قلعه|تی|یار|پا|گوش|سوق|ها|هایی|های)")
_TIME_ENDINGS = (
    "بار", "تا", "نفر", "روز", "سال", "ساعت", "درصد", "تومن", "تومنی", "متری", "لیتری", "میلیارد",
    "ساله", "ماهه", "روزه", "ساعته", "هفته", "نفره", "برابر", "درصدی", "میلیونی", "هزار", "میلیون",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a text: as written ('3'), with its scale ('3000000'), and the sum it belongs to.

    `start` and `end`: where it stands in `figure_form` of the text, its scale not included.
    """

    atom: str
    value: str
    total: str
    start: int = 0
    end: int = 0


def numbers(text: str) -> frozenset[str]:
    """The figures of a text as written, in Latin digits: «۳ میلیون و ۲۰۰ هزار» gives {'3', '200'}."""
    return frozenset(figure.atom for figure in figures(text))


def figures(text: str) -> list[Figure]:
    """Digits and number words in reading order; placeholders such as [PHONE_1] hold none."""
    matches = list(_PIECE.finditer(figure_form(text)))
    pieces = [match.group() for match in matches]
    found: list[Figure] = []
    run: list[_Term] = []  # the terms of one sum
    at = 0
    while at < len(pieces):
        step, atoms = (0, []) if _is_plain(pieces[at]) else _figure_at(pieces, at)
        if not atoms:
            if run and pieces[at] not in ("و", "and", ",", "va"):
                _close(run, found)
            at += 1
            continue
        start, end = matches[at].start(), matches[at + step - 1].end()
        at += step
        for atom, amount in atoms:
            scale = 1.0
            while at < len(pieces) and (size := _scale(pieces[at])):
                scale *= size
                at += 1
            if run and scale >= run[-1].scale:
                _close(run, found)
            run.append(_Term(atom, amount * scale, scale, start, end))
    _close(run, found)
    return found


def figure_form(text: str) -> str:
    """The plain form with figures and their scales apart: «دوهزار» as «دو هزار»."""
    plain = plain_form(text)
    return _FUSED_SCALE.sub(r"\1 \2", plain) if _HAS_SCALE.search(plain) else plain


def plain_form(text: str) -> str:
    """Latin digits, Persian letters, no marks, no placeholders, lower case: the form figures are read in."""
    plain = _MASK.sub(" ", text).translate(_DIGITS).translate(LETTERS)
    return MARKS.sub("", _BETWEEN_DIGITS.sub("-", plain)).replace("\u200c", " ").lower()


def loose_numbers(text: str) -> set[str]:
    """Numbers a reader may fairly write though the strict reading finds none: ordinals, fused words, halves, spoken sums."""
    plain = text.translate(LETTERS)
    found = {
        str(n)
        for word, n in {**_UNITS_FA, **_UNITS_EN, "نه": 9, "نیم": 0.5, "صفر": 0}.items()
        if word in plain.lower()
    }
    if "سوم" in plain:  # the one ordinal whose figure is not in it
        found.add("3")
    if re.search(r"یک|یه|\bone\b|\ban?\b|اول|first|واحد|هر", plain):
        found.add("1")
    return found | ({"24"} if "شبانه" in plain else set()) | set(_spoken_sums(figure_form(text)))


def _spoken_sums(form: str) -> Iterator[str]:
    """«۶ میلیون و نیم» is 6,500,000; a few «تومن» are said for as many thousands or millions."""
    for figure in figures(form):
        amount, after = float(figure.atom), form[figure.end :]
        if found := _HALF_MORE.match(after):
            scale = _scale(found["before"] or found["after"] or "") or 1
            yield from (_format(amount + 0.5), _format((amount + 0.5) * scale))
        if amount < _SPOKEN_TOMANS and _TOMAN.match(after):
            yield from (_format(amount * 1_000), _format(amount * 1_000_000))


def _figure_at(pieces: list[str], at: int) -> tuple[int, list[tuple[str, float]]]:
    """(pieces used, [(as written, amount)]) for a number starting here; ([], 0) when there is none."""
    piece = pieces[at]
    if piece[0].isdigit():
        return 1, _digits(piece, pieces[at + 1] if at + 1 < len(pieces) else "")
    if (lone := _lone_scale(pieces, at)) is not None:
        return lone
    used, total = 0, 0
    while (amount := _word_amount(pieces, at + used, inside=bool(used))) is not None and (
        not total or amount < _room(total)
    ):
        total += amount
        used += 1
        if amount in _TENFOLD and pieces[at + used : at + used + 1] == ["صد"]:  # «پنج صد», as Afghans say it
            total += amount * 99
            used += 1
        if at + used < len(pieces) and pieces[at + used] in _AND and at + used + 1 < len(pieces):
            following = _word_amount(pieces, at + used + 1, inside=True)
            if following is None or following >= _room(total):
                break
            used += 1
    return (used, [(str(total), float(total))]) if total else (0, [])


@functools.lru_cache(maxsize=100_000)
def _is_plain(piece: str) -> bool:
    """Whether a word begins no figure whatever stands beside it."""
    if piece[0].isdigit() or piece in _ONE or piece in ("نه", "نُه") or _scale(piece):
        return False
    if piece in _UNITS_FA or piece in _UNITS_EN or piece in _UNITS_FINGLISH:
        return False
    return _word_amount([piece], 0, inside=False) is None


def _lone_scale(pieces: list[str], at: int) -> tuple[int, list[tuple[str, float]]] | None:
    """«هزار تومان», «یک میلیون نفر», «یه میلیون و نیم», «یک و نیم میلیون»: a scale without a figure before it."""
    one = pieces[at] in _ONE
    here = pieces[at + one : at + one + 4]
    if not here:
        return None
    if one and here[0] in ("و", "and") and len(here) > 2 and here[1] in _HALF and (size := _scale(here[2])):
        return 4, [(_format(1.5 * size), 1.5 * size)]
    size = _scale(here[0])
    if not size:
        return None
    if len(here) > 2 and here[1] in ("و", "o", "and") and here[2] in _HALF:
        return one + 3, [(_format(1.5 * size), 1.5 * size)]
    if len(here) > 2 and here[1] == "و" and here[2] in _UNITS_FA and at + one + 2 < len(pieces):
        used, rest = _figure_at(pieces, at + one + 2)  # «هزار و دویست»
        if rest and rest[0][1] < size and not any(map(_scale, pieces[at + one + 2 + used :][:1])):
            return one + 2 + used, [(_format(size + rest[0][1]), size + rest[0][1])]
    counted = len(here) > 1 and (here[1] in _COUNTED_ALONE or (one and here[1].startswith("تومن")))
    return (one + 1, [(str(size), float(size))]) if counted else None


def _room(total: int) -> int:
    return 100 if total % 1000 >= 100 and total % 100 == 0 else 10 if total % 10 == 0 and total >= 20 else 0


def _word_amount(pieces: list[str], at: int, *, inside: bool) -> int | None:
    if at >= len(pieces):
        return None
    piece, after = pieces[at], pieces[at + 1] if at + 1 < len(pieces) else ""
    before = pieces[at - 1] if at else ""
    if inside and piece in ("یک", "one"):
        return 1
    if inside and piece in ("نه", "nine"):
        return 9
    if piece.startswith("و") and len(piece) > 2 and inside:
        return 1 if piece == "ویک" else _UNITS_FA.get(piece[1:])
    if piece in ("نه", "نُه") and (_COUNTED.match(after) or _scale(after)):
        opens = before in ("", "،", ".", "و")  # «نه روز داریم نه شب» counts nothing
        paired = "نه" in pieces[at + 1 : at + 8] or "نه" in pieces[max(0, at - 7) : at]
        if not paired and (not opens or after in _TIMES):
            return 9
    if piece in _UNITS_FA:
        if (
            _NOT_NUMBERS.match(after)
            or before == "هر"
            or (piece == "سی" and after in _FOR)
            or (
                piece == "ده"
                and before != "ساعت"
                and not _COUNTED.match(after)
                and not _scale(after)
                and after not in _UNITS_FA
            )
        ):
            return None
        return _UNITS_FA[piece]
    if piece in _UNITS_EN:
        return _UNITS_EN[piece]
    counts = _COUNTED.match(after) or _scale(after) or after in _UNITS_FINGLISH
    if piece in _UNITS_FINGLISH and (counts or (after in _AND and len(pieces) > at + 2)):
        return _UNITS_FINGLISH[piece]
    for ending in _TIME_ENDINGS if piece.endswith(_TIME_ENDINGS) else ():
        if piece.endswith(ending) and (amount := _run_together(piece.removesuffix(ending))) is not None:
            return amount
    return _run_together(piece) if "و" in piece else None


def _run_together(word: str) -> int | None:
    """«صدوپنجاه» is 150: figures written as one word, each with room for the next; None for other words."""
    if word in _UNITS_FA:
        return _UNITS_FA[word]
    for at, letter in enumerate(word):
        if letter == "و" and (head := _UNITS_FA.get(word[:at])) and (tail := _run_together(word[at + 1 :])):
            return head + tail if tail < _room(head) else None
    return None


def _digits(piece: str, after: str) -> list[tuple[str, float]]:
    """One written figure, or several when a slash parts a date: '1,200' is one, '1402/5/12' are three."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", piece):
        piece = piece.replace(",", "")
    if "/" in piece and not (piece.count("/") == 1 and (_scale(after) or after in ("درصد", "%", "percent"))):
        return [(_clean(part), float(_clean(part))) for part in re.split(r"[/,]", piece) if part.strip(".")]
    piece = piece.replace("/", ".").replace(",", ".")
    if piece.count(".") > 1:
        return [(_clean(part), float(_clean(part))) for part in piece.split(".") if part]
    return [(_clean(piece), float(piece))]


def _clean(piece: str) -> str:
    whole, _, rest = piece.replace(",", "").partition(".")
    whole = whole.lstrip("0") or "0"
    rest = rest.rstrip("0") if rest.isdigit() else ""
    return f"{whole}.{rest}" if rest else whole


def _scale(piece: str) -> int:
    return _SCALES.get(piece) or _SCALES.get(piece.removesuffix("ی").removesuffix("ه"), 0)


class _Term(NamedTuple):
    atom: str
    value: float
    scale: float
    start: int
    end: int


def _close(run: list[_Term], found: list[Figure]) -> None:
    total = _format(sum(term.value for term in run))
    found.extend(Figure(t.atom, _format(t.value), total, t.start, t.end) for t in run)
    run.clear()


def _format(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.6g}"
