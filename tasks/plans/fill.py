"""Select and fill: which templates a cluster may use, whether a choice holds, and the finished text. Pure.

The model (or the offline engine) chooses templates and fills slots; each slot is checked like a claim. What
is no slot (votes, supporters, the other side, safety) is written here, from counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.claims.check import check_claim, check_facts, unsupported, untold
from tasks.claims.sources import Sources
from tasks.claims.summary import translation_faults
from tasks.farsi import farsi_faults, persian_digits
from tasks.plainness import form_faults
from tasks.plans.templates import ActionTemplate, Target, fill, load_templates
from tasks.schemas import PlanChoice, PlanReply
from tasks.votes.decision import Decision

MAX_REASON = 300  # characters


@dataclass(frozen=True)
class Wish:
    """One cluster that is ready for action."""

    row: Mapping[str, Any]  # of sql/steps/plan_due.sql
    claims: tuple[Mapping[str, Any], ...]  # text_en, text_fa, record_ids (real ones)
    sources: Sources
    decision: Decision

    @property
    def templates(self) -> tuple[ActionTemplate, ...]:
        topic, about = self.row["topic"], f"{self.row['title_en']}. {self.decision.demand_en}."
        contested = self.decision.is_contested
        return tuple(t for t in load_templates() if t.fits(topic, is_contested=contested, about=about))


def plan_inputs(wish: Wish, *, max_plans: int) -> dict[str, Any]:
    """What the planner is told: the wish, the cited records, the templates that fit."""
    short = {real: key for key, real in wish.sources.record_ids.items()}
    topic = wish.row["topic"]
    claims = [
        {
            "text_en": c["text_en"],
            "text_fa": c["text_fa"],
            "record_ids": [short[i] for i in c["record_ids"] if i in short],
        }
        for c in wish.claims
    ]
    templates = [
        {
            "template_id": t.id,
            "about": t.about,
            "targets": [{"target_id": x.id, "name_en": x.name_en} for x in t.targets_for(topic)],
            "slots": [s.model_dump() for s in t.slot],
        }
        for t in wish.templates
    ]
    return {
        "wish": {
            "title_en": wish.row["title_en"],
            "title_fa": wish.row["title_fa"],
            "demand_en": wish.decision.demand_en,
            "demand_fa": wish.decision.demand_fa,
            "topic": topic,
            "claims": claims,
        },
        "records": [
            {"record_id": r["id"], **{n: r[n] for n in ("title_en", "title_fa", "summary_en")}}
            for r in wish.sources.records
        ],
        "templates": templates,
        "max_plans": max_plans,
    }


def plan_faults(reply: PlanReply, wish: Wish) -> list[str]:
    """Reasons against a reply, for a repair turn."""
    return [
        f"plan {n}: {fault}"
        for n, choice in enumerate(reply.plans, 1)
        for fault in choice_faults(choice, wish)
    ]


def choice_faults(choice: PlanChoice, wish: Wish) -> list[str]:
    """Reasons against one choice; none = it may be made into a plan."""
    template = next((t for t in wish.templates if t.id == choice.template_id), None)
    if template is None:
        return ["a template that was not offered"]
    if choice.target_id not in {t.id for t in template.targets_for(wish.row["topic"])}:
        return ["a target that was not offered"]
    given = [slot.name for slot in choice.slots]
    if sorted(given) != sorted(slot.name for slot in template.slot):
        return [f"slots must be {', '.join(s.name for s in template.slot)}, each once"]
    limits = {slot.name: slot.max_chars for slot in template.slot}
    faults = []
    for slot in choice.slots:
        found = (
            ["cites an unknown record"] if not set(slot.record_ids) <= set(wish.sources.record_ids) else []
        )
        found += _slot_support(slot.text_en, slot.record_ids, wish)
        found += [f"Farsi: {fault}" for fault in farsi_faults(persian_digits(slot.text_fa))]
        told_fa = [*wish.sources.evidence_fa(slot.record_ids), wish.decision.demand_fa]
        found += translation_faults(slot.text_en, persian_digits(slot.text_fa), told_fa)
        found += form_faults(slot.text_en, language="en", most=limits[slot.name])
        found += form_faults(slot.text_fa, language="fa", most=limits[slot.name])
        faults += [f"slot {slot.name}: {untold(fault)}" for fault in found]
    return faults


def _slot_support(text: str, ids: Sequence[str], wish: Wish) -> list[str]:
    """A slot may say what its records say, or the demand that was decided on."""
    texts = [*wish.sources.evidence(ids), f"{wish.decision.demand_en}."]
    return list(check_claim(text, texts).reasons)


def _reason(choice: PlanChoice, template: ActionTemplate, wish: Wish) -> str:
    """The model's reason for its choice when it says nothing of its own; else what the template says of itself."""
    texts = [
        *wish.sources.evidence(tuple(wish.sources.record_ids)),
        f"{wish.decision.demand_en}.",
        template.about,
    ]
    texts += [target.name_en for target in template.target]
    faults = [
        *form_faults(choice.reason_en, language="en", most=MAX_REASON),
        *check_facts(choice.reason_en, texts),
    ]
    return template.about if faults or unsupported(choice.reason_en, texts) else choice.reason_en


@dataclass(frozen=True)
class FilledPlan:
    """The texts of one plan."""

    plan_id: str
    template: ActionTemplate
    target: Target
    subject_en: str
    subject_fa: str
    body_en: str
    body_fa: str
    reason_en: str
    claims: tuple[dict[str, Any], ...]  # text_en, text_fa, record_ids
    evidence: tuple[str, ...]  # submission ids


def fill_plan(choice: PlanChoice, wish: Wish) -> FilledPlan:
    """The finished plan of a choice without faults."""
    template = next(t for t in wish.templates if t.id == choice.template_id)
    target = next(t for t in template.target if t.id == choice.target_id)
    texts = {language: _values(choice, wish, template, target, language) for language in ("en", "fa")}
    subjects = [fill(getattr(template, f"subject_{x}"), texts[x]) for x in ("en", "fa")]
    bodies = [fill(getattr(template, f"body_{x}"), texts[x]) for x in ("en", "fa")]
    cited = [i for slot in choice.slots for i in slot.record_ids]
    claims = [
        {
            "text_en": s.text_en,
            "text_fa": persian_digits(s.text_fa),
            "record_ids": [wish.sources.record_ids[i] for i in s.record_ids],
        }
        for s in choice.slots
    ]
    claims += [
        {"text_en": c["text_en"], "text_fa": c["text_fa"], "record_ids": list(c["record_ids"])}
        for c in wish.claims
    ]
    short = {real: key for key, real in wish.sources.record_ids.items()}
    cited += [short[i] for c in wish.claims for i in c["record_ids"] if i in short]
    seed = "\0".join(
        [template.id, str(template.version), target.id, *(f"{s.name}={s.text_en}" for s in choice.slots)]
    )
    return FilledPlan(
        plan_id=f"{wish.decision.basis}-{hashlib.sha256(seed.encode()).hexdigest()[:12]}",
        template=template,
        target=target,
        subject_en=subjects[0],
        subject_fa=subjects[1],
        body_en=bodies[0],
        body_fa=bodies[1],
        reason_en=_reason(choice, template, wish),
        claims=tuple(claims),
        evidence=tuple(sorted({wish.sources.submission_ids[i] for i in cited})),
    )


def _values(
    choice: PlanChoice, wish: Wish, template: ActionTemplate, target: Target, language: str
) -> dict[str, str]:
    """What every name in braces stands for, in one language."""
    is_farsi = language == "fa"
    decision, row = wish.decision, wish.row
    points = [c["text_fa"] if is_farsi else c["text_en"] for c in wish.claims]
    values = {
        "title": row["title_fa"] if is_farsi else row["title_en"],
        "proposition": decision.demand_fa if is_farsi else decision.demand_en,
        "points": "\n".join(f"• {point}" for point in points),
        "support": decision.support_fa if is_farsi else decision.support_en,
        "other_side": decision.other_side_fa if is_farsi else decision.other_side_en,
        "target": target.name_fa if is_farsi else target.name_en,
    }
    values |= {s.name: persian_digits(s.text_fa) if is_farsi else s.text_en for s in choice.slots}
    return values | {p.id: f"[{p.fa if is_farsi else p.en}]" for p in template.personalisation}


def is_safe_inside(plan: FilledPlan, wish: Wish, *, safe_topics: frozenset[str]) -> bool:
    """Only a fault of a service, by a template made for it, with nobody on the other side."""
    return (
        plan.template.safe_for_inside_iran
        and wish.row["topic"] in safe_topics
        and not wish.decision.is_contested
    )


def safety_flags(plan: FilledPlan, wish: Wish, *, is_safe: bool) -> list[str]:
    """What a reader has to be told, as short codes; the words are in the template."""
    flags = [*plan.template.safety_flags]
    flags += ["contested"] if wish.decision.is_contested else []
    flags += [] if is_safe else ["not_inside_iran"]
    flags += [] if plan.template.review_status == "approved" else ["template_not_reviewed"]
    return sorted(flags)
