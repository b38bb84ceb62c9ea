"""The digest of one run: what the Prefect UI, `cw run` and `cw status` show. Counts and titles, never a citizen's words.

The HTML report is `render.py`; it reads the published tables only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tasks.read_copy import PUBLISHED
from tasks.report.labels import degradation_line

if TYPE_CHECKING:
    from tasks.run import Run
    from tasks.settings import Settings
    from tasks.store import Store

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class RunDigest:
    """Tables of one run, ready to print."""

    run_id: str
    heading: str
    steps: Rows
    states: dict[str, int]
    spend: Rows
    router: Rows
    cluster_changes: Rows
    degradations: Rows
    oldest_open: str | None
    spent_usd: float
    cap_usd: float
    report_path: Path | None

    def markdown(self) -> str:
        """The run report as markdown."""
        total = sum(self.states.values())
        lines = [
            f"# {self.heading}",
            f"Run `{self.run_id}` · spent ${self.spent_usd:.4f} of ${self.cap_usd:.2f}",
            "",
            "## Every message is in one place",
            _table(
                ["state", "messages"],
                [[k, f"{v:,}"] for k, v in self.states.items()] + [["**all**", f"**{total:,}**"]],
            ),
            "",
            "## Steps",
            _table(_STEP_COLUMNS, [[_cell(row[c]) for c in _STEP_COLUMNS] for row in self.steps]),
            "",
            self._sum_line(),
            "",
            "## Degradations",
        ]
        if self.degradations:
            lines += [
                f"- **{d['step']}**: {degradation_line(d['kind'], d['count'], d['of'])} {d['note']}"
                for d in self.degradations
            ]
        else:
            lines.append("None.")
        lines += ["", f"Oldest open batch: {self.oldest_open or 'none'}"]
        return "\n".join(lines)

    def _sum_line(self) -> str:
        """Whether what went into each step came out of it, in one of the four ways."""
        odd = [
            str(row["step"])
            for row in self.steps
            if row["in"] != row["out"] + row["rejected"] + row["skipped"] + row["pending"]
        ]
        if odd:
            return f"**In is not out + rejected + skipped + pending in: {', '.join(odd)}.** `cw status` and the log say why."
        return "In every step: in = out + rejected + skipped + pending."


def plans_markdown(plans: Rows, *, pages_at: str | None, form_at: str | None) -> str:
    """The plans that wait for a person, best supported first; with links where pages are served and the form is deployed."""
    if not plans:
        return "No plan waits for a person."
    lines = []
    for plan in plans:
        ways = f"`cw review approve {plan['plan_id']} --reviewer NAME`"
        if form_at:
            told = quote(json.dumps({"plan_id": plan["plan_id"]}))
            ways = f"[decide]({form_at}?parameters={told})"
        if pages_at:
            ways += f" · [read]({pages_at.rstrip('/')}/{plan['run_id']}/plans/{plan['plan_id']}.html)"
        lines.append(
            [
                ways,
                plan["plan"],
                plan["people"],
                plan["rank"],
                plan["kind"],
                plan["addressee"],
                f"`{plan['plan_id']}`",
            ]
        )
    columns = ["", "policy", "people", "rank", "kind", "addressee", "plan"]
    unread = sum("template_not_reviewed" in plan["safety_flags"] for plan in plans)
    templates = f" The templates of {unread} have not been reviewed by a person either." if unread else ""
    pages = (
        ""
        if pages_at
        else " Read a plan before you decide: its page is `plans/PLAN.html` in the newest folder under `$CW_HOME/published`"
        " on the worker's machine; set `CW_PUBLISHED_URL` to make links of them."
    )
    return (
        f"{len(plans)} plans are drafts until a person decides.{templates}{pages}\n\n{_table(columns, lines)}"
    )


_TITLES = {"nightly": "Night of", "backfill": "Back-fill up to"}
_STEP_COLUMNS = ["step", "in", "out", "rejected", "skipped", "pending", "usd", "ms"]
# column of sql/steps/llm_metrics.sql → its name in the UI, which draws wide names as wide columns
_ROUTER_COLUMNS = {
    "task": "task", "model": "model", "mode": "mode", "share": "share", "request_count": "requests",
    "call_count": "calls", "fallback_count": "fallback", "repair_count": "repaired", "refusal_count": "refused",
    "unusable_count": "unusable", "transient_count": "transient", "latency_p50_ms": "p50 ms", "latency_p95_ms": "p95 ms",
    "input_tokens": "in", "cached_tokens": "cached", "output_tokens": "out", "cost_usd": "usd",
}  # fmt: skip


def _cell(value: Any) -> str:
    """Counts with thousands, dollars to the hundredth of a cent."""
    return (
        f"{value:,}" if isinstance(value, int) else f"{value:.4f}" if isinstance(value, float) else str(value)
    )


def _table(columns: list[str], rows: list[list[Any]]) -> str:
    head = "| " + " | ".join(columns) + " |\n|" + "---|" * len(columns)
    return "\n".join([head, *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)])


def digest_run(store: Store, *, run: Run, settings: Settings) -> RunDigest:
    """Gather the digest of a run from the store."""
    from tasks.llm import open_batches
    from tasks.llm.accounts import router_metrics

    steps = store.step("run_steps", {"run_id": run.run_id}).to_dicts()
    spend = store.frame(
        "select task, model, count(*) as calls, sum(cost_usd) as usd from llm.spend where run_id = $run group by all order by all",
        {"run": run.run_id},
    ).to_dicts()
    open_now = open_batches(store)
    report = settings.home / PUBLISHED / run.run_id / "report.html"
    return RunDigest(
        run_id=run.run_id,
        heading=f"{_TITLES[run.kind]} {run.run_on}",
        steps=[{k: row[k] for k in _STEP_COLUMNS} for row in steps],
        states=dict(store.step("state_counts").iter_rows()),
        spend=spend,
        router=[
            {shown: row[name] for name, shown in _ROUTER_COLUMNS.items()}
            for row in router_metrics(store, run.run_id)
        ],
        cluster_changes=store.step("cluster_changes", {"run_id": run.run_id}).to_dicts(),
        degradations=[d | {"step": row["step"]} for row in steps for d in json.loads(row["degradations"])],
        oldest_open=_age(open_now[0].created_at) if open_now else None,
        spent_usd=sum(row["usd"] for row in spend),
        cap_usd=settings.budget_run_usd,
        report_path=report if report.exists() else None,
    )


def _age(at: datetime) -> str:
    minutes = int((datetime.now(UTC) - at).total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min"
