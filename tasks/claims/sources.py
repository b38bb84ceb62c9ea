"""What a writer of summaries and plans is given of a cluster: some of its records, short ids, bounded size.

Pure functions over the frame of sql/steps/cluster_records.sql. Records of one wording are given once,
with the number of people behind it; every position that somebody holds is among those given; the same
cluster gives the same inputs, byte by byte, so that an answer that was paid for is found again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from tasks.llm.commands import without_orders

MAX_CHARS = 7_500  # of all given records together: some 2,500 tokens
GIVEN = (
    "title_en",
    "title_fa",
    "summary_en",
    "proposition_en",
    "proposition_fa",
    "position",
    "topic",
    "places",
    "quantities",
)


@dataclass(frozen=True)
class Sources:
    """Given records by short id; `share_of` = share of the cluster's people by position."""

    records: tuple[Mapping[str, Any], ...]  # id, people (of this wording), alike (of its proposition), GIVEN
    record_ids: Mapping[str, str]  # short id → record id
    submission_ids: Mapping[str, str]  # short id → submission id
    share_of: Mapping[str, float]
    people_count: int
    topic: str  # the cluster's own

    def on_topic(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Those of the short ids whose record is of the cluster's own topic."""
        return on_topic(ids, {r["id"]: r["topic"] for r in self.records}, topic=self.topic)

    def evidence(self, ids: Sequence[str]) -> list[str]:
        """The English texts behind short ids; unknown ids are left out."""
        return [evidence_en(r) for r in self.records if r["id"] in ids]

    def wishes(self, ids: Sequence[str]) -> str:
        """What the records behind short ids want, in one text."""
        return " . ".join(str(r["proposition_en"]) for r in self.records if r["id"] in ids)

    def evidence_fa(self, ids: Sequence[str]) -> list[str]:
        """The Farsi texts behind short ids; unknown ids are left out."""
        return [f"{r['title_fa']}. {r['proposition_fa']}" for r in self.records if r["id"] in ids]


def on_topic(ids: Sequence[str], topic_of: Mapping[str, str], *, topic: str) -> tuple[str, ...]:
    """Those of the ids whose record is of this topic, in their order.

    A record of another topic may come to lie in a cluster. A sentence of the summary may tell of it; what
    people are asked to choose or to sign (options, plans) must hold on the cluster's own records alone.
    """
    return tuple(i for i in ids if topic_of.get(i) == topic)


def evidence_en(record: Mapping[str, Any]) -> str:
    """What a record says, as one English text: a proposition that the writer is against is said to be so."""
    stance = "The writer is against this: " if record["position"] == "oppose" else ""
    title, summary = without_orders(record["title_en"]), without_orders(record["summary_en"])
    return f"{title}. {summary}. {stance}{record['proposition_en']}."


def sentence_of(record: Mapping[str, Any]) -> tuple[str, str]:
    """A record's proposition as a sentence of a summary, English and Farsi; against is said to be against."""
    english, farsi = record["proposition_en"].rstrip(".!?؟ "), record["proposition_fa"].rstrip(".!?؟ ")
    if record["position"] == "oppose":
        return f"Some are against this: {english}.", f"بعضی‌ها با این مخالف‌اند: {farsi}."
    return f"{english}.", f"{farsi}."


def choose_sources(members: pl.DataFrame, *, topic: str, max_records: int) -> Sources:
    """The records given for one cluster. `members`: rows of cluster_records.sql of that cluster."""
    wordings = _wordings(members)
    chosen: list[dict[str, Any]] = []
    room = MAX_CHARS
    for row in _interleaved(wordings):
        size = sum(len(str(row[name])) for name in GIVEN) + 120
        if chosen and (size > room or len(chosen) == max_records):
            break
        chosen.append(row)
        room -= size
    chosen.sort(key=lambda row: (-row["alike"], -row["people"], row["text_hash"]))
    named = {f"r{number}": row for number, row in enumerate(chosen, start=1)}
    given = ("people", "alike", *GIVEN)
    records = tuple({"id": key} | {n: row[n] for n in given} for key, row in named.items())
    people = members.group_by("position").agg(pl.col("person").n_unique())
    total = members["person"].n_unique()
    return Sources(
        records,
        {key: row["record_id"] for key, row in named.items()},
        {key: row["submission_id"] for key, row in named.items()},
        {position: count / total for position, count in people.iter_rows()},
        total,
        topic,
    )


def _wordings(members: pl.DataFrame) -> pl.DataFrame:
    """One row per distinct wording and position, the most typical record standing for it."""
    alike = members.group_by("proposition_en", "position").agg(alike=pl.col("person").n_unique())
    return (
        members.sort(["probability", "record_id"], descending=[True, False])
        .group_by("text_hash", "position", maintain_order=True)
        .agg(
            pl.col(
                "record_id", "submission_id", "probability", *(n for n in GIVEN if n != "position")
            ).first(),
            people=pl.col("person").n_unique(),
        )
        .join(alike, on=["proposition_en", "position"])
        .sort(["alike", "people", "probability", "text_hash"], descending=[True, True, True, False])
    )


def _interleaved(wordings: pl.DataFrame) -> list[dict[str, Any]]:
    """Best first, but the first of every position before the second of any."""
    turns = wordings.with_columns(
        is_first=pl.int_range(pl.len()).over("position") == 0,
        turn=pl.int_range(pl.len()).over("proposition_en", "position"),
    )
    return turns.sort(["is_first", "turn"], descending=[True, False], maintain_order=True).to_dicts()
