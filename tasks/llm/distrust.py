"""What a model's record may not hold, whatever the citizen's text told the model to write.

Three guards. *Form*: no markup, formula, link, handle, number of a person or foreign placeholder in any field, flags of a
closed list. *Facts*: places and quantities come from the source. *Orders*: when the text gives orders to a machine, each
record must be borne out word by word by the offline engine's reading of it, which follows no orders; else it waits for
a person. What this cannot see: a false but plainly worded record of a text in which nothing looks like an order.
Reasons never quote the text or the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.facts import numbers, places
from tasks.llm import lexicon, offline, offline_reading
from tasks.llm.offline_names import romanise
from tasks.redact import redact
from tasks.schemas import CanonicalReply, Record

FLAGS = frozenset(
    {
        "negation",
        "question",
        "sarcasm",
        "multi_issue",
        "injection_suspected",
        "cut_short",
        "offline_low_coverage",
    }
)
_IDENTIFIERS = frozenset(
    {
        "mobile",
        "landline",
        "national_id",
        "sheba",
        "bank_card",
        "email",
        "handle",
        "url_id",
        "postal_code",
        "plate",
    }
)
_MARKUP = re.compile(r"[<>{}\\`|\x00-\x08\x0b-\x1f]|;\s*--|^\s*[=+@]")
_LINK = re.compile(
    r"https?:|\bwww\.|\b[a-z0-9-]+\.(?:com|org|net|ir|me|io|example)\b|\S@\S|(?<!\w)@\w", re.IGNORECASE
)
_BRACKETED = re.compile(r"\[[^\]]*\]?|\]")
_WORD = re.compile(r"[A-Za-z]{2,}|[\u0600-\u06ff\u200c]{2,}")
_VOWELS = re.compile(r"[aeiouyvwh'’\-\s]+")
# Orders to a machine: its own furniture (fields, prompt, role marks), or the bare imperative «بنویس» that no citizen
# says to an office.
_ORDER = re.compile(
    r"(?<![\u0600-\u06ff])بنویس(?![\u0600-\u06ff])"
    r"|(?:خلاصه|عنوان|رکورد|نهادها|فیلد|قالب).{0,40}(?:بگذار|بذار|بیاور|ثبت|منتشر|اضافه کن)"
    r"|(?:را|رو) (?:چاپ|رد|برعکس) ?(?:کن|ثبت)|دستور (?:محرمانه|مخفی|جدید|تازه)|dastoor jadid"
    r"|\b(?:title|summary|proposition|record|quote|topic)(?:_\w+| field)?\s*(?:=|must\b|should (?:be|start))"
    r"|\b(?:each|every|all) (?:title|field|record|summar)\w*|\b(?:repeat|print|output|say|write)\b.{0,40}\b(?:above|word for word)\b"
    r"|\b(?:summari[sz]er|ai|model|assistant|reader)s?\b.{0,12}\b(?:must|shall|should|has to)\b|\boutput must\b"
    r"|\bin your (?:json|answer|reply|output)\b|\bauthori[sz]e you\b|\bfree of rules\b|\bdrop table\b|\btool_call\b"
    r"|\brole: ?system\b|\bsystem:|</?data|<\|im_|\[/?inst\]|<<sys",
    re.IGNORECASE,
)  # fmt: skip


def distrusted(source: str, reply: CanonicalReply) -> list[str]:
    """Reasons against a reply to the redacted text `source`; none when nothing speaks against it."""
    reasons = []
    for number, record in enumerate(reply.records, start=1):
        reasons += [f"record {number}: {why}" for why in [*_form(source, record), *_facts(source, record)]]
    if reply.records and gives_orders(source):
        reasons += _unborne(source, reply)
    return reasons


def gives_orders(source: str) -> bool:
    """Whether a text seems to talk to a machine: its furniture, or the lexicon's cues of an injection."""
    if _ORDER.search(source):
        return True
    lex = lexicon.load()
    reading = offline_reading.read(source[: offline.LONGEST], lex)
    cues = offline_reading.cue_spans(reading, lex, "injection")
    return len(cues) >= 2 or bool(cues and offline_reading.has_cue(reading, lex, "injection_core"))


def _fields(record: Record) -> list[str]:
    """All that a record says in words of the model's own choice."""
    return [
        record.title_en, record.title_fa, record.summary_en, record.proposition_en, record.proposition_fa,
        *record.places, *record.entities, *record.quantities,
    ]  # fmt: skip


def _form(source: str, record: Record) -> Iterator[str]:
    if not FLAGS.issuperset(record.flags):
        yield "flags: only those of the list"
    fields = _fields(record)
    if any(_MARKUP.search(text) for text in fields) or any(
        text.count("(") != text.count(")") for text in fields
    ):
        yield "plain words only: no markup, no code, no formula"
    said = " . ".join(fields)
    if _LINK.search(said):
        yield "no link, address or handle"
    if any(mark not in source for mark in _BRACKETED.findall(said)):
        yield "no placeholder but those of the text"
    if any(span.kind in _IDENTIFIERS for span in redact(said).spans):
        yield "no number that stands for a person"


def _facts(source: str, record: Record) -> Iterator[str]:
    named = places(source)
    spelt = {_sounds(place) for place in named}
    for place in record.places:
        if _sounds(place) in spelt:
            continue
        known = places(place)
        if (known and known.isdisjoint(named)) or (not known and not _is_spelt(place, source)):
            yield "a place that the text does not name"
    if any(not numbers(quantity) for quantity in record.quantities):
        yield "quantities: a number with its unit"


def _is_spelt(name: str, source: str) -> bool:
    """Whether every long word of an unknown name can be read in the text, vowels and doublets aside."""
    if name.lower() in source.lower():
        return True
    heard = _sounds(romanise(source) + " " + source)
    return all(_sounds(word) in heard for word in name.split() if word[:1].isupper() and len(word) > 3)


def _sounds(text: str) -> str:
    """Consonants only, those that one Farsi letter may become taken for one."""
    plain = (
        text.lower()
        .replace("kh", "x")
        .replace("gh", "q")
        .replace("ch", "c")
        .replace("sh", "s")
        .replace("zh", "z")
    )
    bare = _VOWELS.sub("", plain.replace("g", "q").replace("k", "q").replace("c", "s").replace("x", "q"))
    return re.sub(r"(.)\1+", r"\1", bare)


def _unborne(source: str, reply: CanonicalReply) -> Iterator[str]:
    """Records of a text with orders in it that a reading which follows no orders does not bear out."""
    read = offline.reply(source)
    allowed = {word for record in read.records for word in _words(record)}
    for number, record in enumerate(reply.records, start=1):
        if not any(record.quote in own.quote for own in read.records) or _words(record) - allowed:
            yield f"record {number}: the text gives orders to the machine; a plain reading does not bear it out"


def _words(record: Record) -> set[str]:
    return {word for text in _fields(record) for word in _WORD.findall(text.lower())}
