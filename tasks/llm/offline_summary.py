"""Extractive summaries of a cluster: the engine's answer to the `summarise` task, every sentence cited.

Sentences are chosen, not written: the propositions and details that most members share, each with the ids
of the records it rests on. Input is record-like (title_en, title_fa, proposition_en …) with a
`record_id`.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Protocol

_MOST_SENTENCES = 4
_MOST_CITED = 20


class Member(Protocol):
    """A record of a cluster."""

    record_id: str
    title_en: str
    title_fa: str
    summary_en: str
    proposition_en: str
    proposition_fa: str
    position: str
    places: Sequence[str]


def summarise(records: Sequence[Member]) -> dict[str, Any]:
    """Title, proposition and cited sentences of one cluster, in both languages.

    Returns `title_en, title_fa, proposition_en, proposition_fa, sentences`, a sentence being
    `{text_en, text_fa, record_ids}`. Raises ValueError without records.
    """
    if not records:
        raise ValueError("a summary needs at least one record")
    ordered = sorted(records, key=lambda record: record.record_id)
    lead = _most_typical(ordered)
    groups: dict[str, list[Member]] = defaultdict(list)
    for record in ordered:
        groups[record.proposition_en].append(record)
    ranked = sorted(groups.values(), key=lambda group: (-len(group), group[0].record_id))
    sentences = [_sentence(group) for group in ranked[:_MOST_SENTENCES]]
    return {
        "title_en": lead.title_en,
        "title_fa": lead.title_fa,
        "proposition_en": lead.proposition_en,
        "proposition_fa": lead.proposition_fa,
        "sentences": sentences,
    }


def _most_typical(records: Sequence[Member]) -> Member:
    """The record whose words most others share."""
    bags = [set(_words(f"{record.title_en} {record.proposition_en}")) for record in records]
    shared = Counter(word for bag in bags for word in bag)

    def rank(index: int) -> tuple[float, str]:
        bag = bags[index]
        return (-sum(shared[word] for word in bag) / (len(bag) or 1), records[index].record_id)

    return records[min(range(len(records)), key=rank)]


def _sentence(group: list[Member]) -> dict[str, Any]:
    """One proposition and all who make it; the wording is the record's own."""
    first = group[0]
    return {
        "text_en": first.proposition_en,
        "text_fa": first.proposition_fa,
        "record_ids": [record.record_id for record in group[:_MOST_CITED]],
    }


def _words(text: str) -> list[str]:
    return [word for word in text.lower().replace(".", "").split() if len(word) > 3]
