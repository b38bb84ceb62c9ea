"""The night as a list of steps, and the book that is kept of it: begin or resume a run, run a step, end the run.

The flow (flows/nightly.py) and the fault harness walk the same list. A step finds its work in the store by what is
missing, so a run that was killed is resumed under its own id by the next one: same id, same clock, same bytes.
"""

from __future__ import annotations

import importlib
import json
import logging
import resource
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.errors import BudgetReached, CwError, Degraded, Misconfigured, Unexpected
from tasks.evidence import append_event
from tasks.run import Run, StepReport, new_run_id
from tasks.store import disk_remedy
from tasks.version import code_version
from tasks.window import ALWAYS, Window

if TYPE_CHECKING:
    from tasks.settings import Settings
    from tasks.store import Store

log = logging.getLogger("collective_will.night")


@dataclass(frozen=True)
class Step:
    """A step's name, where its function lies ("module:function", imported when it is run), which options it takes."""

    name: str
    target: str
    takes: tuple[str, ...] = ()

    def load(self) -> Callable[..., StepReport]:
        module, function = self.target.split(":")
        return getattr(importlib.import_module(module), function)  # type: ignore[no-any-return]


NIGHT: tuple[Step, ...] = (
    Step("ingest", "tasks.ingest:ingest_all"),
    Step("erase", "tasks.erase:erase_requested"),
    Step("redact", "tasks.redaction:redact_new"),
    Step("canonicalize", "tasks.canonicalize:canonicalize_new", takes=("window", "wait_s", "redo")),
    Step("embed", "tasks.embedding:embed_missing"),
    Step("cluster", "tasks.clustering:cluster_records"),
    Step("summarise", "tasks.summarise:summarise_clusters", takes=("wait_s",)),
    Step("position", "tasks.position:position_records", takes=("wait_s",)),
    Step("tally", "tasks.tally:tally_votes"),
    Step("plan", "tasks.plan:plan_actions", takes=("wait_s",)),
    Step("message", "tasks.message:write_messages", takes=("wait_s",)),
    Step("check", "tasks.checks:run_checks"),
    Step("publish", "tasks.publish:publish_run"),
    Step("verify", "tasks.verify:verify_published"),
    Step(
        "refuse", "tasks.ingest:raise_refused"
    ),  # last: what was good is published before bad sources end the run
)


def step_named(name: str) -> Step:
    """The step of that name."""
    return next(step for step in NIGHT if step.name == name)


def begin_run(
    store: Store,
    *,
    kind: str,
    run_on: date,
    settings: Settings,
    now: datetime | None = None,
    run_id: str | None = None,
) -> tuple[Run, bool]:
    """Open a new run, or resume the unfinished one of the same kind, night and profile. Returns (run, resumed).

    A run never starts before the one before it: when the clock was moved back, or an earlier night is run again, it
    starts a second after. So run ids sort, and "latest" is what was written last. `now` and `run_id` are given by
    tests that compare bytes and by nights that are booked under a past date; else by the clock and `new_run_id`.
    """
    unfinished = store.rows(
        "select run_id, started_at from ops.run anti join ops.run_end using (run_id)"
        " where kind = ? and run_on = ? and profile = ? order by started_at desc limit 1",
        [kind, run_on, settings.profile],
    )
    if unfinished:
        known_id, started_at = unfinished[0]
        return Run(known_id, kind, run_on, settings.profile, started_at.astimezone(UTC)), True
    started = (now or datetime.now(UTC)).replace(microsecond=0)
    last = store.value("select max(started_at) from ops.run")
    if last is not None and started <= last:
        started = last.astimezone(UTC) + timedelta(seconds=1)
    run = Run(run_id or new_run_id(started), kind, run_on, settings.profile, started)
    row = {
        "run_id": run.run_id,
        "kind": kind,
        "run_on": run_on,
        "profile": settings.profile,
        "code_version": code_version(),
        "settings": json.dumps(settings.public(), sort_keys=True),
        "started_at": started,
    }
    with store.transaction():
        store.append("ops.run", pl.DataFrame([row]))
        append_event(store, "run_started", entity=("run", run.run_id), payload={"kind": kind}, at=started)
    return run, False


def run_step(
    store: Store,
    step: Step,
    *,
    run: Run,
    settings: Settings,
    window: Window = ALWAYS,
    wait_s: float = 0.0,
    redo: bool = False,
) -> StepReport:
    """Run one step and book its counts, time and peak memory."""
    options = {"window": window, "wait_s": wait_s, "redo": redo}
    started = time.monotonic()
    report = step.load()(store, run=run, settings=settings, **{k: options[k] for k in step.takes})
    elapsed_ms = int((time.monotonic() - started) * 1000)
    row = {
        **{k: v for k, v in asdict(report).items() if k not in ("degradations", "details")},
        "run_id": run.run_id,
        "step": step.name,
        "degradations": json.dumps([asdict(d) for d in report.degradations]),
        "details": json.dumps(dict(report.details), default=str),
        "elapsed_ms": elapsed_ms,
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "ended_at": datetime.now(UTC),
    }
    store.append("ops.step", pl.DataFrame([row]))
    log.info(
        "%s: in %d, out %d, rejected %d, skipped %d, pending %d, %d ms",
        step.name, report.in_count, report.out_count, report.rejected_count,
        report.skipped_count, report.pending_count, elapsed_ms,
    )  # fmt: skip
    refuse_degraded(report, settings)
    return report


def refuse_degraded(report: StepReport, settings: Settings) -> None:
    """Raise when a degradation is over `settings.max_degraded` of at least 20 units: small nights are only told."""
    for d in report.degradations:
        if d.of >= 20 and d.share > settings.max_degraded:
            raise Degraded(
                f"{report.step}: {d.kind}: {d.count} of {d.of} ({d.share:.0%}, limit {settings.max_degraded:.0%});"
                f" {d.note or 'see `cw status`'}. Nothing was published; work is kept."
            )


def end_run(
    store: Store,
    *,
    run: Run,
    status: str,
    exit_code: int,
    error: str | None = None,
    published: str | None = None,
) -> None:
    """Book the end of a run."""
    ended = datetime.now(UTC)
    row: dict[str, Any] = {
        "run_id": run.run_id,
        "status": status,
        "exit_code": exit_code,
        "error": error,
        "published_path": published,
        "ended_at": ended,
    }
    with store.transaction():
        store.append(
            "ops.run_end",
            pl.DataFrame([row], schema_overrides={"error": pl.String, "published_path": pl.String}),
        )
        append_event(
            store,
            "run_ended",
            entity=("run", run.run_id),
            payload={"status": status, "exit_code": exit_code},
            at=ended,
        )


@dataclass
class Session:
    """An open run: the store it holds, what it was told, and the reports of the steps it has taken so far."""

    store: Store
    run: Run
    settings: Settings
    resumed: bool
    reports: list[StepReport] = field(default_factory=list)

    def take(
        self, step: Step, *, window: Window = ALWAYS, wait_s: float = 0.0, redo: bool = False
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
            )
        except CwError:
            raise
        except OSError as error:
            remedy = disk_remedy(error.strerror or "")
            if remedy is None:
                raise Unexpected(_keep_traceback(error, step=step, session=self)) from None
            raise Misconfigured(
                f"step {step.name} cannot write under {self.settings.home}: {remedy}"
            ) from None
        except Exception as error:  # noqa: BLE001 - the step's edge: filed, and raised without its text
            raise Unexpected(_keep_traceback(error, step=step, session=self)) from None
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


def _keep_traceback(error: Exception, *, step: Step, session: Session) -> str:
    """Write the traceback where only this machine's owner reads it; returns the line that may be shown."""
    folder = session.settings.home / "errors"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{session.run.run_id}.txt"
    path.touch(mode=0o600)
    path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    return f"step {step.name} met an unexpected {type(error).__name__} at {place}: the traceback is in {path}"


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
        run, resumed = begin_run(store, kind=kind, run_on=run_on, settings=settings, now=now, run_id=run_id)
        session = Session(store, run, settings, resumed)
        try:
            yield session
        except CwError as error:
            _book_failure(session, error)
            raise
        _book_end(session)


def _book_failure(session: Session, error: CwError) -> None:
    """Book a failed run, if the store can still be written: if not, the run stays unfinished and the next one resumes it."""
    with suppress(CwError):
        end_run(
            session.store,
            run=session.run,
            status="failed",
            exit_code=error.exit_code,
            error=str(error),
            published=session.published_path,
        )


def _book_end(session: Session) -> None:
    over = session.budget_refused
    status = "budget" if over else "degraded" if session.degraded else "done"
    error = f"{over} requests wait for the next budget" if over else None
    code = BudgetReached.exit_code if over else 0
    end_run(
        session.store,
        run=session.run,
        status=status,
        exit_code=code,
        error=error,
        published=session.published_path,
    )
