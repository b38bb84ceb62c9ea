"""The small parts of a record in words: figures with their units, negations, places, capitals."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from tasks import facts, figures
from tasks.llm import lexicon
from tasks.llm.engine.reading import Reading
from tasks.llm.lexicon import Entry

_UNITS: Mapping[str, str] = lexicon.word_table("unit")
_BEFORE: Mapping[str, str] = lexicon.word_table("label")
_PARTS: Mapping[str, str] = {**lexicon.word_table("part"), **lexicon.word_table("ordinal")}
_PART_OF = {word.replace(" ", ""): word for word in _PARTS}  # «یکسوم» as «یک سوم»
_SPELLED = "|".join(word.replace(" ", r"\s*") for word in _PARTS)
_PART_WORDS = re.compile(rf"(?<!\w)(?:{_SPELLED})(?!\w| شب)")  # «نصف شب» is midnight
_WORD = re.compile(r"[^\W\d_]+|%|٪")
_WORDS_AFTER = 4
_YEAR_DIGITS = 4
_SHORT_VERB = re.compile(r"[^aeiou]*[aeiou][bdgmnpt]")  # 'set', 'cut', 'ban': the last letter is doubled
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


def where(groups: Sequence[Sequence[Entry]]) -> tuple[str, str]:
    """' in Rizab, Fars and Kavar', and the same in Farsi; a group is a place and what it lies in.

    Countries are what a matter concerns and stand in brackets; empty without places.
    """
    home = [group for group in groups if group[0].say_en != "country"]
    abroad = [group[0] for group in groups if group[0].say_en == "country"]
    en = fa = ""
    if home:
        en += " in " + _list([", ".join(p.en for p in group) for group in home], " and ")
        fa += " در " + _list([" ".join(p.fa for p in group) for group in home], " و ")
    if abroad:
        en += f" ({_list([p.en for p in abroad], ' and ')})"
        fa += f" ({_list([p.fa for p in abroad], ' و ')})"
    return en, fa


def gerund(phrase: str) -> str:
    """'Build streets' as 'building streets'."""
    verb, _, rest = phrase.partition(" ")
    verb = verb.lower()
    stem = verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else verb
    doubled = stem + stem[-1] if stem == verb and _SHORT_VERB.fullmatch(verb) else stem
    return f"{doubled}ing {rest}".rstrip()


def quantities(text: str) -> tuple[str, ...]:
    """Every figure of the text with its unit: '14 hours', '3 million tomans', 'article 27'."""
    plain = figures.figure_form(text)
    sums: list[list[figures.Figure]] = []
    for figure in figures.figures(text):
        last = sums[-1][-1] if sums else None
        if last and last.total == figure.total != figure.value and last.end < figure.start:
            sums[-1].append(figure)
        else:
            sums.append([figure])
    found = [" ".join(_with_unit(plain, figure) for figure in terms) for terms in sums]
    return tuple(dict.fromkeys([*found, *_parts(plain)]))


def _parts(plain: str) -> Iterator[str]:
    """Parts and places in a row, that hold no figure: «نصف حقوق» 'half', «دومین بار» 'second'."""
    for found in _PART_WORDS.finditer(plain):
        if found.group().startswith("نیم") and plain.endswith("و ", 0, found.start()):
            continue  # «دو و نیم ساعت»
        yield _PARTS[_PART_OF["".join(found.group().split())]]


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
    if half := _AND_HALF.match(plain, end):  # «دو و نیم میلیون تومان»
        end = half.end()
        words.append("and a half")
    for found in _WORD.finditer(plain, end, end + _LOOK_AHEAD):
        unit = _UNITS.get(found.group())
        is_clock = lead == "hour" and unit in ("nights", "days")  # «ساعت ۸ شب»
        if unit is None or is_clock or len(words) >= _WORDS_AFTER or _BREAK.search(plain, end, found.start()):
            break
        words.append(unit)
        end = found.end()
    after = ["and a half"] if words and not half and _AND_HALF.match(plain, end) else []
    return " ".join([*([lead] if lead and not words else []), _grouped(figure.atom), *words, *after])


def _grouped(atom: str) -> str:
    """'12,500,000'; figures of four digits may be years and stay as they are."""
    return f"{int(atom):,}" if atom.isdigit() and len(atom) > _YEAR_DIGITS else atom


def _list(names: list[str], last: str) -> str:
    comma = ", " if last.isascii() else "، "
    return last.join([comma.join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
