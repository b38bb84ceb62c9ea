"""Action plans for what was won or is widely supported: templates chosen and filled, then shown to a person.

Ready or not is decided in tasks/votes/decision.py, texts are made in tasks/plans/fill.py, the printable page in
tasks/plans/page.py. A plan is a draft until tasks/review.py says otherwise; the same wish, decision and rules
give the same plan ids, so a second night writes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.claims.check import check_claim
from tasks.claims.sources import choose_sources, evidence_en, on_topic
from tasks.farsi import persian_digits
from tasks.judgements import digest_of, remember, remembered
from tasks.llm import Answer, Ask, complete, over_budget
from tasks.llm.datafiles import read_toml
from tasks.plans.fill import (
    FilledPlan,
    Wish,
    choice_faults,
    fill_plan,
    is_safe_inside,
    plan_faults,
    plan_inputs,
    safety_flags,
)  # fmt: skip
from tasks.repairs import repair_once
from tasks.rules import Rules, load_rules
from tasks.run import Degradation, Run, StepReport
from tasks.schemas import PlanReply
from tasks.store import json_list
from tasks.votes.decision import Decision, decide, standing_ground

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.settings import Settings
    from tasks.store import Store

MAX_RECORDS = 12
_Ready = tuple[dict[str, Any], list[dict[str, Any]], Decision]  # row of plan_due.sql, sentences, decision
_Judged = tuple[dict[str, Any], list[dict[str, Any]], Decision | str]


def plan_actions(store: Store, *, run: Run, settings: Settings, wait_s: float = 0.0) -> StepReport:
    """Write plans for what is newly ready. in = clusters with a summary; skipped = not ready, or planned."""
    rules = load_rules(settings)
    rows = store.step("plan_due", {"min_people": settings.min_people}).to_dicts()
    decided = _decided(store, rows, rules)
    ready, skipped = _ready(store, decided)
    asked = _asked_of(run, settings, rules) if ready else []
    judged = {_digest(wish, asked): wish for wish in ready}
    known = remembered(store, "plan", judged)
    wishes = {key: wish for key, wish in judged.items() if key not in known}
    by_id = {wish.row["cluster_id"]: wish for wish in wishes.values()}
    asks = [Ask(name, plan_inputs(wish, max_plans=rules.max_plans)) for name, wish in by_id.items()]

    def faults(ask: Ask, value: Any) -> Sequence[str]:
        return plan_faults(value, by_id[ask.subject_id])

    check = repair_once(store, "plan", faults, settings=settings)
    answers = complete(store, "plan", asks, run=run, settings=settings, check=check, wait_s=wait_s)
    votes = store.step("plan_votes")
    plans: list[dict[str, Any]] = []
    refused: dict[str, tuple[str, int]] = {}
    dropped = chosen = sum(known.values())
    for (key, wish), answer in zip(wishes.items(), answers, strict=True):
        if isinstance(answer.value, PlanReply):
            good, bad = _filled(answer.value, wish, max_plans=rules.max_plans)
            dropped, chosen = dropped + bad, chosen + len(good) + bad
            plans += [_row(p, n, len(good), wish, answer, votes, run, rules) for n, p in enumerate(good, 1)]
            if not good:
                refused[key] = (answer.subject_id, bad)
    with store.transaction():
        store.append("out.action_plan", _frame(plans))
        store.append("out.plan_basis", _changed_bases(store, decided, run, rules))
        remember(store, "plan", refused, run=run)
    counts = {"known": len(known), "dropped": dropped, "chosen": chosen}
    return _report(rows, plans, answers, skipped, **counts, rules=rules)


def _asked_of(run: Run, settings: Settings, rules: Rules) -> list[Any]:
    """Who plans: the profile, the routes and models as the operator's files make them, and for how many plans they are asked."""
    routes = read_toml("routes.toml", settings.routes_file)
    return [run.profile, routes, read_toml("models.toml", settings.models_file), rules.max_plans]


def _digest(wish: Wish, asked: list[Any]) -> str:
    """What decides whether an answer holds: the wish as planner and judge are told it (numbers of people may grow), and who plans."""
    row, decision, sources = wish.row, wish.decision, wish.sources
    return digest_of(
        [row[name] for name in ("cluster_id", "topic", "title_en", "title_fa")],
        [decision.demand_en, decision.demand_fa, decision.is_contested],
        [wish.claims, sources.records, sources.record_ids],
        asked,
    )


def _report(
    rows: Sequence[dict[str, Any]],
    plans: Sequence[dict[str, Any]],
    answers: Sequence[Answer],
    skipped: dict[str, int],
    *,
    known: int,
    dropped: int,
    chosen: int,
    rules: Rules,
) -> StepReport:
    dead = sum(a.status == "dead" for a in answers)
    planned = len({p["cluster_id"] for p in plans})
    lost = [
        Degradation("plan_unanswered", dead, len(answers) + known, "no usable answer for these clusters"),
        Degradation("plan_dropped", dropped, chosen, "slots said what their records do not"),
    ]
    return StepReport(
        step="plan",
        in_count=len(rows),
        out_count=planned,
        rejected_count=dead + known + sum(isinstance(a.value, PlanReply) for a in answers) - planned,
        skipped_count=sum(skipped.values()),
        pending_count=sum(a.status in ("pending", "refused_budget") for a in answers),
        spent_usd=sum(a.cost_usd for a in answers if a.status == "done"),
        degradations=tuple(d for d in lost if d.count),
        details={
            "plans": len(plans),
            "refused_before": known,
            "skipped": dict(sorted(skipped.items())),
            "rules_version": rules.version,
            "budget_refused": over_budget(answers),
        },
    )


def _decided(store: Store, rows: list[dict[str, Any]], rules: Rules) -> list[_Judged]:
    """What is decided about each cluster."""
    claims = store.step("plan_claims").partition_by("cluster_id", as_dict=True)
    found: list[_Judged] = []
    for row in rows:
        said = claims[(row["cluster_id"],)].to_dicts() if (row["cluster_id"],) in claims else []
        found.append((row, said, decide(row, said, rules=rules)))
    return found


def _ready(store: Store, decided: Sequence[_Judged]) -> tuple[list[Wish], dict[str, int]]:
    """Clusters to plan for, and how many are not, by reason."""
    planned = {
        row[0] for row in store.rows("select distinct split_part(plan_id, '-', 1) from out.action_plan")
    }
    ready: list[_Ready] = []
    skipped: dict[str, int] = {}
    for row, said, decision in decided:
        reason = decision if isinstance(decision, str) else "planned" if decision.basis in planned else ""
        if reason or isinstance(decision, str):
            skipped[reason] = skipped.get(reason, 0) + 1
            continue
        ready.append((row, said, decision))
    wishes = _wishes(store, ready)
    strays = {"no_sentence": len(ready) - len(wishes)}
    return wishes, skipped | {reason: count for reason, count in strays.items() if count}


def _changed_bases(store: Store, decided: Sequence[_Judged], run: Run, rules: Rules) -> pl.DataFrame:
    """Rows of out.plan_basis where what plans may rest on is not what is booked: a win that is gone, or a lost vote, too.

    Of a cluster that is not due, be it dead or its new summary held back, nothing new can be written, and what was written
    stands as long as its decision does. Plans older than the books have no ground booked: they stay while there is one.
    """
    booked = {row["cluster_id"]: row for row in store.step("plan_basis").iter_rows(named=True)}
    found: dict[str, tuple[str | None, str | None]] = {}
    for name, row in booked.items():
        ground = standing_ground(row, rules=rules)
        if row["is_booked"] or ground is None:
            found[name] = (row["basis"] if ground == row["ground"] else None, ground)
    for row, _, decision in decided:
        found[row["cluster_id"]] = (
            (None, None) if isinstance(decision, str) else (decision.basis, decision.ground)
        )
    rows = []
    for name, (basis, ground) in found.items():
        row = booked.get(name, {"is_booked": True, "basis": None, "ground": None})
        if not row["is_booked"] or (row["basis"], row["ground"]) != (basis, ground):
            told = {"cluster_id": name, "basis": basis, "ground": ground}
            rows.append(told | {"run_id": run.run_id, "created_at": run.now})
    return pl.DataFrame(rows, schema_overrides={"basis": pl.String, "ground": pl.String} if rows else None)


def _wishes(store: Store, ready: Sequence[_Ready]) -> list[Wish]:
    """What a writer of plans needs to know of each cluster that is ready: its sentences and the records they cite.

    Who signs for overdue wages signs for nothing else that came to lie in the cluster; where no sentence is
    left, there is nothing to sign.
    """
    if not ready:
        return []
    ids = json_list(row["cluster_id"] for row, _, _ in ready)
    members = store.step("cluster_records", {"cluster_ids": ids}).partition_by("cluster_id", as_dict=True)
    wishes = []
    for row, summary, decision in ready:
        records = members[(row["cluster_id"],)]
        said = _own_sentences(summary, records, topic=row["topic"])
        cited = [i for claim in said for i in claim["record_ids"]]
        if said:
            told = records.filter(pl.col("record_id").is_in(cited))
            sources = choose_sources(told, topic=row["topic"], max_records=MAX_RECORDS)
            wishes.append(Wish(row, tuple(said), sources, decision))
    return wishes


def _own_sentences(
    summary: Sequence[dict[str, Any]], records: pl.DataFrame, *, topic: str
) -> list[dict[str, Any]]:
    """The sentences that hold on what they cite of the cluster's own topic, citing no other.

    A sentence that cites nothing else was looked at when the summary was written.
    """
    known = {r["record_id"]: r for r in records.to_dicts()}
    topic_of = {key: r["topic"] for key, r in known.items()}
    own = []
    for claim in summary:
        ids = on_topic(claim["record_ids"], topic_of, topic=topic)
        is_whole = len(ids) == len(claim["record_ids"])
        if ids and (is_whole or check_claim(claim["text_en"], [evidence_en(known[i]) for i in ids]).ok):
            own.append(claim | {"record_ids": list(ids)})
    return own


def _filled(reply: PlanReply, wish: Wish, *, max_plans: int) -> tuple[list[FilledPlan], int]:
    """The plans of the choices that hold, one per template, best first; how many did not hold."""
    good: dict[str, FilledPlan] = {}
    bad = 0
    for choice in reply.plans:
        if choice_faults(choice, wish):
            bad += 1
        elif choice.template_id not in good and len(good) < max_plans:
            good[choice.template_id] = fill_plan(choice, wish)
    return list(good.values()), bad


def _row(
    plan: FilledPlan,
    rank: int,
    count: int,
    wish: Wish,
    answer: Answer,
    votes: pl.DataFrame,
    run: Run,
    rules: Rules,
) -> dict[str, Any]:
    row, is_safe = wish.row, is_safe_inside(plan, wish, safe_topics=rules.safe_topics)
    counted = votes.filter(cycle_id=row["cycle_id"] or "", target_id=row["target_id"] or "")
    return {
        "plan_id": plan.plan_id,
        "run_id": run.run_id,
        "run_on": run.run_on,
        "cluster_id": row["cluster_id"],
        "policy_key": row["policy_key"],
        "title_en": row["title_en"],
        "title_fa": row["title_fa"],
        "template_id": plan.template.id,
        "template_version": plan.template.version,
        "action_type": plan.template.action_type,
        "target": plan.target.name_en,
        "subject_en": plan.subject_en,
        "subject_fa": plan.subject_fa,
        "body_en": plan.body_en,
        "body_fa": plan.body_fa,
        "rationale_en": f"{wish.decision.rule_en} Rank {rank} of {count}: {plan.reason_en}",
        "rationale_fa": persian_digits(f"{wish.decision.rule_fa} پیشنهاد {rank} از {count} برای این موضوع."),
        "evidence": list(plan.evidence),
        "claims": [{name: claim[name] for name in ("text_en", "record_ids")} for claim in plan.claims],
        "claims_fa": [claim["text_fa"] for claim in plan.claims],
        "supporters_count": row["supporters_count"],
        "votes": counted.select("choice", "people_count", "share").to_dicts(),
        "margin": row["margin"],
        "turnout": row["turnout_count"],
        "safe_for_inside_iran": is_safe,
        "requires_real_identity": plan.template.requires_real_identity,
        "required_personalisations": [p.id for p in plan.template.personalisation if p.required],
        "safety_flags": safety_flags(plan, wish, is_safe=is_safe),
        "rank": rank,
        "engine": answer.engine,
        "model": answer.model,
        "request_key": answer.request_key,
        "cost_usd": answer.cost_usd / count,
        "created_at": run.now,
    }


def _frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    texts = pl.List(pl.String)
    shapes: dict[str, Any] = {
        "evidence": texts,
        "required_personalisations": texts,
        "safety_flags": texts,
        "claims": pl.List(pl.Struct({"text_en": pl.String, "record_ids": texts})),
        "claims_fa": texts,
        "votes": pl.List(pl.Struct({"choice": pl.String, "people_count": pl.Int64, "share": pl.Float64})),
        "margin": pl.Float64,
        "turnout": pl.Int64,
    }
    return pl.DataFrame(rows, schema_overrides=shapes if rows else None, infer_schema_length=None)
