"""Code checks on what a record says: places, numbers and negations of the source must survive in it.

Pure functions, shared by the offline engine and by the checks on any model's answer. The places come from
the civic lexicon (`data/lexicon/places.csv`), the figures from `figures`. Not here: whether a claim is
supported.
"""

import re
from collections.abc import Iterable

from tasks.claims.spelling import words_of
from tasks.figures import LETTERS, MARKS, figures, loose_numbers, multiples
from tasks.llm import lexicon
from tasks.llm.engine import finglish as offline_finglish
from tasks.llm.engine import places as offline_places
from tasks.llm.engine import text as offline_text
from tasks.llm.engine.romanise import romanise, sounds
from tasks.schemas import Record

_NEGATED_FA = re.compile(
    r"(?:^|(?<=[\s‌،؛.!؟:«(\"]))(?:"
    r"ن(?:می|میـ)?[‌ ]?(?:دار|دارم|داشت|شد|شو|کرد|کن|دا|ده|دی|می|بای|توا|تون|خوا|خو|ر[فوس]|گذا|ذار|گیر"
    r"|گرفت|بود|باش|یست|گف|بین|آ|یا|ش[هنمد]|ز[دن]|یوم|یفت|دید|فروش|کش|بر[دن]|خر|ساز|ساخت|پرس|پردا|خوا"
    r"|خور|مان|مون|دون|دان)"
    r"|نمی|نمیـ|نه(?=[\s،.؛!؟]|$)|هیچ|هرگز|بدون|عدم|نباید|نیست|ممنوع(?:\s|$)|بی(?=[\s‌]))"
)
_NOT_NEGATED_FA = re.compile(
    r"^ن(?:میدان|مایند|مونه|مایش|ماز|مک|مره|مود|گهدا|داست|داف|رخ|رم|یازم|یرو|یمه|وش|ظا|هاد|کشه|شان|شست"
    r"|شریه|شر|شت|زد|زول)"
)
_NEGATED_EN = re.compile(
    r"\b(?:not|no|never|without|none|nobody|nothing|neither|nor|cannot|isn't|aren't|don't|doesn't"
    r"|didn't|won't|can't"
    r"|cant|dont|shouldn't|wasn't|weren't|haven't|hasn't|couldn't|wouldn't)\b",
    re.IGNORECASE,
)
_NEGATED_FINGLISH = re.compile(
    r"\b(?:na(?=\s)|nist\w*|nadar\w*|nakon\w*|nemi\w+|nabash\w*|nabayad|nashod\w*|nashe\w*|naza\w*"
    r"|nadid\w*|nadad\w*"
    r"|hich\w*|bedoo?ne?|bedun\w*|nami\w+|nemitoon\w*|nadan\w*|nakhah\w*|nakard\w*|nagzar\w*|nabood\w*"
    r"|nabud\w*|narim|naren"
    r"|nade\b|nadin|nadid)\b",
    re.IGNORECASE,
)
# Words by which a record keeps a negation without a grammatical one.
_KEPT = re.compile(
    r"\b(?:lack\w*|shortage\w*|stop\w*|against|oppos\w*|fail\w*|absen\w*|missing|prevent\w*|ban\w*"
    r"|cancel\w*|refus\w*"
    r"|unpaid|un[a-z]+|in(?:sufficient|adequate|accessible|valid)|abolish\w*|forbid\w*|prohibit\w*"
    r"|instead|rather than|less than|fewer than|rarely|hardly|seldom|barely"
    r"|end(?:ed|ing)?|denied|deny|withh\w+|nobody|free of|illegal\w*|reject\w*|lift\w*|remov\w*|illicit)\b",
    re.IGNORECASE,
)


def places(text: str) -> frozenset[str]:
    """Places named in a text, by their usual English names; Iran itself is none."""
    return frozenset(_places_as_written(text))


def _places_as_written(text: str) -> dict[str, str]:
    """Usual English name of a place → how the text writes it."""
    lex = lexicon.load()
    tokens = offline_text.tokenize(text, lex.vocabulary, is_finglish=offline_finglish.is_finglish(text))
    return {
        match.entry.en: " ".join(token.raw for token in tokens[match.first : match.last])
        for match in offline_places.places_in(text, tokens, lex)
    }


def is_negated(text: str) -> bool:
    """Whether a text holds a negation that a record must not lose (Farsi, Finglish, English)."""
    if _NEGATED_EN.search(text.replace("’", "'")):
        return True
    plain = MARKS.sub("", text.translate(LETTERS))
    for found in _NEGATED_FA.finditer(plain):
        word = re.match(r"[؀-ۿ]+", plain[found.start() :])
        if word is None or not _NOT_NEGATED_FA.match(word.group()):
            return True
    return bool(offline_finglish.is_finglish(text) and _NEGATED_FINGLISH.search(text))


def lost_facts(source: str, record: Record) -> tuple[str, ...]:
    """What `record` lost of, or added to, the passage `source` it rests on; empty when it kept everything.

    Reasons read 'number 14 lost', 'number 20 invented', 'place Isfahan lost', 'negation lost'.
    """
    said = spoken(record)
    reasons = [*_lost_numbers(source, said), *_lost_places(source, said, record.places)]
    if is_negated(source) and not keeps_negation(record):
        reasons.append("negation lost")
    return tuple(reasons)


def spoken(record: Record) -> str:
    """All English a record says, as one text."""
    parts = [
        record.title_en,
        record.summary_en,
        record.proposition_en,
        *record.quantities,
        *record.places,
        *record.entities,
    ]
    return " . ".join(parts)


def keeps_negation(record: Record) -> bool:
    """Whether a record denies, forbids or opposes anything."""
    said = spoken(record)
    return record.position == "oppose" or is_negated(said) or bool(_KEPT.search(said))


def _lost_numbers(source: str, said: str) -> Iterable[str]:
    wanted, kept = figures(source), figures(said)
    have = {form for figure in kept for form in (figure.atom, figure.value, figure.total)} | multiples(said)
    known = {form for figure in wanted for form in (figure.atom, figure.value, figure.total)}
    for atom in dict.fromkeys(f.atom for f in wanted if not {f.atom, f.value, f.total} & have):
        yield f"number {atom} lost"
    known |= loose_numbers(source)
    for atom in dict.fromkeys(f.atom for f in kept if not {f.atom, f.value, f.total} & known):
        yield f"number {atom} invented"


def _lost_places(source: str, said: str, named: tuple[str, ...]) -> Iterable[str]:
    have = {_plain(place) for place in (*places(said), *named)}
    capitals = re.findall(r"\b[A-Z][\w'’-]+", said)
    heard, text = {sounds(name) for name in (*named, *capitals)}, _plain(said)
    for place, written in sorted(_places_as_written(source).items()):
        bare = " ".join(word for word in place.split() if word.lower() not in words_of("name_part"))
        spellings = {
            sounds(place),
            sounds(bare),
            sounds(romanise(written)),
        }  # «Anzali wetland» tells of Anzali Lagoon
        if _plain(place) not in have and _plain(place) not in text and heard.isdisjoint(spellings):
            yield f"place {place} lost"


def _plain(name: str) -> str:
    return re.sub(r"[\s\-'’]", "", name.lower())
