"""A person's decision on a plan: what waits for one, and filing it. Without one a plan is published as a draft, marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from tasks.errors import BadInput
from tasks.evidence import append_event

if TYPE_CHECKING:
    from datetime import datetime

    from tasks.store import Store


def list_plans(store: Store, *, status: str | None = "pending") -> list[dict[str, Any]]:
    """Plans with their review status, best supported first; `status=None` lists all."""
    return store.step("plan_list", {"status": status}).to_dicts()


def review_plan(
    store: Store,
    plan_id: str,
    decision: Literal["approved", "rejected"],
    reviewer: str,
    now: datetime,
    note: str | None = None,
) -> None:
    """File a person's decision on a plan, and put it into the evidence chain.

    Raises:
        BadInput: there is no such plan, no such decision, or no reviewer's name.
    """
    if decision not in ("approved", "rejected"):
        raise BadInput(f"a plan is approved or rejected, not {decision!r}")
    if not reviewer.strip():
        raise BadInput("who reviews? name a reviewer: `cw review approve PLAN_ID --reviewer NAME`")
    if not store.value("select count(*) from out.action_plan where plan_id = ?", [plan_id]):
        raise BadInput(f"no plan {plan_id}: see `cw review list`")
    with store.transaction():
        store.execute(
            "insert into out.plan_review values (?, ?, ?, ?, ?)",
            [plan_id, decision, reviewer.strip(), note, now],
        )
        append_event(
            store,
            "plan_reviewed",
            entity=("plan", plan_id),
            payload={"decision": decision, "reviewer": reviewer.strip()},
            at=now,
        )
