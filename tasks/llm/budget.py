"""Caps on spending: what may still be committed in this run and this calendar month (UTC), on the worst case.

What is under way counts at its worst case until it is filed, so that a hundred doubtful batches cannot hide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tasks.run import Run
from tasks.settings import Settings
from tasks.store import Store
from tasks.window import month_of


@dataclass
class Allowance:
    """Dollars left. `take` reserves."""

    run_usd: float
    month_usd: float

    @property
    def left_usd(self) -> float:
        return max(0.0, min(self.run_usd, self.month_usd))

    def take(self, worst_usd: float) -> bool:
        """Reserve; False when it does not fit (nothing is reserved then)."""
        if worst_usd > 0 and worst_usd > self.left_usd:
            return False
        self.run_usd -= worst_usd
        self.month_usd -= worst_usd
        return True


def read_allowance(store: Store, *, run: Run, settings: Settings, at: datetime) -> Allowance:
    """What is left of both caps."""
    row = store.step("llm_spent", {"run_id": run.run_id, "month": month_of(at)}).row(0)
    return Allowance(settings.budget_run_usd - row[0], settings.budget_month_usd - row[1])


def fits(allowance: Allowance, worst: Iterable[tuple[str, float]]) -> set[str]:
    """Keys that fit, in order; the first that does not fit ends it, so that the order is kept."""
    taken: set[str] = set()
    for key, usd in worst:
        if not allowance.take(usd):
            break
        taken.add(key)
    return taken
