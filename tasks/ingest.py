"""Ingest: what lies in the inbox or is new in the platform's database becomes rows of schema raw, once.

A file is either wholly in or not at all, and known by the hash of its bytes. Bad rows are filed in `ops.rejected`
with their line; a file that is refused whole is filed too, the others go on, and `raise_refused`, the night's last
step, ends the run with exit 3. Finding and reading files is in tasks/intake/drops.py,
inbox.py and rows.py, reading PostgreSQL in platform.py, the books in books.py.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from tasks.booking import booked_step
from tasks.errors import BadInput, CwError, Misconfigured
from tasks.intake.books import (
    READ_AGAIN,
    Source,
    arrive_batch,
    arrive_fast,
    book_refusal,
    empty_tables,
    prepare_intake,
    settle,
)
from tasks.intake.day import Day
from tasks.intake.drops import find_drops
from tasks.intake.inbox import (
    FileError,
    FileRefused,
    FileWaiting,
    PlainCopy,
    Sink,
    refuse_changed,
    stat_key,
    take_file,
)
from tasks.intake.lines import LineLook, LineScreen, NeedsCopy
from tasks.intake.parquet import read_parquet
from tasks.intake.person import person_key_of
from tasks.intake.rows import count_extra_columns, read_csv
from tasks.progress import tell_progress
from tasks.run import Run, StepReport
from tasks.store import StoreError
from tasks.tracebacks import keep_traceback

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasks.intake.drops import Drop
    from tasks.intake.inbox import Taken
    from tasks.intake.person import PersonKey
    from tasks.settings import Settings
    from tasks.store import Store


def ingest_all(store: Store, *, run: Run, settings: Settings) -> StepReport:
    """The inbox, then the platform's database when `CW_POSTGRES_DSN` is set; one report.

    A run that was killed after this step and is resumed ends with what it began with: it may have clustered and published that.
    What came in since is for the next run.
    """
    before = booked_step(store, run, "ingest")
    if before:
        return before
    inbox = ingest_inbox(store, run=run, settings=settings)
    if settings.postgres_dsn is None:
        return inbox
    platform = ingest_postgres(store, run=run, settings=settings)
    return StepReport(
        step="ingest",
        in_count=inbox.in_count + platform.in_count,
        out_count=inbox.out_count + platform.out_count,
        rejected_count=inbox.rejected_count + platform.rejected_count,
        skipped_count=inbox.skipped_count + platform.skipped_count,
        degradations=inbox.degradations + platform.degradations,
        details={"inbox": dict(inbox.details), "postgres": dict(platform.details)},
    )


def ingest_inbox(store: Store, *, run: Run, settings: Settings) -> StepReport:
    """Read every new file of the inbox. `details` lists what was refused, waits, or was left alone.

    Raises:
        Misconfigured: the inbox that was named is not there or cannot be listed, the person key or the place for private copies cannot be used.
    """
    if settings.inbox is not None and not settings.inbox.is_dir():
        raise Misconfigured(
            f"the inbox {settings.inbox} is not a folder: mount it, or set CW_INBOX (--inbox) to where the drops lie"
        )
    found = find_drops(settings.inbox_dir)
    day = Day(
        file_count=len(found.drops) + len(found.waiting),
        loud=found.loud,
        quiet=found.quiet,
        waiting=found.waiting,
    )
    taken = {(name, key) for _, _, name, key in store.step("ingest_taken").iter_rows() if key}
    fresh = [drop for drop in found.drops if not _is_known(drop, taken, day)]
    if fresh:
        key = person_key_of(store, settings.home, at=run.now)
        prepare_intake(store, run=run, settings=settings)
        with _private_folder(settings.home) as folder:
            for number, drop in enumerate(fresh):
                tell_progress(number, len(fresh))
                _ingest_drop(store, drop, folder, key=key, run=run, settings=settings, day=day)
        empty_tables(store)
    return day.report()


def ingest_postgres(store: Store, *, run: Run, settings: Settings) -> StepReport:
    """Read what is new in the platform's database, read-only.

    Raises:
        Misconfigured: no driver, no server, a wrong password, or a table or column is missing.
    """
    from tasks.intake.platform import read_platform

    key = person_key_of(store, settings.home, at=run.now)
    prepare_intake(store, run=run, settings=settings)
    day = Day()
    for outcome in read_platform(store, key=key, run=run, settings=settings):
        day.add(outcome)
    empty_tables(store)
    return day.report()


def raise_refused(store: Store, *, run: Run, settings: Settings) -> StepReport:
    """The night's last word on its input: all that was good is published by now.

    Raises:
        BadInput: this run refused whole sources; names them.
    """
    refused = store.rows(
        "select name, reason, detail from ops.rejected"
        " where run_id = ? and line_no is null and reason <> 'empty_file' order by name",
        [run.run_id],
    )
    if refused:
        lines = "; ".join(f"{name}: {reason} ({detail})" for name, reason, detail in refused[:10])
        raise BadInput(
            f"{len(refused)} sources were refused whole, the rest was taken: {lines}."
            " Mend or remove them, then run `cw run`"
        )
    return StepReport(step="refuse")


def _is_known(drop: Drop, taken: set[tuple[str, str]], day: Day) -> bool:
    """Whether the file system says that this is a file that was read, untouched since."""
    try:
        key = stat_key(drop.path)
    except FileWaiting as wait:
        day.waiting[drop.name] = f"{wait.reason}: {wait.detail}"
        return True
    if key is None or (drop.name, key) not in taken:
        return False
    day.known += 1
    return True


@contextmanager
def _private_folder(home: Path) -> Iterator[Path]:
    """A folder that only this user can read, for the copies of files being read; emptied before and after."""
    folder = home / "tmp" / "ingest"
    try:
        shutil.rmtree(folder, ignore_errors=True)  # what a killed run left
        folder.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise Misconfigured(f"cannot write {folder}: {error.strerror}; make CW_HOME writable") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ingest_drop(
    store: Store, drop: Drop, folder: Path, *, key: PersonKey, run: Run, settings: Settings, day: Day
) -> None:
    """One file, from bytes to books."""
    place = folder / f"drop.{drop.form}"
    refusal: FileRefused | None = None
    try:
        taken, seen = _bring(drop, place)
    except FileWaiting as wait:
        day.waiting[drop.name] = f"{wait.reason}: {wait.detail}"
        return
    except FileRefused as error:
        if error.taken is None:
            raise
        taken, refusal = error.taken, error
    except OSError as error:
        raise Misconfigured(
            f"cannot copy {drop.name} to {folder}: {error.strerror}; free space there"
        ) from error
    source_id = _new_source_id(store, drop, taken.sha256)
    if source_id is None:
        day.known += 1
        return
    source = Source(source_id, "file", drop.table, drop.name, taken.byte_count, taken.stat_key)
    row_count = 0
    try:
        if refusal:
            raise refusal
        empty_tables(store)
        try:
            with _refused_if_unforeseen(run=run, settings=settings):
                for count in _arrive(store, place, seen, drop, key=key):
                    row_count += count
                extra = count_extra_columns(place, drop.form, drop.table) if row_count else 0
        except (StoreError, OSError):
            if place.is_symlink():  # it was read where it lies: is it gone?
                refuse_changed(drop.path, taken.stat_key)
            raise
        if place.is_symlink():  # it was read where it lies: was that what was hashed?
            refuse_changed(drop.path, taken.stat_key)
        outcome = settle(store, source, row_count, run=run, settings=settings)
        if extra:
            day.extra[drop.name] = extra
    except FileWaiting as wait:
        day.waiting[drop.name] = f"{wait.reason}: {wait.detail}"
        return
    except FileRefused as error:
        outcome = book_refusal(store, source, error, row_count, run=run)
    day.add(outcome)


def _new_source_id(store: Store, drop: Drop, sha256: str) -> str | None:
    """The id of a content that is to be read; None when it has been.

    Of a table whose last reading counts, a content that comes back under a name which meanwhile held another says something new:
    the round is as it was again. It is told from the first time by a number. Under a new name it is a copy, moved or packed.
    """
    read = store.step("ingest_taken").filter(table_name=drop.table)
    is_same = pl.col("source_id").str.starts_with(sha256)
    times = read.filter(is_same).height
    if not times:
        return sha256
    last = read.filter(name=drop.name).tail(1)
    if drop.table not in READ_AGAIN or not last.height or last.filter(is_same).height:
        return None
    return f"{sha256}:{times}"


@contextmanager
def _refused_if_unforeseen(*, run: Run, settings: Settings) -> Iterator[None]:
    """While a file's bytes go through foreign readers: what they raise is filed against the file, and ends the night with exit 3.

    Not so what the store, a disk or the memory did: that would befall the next file too.
    """
    try:
        yield
    except (FileError, CwError, StoreError, OSError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - filed, counted, its traceback kept, and the run ends with exit 3
        told = keep_traceback(error, run_id=run.run_id, folder=settings.errors_dir)
        raise FileRefused("unforeseen", f"{told}; the file may be sound, the reader is at fault") from None


def _bring(drop: Drop, place: Path) -> tuple[Taken, Sink]:
    """Take a file in: a link at `place` to one that can be read where it lies, else a private copy, fit for reading."""
    place.unlink(missing_ok=True)  # never write through the link that the last file left
    if drop.form == "jsonl" and not drop.packing and stat_key(drop.path):
        look = LineLook()
        try:
            taken = _take(drop, look)
            if taken.stat_key:
                place.symlink_to(drop.path.absolute())
                return taken, look
        except NeedsCopy:
            pass
    sink = LineScreen(place) if drop.form == "jsonl" else PlainCopy(place)
    return _take(drop, sink), sink


def _take(drop: Drop, sink: Sink) -> Taken:
    try:
        return take_file(drop, sink)
    finally:
        sink.close()


def _arrive(store: Store, place: Path, seen: Sink, drop: Drop, *, key: PersonKey) -> Iterator[int]:
    """Bring the rows of the file at `place` into the session's tables; yields row counts."""
    if isinstance(seen, LineLook | LineScreen):
        yield arrive_fast(store, place, seen, table=drop.table, key=key)
        return
    batches = read_csv(place, drop.table) if drop.form == "csv" else read_parquet(place, drop.table)
    for batch in batches:
        yield arrive_batch(store, batch, key=key)
