"""Cluster → title, proposition, summary and options in two languages, every sentence citing its records.

A summary is written anew when its cluster has grown by half, merged, split or lost a record it cites;
otherwise it is left alone, and every writing is kept. What a model wrote is checked by
tasks/claims/summary.py before it is filed: each sentence by its words, with the pure check
`check_claim` (tasks/claims/check.py), and by its meaning, with the vectors of the records it
cites (tasks/closeness.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.claims.check import Verdict, check_claim
from tasks.claims.sources import Sources, choose_sources
from tasks.claims.summary import JudgedSummary, judge_summary, own_sentences, summary_faults
from tasks.closeness import Closeness
from tasks.farsi import persian_digits
from tasks.llm import Answer, Ask, complete, over_budget
from tasks.repairs import repair_once
from tasks.rules import Rules, load_rules
from tasks.run import Degradation, Run, StepReport
from tasks.schemas import SummaryReply
from tasks.store import json_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.settings import Settings
    from tasks.store import Store

__all__ = ["Verdict", "check_claim", "summarise_clusters"]


def summarise_clusters(store: Store, *, run: Run, settings: Settings, wait_s: float = 0.0) -> StepReport:
    """Write the summaries that are due. in = clusters due; out = written (held back ones included)."""
    rules = load_rules(settings)
    due = store.step("summarise_due", {"min_people": settings.min_people, "growth": rules.refresh_growth})
    topics = dict(due.select("cluster_id", "topic").iter_rows())
    sources = _sources(store, topics, max_records=rules.max_records) if topics else {}
    asks = [Ask(cluster_id, summary_inputs(sources[cluster_id])) for cluster_id in topics]

    closeness = Closeness(store, settings, rules)

    def faults(ask: Ask, value: Any) -> Sequence[str]:
        of = sources[ask.subject_id]
        (far,) = _far([(value, of)], closeness)
        return summary_faults(value, of, minority_share=rules.minority_share, far=far)

    check = repair_once(store, "summarise", faults, settings=settings)
    answers = complete(store, "summarise", asks, run=run, settings=settings, check=check, wait_s=wait_s)
    compared = Closeness(store, settings, rules)
    written = _judge_all(due, answers, sources, rules, compared)
    summaries: list[dict[str, Any]] = []
    claims: list[dict[str, Any]] = []
    for row, answer, judged in written:
        summaries.append(_summary_row(row, answer, judged, sources[row["cluster_id"]], run=run))
        claims += _claim_rows(summaries[-1]["summary_id"], judged, sources[row["cluster_id"]])
    lists = {name: pl.List(pl.String) for name in ("hold_reasons", "record_ids", "reasons")}
    with store.transaction():
        for table, rows in (("core.summary", summaries), ("core.claim", claims)):
            store.append(
                table, pl.DataFrame(rows, schema_overrides=_known(lists, rows), infer_schema_length=None)
            )
    return _report(due, answers, written, compared)


def _sources(store: Store, topics: Mapping[str, str], *, max_records: int) -> dict[str, Sources]:
    """What the writer is given of each cluster."""
    members = store.step("cluster_records", {"cluster_ids": json_list(topics)})
    return {
        cluster_id: choose_sources(rows, topic=topics[cluster_id], max_records=max_records)
        for (cluster_id,), rows in members.group_by("cluster_id", maintain_order=True)
    }


def summary_inputs(sources: Sources) -> dict[str, Any]:
    """What the writer is told of a cluster. No cluster id: the same records ask the same."""
    records = [dict(r) | {"record_id": r["id"]} for r in sources.records]
    return {"topic": sources.topic, "records": records, "people": sources.people_count}


def _judge_all(
    due: pl.DataFrame,
    answers: Sequence[Answer],
    sources: Mapping[str, Sources],
    rules: Rules,
    closeness: Closeness,
) -> list[tuple[dict[str, Any], Answer, JudgedSummary]]:
    usable = [
        (row, answer, answer.value, sources[row["cluster_id"]])
        for row, answer in zip(due.to_dicts(), answers, strict=True)
        if isinstance(answer.value, SummaryReply)
    ]
    distances = _far([(reply, of) for _, _, reply, of in usable], closeness)
    return [
        (row, answer, judge_summary(reply, of, minority_share=rules.minority_share, far=far))
        for (row, answer, reply, of), far in zip(usable, distances, strict=True)
    ]


def _far(replies: Sequence[tuple[SummaryReply, Sources]], closeness: Closeness) -> list[list[str]]:
    """For each claim of each reply why its meaning is too far from its records', or ""; all are embedded at once."""
    found = [[""] * len(reply.claims) for reply, _ in replies]
    asked, places = [], []
    for at, (reply, of) in enumerate(replies):
        for number, claim in enumerate(reply.claims):
            known = [of.record_ids[i] for i in claim.record_ids if i in of.record_ids]
            if known and claim.text_en not in own_sentences(claim.record_ids, of):
                asked.append((claim.text_en, known))
                places.append((at, number))
    for (at, number), fault in zip(places, closeness.faults(asked), strict=True):
        found[at][number] = fault
    return found


def _known(lists: dict[str, pl.List], rows: list[dict[str, Any]]) -> dict[str, pl.List]:
    return {name: kind for name, kind in lists.items() if rows and name in rows[0]}


def _summary_row(
    row: Mapping[str, Any], answer: Answer, judged: JudgedSummary, sources: Sources, *, run: Run
) -> dict[str, Any]:
    reply = judged.reply
    seed = f"{row['cluster_id']}\0{row['cluster_run_id']}\0{answer.request_key}"
    summary_id = hashlib.sha256(seed.encode()).hexdigest()[:24]
    options = [
        option.model_dump()
        | {
            "label_fa": persian_digits(option.label_fa),
            "record_ids": [sources.record_ids[i] for i in option.record_ids],
        }
        for option in judged.options
    ]
    return {
        "summary_id": summary_id,
        "cluster_id": row["cluster_id"],
        "cluster_run_id": row["cluster_run_id"],
        "member_count": row["record_count"],
        "title_en": reply.title_en,
        "title_fa": persian_digits(reply.title_fa),
        "summary_en": " ".join(c.text_en for c in judged.good),
        "summary_fa": " ".join(c.text_fa for c in judged.good),
        "proposition_en": reply.proposition_en,
        "proposition_fa": persian_digits(reply.proposition_fa),
        "options": json.dumps(options, ensure_ascii=False, sort_keys=True),
        "status": "held_back" if judged.hold_reasons else "ok",
        "hold_reasons": list(judged.hold_reasons),
        "engine": answer.engine,
        "model": answer.model,
        "request_key": answer.request_key,
        "run_id": run.run_id,
        "created_at": run.now,
    }


def _claim_rows(summary_id: str, judged: JudgedSummary, sources: Sources) -> list[dict[str, Any]]:
    return [
        {
            "summary_id": summary_id,
            "ordinal": ordinal,
            "text_en": claim.text_en,
            "text_fa": claim.text_fa,
            "record_ids": [sources.record_ids[i] for i in claim.ids if i in sources.record_ids],
            "is_ok": claim.verdict.ok,
            "score": claim.verdict.score,
            "reasons": list(claim.verdict.reasons),
        }
        for ordinal, claim in enumerate(judged.claims)
    ]


def _report(
    due: pl.DataFrame,
    answers: Sequence[Answer],
    written: Sequence[tuple[dict[str, Any], Answer, JudgedSummary]],
    closeness: Closeness,
) -> StepReport:
    dead = sum(a.status == "dead" for a in answers)
    held = sum(bool(j.hold_reasons) for _, _, j in written)
    dropped = sum(len(j.claims) - len(j.good) for _, _, j in written)
    claims = sum(len(j.claims) for _, _, j in written)
    titles = sum(bool(j.title_faults) for _, _, j in written)
    lost = [
        Degradation(
            "summary_unanswered", dead, due.height, "no usable answer; asked again when the cluster changes"
        ),
        Degradation("summary_held_back", held, due.height, "see core.summary.hold_reasons"),
        Degradation("claim_dropped", dropped, claims, "see core.claim.reasons"),
        Degradation(
            "title_replaced", titles, len(written), "by a cited record's: the one written was not borne out"
        ),
        *closeness.degradations(),
    ]
    return StepReport(
        step="summarise",
        in_count=due.height,
        out_count=len(written),
        rejected_count=dead,
        pending_count=due.height - len(written) - dead,
        spent_usd=sum(a.cost_usd for _, a, _ in written),
        degradations=tuple(d for d in lost if d.count),
        details={
            "claims": claims,
            "claims_compared": closeness.compared,
            "budget_refused": over_budget(answers),
            "options_dropped": sum(len(j.reply.options) - len(j.options) for _, _, j in written),
            "minority_sentences_added": sum(j.added for _, _, j in written),
            "causes": dict(sorted(due["cause"].value_counts().iter_rows())) if due.height else {},
        },
    )
