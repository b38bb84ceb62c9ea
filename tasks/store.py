"""The store: one DuckDB file under `$CW_HOME`, its migrations, views and named queries. The only importer of duckdb.

One process writes; readers open the published copy. Only the subset of the API that DuckDB 1.5 and 2.0 share is
used: `con.sql(q, params=…)` for frames, `cursor().execute(q, params).fetchall()` for rows, a cursor per thread.
Tables are appended to; "latest" is a view; there are no secondary indexes and no foreign keys.
"""

from __future__ import annotations

import json
import logging
import random
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from tasks.errors import Misconfigured, StoreBusy, VerificationFailed, disk_remedy

if TYPE_CHECKING:
    import polars as pl

log = logging.getLogger("collective_will.store")

FILE_NAME = "store.duckdb"
# Each checkpoint merges the last row groups of a changed table (368,640 rows at most), so seldom is cheap: DuckDB's own 16 MB is
# eight in a call of 100,000 requests, a quarter of its work when the ledger is full (bench_llm --grown). What is committed is in the log.
LOG_BYTES = "128MB"
CHUNK_ROWS = 10_000  # duckdb/duckdb#22238: wide list inserts take unexpected memory in larger pieces

StoreError = duckdb.Error  # what a query raises; for those who can go on without its answer
UnreadableInput = duckdb.InvalidInputException  # by what a file holds that a query reads, never by the disk
UNKNOWN_NAME = (duckdb.BinderException, duckdb.CatalogException)  # as of a column that an older store lacks
Params = Mapping[str, Any] | Sequence[Any] | None


def sql_text(kind: str, name: str) -> str:
    """The text of `sql/<kind>/<name>.sql`."""
    return (files("sql") / kind / f"{name}.sql").read_text(encoding="utf-8")


def sql_names(kind: str) -> list[str]:
    """Names in `sql/<kind>/`, sorted."""
    return sorted(
        p.name.removesuffix(".sql") for p in (files("sql") / kind).iterdir() if p.name.endswith(".sql")
    )


def json_list(values: Iterable[str]) -> str:
    """A list as a parameter for `from_json($ids, '["VARCHAR"]')` in SQL.

    A Python list would do, but DuckDB looks for pandas once per element: 50 µs each where pandas is not installed.
    """
    return json.dumps(list(values), ensure_ascii=False)


class Store:
    """An open store. Use `open_store`; close it early, since a writer shuts every other process out."""

    def __init__(self, con: duckdb.DuckDBPyConnection, *, path: Path | None, read_only: bool):
        self._con = con
        self._depth = 0
        self.path = path
        self.read_only = read_only

    # --- reading ---
    def frame(self, query: str, params: Params = None) -> pl.DataFrame:
        """The result as a polars frame."""
        with self._told():
            return self._con.sql(query, params=params).pl() if params else self._con.sql(query).pl()

    def rows(self, query: str, params: Params = None) -> list[tuple[Any, ...]]:
        """The result as tuples."""
        with self._told():
            return self._con.execute(query, params or []).fetchall()

    def value(self, query: str, params: Params = None) -> Any:
        """First column of the first row, or None."""
        rows = self.rows(query, params)
        return rows[0][0] if rows else None

    def table_counts(self) -> dict[str, int]:
        """Rows per table."""
        counted = " union all ".join(f"select '{t}', count(*) from {t}" for t in self.tables())  # noqa: S608 - own names
        return dict(self.rows(counted))

    def read_through(self) -> None:
        """Read every value of every table, so that a block that is not what was written is met.

        Raises:
            VerificationFailed: one was.
        """
        for table in self.tables():
            self.rows(f"select bit_xor(hash(t)) from {table} as t")  # noqa: S608 - own names

    def tables(self) -> list[str]:
        """Every table of this store, "schema.table"."""
        return [
            name
            for (name,) in self.rows(
                "select schema_name || '.' || table_name from duckdb_tables()"
                " where database_name = current_database() and not temporary order by 1"
            )
        ]

    def step(self, name: str, params: Params = None) -> pl.DataFrame:
        """Run the named query `sql/steps/<name>.sql` and return its frame."""
        return self.frame(sql_text("steps", name), params)

    # --- writing ---
    def execute(self, statement: str, params: Params = None) -> None:
        with self._told():
            self._con.execute(statement, params or []).fetchall()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the disk did to DuckDB into an error that says what to do, and let a signal be a signal.

        Raises:
            BaseException: what a signal's handler raised during a query; DuckDB makes a RuntimeError of it, which would be
                booked as the step's failure.
            Misconfigured: the disk is full, the file has become read-only, or the query needs more memory than it may take.
            VerificationFailed: a block of the file is not what was written.
        """
        try:
            yield
        except duckdb.OutOfMemoryException:
            limit = self._con.execute("select current_setting('memory_limit')").fetchall()[0][0]
            raise Misconfigured(
                f"the store got no more memory; it may take {limit}: raise CW_MEMORY_LIMIT, or what this process may take,"
                " then run `cw run` again: it resumes where this run stopped"
            ) from None
        except duckdb.Error as error:
            remedy = disk_remedy(str(error))
            if remedy is not None:
                raise Misconfigured(f"the store cannot write to {self.path}: {remedy}") from None
            if self.path is not None and _is_corruption(error):
                raise _unreadable(self.path, str(error)) from None
            raise
        except RuntimeError as error:
            if error.__cause__ is not None and not isinstance(error.__cause__, Exception):
                raise error.__cause__ from None
            raise

    def append(self, table: str, frame: pl.DataFrame) -> int:
        """Insert a frame by column name; returns the number of rows."""
        if not re.fullmatch(r"[a-z_]+\.[a-z_]+", table):
            raise ValueError(f"not a table name: {table}")
        if frame.height == 0:
            return 0
        for piece in frame.iter_slices(CHUNK_ROWS * 10 if "vector" not in frame.columns else CHUNK_ROWS):
            self._con.register("incoming_frame", piece.to_arrow())
            try:
                self.execute(f"insert into {table} by name select * from incoming_frame")  # noqa: S608 - checked above
            finally:
                self._con.unregister("incoming_frame")
        return frame.height

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nested uses join the outer one."""
        if self._depth:
            yield
            return
        self.execute("begin")
        self._depth = 1
        try:
            yield
        except BaseException:
            self.execute("rollback")
            raise
        else:
            self.execute("commit")
        finally:
            self._depth = 0

    def checkpoint(self) -> None:
        self.execute("checkpoint")

    @contextmanager
    def attached(self, path: Path) -> Iterator[None]:
        """Another DuckDB file as `copy_db`, its log written out before it is let go."""
        self.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as copy_db (read_write)")
        try:
            yield
            self.execute("checkpoint copy_db")
        finally:
            self.execute("detach copy_db")

    def close(self) -> None:
        with self._told():
            self._con.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def open_store(
    home: Path | None,
    *,
    read_only: bool = False,
    is_of_any_version: bool = False,
    wait_s: float = 30.0,
    threads: int = 2,
    memory_limit: str = "4GB",
) -> Store:
    """Open (and migrate) the store under `home`; `None` is a store in memory, for tests.

    `is_of_any_version`: what is only to be read may lack what this version would add to it.

    Raises:
        StoreBusy: another process holds the file after `wait_s` seconds; the message names its PID.
        Misconfigured: the home cannot be written, or what is only to be read is of an older version.
        VerificationFailed: the file is not a DuckDB store.
    """
    config: dict[str, Any] = {
        "python_enable_replacements": False,  # a missing table must not read a Python variable of that name
        "autoinstall_known_extensions": False,  # a typo must not reach for the network
        "autoload_known_extensions": False,
        "threads": threads,
        "memory_limit": memory_limit,
        "checkpoint_threshold": LOG_BYTES,
    }
    if home is None:
        store = Store(duckdb.connect(":memory:", config=config), path=None, read_only=False)
    else:
        store = _open_file(home, config=config, read_only=read_only, wait_s=wait_s)
    _settle_session(store)
    from tasks.migrate import check_is_current, migrate

    if not read_only:
        migrate(store)
    elif not is_of_any_version:
        check_is_current(store)
    return store


def open_copy(path: Path) -> Store:
    """Open a published copy for reading; after an upgrade it is of the older version until the first night has published."""
    config: dict[str, Any] = {
        "python_enable_replacements": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    store = Store(duckdb.connect(str(path), read_only=True, config=config), path=path, read_only=True)
    _settle_session(store)
    return store


def _settle_session(store: Store) -> None:
    store.execute("set timezone = 'UTC'")
    store.execute("set enable_progress_bar = false")  # a query over two seconds would draw one into `--json`


def _open_file(home: Path, *, config: dict[str, Any], read_only: bool, wait_s: float) -> Store:
    path = home / FILE_NAME
    if read_only and not path.exists():
        raise Misconfigured(f"no store at {path}: run `cw run` first, or set CW_HOME")
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(
            f"cannot write CW_HOME {home}: {error.strerror}; set CW_HOME to a writable folder"
        ) from error
    config = config | {"temp_directory": str(home / "tmp")}
    deadline = time.monotonic() + wait_s
    is_told = wait_s == 0
    while True:
        try:
            con = duckdb.connect(str(path), read_only=read_only, config=config)
            store = Store(con, path=path, read_only=read_only)
            if not read_only:
                _drop_spilled(store, home / "tmp")
            return store
        except duckdb.IOException as error:
            text = str(error)
            if "set lock on" not in text:
                raise _unreadable(path, text) from error
            if time.monotonic() >= deadline:
                raise StoreBusy(f"{_held_line(path, text)}: wait for it to end, then run again") from error
            if not is_told:
                log.warning("%s: waiting for it, %d s at most", _held_line(path, text), wait_s)
                is_told = True
            time.sleep(random.uniform(0.05, 0.3))  # noqa: S311 - jitter
        except duckdb.Error as error:
            if not _is_corruption(error):
                raise
            raise _unreadable(path, str(error)) from error


def _drop_spilled(store: Store, folder: Path) -> None:
    """Delete what a killed process had to spill, rows with people's words: DuckDB leaves it until it spills again.

    What this process has spilled itself, by a connection opened before, is in use.
    """
    used = {Path(path).name for (path,) in store.rows("select path from duckdb_temporary_files()")}
    for left in folder.glob("duckdb_temp_*"):
        if left.name not in used:
            left.unlink(missing_ok=True)


def _is_corruption(error: duckdb.Error) -> bool:
    """Whether DuckDB met a file that is damaged: a wrong checksum, a block that ends too soon, what no version writes."""
    kinds = (duckdb.SerializationException, duckdb.FatalException, duckdb.InternalException)
    text = str(error)
    return (
        isinstance(error, kinds) or "Corrupt database file" in text or "Could not read enough bytes" in text
    )


def _held_line(path: Path, text: str) -> str:
    pid = re.search(r"PID (\d+)", text)
    holder = f"process {pid[1]} (`ps -p {pid[1]}`)" if pid else "another process"
    return f"store {path.name} is held by {holder}"


def _unreadable(path: Path, text: str) -> Misconfigured | VerificationFailed:
    if "permission" in text.lower() or "read-only" in text.lower():
        return Misconfigured(f"cannot open {path}: permission denied; set CW_HOME to a writable folder")
    return VerificationFailed(
        f"{path} is not a readable DuckDB store ({text.splitlines()[0][:120]}): keep the file and its .wal, put back"
        " your own backup of CW_HOME (docs/runbook.md, restore). The read copy under published/ holds no texts: it serves"
        " to look things up, not to go on from"
    )
