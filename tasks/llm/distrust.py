"""What a model's record may not hold, whatever the citizen's text told the model to write.

*Form*: plain words of bounded length in the field's language (tasks/plainness.py), statements in the third person, flags of a
closed list, nothing of the prompts. *Facts*: places, names and figures come from the text, and the Farsi says what the text or the
English says (`grounding.py`). *Wishes*: what is wanted, who speaks and who is accused stand in the words that the record quotes
(`quoting.py`, `turning.py`, `steering.py`). *Asides*: when a text has clauses about telling, or leftovers that no record quotes (`asides.py`), the
record must rest on the rest of the text. *Orders*: when it speaks to a machine outright (`orders.py`), each record must be borne
out word by word by the offline engine's reading of that rest; else it waits for a person.

What this cannot see: a few neutral words added to what the quote bears out, a matter told of more people or of a wider place; and less in
Finglish, which the glossary does not read. What it costs honest records: `python -m tests.llm.false_refusals`. Reasons never quote the text or the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from tasks.figures import figures, loose_numbers, multiples, numbers
from tasks.llm import offline
from tasks.llm.asides import split_asides, unquoted
from tasks.llm.commands import is_command
from tasks.llm.grounding import Ground, ground_of, names_in
from tasks.llm.orders import speaks_to_a_machine
from tasks.llm.prompting import load_prompt
from tasks.llm.quoting import (
    accuses,
    calls_on_people,
    judges,
    speaks_for_a_body,
)
from tasks.llm.replies import REPLY_MODEL
from tasks.llm.steering import steered, unsupported
from tasks.llm.turning import turned_wishes
from tasks.plainness import form_faults
from tasks.schemas import CanonicalReply, Record

FLAGS = frozenset(
    {"negation", "question", "sarcasm", "multi_issue", "injection_suspected", "cut_short", "offline_low_coverage"}
)  # fmt: skip
# Characters at most; twice and more of what the prompt asks for.
_LENGTHS = {"title_en": 160, "title_fa": 160, "summary_en": 700, "proposition_en": 260, "proposition_fa": 260}
_ITEM, _ITEMS = 80, 12  # characters of a place, an entity, a quantity; how many there may be
_SENTENCES = {"title_en": 1, "title_fa": 1, "summary_en": 5, "proposition_en": 1, "proposition_fa": 1}
_END = re.compile(r"(?<!\b[A-Za-z])[.!?؟]+(?=\s+\S)")
# A record speaks of the writer: it addresses nobody, speaks for no machine, and calls nobody to the polls.
_ADDRESS = re.compile(
    r"\b(?:I|I'm|I am|me|my|myself|you|your|yours|yourself|please)\b|\b(?:[Vv]ote|[Jj]oin|[Cc]lick|[Vv]isit) (?:for|us|now|yes|no|here)\b"
    r"|\b(?:(?:the|this|that|its|system|my|your|model) prompt|prompts|json|summari[sz]ers?|chat ?bot|language model|next reader)\b|خلاصه‌?ساز|پرامپت|رأی بدهید|رای بدهید"
)
_ENDS = re.compile(r"(?<=[.!?])\s+")
_MANY = re.compile(r"\b(?:dozens|scores|hundreds|thousands|millions|billions)\b")
_MANY_SAID = re.compile(
    r"[\d۰-۹]|ده\u200c?ها|صد|هزار|میلیون|میلیارد|\b(?:sad|hezar|milion|million|dozens|hundreds|thousands|scores)"
)
_HALF, _HALF_SAID = re.compile(r"\bhalf\b"), re.compile(r"نصف|نیم|\b(?:half|nim|nesf)")
_WORD = re.compile(r"[A-Za-z]{2,}|[\u0600-\u06ff\u200c]{2,}")
_RUN = 7  # words in a row that a record and a prompt can have in common by chance: fewer


def distrusted(source: str, reply: CanonicalReply) -> list[str]:
    """Reasons against a reply to the redacted text `source`; none when nothing speaks against it."""
    ground, quotes = ground_of(source), [record.quote for record in reply.records]
    (plain, aside), rest = split_asides(source, quotes), unquoted(source, quotes)
    reasons = []
    for number, record in enumerate(reply.records, start=1):
        found = [*_form(source, record), *_facts(source, record, ground), *_wishes(record)]
        found += unsupported(record, rest)
        found += steered(record, plain, aside) if aside else ()
        reasons += [f"record {number}: {why}" for why in dict.fromkeys(found)]
    if reply.records and speaks_to_a_machine(source):
        reasons += _unborne(plain, reply)
    return reasons


def _fields(record: Record) -> list[str]:
    """All that a record says in words of the model's own choice."""
    return [
        record.title_en, record.title_fa, record.summary_en, record.proposition_en, record.proposition_fa,
        *record.places, *record.entities, *record.quantities,
    ]  # fmt: skip


def _form(source: str, record: Record) -> Iterator[str]:
    if not FLAGS.issuperset(record.flags):
        yield "flags: only those of the list"
    for name, most in _LENGTHS.items():
        text = getattr(record, name)
        yield from form_faults(text, language="fa" if name.endswith("fa") else "en", most=most, masks=source)
        if len(_END.findall(text)) >= _SENTENCES[name]:
            yield f"{name}: at most {_SENTENCES[name]} sentences"
    items = [*record.places, *record.entities, *record.quantities]
    if len(items) > 3 * _ITEMS:
        yield "too many places, entities or quantities"
    for item in items:
        yield from form_faults(item, language="en", most=_ITEM, masks=source)
    if any(is_command(sentence) for sentence in _ENDS.split(record.summary_en)):
        yield "summary_en: statements only, no orders"
    said = " . ".join(_fields(record))
    if _ADDRESS.search(said):
        yield "statements about the writer only: nobody is addressed"
    if not _runs(said).isdisjoint(_prompt_runs()):
        yield "words of the instructions"


def _facts(source: str, record: Record, ground: Ground) -> Iterator[str]:
    """What of a record its text does not have."""
    if not all(ground.has_place(place) for place in record.places):
        yield "a place that the text does not name"
    if any(not numbers(quantity) and not _is_half(quantity, source) for quantity in record.quantities):
        yield "quantities: a number with its unit"
    english = [record.title_en, record.summary_en, record.proposition_en]
    if _MANY.search(" . ".join(english).lower()) and not _MANY_SAID.search(source.lower()):
        yield "a number that the text does not have"
    if any(not ground.has_name(name) for name in names_in(english)) or any(
        not ground.has_entity(entity) for entity in record.entities
    ):
        yield "a name that the text does not have"
    known_figures = {form for f in figures(source) for form in (f.atom, f.value, f.total)} | loose_numbers(
        source
    )
    for text in (record.title_fa, record.proposition_fa):
        strange = [f for f in figures(text) if not {f.atom, f.value, f.total} & known_figures]
        if strange and numbers(text) - numbers(" . ".join([*english, *record.quantities])) - multiples(
            " . ".join(english)
        ):
            yield "a number in Farsi that the text does not have"
        if ground.strange_farsi(text, english=" . ".join(english)):
            yield "the Farsi says what neither the text nor the English says"
        if ground.strange_persons(text, english=" . ".join(english)):
            yield "a person whom the English does not name"


def _is_half(quantity: str, source: str) -> bool:
    return bool(_HALF.search(quantity.lower()) and _HALF_SAID.search(source.lower()))


def _wishes(record: Record) -> Iterator[str]:
    """What of a record its quote does not say."""
    said = " . ".join([record.title_en, record.summary_en, record.proposition_en])
    if ground_of(record.quote).strange_powers(said):
        yield "a power of the state that the quote does not name"
    if speaks_for_a_body(said, record.quote):
        yield "words of somebody whom the quote does not let speak"
    if calls_on_people(record.proposition_en, record.quote):
        yield "a call on people that the quote does not make"
    if accuses(said, record.quote):
        yield "an accusation or a violence that the quote does not have"
    if judges(said, record.quote):
        yield "praise or scorn that the quote does not have"
    yield from turned_wishes(record)


def _runs(text: str) -> set[tuple[str, ...]]:
    words = [word.lower() for word in _WORD.findall(text)]
    return {tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)}


@cache
def _prompt_runs() -> frozenset[tuple[str, ...]]:
    """Every run of words in the prompts, but for their examples, which hold words of citizens."""
    texts = (load_prompt(task).system.split("Examples")[0] for task in REPLY_MODEL)
    return frozenset(run for text in texts for run in _runs(text))


def _unborne(source: str, reply: CanonicalReply) -> Iterator[str]:
    """Records of a text with orders in it that a reading which follows no orders does not bear out."""
    read = offline.reply(source)
    allowed = {word for record in read.records for word in _words(record)}
    for number, record in enumerate(reply.records, start=1):
        if not any(record.quote in own.quote for own in read.records) or _words(record) - allowed:
            yield f"record {number}: the text gives orders to the machine; a plain reading does not bear it out"


def _words(record: Record) -> set[str]:
    return {word for text in _fields(record) for word in _WORD.findall(text.lower())}
