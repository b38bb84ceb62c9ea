"""The book of runs: begin or resume a run, book what a step did, end the run.

A run that was killed is resumed under its own id by the next one: same id, same clock, same bytes.
"""

from __future__ import annotations

import json
import logging
import resource
import shutil
import time
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.errors import Degraded, Misconfigured
from tasks.evidence import append_event
from tasks.read_copy import PUBLISHED, READ_COPY, drop_unfinished
from tasks.run import Degradation, Run, StepReport, new_run_id
from tasks.seals import seals_of
from tasks.spread import Spread, here
from tasks.version import code_version
from tasks.window import ALWAYS, Window

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.night import Step
    from tasks.settings import Settings
    from tasks.store import Store

log = logging.getLogger("collective_will.night")

# Of what came in, not of the work: a refused source ends the night with exit 3 after the good is published (tasks/ingest.py,
# raise_refused), and what an export lacks is no reason to keep everybody's counts back.
ONLY_TOLD = ("refused_file", "vote_for_unknown_option", "message_without_words")
HALF_WRITTEN = ".tmp-"  # begins the name of a run folder that is being written
CLOCK_SLACK = timedelta(hours=1)  # clocks are set by less, and runs that follow each other are a second apart


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

    A run is resumed under its own clock, so only when nothing has been written since that is not its own (`sql/steps/run_resumable.sql`):
    what came in between would be written over what it made, both of one instant. Then a new run takes up its work.

    A run never starts before the one before it: when the clock was moved back, or an earlier night is run again, it
    starts a second after. So run ids sort, and "latest" is what was written last. `now` and `run_id` are given by
    tests that compare bytes and by nights that are booked under a past date; else by the clock and `new_run_id`.
    Whoever calls this holds the store alone: what has not ended was killed. A new night takes up its work, and ends it here.

    Raises:
        Misconfigured: a run began later than it is now: it judged what is open and what is future by a wrong clock.
    """
    last = store.value("select max(started_at) from ops.run")
    _refuse_wrong_clock(last, now)
    unfinished = store.rows(
        "select run_id, started_at from ops.run anti join ops.run_end using (run_id)"
        " where kind = ? and run_on = ? and profile = ? order by started_at desc limit 1",
        [kind, run_on, settings.profile],
    )
    if unfinished and store.step("run_resumable", {"run_id": unfinished[0][0]}).height:
        known_id, started_at = unfinished[0]
        run = Run(known_id, kind, run_on, settings.profile, started_at.astimezone(UTC))
        if kind == "nightly":
            _end_killed(store, follower=run)
        return run, True
    started = (now or datetime.now(UTC)).replace(microsecond=0)
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
    if kind == "nightly":
        _end_killed(store, follower=run)
    return run, False


def _refuse_wrong_clock(last: datetime | None, now: datetime | None) -> None:
    clock = max(datetime.now(UTC), now or datetime.now(UTC))
    if last is not None and last > clock + CLOCK_SLACK:
        raise Misconfigured(
            f"the last run began at {last.astimezone(UTC):%Y-%m-%d %H:%M} UTC, and this machine's clock says"
            f" {clock:%Y-%m-%d %H:%M}: set the clock right. If that run's was wrong, see docs/runbook.md (a wrong clock)"
        )


def _end_killed(store: Store, *, follower: Run) -> None:
    """Book the end of every run that was killed and is not resumed, and seal what it wrote; `follower` takes up its work."""
    killed = store.rows(
        "select r.run_id, max(e.entity_id) from ops.run as r anti join ops.run_end using (run_id)"
        " left join ops.event as e on e.event_type = 'run_published' and e.entity_id = lower(r.run_id)"
        " where r.run_id <> ? group by 1 order by 1",
        [follower.run_id],
    )
    for run_id, is_published in killed:
        is_pointed_to = store.path is not None and run_id == _pointed_to(store.path.parent / PUBLISHED)
        published = f"{PUBLISHED}/{run_id}" if is_published or is_pointed_to else None
        error = f"its process was killed; {follower.run_id} took up its work"
        end_run(store, run_id, status="killed", exit_code=1, error=error, published=published)


def drop_unbooked(store: Store, published: Path, *, own: str | None = None) -> int:
    """Delete what killed runs left of their publication, for words that were erased since may lie in it: folders and copies half
    written, and run folders that no event books. Returns how many folders. Only for whoever holds the store to write.

    A folder that `latest.json` names was published, if not by this store, which is an older backup then. Only the run of that name,
    `own`, writes it anew.
    """
    unbooked = (
        "select lower(run_id) from ops.run anti join ops.event as e on e.event_type = 'run_published' and e.entity_id = lower(run_id)"
        " anti join (from ops.run_end where published_path is not null) using (run_id)"
    )
    names = {run_id for (run_id,) in store.rows(unbooked)}
    if (pointed := _pointed_to(published)) != own:
        names.discard(pointed.lower())
    left = [p for p in published.glob("*/") if p.name.lower() in names or p.name.startswith(HALF_WRITTEN)]
    for folder in left:
        shutil.rmtree(folder)
    drop_unfinished(published / READ_COPY)
    return len(left)


def _pointed_to(published: Path) -> str:
    """The run that `latest.json` names; none when the file is missing or damaged, which `cw verify` tells."""
    try:
        return str(json.loads((published / "latest.json").read_text(encoding="utf-8"))["run_id"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def run_step(
    store: Store,
    step: Step,
    *,
    run: Run,
    settings: Settings,
    window: Window = ALWAYS,
    wait_s: float = 0.0,
    redo: bool = False,
    spread: Spread = here,
) -> StepReport:
    """Run one step and book its counts, time and peak memory."""
    options = {"window": window, "wait_s": wait_s, "redo": redo, "spread": spread}
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
        "%s: in %d, out %d, rejected %d, skipped %d, pending %d, $%.4f, %d ms",
        step.name, report.in_count, report.out_count, report.rejected_count,
        report.skipped_count, report.pending_count, report.spent_usd, elapsed_ms,
    )  # fmt: skip
    refuse_degraded(report, settings)
    return report


def booked_step(store: Store, run: Run, step: str) -> StepReport | None:
    """What this run has booked of a step, when it was killed after it."""
    rows = store.frame(
        "select step, in_count, out_count, rejected_count, skipped_count, pending_count, spent_usd, degradations, details"
        " from ops.step where run_id = ? and step = ? order by ended_at desc limit 1",
        [run.run_id, step],
    ).to_dicts()
    if not rows:
        return None
    lost = tuple(Degradation(**d) for d in json.loads(rows[0]["degradations"]))
    return StepReport(**rows[0] | {"degradations": lost, "details": json.loads(rows[0]["details"])})


def refuse_degraded(report: StepReport, settings: Settings) -> None:
    """Raise when a degradation is over `settings.max_degraded` of at least 20 units: small nights are only told."""
    from tasks.report.labels import degradation_line

    for d in report.degradations:
        if d.kind not in ONLY_TOLD and d.of >= 20 and d.share > settings.max_degraded:
            raise Degraded(
                f"step {report.step} stopped the run: {degradation_line(d.kind, d.count, d.of)} That is {d.share:.0%}, the"
                f" limit {settings.max_degraded:.0%}{f' ({d.note})' if d.note else ''}. Nothing was published, work is kept:"
                " mend the cause or raise CW_MAX_DEGRADED, then run `cw run`"
            )


def end_run(
    store: Store,
    run_id: str,
    *,
    status: str,
    exit_code: int,
    error: str | None = None,
    published: str | None = None,
) -> None:
    """Book the end of a run, and seal what it wrote."""
    ended = datetime.now(UTC)
    row: dict[str, Any] = {
        "run_id": run_id,
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
            entity=("run", run_id),
            payload={
                "status": status,
                "exit_code": exit_code,
                "facts": seals_of(store, [run_id]).get(run_id, {}),
            },
            at=ended,
        )
