"""The check step: every query in `sql/checks` returns offending rows; one offending row fails the run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tasks.errors import VerificationFailed
from tasks.run import Run, StepReport

if TYPE_CHECKING:
    from tasks.settings import Settings
    from tasks.store import Store

_OFFENDING = re.compile(r"-- Offending: ([^\n]*?)[.,]?(?:\n|$)")


def failing_checks(store: Store) -> dict[str, int]:
    """Checks with offending rows, and how many."""
    from tasks.store import sql_names, sql_text

    counts = {name: store.frame(sql_text("checks", name)).height for name in sql_names("checks")}
    return {name: count for name, count in counts.items() if count}


def named(failing: dict[str, int]) -> str:
    """What is wrong, in the words that each check begins with."""
    from tasks.store import sql_text

    words = {name: _OFFENDING.match(sql_text("checks", name)) for name in sorted(failing)}
    return "; ".join(
        f"{name} ({failing[name]}): {found[1] if found else ''}" for name, found in words.items()
    )


def run_checks(store: Store, *, run: Run, settings: Settings) -> StepReport:
    """Run all checks.

    Raises:
        VerificationFailed: at least one has offending rows.
    """
    failing = failing_checks(store)
    if failing:
        raise VerificationFailed(f"the store fails its own checks: {named(failing)}. Nothing was published")
    return StepReport(step="check")
