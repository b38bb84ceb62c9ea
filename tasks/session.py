"""An open run: it holds the store from the first step to the last, keeps the steps' reports, and books how it ended."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from polars.exceptions import PolarsError

from tasks.booking import begin_run, end_run, run_step
from tasks.errors import BudgetReached, CwError, Misconfigured, Unexpected, disk_remedy
from tasks.rewrite import rewrite_if_stale
from tasks.run import Run, StepReport
from tasks.scratch import drop_scratch
from tasks.spread import Spread, here
from tasks.store import StoreError
from tasks.tracebacks import keep_traceback
from tasks.window import ALWAYS, Window

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.night import Step
    from tasks.settings import Settings
    from tasks.store import Store

FULL_BYTES = 1 << 20  # free room below which a write that failed is laid to the disk


@dataclass
class Session:
    """An open run: the store it holds, what it was told, and the reports of the steps it has taken so far."""

    store: Store
    run: Run
    settings: Settings
    resumed: bool
    reports: list[StepReport] = field(default_factory=list)

    def take(
        self,
        step: Step,
        *,
        window: Window = ALWAYS,
        wait_s: float = 0.0,
        redo: bool = False,
        spread: Spread = here,
    ) -> StepReport:
        """Run one step and keep its report.

        Raises:
            CwError: what the step raised.
            Unexpected: the step met a fault nobody foresaw; its whole traceback is in `$CW_HOME/errors/`, nowhere else.
        """
        try:
            report = run_step(
                self.store,
                step,
                run=self.run,
                settings=self.settings,
                window=window,
                wait_s=wait_s,
                redo=redo,
                spread=spread,
            )
        except CwError:
            raise
        except Exception as error:  # noqa: BLE001 - the step's edge: filed, and raised without its text
            remedy = _remedy(error, self.settings.home)
            if remedy:
                raise Misconfigured(f"step {step.name} {remedy}") from None
            raise _unexpected(error, step=step, session=self) from None
        self.reports.append(report)
        return report

    @property
    def degraded(self) -> bool:
        return any(report.degradations for report in self.reports)

    @property
    def budget_refused(self) -> int:
        """How many requests were not made because a cap was reached."""
        return sum(int(report.details.get("budget_refused", 0)) for report in self.reports)

    @property
    def published_path(self) -> str | None:
        """Where this run's folder lies under `$CW_HOME`, once it is published."""
        return next((str(r.details["path"]) for r in self.reports if r.step == "publish"), None)

    @property
    def pending(self) -> int:
        return sum(report.pending_count for report in self.reports)


def _remedy(error: Exception, home: Path) -> str | None:
    """What to do when it was the machine: no memory, or no room. Of a full disk polars may say "transport error" only, so
    the room is looked at."""
    if isinstance(error, MemoryError):
        return "got no more memory: give it more, then run `cw run` again: it resumes where this run stopped"
    if not isinstance(error, (OSError, PolarsError)):
        return None
    is_full = shutil.disk_usage(home).free < FULL_BYTES
    remedy = disk_remedy("no space left" if is_full else str(error))
    return remedy and f"cannot write under {home}: {remedy}"


def _unexpected(error: Exception, *, step: Step, session: Session) -> Unexpected:
    told = keep_traceback(error, run_id=session.run.run_id, folder=session.settings.errors_dir)
    return Unexpected(f"step {step.name} met an unexpected {told}")


@contextmanager
def open_session(
    settings: Settings,
    *,
    kind: str,
    run_on: date,
    now: datetime | None = None,
    run_id: str | None = None,
    wait_s: float | None = None,
) -> Iterator[Session]:
    """Hold the store for one run, and book its end, however it ends.

    The store is held throughout: a second night, a back-fill and a collect wait or step aside, so none interleave.

    Raises:
        StoreBusy: another process holds the store.
        CwError: what a step raised; it is booked first.
    """
    from tasks.store import open_store

    patience = settings.store_wait_s if wait_s is None else wait_s
    with open_store(
        settings.home, wait_s=patience, threads=settings.threads, memory_limit=settings.memory_limit
    ) as store:
        shutil.rmtree(settings.spool_dir, ignore_errors=True)  # a killed run's bodies: people's words
        drop_scratch(settings.home)
        run, resumed = begin_run(store, kind=kind, run_on=run_on, settings=settings, now=now, run_id=run_id)
        session = Session(store, run, settings, resumed)
        try:
            yield session
        except CwError as error:
            _book_failure(session, error)
            raise
        _book_end(session)
        rewrite_if_stale(store)


def _book_failure(session: Session, error: CwError) -> None:
    """Book a failed run, and let what it erased leave the file, if the store can still be written: if not, the run stays
    unfinished, the file stays marked, and the next run sees to both.
    """
    with suppress(CwError, StoreError):
        end_run(
            session.store,
            session.run.run_id,
            status="failed",
            exit_code=error.exit_code,
            error=str(error),
            published=session.published_path,
        )
        rewrite_if_stale(session.store)


def _book_end(session: Session) -> None:
    over = session.budget_refused
    status = "budget" if over else "degraded" if session.degraded else "done"
    error = f"{over} requests wait for the next budget" if over else None
    code = BudgetReached.exit_code if over else 0
    end_run(
        session.store,
        session.run.run_id,
        status=status,
        exit_code=code,
        error=error,
        published=session.published_path,
    )
