"""The check step: every query in `sql/checks` and `sql/night_checks` returns offending rows; one offending row fails the run.

What lies in `sql/checks` holds of a store at any time, and `cw verify` asks it too. The others hold when a night has taken
its steps: a night that was killed has read votes that the next one will count.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tasks.errors import VerificationFailed
from tasks.run import Run, StepReport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.settings import Settings
    from tasks.store import Store

ANY_TIME, OF_A_NIGHT = "checks", "night_checks"  # folders under sql/
_OFFENDING = re.compile(r"-- Offending: ([^\n]*?)[.,]?(?:\n|$)")


def failing_checks(store: Store, *, kinds: Sequence[str] = (ANY_TIME,)) -> dict[str, int]:
    """Checks with offending rows, and how many."""
    from tasks.store import sql_names, sql_text

    counts = {name: store.frame(sql_text(kind, name)).height for kind in kinds for name in sql_names(kind)}
    return {name: count for name, count in counts.items() if count}


def named(failing: dict[str, int]) -> str:
    """What is wrong, in the words that each check begins with."""
    from tasks.store import sql_names, sql_text

    texts = {name: sql_text(kind, name) for kind in (ANY_TIME, OF_A_NIGHT) for name in sql_names(kind)}
    words = {name: _OFFENDING.match(texts[name]) for name in sorted(failing)}
    return "; ".join(
        f"{name} ({failing[name]}): {found[1] if found else ''}" for name, found in words.items()
    )


def run_checks(store: Store, *, run: Run, settings: Settings) -> StepReport:
    """Run all checks.

    Raises:
        VerificationFailed: at least one has offending rows.
    """
    failing = failing_checks(store, kinds=(ANY_TIME, OF_A_NIGHT))
    if failing:
        raise VerificationFailed(f"the store fails its own checks: {named(failing)}. Nothing was published")
    return StepReport(step="check")
