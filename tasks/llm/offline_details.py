"""The small parts of a record in words: figures with their units, negations, places, capitals."""

import re
from collections.abc import Mapping
from itertools import pairwise

from tasks import facts, figures
from tasks.llm import lexicon
from tasks.llm.lexicon import Entry
from tasks.llm.offline_reading import Reading

_UNITS: Mapping[str, str] = lexicon.word_table("unit")
_BEFORE: Mapping[str, str] = lexicon.word_table("label")
_WORD = re.compile(r"[^\W\d_]+|%|٪")
_WORDS_AFTER = 3
_LOOK_BACK, _LOOK_AHEAD = 20, 40  # characters around a figure in which its label and its unit stand
_AND_HALF = re.compile(r"\s*(?:و|o|and a)\s*(?:نیم|nim|half)(?![؀-ۿa-z])")
_BREAK = re.compile(r"[\n\d]")  # «۵ سال ۱۲ نفر»: the people are not of the five years
# Negated verbs and words → what is denied; the first that fits is used, {o} is the nearest matter.
_DENIALS = (
    (re.compile(r"^(?:ن(?:می)?خوا|nemikh|nakh)"), "Says that {o} is not wanted."),
    (re.compile(r"^(?:نباید|نباش|nabayad|nabash)"), "Says that this should not be so: {o}."),
    (
        re.compile(r"^(?:ن(?:می)?(?:ده|دن|دا[دن]|دید)|نگرفت|نپرداخ|nemid|nadad)"),
        "Says it is not given or not paid: {o}.",
    ),
    (re.compile(r"^(?:ن(?:می)?(?:دار|داشت)|nadar)"), "Says that there is no, or not enough, {o}."),
    (re.compile(r"^(?:بدون|bedoo?n|without)"), "Speaks of doing without: {o}."),
    (
        re.compile(r"^(?:ن(?:می)?شو?د|نشده|نمی|نکرد|nashod|nemish)"),
        "Says it is not done or not possible: {o}.",
    ),
    (re.compile(r"^(?:نکن|نبر|نگذار|نذار|نزن|ند[هی]|نبند|nakon|don't|dont)"), "Says not to do this: {o}."),
    (re.compile(r"^(?:نیست|نبود|nist|isn't|not)"), "Says that this is not so: {o}."),
    (re.compile(r"^(?:هیچ|هرگز|hich|never|no|none|nobody)"), "Says never, none or no one: {o}."),
)  # fmt: skip


def capital(text: str) -> str:
    """First letter upper-case, the rest as it is."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """First letter lower-case unless the first word is a name or an abbreviation."""
    first = text.split(" ", 1)[0]
    return (
        text
        if first[1:2].isupper() or first in ("Iranians", "Kurds", "Baluch", "Arabs", "Azeri", "Afghan")
        else (text[:1].lower() + text[1:])
    )


def where(places: tuple[Entry, ...]) -> tuple[str, str]:
    """' in Ahvaz and Abadan', and the same in Farsi; empty without places; countries are concerned."""
    home = [p for p in places if p.say_en != "country"]
    abroad = [p for p in places if p.say_en == "country"]
    en = fa = ""
    if home:
        en += " in " + _list([p.en for p in home], " and ")
        fa += " در " + _list([p.fa for p in home], " و ")
    if abroad:
        en += " concerning " + _list([p.en for p in abroad], " and ")
        fa += " درباره " + _list([p.fa for p in abroad], " و ")
    return en, fa


def quantities(text: str) -> tuple[str, ...]:
    """Every figure of the text with its unit: '14 hours', '3 million tomans', 'article 27'."""
    plain = figures.figure_form(text)
    found = [_with_unit(plain, figure) for figure in figures.figures(text)]
    return tuple(dict.fromkeys(found))


def is_negated(reading: Reading) -> bool:
    """Whether the passage holds a negation, words run together included."""
    return facts.is_negated(reading.text) or any(
        facts.is_negated(token.key)
        for before, token in pairwise(reading.tokens)
        if token.start == before.start and token.key[:1] == "ن"
    )


def negation(reading: Reading) -> str:
    """One sentence that keeps the first negation of the passage beside what it denies."""
    for index, token in enumerate(reading.tokens):
        word = figures.plain_form(token.raw).replace(" ", "").lower()
        for pattern, sentence in _DENIALS:
            if pattern.match(word) and facts.is_negated(token.raw + " "):
                return sentence.format(o=_denied(reading, index))
    return f"Contains a negation: not {_denied(reading, len(reading.tokens))}."


def _denied(reading: Reading, index: int) -> str:
    before = [m for m in reading.matches if m.entry.kind not in ("aspect", "demand") and m.first <= index]
    after = [m for m in reading.matches if m.entry.kind not in ("aspect", "demand") and m.first > index]
    nearest = before[-1:] or after[:1]
    return nearest[0].entry.en if nearest else "what is described"


def _with_unit(plain: str, figure: figures.Figure) -> str:
    words: list[str] = []
    before = _WORD.findall(plain[max(0, figure.start - _LOOK_BACK) : figure.start])
    lead = _BEFORE.get(before[-1]) if before else None
    end = figure.end
    for found in _WORD.finditer(plain, end, end + _LOOK_AHEAD):
        unit = _UNITS.get(found.group())
        is_clock = lead == "hour" and unit in ("nights", "days")  # «ساعت ۸ شب»
        if unit is None or is_clock or len(words) == _WORDS_AFTER or _BREAK.search(plain, end, found.start()):
            break
        words.append(unit)
        end = found.end()
    half = ["and a half"] if words and _AND_HALF.match(plain, end) else []
    return " ".join([*([lead] if lead and not words else []), figure.atom, *words, *half])


def _list(names: list[str], last: str) -> str:
    comma = ", " if last.isascii() else "، "
    return last.join([comma.join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
