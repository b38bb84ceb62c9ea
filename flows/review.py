"""Review: a person's decision on a plan, given in the form of the Prefect UI; `cw review` does the same in a terminal.

The form is the deployment's own, drawn from the parameters and checked by the server before a run is made. The artifact
`plans-to-review` links to it, filled in with the plan. A run that pauses for input would hold a worker, or be lost with
it, for as long as the person thinks: a decision is a run of its own.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from flows.artifacts import show_plans
from flows.hooks import tell_operator
from tasks.review import review_plan
from tasks.settings import Settings
from tasks.store import open_store

PlanId = Annotated[str, Field(pattern=r"^[0-9a-zA-Z_-]{4,64}$")]
Name = Annotated[str, Field(min_length=2, max_length=100, pattern=r"\S")]
Note = Annotated[str, Field(max_length=2_000)]
DECISIONS: dict[str, Literal["approved", "rejected"]] = {"approve": "approved", "reject": "rejected"}


@flow(
    name="review",
    flow_run_name="{verdict} {plan_id}",
    persist_result=False,
    on_failure=[tell_operator],
    on_crashed=[tell_operator],
)
def review(
    plan_id: PlanId, verdict: Literal["approve", "reject"], reviewer: Name, note: Note | None = None
) -> State[dict[str, Any]]:
    """Approve an action plan for use, or reject it. The decision goes into the evidence chain under the reviewer's name.

    Args:
        plan_id: The plan, as listed in the artifact plans-to-review and by `cw review list`.
        verdict: Approve: it is published as reviewed. Reject: it is no longer offered.
        reviewer: Who decides; kept in the evidence chain.
        note: Why; kept in the store, not published.
    """
    settings = Settings()
    with open_store(
        settings.home,
        wait_s=settings.store_wait_s,
        threads=settings.threads,
        memory_limit=settings.memory_limit,
    ) as store:
        decision = DECISIONS[verdict]
        review_plan(store, plan_id, decision=decision, reviewer=reviewer, note=note, now=datetime.now(UTC))
        show_plans(store, settings=settings, heading=f"After {reviewer} {decision} {plan_id}")
    return Completed(message=f"{decision}; the next night publishes it so")
