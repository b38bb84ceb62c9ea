"""`cw status`: is all well, what is open, what was spent, when was the last success."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tasks.settings import Settings
    from tasks.store import Store


_REFUSED = ("run_id", "table", "name", "line", "row_id", "reason", "detail")


def gather_status(store: Store, *, settings: Settings, now: datetime) -> dict[str, Any]:
    """Everything `cw status` shows, JSON-able. Plain rows only: this must not import polars."""
    from tasks.read_copy import is_read_copy
    from tasks.store import sql_text
    from tasks.window import month_of

    spent = store.rows(sql_text("steps", "llm_spent"), {"run_id": "", "month": month_of(now)})
    runs = store.rows(sql_text("steps", "status_runs"), {"is_copy": is_read_copy(store)})
    refused = store.rows(sql_text("steps", "status_refused"))
    last_success = store.value(
        "select max(e.ended_at) from ops.run_end as e join ops.run as r using (run_id) where r.kind = 'nightly' and e.exit_code = 0"
    )
    return {
        "last_success_at": last_success.astimezone(UTC).isoformat() if last_success else None,
        "last_success_age_h": round((now - last_success).total_seconds() / 3600, 1) if last_success else None,
        "spent_month_usd": spent[0][1],
        "cap_month_usd": settings.budget_month_usd,
        "states": dict(store.rows(sql_text("steps", "state_counts"))),
        "open_batches": store.value(
            "select count(*) from llm.intent_state where mode = 'batch' and state in ('submitting', 'doubtful', 'handed')"
        ),
        "plans_to_review": store.value("select count(*) from out.plan_to_review"),
        "runs": [
            {
                "run_id": r[0],
                "kind": r[1],
                "run_on": str(r[2]),
                "profile": r[3],
                "status": r[4],
                "exit_code": r[5],
                "error": r[6],
            }
            for r in runs
        ],
        "refused": [dict(zip(_REFUSED, row, strict=True)) for row in refused],
    }


def print_status(payload: dict[str, Any]) -> None:
    """The readable form."""
    from tasks.printing import print_table

    age = payload["last_success_age_h"]
    last = payload["last_success_at"]
    click.echo(
        f"last success    {last[:16].replace('T', ' ')} UTC, {age} h ago" if last else "last success    never"
    )
    click.echo(
        f"spent           ${payload['spent_month_usd']:.4f} of ${payload['cap_month_usd']:.2f} this month"
    )
    click.echo(f"open batches    {payload['open_batches']}")
    click.echo(f"plans to review {payload['plans_to_review']}")
    states = payload["states"]
    total = sum(states.values())
    told = ", ".join(f"{v:,} {k}" for k, v in states.items())
    click.echo(f"messages        {told}  = {total:,}" if told else "messages        none yet")
    click.echo("")
    print_table(payload["runs"], ["run_id", "kind", "run_on", "profile", "status", "error"])
    for run in payload["runs"]:
        if run["status"] == "published":
            click.echo(
                f"{run['run_id']} made this copy when it published: how it ended is not in it, nor in the last success"
            )
    if payload["refused"]:
        click.echo(f"\nrefused by {payload['refused'][0]['run_id']} (each line: cw status --json)")
        print_table(_refused_by_reason(payload["refused"]))


def _refused_by_reason(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many lines of each source were refused for one reason, with the first one's detail; of a whole source, that it was."""
    counts = Counter((row["name"], row["reason"], row["line"] is None) for row in rows)
    advice = {(row["name"], row["reason"]): row["detail"] for row in reversed(rows)}
    return [
        {
            "source": name,
            "reason": reason,
            "lines": "whole" if is_whole else f"{count:,}",
            "detail": advice[name, reason],
        }
        for (name, reason, is_whole), count in counts.items()
    ]


def run_steps(store: Store, run_id: str) -> list[dict[str, Any]]:
    """The steps of one run with counts and milliseconds, for the end of `cw run`."""
    from tasks.store import sql_text

    columns = ("step", "in", "out", "rejected", "skipped", "pending", "usd", "ms")
    rows = store.rows(sql_text("steps", "run_steps"), {"run_id": run_id})
    return [dict(zip(columns, row, strict=False)) for row in rows]
