"""For each record, its stance towards its cluster's proposition: support, oppose, mixed, unclear.

Asked after clustering, once per distinct wording and proposition; a record keeps its answer until its
cluster's proposition is another or it is in another cluster. Whoever answers, a record of another matter that came to lie in the
cluster is on neither side: its writer has said nothing about the proposition.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.claims.sides import speaks_of
from tasks.claims.words import read_text
from tasks.llm import Ask, complete, over_budget
from tasks.run import Degradation, Run, StepReport
from tasks.schemas import PositionReply

if TYPE_CHECKING:
    from tasks.settings import Settings
    from tasks.store import Store

ASKED = ("proposition_en", "title_en", "summary_en", "record_proposition_en", "record_position")


def position_records(store: Store, *, run: Run, settings: Settings, wait_s: float = 0.0) -> StepReport:
    """Ask for the positions that are not known; in = records without one, out = filed."""
    due = store.step("position_due")
    wordings = due.select(ASKED).unique(maintain_order=True)
    asks = [Ask(f"position-{number}", row) for number, row in enumerate(wordings.iter_rows(named=True))]
    answers = complete(store, "position", asks, run=run, settings=settings, wait_s=wait_s)
    by_wording = {tuple(ask.inputs.values()): answer for ask, answer in zip(asks, answers, strict=True)}
    rows: list[dict[str, Any]] = []
    dead = 0
    for row in due.iter_rows(named=True):
        answer = by_wording[tuple(row[name] for name in ASKED)]
        dead += answer.status == "dead"
        if isinstance(answer.value, PositionReply):
            rows.append(
                {name: row[name] for name in ("record_id", "cluster_id", "proposition_hash")}
                | {
                    "position": answer.value.position if _is_about(row) else "unclear",
                    "engine": answer.engine,
                    "request_key": answer.request_key,
                }
                | {"run_id": run.run_id, "created_at": run.now}
            )
    with store.transaction():
        store.append("core.position", pl.DataFrame(rows))
    lost = Degradation("position_unanswered", dead, due.height, "these records count as unclear")
    return StepReport(
        step="position",
        in_count=due.height,
        out_count=len(rows),
        rejected_count=dead,
        pending_count=due.height - len(rows) - dead,
        spent_usd=sum(answer.cost_usd for answer in answers if answer.status == "done"),
        degradations=(lost,) if dead else (),
        details={"asked": len(asks), "budget_refused": over_budget(answers)},
    )


def _is_about(row: Mapping[str, Any]) -> bool:
    """Whether a record can be for or against the proposition: it speaks of its matter; and where both name something, of a name of it.

    To be of one topic is not enough; and who wants the Zayandeh Rud to flow again has said nothing about Lake Urmia.
    """
    said = f"{row['title_en']}. {row['summary_en']} {row['record_proposition_en']}."
    names, own_names = (
        {word.stem for word in read_text(text).words if word.is_name}
        for text in (row["proposition_en"], said)
    )
    if names and own_names and not names & own_names:
        return False
    return speaks_of(said, row["proposition_en"])
