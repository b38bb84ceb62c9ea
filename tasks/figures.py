"""Figures in running text: digits and number words, in Farsi, romanised Farsi and English.

«دو سه ماهه», «صدوپنجاه», «۳ میلیون و ۲۰۰ هزار», «یه میلیون و نیم», "twenty-five". Pure; the words lie in
`data/lexicon/words.toml`. What must be kept of figures in a record lies in `facts`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tasks import number_words as words
from tasks.figure_names import without_names

_MASK = re.compile(r"\[[A-Z][A-Z_]*\d*\]")
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩٫٬٪", "01234567890123456789.,%")
_PIECE = re.compile(r"\d+(?:[.,/]\d+)*|[A-Za-z]+(?:'[a-z]+)?|[ؠ-ٟٮ-ۓە-ۿ]+|[^\s\w]")
LETTERS = str.maketrans("يكىۀةأإ", "یکیههاا")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)\u0640+(?=\d)")  # «۱۵۰ـ۲۰۰», a range drawn with the letter stretcher
MARKS = re.compile(r"[\u0640\u064b-\u065f\u0670]")

_HAS_SCALE = re.compile(r"[؀-ۿ](?:هزار|میلیون|میلیارد)")
# «دوهزار», «سی‌وپنج میلیونی»: a figure and its scale written as one word.
_FUSED_SCALE = re.compile(
    rf"(?<![؀-ۿ])((?:(?:{'|'.join(sorted(words.FARSI, key=len, reverse=True))})و?)+)(هزار|میلیون|میلیارد)"
)
_HUNDREDS = re.compile("(سی|پان|پون|شش|شیش|هفت|هشت|نه|چهار|چار)\u200cصد")  # «سی‌صد»
_FUSED_THOUSAND = re.compile(r"(?<![؀-ۿ])هزارو(?=[؀-ۿ]{3})")  # «هزاروچهارصد»
_LINKED_TENS = re.compile(  # «صدو بیست»
    rf"(?<![؀-ۿ])({'|'.join(word for word, n in words.FARSI.items() if n >= 20)})و (?={'|'.join([*words.FARSI, 'یک'])})"
)
_LINKED_HALF = re.compile(
    rf"(?<![؀-ۿ])({'|'.join([*words.FARSI, 'یک', ''])}) ?ونیم(?![؀-ۿ])"
)  # «دوونیم», «یک ونیم»
_GROUPED = re.compile(r"(?<=\d)،(?=\d{3}(?!\d))")  # «۱۲،۵۰۰،۰۰۰»
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,3}(?:\.\d{3}){2,}|\d{1,3}(?:/\d{3}){2,}")
_ONE_GROUP = re.compile(r"[1-9]\d{0,2}[./]\d{3}")  # «۱۲.۵۰۰ تومان»
# After a lone «هزار», «میلیون»: what shows that it is a figure and no manner of speaking («هزار بار گفتم»).
_COUNTED_ALONE = frozenset(
    ("تومان", "تومن", "تومنی", "تومانی", "ریال", "دلار", "نفر", "خانوار", "هکتار", "کیلومتر", "لیتر", "تن",
     "people", "tomans", "toman", "rials", "dollars", "families", "tooman", "nafar", "homes", "houses", "workers",
     "students", "teachers", "villages", "litres", "hectares", "tonnes")
)  # fmt: skip
_MONEY = frozenset(("تومان", "تومن", "ریال", "toman", "tomans", "tooman", "rials"))
# Behind them a slash is a decimal mark: «۳/۵ برابر», «۲/۵ درصد».
_MEASURES = frozenset(
    (
        "درصد",
        "%",
        "percent",
        "برابر",
        "متر",
        "متری",
        "کیلو",
        "کیلومتر",
        "ساعت",
        "هکتار",
        "لیتر",
        "تن",
        "گرم",
        "درجه",
        "ریشتر",
    )
)
_FROM = frozenset(("از", "تا", "زیر", "روی"))
_SOME = frozenset(
    ("چند", "چندین", "صدها", "دهها", "هزاران", "several", "some")
)  # «چند هزار نفر» says no figure
_ODD = frozenset(("خرده", "خورده", "اندی"))  # «هزار و خرده‌ای»: and some more
_HALF = frozenset(("نیم", "nim", "half"))
_HALF_MORE = re.compile(
    r"\s*(?P<before>\w+)?\s*(?:و|va|o|and)\s+(?:a\s+)?(?:نیم|nim|half)(?:\s+(?P<after>\w+))?"
)
_TOMAN = re.compile(r"\s*(?:تومن|تومان|too?man)")
_SPOKEN_TOMANS = 1_000  # a smaller sum buys nothing: thousands or millions are meant
_LINKS = ("و", "o", "and", "va")
_SPOKEN_REST = 1_000_000  # «یک میلیون و دویست»: behind a million, hundreds are hundreds of thousands
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_LONG_ORDINAL = re.compile(
    rf"\b({'|'.join(w for w in words.ENGLISH if w.endswith('ty'))})[- ]({'|'.join(_ORDINALS)})\b"
)
# English words that say how often a thing is taken: «dual carriageway» keeps «دو بانده», «tripled» says «سه برابر».
_MULTIPLES = {
    "0": re.compile(r"\b(?:zero|nothing|no|none|nil|not)\b"),
    "0.5": re.compile(r"\b(?:half|halv\w+)\b"),
    "2": re.compile(r"\b(?:dual|doubl\w+|twice|twofold|both|two-\w+)\b"),
    "3": re.compile(r"\b(?:tripl\w+|threefold|thrice)\b"),
    "4": re.compile(r"\b(?:quadrupl\w+|fourfold)\b"),
}


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
        step, atoms = (0, []) if words.is_plain(pieces[at]) else _figure_at(pieces, at)
        if not atoms:
            if run and pieces[at] not in ("و", "and", ",", "va"):
                _close(run, found)
            at += 1
            continue
        start, end = matches[at].start(), matches[at + step - 1].end()
        at += step
        for atom, amount in atoms:
            used, scale, half = _scale_behind(pieces, at)
            at += used
            if run and scale >= run[-1].scale:
                _close(run, found)
            run.append(_Term(atom, (amount + half) * scale, scale, start, end))
    _close(run, found)
    return found


def _scale_behind(pieces: list[str], at: int) -> tuple[int, float, float]:
    """(pieces used, scale, half): «هزار میلیارد», «و نیم میلیون», «میلیون و نیم» behind a figure."""
    here, scale, half = at, 1.0, 0.0
    if (used := _half_at(pieces, here)) and here + used < len(pieces) and words.scale(pieces[here + used]):
        here, half = here + used, 0.5
    while here < len(pieces) and (size := words.scale(pieces[here])):
        scale *= size
        here += 1
    if scale > 1 and not half and (used := _half_at(pieces, here)):
        here, half = here + used, 0.5
    return here - at, scale, half


def _half_at(pieces: list[str], at: int) -> int:
    """Pieces of «و نیم», 'and a half' that start there."""
    ahead = pieces[at : at + 3]
    if not ahead or ahead[0] not in _LINKS:
        return 0
    return next(
        (n + 1 for n in (1, 2) if ahead[n : n + 1] and ahead[n] in _HALF and ahead[1:n] in ([], ["a"])), 0
    )


def figure_form(text: str) -> str:
    """The plain form with figures and their scales apart, «دوهزار» as «دو هزار»; without the figures of names."""
    plain = _GROUPED.sub(",", plain_form(without_names(text.translate(LETTERS))))
    if "ونیم" in plain:
        plain = _LINKED_HALF.sub(r"\1 و نیم", plain)
    if "و " in plain:
        plain = _LINKED_TENS.sub(r"\1 و ", plain)
    if not _HAS_SCALE.search(plain) and "هزارو" not in plain:
        return plain
    return _FUSED_THOUSAND.sub("هزار و ", _FUSED_SCALE.sub(r"\1 \2", plain))


def plain_form(text: str) -> str:
    """Latin digits, Persian letters, no marks, no placeholders, lower case: the form figures are read in."""
    plain = _MASK.sub(" ", text).translate(_DIGITS).translate(LETTERS)
    if "\u200cصد" in plain:
        plain = _HUNDREDS.sub(r"\1صد", plain)
    plain = MARKS.sub("", _BETWEEN_DIGITS.sub("-", plain)).replace("\u200c", " ").lower()
    return _LONG_ORDINAL.sub(lambda m: str(words.ENGLISH[m[1]] + 1 + _ORDINALS.index(m[2])), plain)


def loose_numbers(text: str) -> set[str]:
    """Numbers a reader may fairly write though the strict reading finds none: ordinals, fused words, halves, spoken sums."""
    plain = text.translate(LETTERS)
    found = {
        str(n)
        for word, n in {**words.FARSI, **words.ENGLISH, "نه": 9, "نیم": 0.5, "صفر": 0}.items()
        if word in plain.lower()
    }
    if "سوم" in plain:  # the one ordinal whose figure is not in it
        found.add("3")
    if re.search(r"یک|یه|\bone\b|\ban?\b|اول|first|واحد|هر", plain):
        found.add("1")
    return found | ({"24"} if "شبانه" in plain else set()) | set(_spoken_sums(figure_form(text)))


def multiples(english: str) -> set[str]:
    """The figures that words such as «twice», «dual» and «seventh» stand for."""
    said = english.lower()
    ordinals = {str(n) for n, word in enumerate(_ORDINALS, start=1) if re.search(rf"\b{word}\b", said)}
    return ordinals | {figure for figure, words_of_it in _MULTIPLES.items() if words_of_it.search(said)}


def _spoken_sums(form: str) -> Iterator[str]:
    """«۶ میلیون و نیم» is 6,500,000; a few «تومن» are said for as many thousands or millions."""
    for figure in figures(form):
        amount, after = float(figure.atom), form[figure.end :]
        if found := _HALF_MORE.match(after):
            scale = words.scale(found["before"] or found["after"] or "") or 1
            yield from (_format(amount + 0.5), _format((amount + 0.5) * scale))
        if amount < _SPOKEN_TOMANS and _TOMAN.match(after):
            yield from (_format(amount * 1_000), _format(amount * 1_000_000))


def _figure_at(pieces: list[str], at: int) -> tuple[int, list[tuple[str, float]]]:
    """(pieces used, [(as written, amount)]) for a number starting here; (0, []) when there is none."""
    piece = pieces[at]
    if piece[0].isdigit():
        return 1, _digits(piece, pieces[at + 1] if at + 1 < len(pieces) else "")
    if at and pieces[at - 1] in _SOME and words.scale(piece):
        return 0, []
    if piece == words.ZERO:
        return (1, [("0", 0.0)]) if _is_sum(pieces, at) else (0, [])
    if (lone := _lone_scale(pieces, at)) is not None:
        return lone
    used, found = words.amounts(pieces, at) or (0, ())
    return used, [(str(amount), float(amount)) for amount in found]


def _is_sum(pieces: list[str], at: int) -> bool:
    """«خسارت صفر.», «صفر تومان»; «از صفر شروع می‌کند» tells no figure."""
    after = pieces[at + 1] if at + 1 < len(pieces) else "."
    return (
        at > 0
        and pieces[at - 1] not in _FROM
        and (after in _MONEY or after == "درصد" or not after[0].isalpha())
    )


def _lone_scale(pieces: list[str], at: int) -> tuple[int, list[tuple[str, float]]] | None:
    """«هزار تومان», «یک میلیون نفر», «یه میلیون و نیم», «یک و نیم میلیون»: a scale without a figure before it."""
    one = pieces[at] in words.ONE
    here = pieces[at + one : at + one + 4]
    if not here:
        return None
    if not one and here[0] in _HALF:
        article = here[1:2] == ["a"]  # "half a million"
        size = words.scale(here[1 + article]) if len(here) > 1 + article else 0
        return (2 + article, [_lone(0.5 * size)]) if size else None
    if one and (used := _half_at(here, 0)) and len(here) > used and (size := words.scale(here[used])):
        return one + used + 1, [_lone(1.5 * size)]
    if not (size := words.scale(here[0])):
        return None
    if used := _half_at(here, 1):
        return one + 1 + used, [_lone(1.5 * size)]
    if len(here) > 2 and here[1] == "و" and (here[2] in words.FARSI or here[2][0].isdigit()):
        used, rest = _figure_at(pieces, at + one + 2)  # «هزار و دویست», «یک میلیون و ششصد هزار»
        further = words.scale(pieces[at + one + 2 + used]) if at + one + 2 + used < len(pieces) else 0
        if rest and further and further < size:
            return one, [("1", 1.0)]
        if rest and further > size > rest[0][1]:  # «هزار و دویست میلیارد»: the scale behind is of the whole
            return one + 2 + used, [_lone(size + rest[0][1])]
        if rest and not further and rest[0][1] < size:
            return one + 2 + used, [_lone(size + _spoken_rest(rest[0][1], after=size))]
    odd = len(here) > 2 and here[1] == "و" and here[2] in _ODD
    counted = len(here) > 1 and (here[1] in _COUNTED_ALONE or (one and here[1].startswith("تومن")))
    return (one + 1, [_lone(size)]) if counted or odd else None


def _lone(amount: float) -> tuple[str, float]:
    return _format(amount), amount


def _digits(piece: str, after: str) -> list[tuple[str, float]]:
    """One written figure, or several when a slash parts a date: '1,200' is one, '1402/5/12' are three."""
    if _THOUSANDS.fullmatch(piece) or (_ONE_GROUP.fullmatch(piece) and after in _MONEY):
        piece = re.sub("[,./]", "", piece)
    if "/" in piece and not (piece.count("/") == 1 and (words.scale(after) or after in _MEASURES)):
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


class _Term(NamedTuple):
    atom: str
    value: float
    scale: float
    start: int
    end: int


def _spoken_rest(amount: float, *, after: float) -> float:
    return amount * 1_000 if after >= _SPOKEN_REST and amount < 1_000 else amount


def _close(run: list[_Term], found: list[Figure]) -> None:
    if len(run) > 1 and run[-1].scale == 1:
        run[-1] = run[-1]._replace(value=_spoken_rest(run[-1].value, after=run[-2].scale))
    total = _format(sum(term.value for term in run))
    found.extend(Figure(t.atom, _format(t.value), total, t.start, t.end) for t in run)
    run.clear()


def _format(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.6g}"
