"""The check step: every query in `sql/checks` returns offending rows; one offending row fails the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.errors import VerificationFailed
from tasks.run import Run, StepReport

if TYPE_CHECKING:
    from tasks.settings import Settings
    from tasks.store import Store


def failing_checks(store: Store) -> dict[str, int]:
    """Checks with offending rows, and how many."""
    from tasks.store import sql_names, sql_text

    counts = {name: store.frame(sql_text("checks", name)).height for name in sql_names("checks")}
    return {name: count for name, count in counts.items() if count}


def run_checks(store: Store, *, run: Run, settings: Settings) -> StepReport:
    """Run all checks.

    Raises:
        VerificationFailed: at least one has offending rows.
    """
    failing = failing_checks(store)
    if failing:
        named = ", ".join(f"{name} ({count} rows)" for name, count in failing.items())
        raise VerificationFailed(
            f"the store fails its own checks: {named}. Nothing was published; run `cw verify` for rows"
        )
    return StepReport(step="check")
