"""Collect: file the answers of finished batches between nights, and say when the night can be resumed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from tasks.llm import collect as collect_batches
from tasks.run import Run, StepReport, new_run_id
from tasks.seals import seal_collected
from tasks.window import night_of

if TYPE_CHECKING:
    from datetime import datetime

    from tasks.settings import Settings
    from tasks.store import Store


def collect_replies(store: Store, *, settings: Settings, now: datetime, give_up: bool = False) -> StepReport:
    """Settle doubtful intents, poll open batches, file what has ended, and seal it; `give_up`: what the provider does not have is lost."""
    run = Run(new_run_id(now), "collect", night_of(now), settings.profile, now)
    report = collect_batches(store, run=run, settings=settings, give_up=give_up)
    seal_collected(store, at=now)
    return report


@dataclass(frozen=True)
class WaitingNight:
    """A night that ended while answers were out: under which date and profile it is to be finished."""

    run_on: date
    profile: str


def night_that_waits(store: Store) -> WaitingNight | None:
    """The last night or back-fill, when all its batches are in and answers have been filed since it ended; else None.

    A run that was killed is left to the next night. One that is finished, or that waits for a budget and not for
    answers, is not finished again and again.
    """
    from tasks.llm import open_batches

    if open_batches(store):
        return None
    found = store.step("collect_waiting").rows()
    return WaitingNight(*found[0]) if found else None
