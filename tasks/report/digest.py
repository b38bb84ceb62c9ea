"""The digest of one run: what the Prefect UI, `cw run` and `cw status` show. Counts and titles, never a citizen's words.

The HTML report is `render.py`; it reads the published tables only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.publish import PUBLISHED

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
    cluster_changes: Rows
    plans: Rows
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
            "## Degradations",
        ]
        if self.degradations:
            lines += [
                f"- **{d['step']}**: {d['kind']}: {d['count']} of {d['of']}. {d['note']}"
                for d in self.degradations
            ]
        else:
            lines.append("None.")
        lines += ["", f"Oldest open batch: {self.oldest_open or 'none'}"]
        return "\n".join(lines)


_TITLES = {"nightly": "Night of", "backfill": "Back-fill up to"}
_STEP_COLUMNS = ["step", "in", "out", "rejected", "skipped", "pending", "usd", "ms"]


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
        cluster_changes=store.step("cluster_changes", {"run_id": run.run_id}).to_dicts(),
        plans=store.step("plans_to_review").to_dicts(),
        degradations=[d | {"step": row["step"]} for row in steps for d in json.loads(row["degradations"])],
        oldest_open=_age(open_now[0].created_at) if open_now else None,
        spent_usd=sum(row["usd"] for row in spend),
        cap_usd=settings.budget_run_usd,
        report_path=report if report.exists() else None,
    )


def _age(at: datetime) -> str:
    minutes = int((datetime.now(UTC) - at).total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min"
