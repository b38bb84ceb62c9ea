"""Redacted text → records: what each message wants, in structured English, by the model of the route.

One request is made for a text however often it was sent; every sender's submission gets its own records. What is
sent and paid lies in tasks/llm, what a record is in tasks/schemas.py, what the code checks in tasks/facts.py.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from tasks.llm import Answer, Ask, complete, over_budget, text_splitter
from tasks.run import Degradation, Run, StepReport
from tasks.schemas import CanonicalReply, Record
from tasks.taxonomy import topic_ids
from tasks.window import ALWAYS

if TYPE_CHECKING:
    from pydantic import BaseModel

    from tasks.settings import Settings
    from tasks.store import Store
    from tasks.window import Window

PIECE_ROWS = 10_000  # some 20 kB of memory per answer while it is taken apart


@dataclass(frozen=True)
class _Counts:
    """What became of the submissions, for the report."""

    requests: int = 0
    texts_in_parts: int = 0
    records: int = 0
    processed: int = 0
    known: int = 0
    rejected: int = 0
    dead: int = 0
    pending: int = 0
    budget_refused: int = 0
    spent_usd: float = 0.0

    def __add__(self, other: _Counts) -> _Counts:
        return _Counts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


def canonicalize_new(
    store: Store,
    *,
    run: Run,
    settings: Settings,
    window: Window = ALWAYS,
    redo: bool = False,
    wait_s: float = 0.0,
) -> StepReport:
    """Ask about every submission that waits; file records, rejections and dead letters in one transaction per piece."""
    waiting = store.step("canonicalize_pending", {"since": window.since, "until": window.until, "redo": redo})
    filed = set(store.rows(FILED)) if redo else set()
    total = _Counts()
    # a batch should hold all it can; answers that are there at once are filed piece by piece, to bound memory
    size = PIECE_ROWS if settings.profile == "offline" else max(1, waiting.height)
    for piece in whole_groups(waiting, size):
        total += _file_answers(store, piece, filed, run=run, settings=settings, wait_s=wait_s)
    # a back-fill takes window by window: sql/steps/run_steps.sql adds them up
    part = {} if window == ALWAYS else {"window": f"{window.first}/{window.last}", "is_redo": redo}
    return _report(waiting, total, _degradations(store, run), part)


def whole_groups(waiting: pl.DataFrame, size: int) -> Iterator[pl.DataFrame]:
    """Pieces of about `size` rows; the senders of one text, who lie together and share an answer, stay together."""
    starts = waiting["representative_key"].rle_id() if waiting.height else pl.Series([], dtype=pl.UInt32)
    done = 0
    while done < waiting.height:
        end = min(done + size, waiting.height)
        while end < waiting.height and starts[end] == starts[end - 1]:
            end += 1
        yield waiting.slice(done, end - done)
        done = end


def _file_answers(
    store: Store,
    waiting: pl.DataFrame,
    filed: AbstractSet[tuple[str, str]],
    *,
    run: Run,
    settings: Settings,
    wait_s: float,
) -> _Counts:
    asks = waiting_asks(waiting, settings=settings, profile=run.profile)
    # The offline engine answers the same however often it is asked, so a repair turn would be for show:
    # what its records lost is stored and counted below.
    check = None if settings.profile == "offline" else check_reply
    answers = complete(store, "canonicalize", asks, run=run, settings=settings, check=check, wait_s=wait_s)
    told: dict[str, list[Part]] = defaultdict(list)
    for ask, answer in zip(asks, answers, strict=True):
        told[answer.subject_id].append((ask.inputs["text"], answer))
    rows = _Rows(run)
    for member in waiting.iter_rows(named=True):
        parts = told[member["representative_key"]]
        if (member["submission_id"], parts[0][1].request_key) in filed:
            rows.known += 1  # the same model said the same before
        else:
            rows.add(member, parts)
    with store.transaction():
        store.append("core.canonical", _frame(rows.canonical))
        store.append("core.rejection", _frame(rows.rejection))
        store.append("ops.quarantine", _frame(rows.quarantine))
    return rows.counts(answers, texts_in_parts=sum(len(parts) > 1 for parts in told.values()))


Part = tuple[str, Answer]  # of a text: the words that were asked about, and the answer; most texts have one
NO_ANSWER, LOST_FACTS = "see `cw quarantine list`", "column lost_facts of core.canonical"
FILED = "select submission_id, request_key from core.canonical union select submission_id, request_key from core.rejection"


def waiting_asks(waiting: pl.DataFrame, *, settings: Settings, profile: str) -> list[Ask]:
    """One request per distinct text, in key order; a text too long for one request is asked about in parts."""
    texts = waiting.unique("representative_key", keep="first", maintain_order=True)
    split = text_splitter(settings, "canonicalize", profile=profile)
    return [
        Ask(subject_id=row["representative_key"], inputs={"text": part, "language": row["language"]})
        for row in texts.iter_rows(named=True)
        for part in split(row["ask_text"])
    ]


def check_reply(ask: Ask, value: BaseModel) -> Sequence[str]:
    """Reasons why a model's reply cannot be taken as it is; they become the repair turn."""
    from tasks.facts import lost_facts  # with the lexicon's readers, which a night without news does without
    from tasks.llm.distrust import distrusted

    value = cast("CanonicalReply", value)
    source: str = ask.inputs["text"]
    if value.is_valid != bool(value.records):
        return ["is_valid must be true exactly when there are records"]
    if not value.is_valid and value.rejection_reason is None:
        return ["rejection_reason is missing"]
    reasons: list[str] = []
    for number, record in enumerate(value.records, start=1):
        if record.quote not in source:
            reasons.append(f"record {number}: the quote does not occur in the text")
        if record.topic not in topic_ids():
            reasons.append(f"record {number}: the topic is not in the taxonomy")
        reasons += [
            f"record {number}: {_told(lost)}" for lost in lost_facts(_basis(source, value, record), record)
        ]
    return [*reasons, *distrusted(source, value)]


def _told(lost: str) -> str:
    """A lost fact as a reason: reasons are kept and published, so that they repeat nothing a model made up."""
    return "a number that the text does not have" if lost.endswith(" invented") else lost


def _basis(source: str, reply: CanonicalReply, record: Record) -> str:
    """The words whose facts the record must keep: its own quote when the text raises several issues."""
    return record.quote if len(reply.records) > 1 and record.quote in source else source


def record_id(submission_id: str, part: int, request_key: str) -> str:
    """Content-addressed: the same answer to the same submission is the same record."""
    return hashlib.sha256(f"{submission_id}\0{part}\0{request_key}".encode()).hexdigest()[:24]


class _Rows:
    """Rows to append, collected submission by submission."""

    def __init__(self, run: Run):
        self.run = run
        self.canonical: list[dict[str, Any]] = []
        self.rejection: list[dict[str, Any]] = []
        self.quarantine: list[dict[str, Any]] = []
        self.pending = 0
        self.processed = self.known = 0
        self._lost: dict[tuple[str, int], tuple[str, ...]] = {}  # (request, part), the same for every sender

    def counts(self, answers: Sequence[Answer], *, texts_in_parts: int) -> _Counts:
        return _Counts(
            requests=len(answers),
            texts_in_parts=texts_in_parts,
            records=len(self.canonical),
            processed=self.processed,
            known=self.known,
            rejected=len(self.rejection),
            dead=len(self.quarantine),
            pending=self.pending,
            budget_refused=over_budget(answers),
            spent_usd=sum(a.cost_usd for a in answers),
        )

    def add(self, member: Mapping[str, Any], parts: Sequence[Part]) -> None:
        """File what became of one submission: dead when a part is, pending while one is, else the records of all parts."""
        base = {
            "submission_id": member["submission_id"],
            "run_id": self.run.run_id,
            "created_at": self.run.now,
        }
        answers = [answer for _, answer in parts]
        if dead := [a for a in answers if a.status == "dead"]:
            reason = "; ".join(dict.fromkeys(r for a in dead for r in a.reasons)) or "no usable answer"
            filed = {"step": "canonicalize", "event": "filed", "reason": reason}
            self.quarantine.append(base | {"request_key": dead[0].request_key} | filed)
            return
        if any(a.status != "done" for a in answers):
            self.pending += 1
            return
        found = [
            (text, answer, record)
            for text, answer in parts
            for record in cast("CanonicalReply", answer.value).records
        ]
        if not found:
            first = cast("CanonicalReply", answers[0].value)
            reason = first.rejection_reason or "not_civic"
            base |= {"request_key": answers[0].request_key}
            self.rejection.append(base | {"reason": reason, "engine": answers[0].engine})
            return
        self.processed += 1
        for part, (text, answer, record) in enumerate(found):
            self._add_record(base | {"request_key": answer.request_key}, part, record, member, (text, answer))

    def _add_record(
        self, base: dict[str, Any], part: int, record: Record, member: Mapping[str, Any], told: Part
    ) -> None:
        from tasks.facts import lost_facts

        text, answer = told
        start = member["redacted_text"].find(record.quote)
        reply = cast("CanonicalReply", answer.value)
        if (lost := self._lost.get((answer.request_key, part))) is None:
            lost = lost_facts(_basis(text, reply, record), record)
            self._lost[answer.request_key, part] = lost
        embed_text = f"{record.title_en}. {record.summary_en}"
        self.canonical.append(
            base
            | record.model_dump(include=_COPIED)
            | {
                "record_id": record_id(base["submission_id"], part, answer.request_key),
                "part": part,
                "span_start": start if start >= 0 else None,
                "span_end": start + len(record.quote) if start >= 0 else None,
                "lost_facts": list(lost),
                "engine": answer.engine,
                "model": answer.model,
                "embed_text": embed_text,
                "text_hash": hashlib.sha256(embed_text.encode()).hexdigest(),
            }
        )


_COPIED = {
    "quote", "title_en", "title_fa", "summary_en", "proposition_en", "proposition_fa",
    "position", "topic", "places", "entities", "quantities", "flags",
}  # fmt: skip


_LISTS = {name: pl.List(pl.String) for name in ("places", "entities", "quantities", "flags", "lost_facts")}
_INTS = {"span_start": pl.Int32, "span_end": pl.Int32}


def _frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    if not rows:
        return pl.DataFrame()
    overrides = {k: v for k, v in (_LISTS | _INTS).items() if k in rows[0]}
    return pl.DataFrame(rows, schema_overrides=overrides, infer_schema_length=None)


def _degradations(store: Store, run: Run) -> tuple[Degradation, ...]:
    """From the store and not from this process, which may be the second that works on the run."""
    told = store.step("canonicalize_losses", {"run_id": run.run_id}).row(0, named=True)
    found = (
        Degradation("submission_unanswered", told["dead_count"], told["submission_count"], NO_ANSWER),
        Degradation("facts_lost", told["lossy_count"], told["record_count"], LOST_FACTS),
    )
    return tuple(d for d in found if d.count)


def _report(
    waiting: pl.DataFrame, total: _Counts, degradations: tuple[Degradation, ...], part: Mapping[str, Any]
) -> StepReport:
    return StepReport(
        step="canonicalize",
        in_count=waiting.height,
        out_count=total.processed,
        rejected_count=total.rejected + total.dead,
        skipped_count=total.known,
        pending_count=total.pending,
        spent_usd=total.spent_usd,
        degradations=degradations,
        details={
            "requests": total.requests,
            "texts_in_parts": total.texts_in_parts,
            "records": total.records,
            "quarantined": total.dead,
            "budget_refused": total.budget_refused,
            **part,
        },
    )
