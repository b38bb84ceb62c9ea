"""Whether a record rests on the plain part of its text, when the text has asides that might be meant for a machine. Pure.

An independent reading decides: the lexicon, the glossary and the offline engine, of the plain part alone. Nothing of a record may be
borne out by the asides only; its sentences must be borne out by half, its topic, its direction and its wish be such as the
plain part may have. Stricter than what holds for every record (`distrust.py`), for few honest texts have asides.
"""

from __future__ import annotations

from collections.abc import Iterator

from tasks.claims.across import faults_across
from tasks.claims.translation import meanings
from tasks.claims.wishes import full_words, uncommon_deeds
from tasks.claims.words import read_text
from tasks.facts import lost_facts
from tasks.llm import offline
from tasks.llm.bearing import is_borne, strange_sentences
from tasks.llm.commands import ENDS
from tasks.llm.engine.finglish import is_finglish
from tasks.llm.grounding import ground_of
from tasks.schemas import Record

_NEXT_TO_NOTHING = 0.2  # of a sentence's full words: one honest record in 250 has such a sentence
MOSTLY = 0.5  # of a sentence's full words: three in four are borne out in honest records


def unsupported(record: Record, rest: str) -> Iterator[str]:
    """What of any record its quote does not bear out; `rest`: what of the text no record quotes."""
    headings = [w for text in (record.title_en, record.proposition_en) for w in full_words(text)]
    own = [w for w in headings if not w.is_name]
    if rest and any(is_borne(w, rest) and not is_borne(w, record.quote) for w in own):
        yield "a title or a wish in words that only the unquoted part of the text has"
    english = [record.title_en, record.summary_en, record.proposition_en]
    if is_finglish(record.quote):
        return  # the glossary is Farsi
    topics = _topics(record.quote)
    for text in (record.title_en, record.proposition_en):
        words = full_words(text)
        if words and not any(is_borne(w, record.quote) for w in words) and not topics & _topics(text):
            yield "a title or a wish about another matter than its quote's"
    if any(strange_sentences(english, record.quote, least=_NEXT_TO_NOTHING)):
        yield "a sentence that its quote does not bear out"


def steered(record: Record, plain: str, aside: str) -> Iterator[str]:
    """What of a record the plain part of its text does not bear out."""
    english = [record.title_en, record.summary_en, record.proposition_en]
    if not any(part in plain for part in _lines(record.quote)):
        yield "it quotes what the text says to a machine"
    words = [w for text in [*english, *record.entities] for w in full_words(text)]
    words += [w for text in (record.title_fa, record.proposition_fa) for w in full_words(text)]
    if any(is_borne(w, aside) and not is_borne(w, plain) for w in words):
        yield "words that only an aside of the text has"
    if any(strange_sentences(english, plain, least=MOSTLY)):
        yield "a sentence that the text beside its asides does not bear out"
    ground = ground_of(plain)
    if not all(ground.has_place(place) for place in record.places):
        yield "a place that only an aside of the text has"
    if any(why.endswith("invented") for why in lost_facts(plain, record)):
        yield "a number that only an aside of the text has"
    yield from _otherwise_read(record, plain)


def _otherwise_read(record: Record, plain: str) -> Iterator[str]:
    """Where the offline engine reads the plain part in another way."""
    read = offline.canonicalize(plain)
    topics = _topics(plain) | {r.topic for r in read}
    if topics and record.topic not in topics:
        yield "a topic that the text does not have"
    if any(_goes_against(record, own) for own in read):
        yield "a wish that goes against a plain reading"
    if not all(is_borne(verb, plain) for verb in uncommon_deeds(record.proposition_en)):
        yield "a wish for what the text does not speak of"
    if record.proposition_fa and any(
        "negation" in why for why in faults_across(record.proposition_fa, [record.proposition_en])
    ):
        yield "the Farsi wish denies what the English does not"


def _topics(text: str) -> set[str]:
    """The topics of what the lexicon finds in a text."""
    return {entry.topic for entry in meanings(text) if entry.topic}


def _goes_against(record: Record, own: Record) -> bool:
    """Whether two records want the opposite of one matter: one affirms with a position what the other denies."""
    if {record.position, own.position} - {"support", "oppose"}:
        return False
    matters = [{w.stem for w in full_words(r.proposition_en)} for r in (record, own)]
    return bool(matters[0] & matters[1]) and not _sides(record) & _sides(own)


def _sides(record: Record) -> set[bool]:
    sides = read_text(record.proposition_en).sides()
    return {not side for side in sides} if record.position == "oppose" else sides


def _lines(quote: str) -> list[str]:
    return [part.strip() for part in ENDS.split(quote) if part.strip()]
