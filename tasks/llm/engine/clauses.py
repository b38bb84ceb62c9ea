"""Cutting a message into clauses: at stops, commas, «و», counting words, points of a list, and where one
sentence runs into the next without a mark.

Which of them begin a matter of their own is decided in `engine/split`.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from tasks.llm.engine.reading import Reading, cue_spans
from tasks.llm.engine.text import Token, fold
from tasks.llm.lexicon import Lexicon, Match

Link = Literal["start", "counted", "both", "line", "stop", "comma", "and", "run"]
_FIGURES = tuple(map(str, range(1, 31)))
_LETTERS = ("الف", "ب", "ج", "د", "ه", "و")  # count as 1, 2, 3 in a list
_WORDS = ("یک", "دو", "سه", "چهار", "پنج")
_MARK_ENDS = tuple("-)–.:ـ\ufe0f\u20e3")
# Words that end a sentence by themselves: verbs by their endings, those of every day, and «قطعه», 'is cut'.
_VERB = re.compile(r"ن?می.{2,}(?:م|ی|ه|د|یم|ید|ین|ند|ن)|[بن].{2,}(?:ید|ین|ند)|ن.{2,}یم|.{2,}(?:ستند?|دند)")
_VERBS = frozenset(map(fold, (
    "است", "هست", "نیست", "بود", "نبود", "شد", "نشد", "شده", "نشده", "شود", "نشود", "بشه", "نشه", "میشه", "نمیشه",
    "دارد", "داره", "دارند", "دارن", "داریم", "ندارد", "نداره", "ندارند", "ندارن", "نداریم",
    "کنید", "کنین", "کنند", "کنن", "کرد", "کردن", "کردند", "کرده", "نکرده", "نکردن", "نکنید", "نکنین",
    "میره", "نمیره", "میاد", "نمیاد", "میدن", "نمیدن", "میده", "نمیده", "داد", "داده", "دادن", "نداد", "ندادن", "نداده",
    "بدید", "بدین", "بدن", "گرفتن", "گرفته", "گرفت", "رسید", "رسیده", "نرسیده", "اومد", "اومده", "نیومده", "آمد", "آمده",
    "نیامده", "کشیده", "مونده", "نمونده", "مانده", "نمانده", "رفته", "رفت", "میگیرن", "میکنن", "نمیکنن", "بردارید",
)))  # fmt: skip
_IS = frozenset(map(fold, ("قطع", "خراب", "گرون", "کم", "زیاد", "داغون", "افتضاح", "خطرناک", "شلوغ", "تعطیل", "خالی", "کثیف",
    "خاکی", "بیکار", "بسته", "تاریک", "ضعیف", "بالا", "کهنه", "فرسوده", "ناامن", "آلوده")))  # fmt: skip
_NOUNS = frozenset(  # that are spelled as verbs
    ("میلیون", "میدان", "میدون", "میزان", "میان", "میهن", "میانه", "بنزین", "بلند", "بعید", "نوین")
)
# Verbs that lean on what follows: «می‌گویند …», «نمی‌تونه … بره», «سه سال است وعده …».
_LEANS = frozenset(("است", "نبود", "بود", "شده", "کرده", "دارند", "دارن", "میگن", "میگه", "میگید", "نمیتونه", "نمیشه",
    "میشه", "گفت"))  # fmt: skip
_IN = frozenset(("در", "تو", "توی"))
_MAY = re.compile(
    r"کنه|ب?شه|ب.{2,}یم"
)  # «تصادف کنه تمومه», «پول نداریم دارو بخریم»: what may be, not what is
_TOPIC = 3  # tokens of «قطار هم که»
# Open a clause that is no sentence by itself: «اگر بنزین گران شود کرایه …», «باعث شد مغازه …».
_HANGS = frozenset(("اگر", "اگه", "وقتی", "چون", "که", "باعث", "بگذارید", "بذارین", "بذارید", "بزارید"))


@dataclass(frozen=True, slots=True)
class Clause:
    """Tokens [first, last) of a reading and how they are tied to what stands before.

    "counted": a point of a list, or behind «دوم»، «همچنین»، "also"; "both": one of «هم … هم»; "line": starts a line;
    "run": nothing stands between it and a whole sentence before it.
    """

    first: int
    last: int
    link: Link

    @property
    def counted(self) -> bool:
        return self.link == "counted"


def clauses(reading: Reading, lex: Lexicon) -> list[Clause]:
    """The clauses of a message, in order, without gaps."""
    tokens, keys = reading.tokens, reading.keys
    links: dict[int, Link] = {}
    inside = {at for m in (*reading.matches, *reading.places) for at in range(m.first + 1, m.last)}
    listed = list_marks(reading)
    things = {m.first: m for m in reading.concepts()}
    since = 0  # where the sentence began
    counters = {last - 1 for _, last in cue_spans(reading, lex, "counting")}
    for index, token in enumerate(tokens):
        if token.kind == "stop" and index - 1 not in listed:
            links[index + 1] = "line" if "\n" in token.raw else "stop"
        elif token.kind == "comma" and index - 1 not in listed | counters:
            links.setdefault(index + 1, "comma")
        elif token.key in lex.cues["and"] and index - 1 not in counters and not inside & {index, index + 1}:
            links.setdefault(index + 1, "and")
        elif index + 1 in things and _runs_on(reading, index, things[index + 1], since):
            links.setdefault(index + 1, "run")
        since = index + 1 if index + 1 in links else since
    both = [index for index, key in enumerate(keys) if key == "هم" and _opens_clause(reading, index)]
    if len(both) > 1:  # «هم گاز ما قطع است هم جاده خاکی»
        links.update(dict.fromkeys(both, "both"))
    for index in range(len(tokens)):
        for phrase in lex.cue_starts["counting"].get(keys[index], ()):
            if tuple(keys[index : index + len(phrase)]) == phrase and (
                index == 0 or index in links or ends_sentence(reading, index - 1)
            ):
                links[index] = "counted"
    for first, last in pairwise([*sorted(listed), len(tokens)]):
        links[first] = "counted"
        for index in (first + 1, first + 2):  # «۱- آب», «۱) آب»
            if index < last and tokens[index - 1].kind in ("stop", "comma", "number"):
                links.pop(index, None)
    bullets = [i for i, token in enumerate(tokens) if _is_bullet(reading.text, token.start, token.raw)]
    if len(bullets) > 1:
        links.update(dict.fromkeys((index + 1 for index in bullets), "counted"))
    links[0] = links.get(0, "start")
    firsts = sorted(cut for cut in links if cut < len(tokens))
    return [
        Clause(first, last, links[first]) for first, last in pairwise([*firsts, len(tokens)]) if first < last
    ]


def list_marks(reading: Reading) -> set[int]:
    """Tokens that count the points of a list, '1) … 2) …', «الف- … ب- …», «یک: … دو: …»: in order, each before a mark."""
    rows: list[list[int]] = [[], [], []]
    for index, token in enumerate(reading.tokens):
        behind = reading.text[token.end : token.end + 2].lstrip(" ")[:1]
        for marks, names in zip(rows, (_FIGURES, _LETTERS, _WORDS), strict=True):
            ends = behind in _MARK_ENDS or (names is _WORDS and behind == "،")
            if behind and ends and len(marks) < len(names) and names[len(marks)] in (token.key, token.raw):
                marks.append(index)
    return {index for marks in rows if len(marks) > 1 for index in marks}


def _is_bullet(text: str, start: int, raw: str) -> bool:
    return raw.strip() in tuple("-–—*•·") and not text[:start].rpartition("\n")[2].strip()


def _opens_clause(reading: Reading, index: int) -> bool:
    """«هم گاز … هم جاده»: the word stands before its noun («دکتر هم نداریم» does not) in one sentence."""
    tokens = reading.tokens
    if index == 0 or tokens[index - 1].kind in ("stop", "comma"):
        return True
    return not any(match.last == index for match in reading.concepts())


def ends_sentence(reading: Reading, index: int) -> bool:
    """Whether a word is a verb that stands at the end of a sentence: «نداریم», «کنید», «قطعه»."""
    token = reading.tokens[index]
    if token.kind == "latin":
        return reading.finglish and token.key in _VERBS
    verb = bool(_VERB.fullmatch(token.raw)) and token.raw not in _NOUNS
    return token.kind == "fa" and (fold(token.raw) in _VERBS or verb or is_lacking(token))


def is_lacking(token: Token) -> bool:
    """«کمه», «خرابه», «تعطیلن»: a colloquial word that says what is wrong."""
    spelled = fold(token.raw)
    return spelled[-1:] in ("ه", "ن") and spelled[:-1] in _IS


def _runs_on(reading: Reading, index: int, thing: Match, since: int) -> bool:
    """Whether the sentence from token `since` ends here without a mark: a verb, and behind it a thing that the next tells of."""
    behind = reading.tokens[thing.last : thing.last + 1]
    if any(_MAY.fullmatch(token.raw) for token in behind) or any(
        m.first <= index and index + 1 < m.last for m in reading.matches
    ):
        return False
    last = index
    for place in reading.places:  # «نداریم تو بشرویه جاده‌مونم …»
        if place.last == index + 1 and place.first > 1 and reading.keys[place.first - 1] in _IN:
            last = place.first - 2
    apart = reading.text[reading.tokens[index].end : reading.tokens[index + 1].start] == " "
    leans = reading.keys[last] in _LEANS or reading.tokens[last].raw in _LEANS
    opening = _TOPIC if "که" in reading.keys[since + 1 : since + _TOPIC] else 0  # «قطارم که نداریم»
    hangs = any(key in _HANGS for key in reading.keys[since + opening : last])
    return apart and not leans and not hangs and ends_sentence(reading, last)
