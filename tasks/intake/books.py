"""One source's way into the store: rows that arrived → judged line by line → written in one transaction, or refused.

The rules are SQL (sql/steps/ingest_<table>.sql says what a row means, ingest_judge.sql what is a duplicate); here is
their order, the threshold of bad rows, and the books: every line ends accepted, duplicate or refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.evidence import append_event
from tasks.intake.inbox import FileRefused
from tasks.intake.lines import read_lines
from tasks.intake.rows import COLUMNS, MAX_ROW_BYTES, known_columns, person_of
from tasks.store import UnreadableInput, sql_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.intake.lines import LineLook, LineScreen
    from tasks.intake.person import PersonKey
    from tasks.intake.rows import Batch, Problem, Rows
    from tasks.run import Run
    from tasks.settings import Settings
    from tasks.store import Store

MIN_ROWS_TO_JUDGE = 20  # a share of fewer rows says nothing about the file
TABLES = frozenset(COLUMNS)
DUCKDB_OBJECT_BYTES = 2 * MAX_ROW_BYTES
ONE_PER_LINE = "write each one on a line of its own (`jq -c .`, for an array `jq -c '.[]'`)"
# a reading that says something new is a further row, and the one added last counts (core.cycle)
READ_AGAIN = ("cycle", "cluster")


@dataclass(frozen=True)
class Source:
    """What is being read: a file by the hash of its bytes, or a range of a database's table."""

    source_id: str
    kind: str  # file | postgres
    table: str
    name: str
    byte_count: int
    stat_key: str | None = None
    watermark: datetime | None = None
    older_mark: str | None = (
        None  # a database table's rows older than what the next reading takes (platform.py)
    )
    is_whole: bool = False  # a database table was read from its first row on


@dataclass(frozen=True)
class Outcome:
    """What became of a source's rows; `refused` is the reason when the whole source was refused."""

    source: Source
    row_count: int = 0
    accepted_count: int = 0
    rejected_count: int = 0
    duplicate_count: int = 0
    refused: str | None = None
    detail: str = ""
    is_news: bool = True  # False: nothing was written, all of it was known


def prepare_intake(store: Store, *, run: Run, settings: Settings) -> None:
    """Set the session's rules; once before the first source.

    What is dated in the future is told by this machine's clock: a night that is booked under a past date reads today's messages too.
    """
    latest = max(run.now, datetime.now(UTC)) + timedelta(days=1)
    store.execute("set variable ingest_now = $now", {"now": run.now})
    store.execute("set variable ingest_latest = $latest", {"latest": latest})
    store.execute("set variable ingest_max_text_chars = $n", {"n": settings.max_text_chars})
    store.execute(sql_text("steps", "ingest_rules"))


def empty_tables(store: Store) -> None:
    """Make the session's tables for the next source; drops what the last one left."""
    store.execute(sql_text("steps", "ingest_tables"))


def arrive_fast(
    store: Store, path: Path, screen: LineLook | LineScreen, *, table: str, key: PersonKey
) -> int:
    """Let DuckDB read a screened JSONL file; what it could not read is read again, exactly. Returns the row count."""
    settled = {p.line_no for p in screen.problems} | set(screen.blank_lines)
    file_problems(store, screen.problems)
    if _read_fast(store, path, screen.line_count, table=table, key=key):
        doubtful = set(store.step("ingest_doubtful")["line_no"])
        if table == "submission":
            doubtful |= set(store.step("ingest_doubtful_text")["line_no"])
        if doubtful - settled:
            _arrive_lines(store, path, (doubtful - settled).__contains__, key=key)
        if doubtful | settled:
            store.append("temp.replaced", pl.DataFrame({"line_no": sorted(doubtful | settled)}))
        store.execute(sql_text("steps", "ingest_lined"))
    else:
        _arrive_lines(store, path, lambda line_no: line_no not in settled, key=key)
    return screen.line_count - len(screen.blank_lines)


def _read_fast(store: Store, path: Path, line_count: int, *, table: str, key: PersonKey) -> bool:
    """Whether row n of temp.arrived is line n of the file; of JSON that goes over several lines DuckDB reads no row."""
    params = {
        "path": str(path),
        "columns": dict.fromkeys(known_columns(table), "VARCHAR"),
        "max_bytes": DUCKDB_OBJECT_BYTES,
        "inner_pad": key.inner_pad,
        "outer_pad": key.outer_pad,
    }
    try:
        store.execute(sql_text("steps", "ingest_read_jsonl"), params)
    except UnreadableInput:
        return False
    row_count: int = store.value("select count(*) from arrived")
    return row_count == line_count


def _arrive_lines(store: Store, path: Path, is_wanted: Callable[[int], bool], *, key: PersonKey) -> None:
    for batch in read_lines(path, is_wanted):
        arrive_batch(store, batch, key=key)


def arrive_batch(store: Store, batch: Batch, *, key: PersonKey) -> int:
    """Take in rows that were read exactly; returns how many lines they were."""
    arrive_rows(store, batch.rows, key=key)
    file_problems(store, batch.problems)
    return len(batch.rows) + len(batch.problems)


def arrive_rows(store: Store, rows: Rows, *, key: PersonKey) -> None:
    """Append rows to temp.arrived_exact, user ids hashed."""
    if not rows:
        return
    known = [name for name in _all_columns() if any(name in row for _, row in rows)]
    columns: dict[str, list[Any]] = {name: [row.get(name) for _, row in rows] for name in known}
    persons = [person_of(row) for _, row in rows]
    hashed = {p: key.hash(p) for p in set(persons) if p}
    columns["person_key"] = [hashed[p] if p else None for p in persons]
    texts = [row.get("raw_text") or row.get("text") for _, row in rows]
    columns["text_sha256"] = [hashlib.sha256(t.encode()).hexdigest() if t else None for t in texts]
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    store.append(
        "temp.arrived_exact", frame.with_columns(line_no=pl.Series([n for n, _ in rows], dtype=pl.Int64))
    )


def _all_columns() -> list[str]:
    return sorted({name for names in COLUMNS.values() for name in names})


def file_problems(store: Store, problems: list[Problem]) -> None:
    """Note lines that could not be read, for the judge."""
    if problems:
        fields = ("line_no", "reason", "detail", "row_sha256")
        store.append("temp.unread", pl.DataFrame({f: [getattr(p, f) for p in problems] for f in fields}))


def settle(store: Store, source: Source, row_count: int, *, run: Run, settings: Settings) -> Outcome:
    """Judge the rows that arrived and write them, in one transaction.

    Raises:
        FileRefused: a needed column is missing from every row, or too many rows are bad; nothing was written.
    """
    if source.table not in TABLES:
        raise ValueError(f"not a table of schema raw: {source.table}")
    store.execute(sql_text("steps", f"ingest_{source.table}"))
    conflict = "conflicting_text" if source.table == "submission" else "conflicting_row"
    store.execute(sql_text("steps", "ingest_mark"))
    store.execute(
        "create or replace temp view lined as select * from lined_all semi join suspect using (line_no)"
    )
    store.execute(sql_text("steps", "ingest_judge"), {"conflict": conflict})
    if source.kind == "postgres":
        store.execute(
            sql_text("steps", "ingest_known_rejects"), {"table_name": source.table, "name": source.name}
        )
    verdicts: dict[str, int] = dict(store.step("ingest_verdicts").iter_rows())
    duplicate = verdicts.pop("duplicate", 0)
    rejected = sum(verdicts.values())
    # a platform edits its rows, and nobody can mend that at the source: an edit is filed, and says nothing of the others
    bad = {r: n for r, n in verdicts.items() if source.kind == "file" or r != conflict}
    _refuse_bad(bad, row_count, max_bad_rows=settings.max_bad_rows)
    outcome = Outcome(source, row_count, row_count - rejected - duplicate, rejected, duplicate)
    is_look_back = source.kind == "postgres" and not (source.is_whole and source.watermark)
    if is_look_back and duplicate == row_count:
        return replace(outcome, is_news=False)
    return _write(store, outcome, run=run)


def _refuse_bad(verdicts: dict[str, int], row_count: int, *, max_bad_rows: float) -> None:
    rejected = sum(verdicts.values())
    only = next(iter(verdicts)) if len(verdicts) == 1 else ""
    # one line that broke off is a bad row, as in any other file
    is_torn = row_count == 1 and only == "bad_json"
    if rejected == row_count and row_count and not is_torn and set(verdicts) <= {"bad_json", "not_an_object"}:
        raise FileRefused("not_json_lines", f"of its {row_count} lines none is a JSON object: {ONE_PER_LINE}")
    if row_count >= 2 and rejected == row_count and only.startswith("missing_"):
        raise FileRefused("missing_column", f"all {row_count} rows: {only}")
    if row_count >= MIN_ROWS_TO_JUDGE and rejected > max_bad_rows * row_count:
        most = ", ".join(f"{reason} {count}" for reason, count in list(verdicts.items())[:4])
        limit = f"limit {max_bad_rows:.0%}, CW_MAX_BAD_ROWS"
        raise FileRefused("too_many_bad_rows", f"{rejected} of {row_count} rows are bad ({limit}): {most}")


def _write(store: Store, outcome: Outcome, *, run: Run) -> Outcome:
    source = outcome.source
    params = {"source_id": source.source_id, "run_id": run.run_id, "now": run.now}
    if outcome.accepted_count:
        store.execute(sql_text("steps", "ingest_accepted"))
    by_line = " order by line_no" if source.table in READ_AGAIN else ""  # others need not wait for a sort
    with store.transaction():
        if outcome.accepted_count:
            store.execute(
                f"insert into raw.{source.table} by name "  # noqa: S608 - one of TABLES, checked by settle
                f"select *, $source_id as source_id, $run_id as run_id, $now::timestamptz as ingested_at from accepted{by_line}",
                params,
            )
        if outcome.rejected_count:
            store.execute(
                sql_text("steps", "ingest_rejected"),
                params | {"table_name": source.table, "name": source.name},
            )
        if outcome.row_count == 0:
            file_whole(store, source, "empty_file", "no rows: if that is meant, nothing is to do", run=run)
        book_source(store, outcome, run=run)
    return outcome


def book_source(store: Store, outcome: Outcome, *, run: Run) -> None:
    """Append the source's row and its event; joins the caller's transaction."""
    source = outcome.source
    counts = {
        "row_count": outcome.row_count,
        "accepted_count": outcome.accepted_count,
        "rejected_count": outcome.rejected_count,
        "duplicate_count": outcome.duplicate_count,
    }
    row = {
        "source_id": source.source_id,
        "kind": source.kind,
        "table_name": source.table,
        "name": source.name,
        "byte_count": source.byte_count,
        **counts,
        "watermark": source.watermark,
        "older_mark": source.older_mark,
        "stat_key": source.stat_key,
        "run_id": run.run_id,
        "read_at": run.now,
    }
    store.append(
        "ops.source",
        pl.DataFrame(
            [row],
            schema_overrides={
                "watermark": pl.Datetime("us", "UTC"),
                "older_mark": pl.String,
                "stat_key": pl.String,
            },
        ),
    )
    payload = {"table": source.table, **counts, "refused": outcome.refused}
    append_event(store, "source_read", entity=("source", source.source_id), payload=payload, at=run.now)


def book_refusal(store: Store, source: Source, refusal: FileRefused, row_count: int, *, run: Run) -> Outcome:
    """File a source that is refused whole; nothing is written when it was refused for the same reason before, by a run that
    could say so: one that failed or was killed has not got to it (tasks/ingest.py, raise_refused).
    """
    outcome = Outcome(source, row_count, 0, row_count, 0, refusal.reason, refusal.detail)
    if store.rows(
        "select 1 from ops.rejected anti join (from ops.run_end where exit_code not in (0, 3, 6)) using (run_id)"
        " where source_id = ? and table_name = ? and line_no is null and reason = ?",
        [source.source_id, source.table, refusal.reason],
    ):
        return replace(outcome, is_news=False)
    with store.transaction():
        file_whole(store, source, refusal.reason, refusal.detail, run=run)
        book_source(store, outcome, run=run)
    return outcome


def file_whole(store: Store, source: Source, reason: str, detail: str, *, run: Run) -> None:
    """One row of ops.rejected about a whole source; joins the caller's transaction."""
    row = {
        "source_id": source.source_id,
        "table_name": source.table,
        "name": source.name,
        "reason": reason,
        "detail": detail,
        "run_id": run.run_id,
        "rejected_at": run.now,
    }
    store.append("ops.rejected", pl.DataFrame([row]))
