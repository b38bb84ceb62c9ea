"""Action plans as readable pages: the newest ones of each cluster, with the template's own words on safety."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import polars as pl

from tasks.plans.templates import ActionTemplate, load_templates
from tasks.report.cited import Cited

Row = dict[str, Any]

MAX_PLANS = 45  # pages written out; the rest are in action_plan.parquet


def build_plans(frame: pl.DataFrame, clusters: Mapping[str, Row], cited: Cited) -> list[Row]:
    """Groups of plans by cluster, most supporters first.

    Of each cluster its current plans and every approved one, as pages are written; superseded drafts are counted.
    """
    grouped: dict[str, list[Row]] = defaultdict(list)
    for plan in frame.sort("run_id", "rank", "plan_id", descending=[True, False, False]).to_dicts():
        grouped[plan["cluster_id"]].append(plan)
    templates = {t.id: t for t in load_templates()}
    groups, left = [], MAX_PLANS
    for cluster_id, plans in sorted(grouped.items(), key=lambda g: (-g[1][0]["supporters_count"], g[0])):
        live = [p for p in plans if p["is_current"] or p["review_status"] == "approved"]
        kept = live[: max(0, left)]
        left -= len(kept)
        pages = [_page(p, templates.get(p["template_id"]), cited) for p in kept]
        if pages:
            groups.append(
                {"cluster": clusters.get(cluster_id), "plans": pages, "older_count": len(plans) - len(live)}
            )
    return groups


def _page(plan: Row, template: ActionTemplate | None, cited: Cited) -> Row:
    """A plan with the words of its template where this version of the pipeline still has it."""
    page = plan | {
        "target_en": plan["target"],
        "target_fa": None,
        "safety_en": None,
        "to_write": [{"what_en": name, "what_fa": None} for name in plan["required_personalisations"]],
        "claims": [
            c | {"cited": cited.cite(c["record_ids"]), "cited_count": len(c["record_ids"])}
            for c in plan["claims"]
        ],
    }
    if template is None:
        return page
    names = {t.name_en: t.name_fa for t in template.target}
    words = {p.id: {"what_en": p.en, "what_fa": p.fa} for p in template.personalisation}
    return page | {
        "target_fa": names.get(plan["target"]),
        "safety_en": template.safety_en,
        "safety_fa": template.safety_fa,
        "to_write": [
            words.get(name, {"what_en": name, "what_fa": None}) for name in plan["required_personalisations"]
        ],
    }
