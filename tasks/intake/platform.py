"""The platform's PostgreSQL, read-only: one snapshot of its tables, from a watermark less a look-back.

The look-back is for rows that commit late with an early `created_at`; what is read twice is dropped by its id. What is older
than that is not read again but compared, by a mark of all its ids: when anything came or went there, the table is read whole.
The queries are sql/steps/ingest_platform_<table>.sql; they cast uuid, uuid[] and jsonb to text and leave vectors out.
Nothing is ever written there.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tasks.errors import Misconfigured
from tasks.intake.books import Outcome, Source, arrive_batch, book_refusal, empty_tables, settle
from tasks.intake.inbox import FileRefused
from tasks.intake.parquet import rows_of
from tasks.store import sql_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.intake.person import PersonKey
    from tasks.run import Run
    from tasks.settings import Settings
    from tasks.store import Store

GROWING = {
    "submission": "submissions",
    "vote": "votes",
    "endorsement": "policy_endorsements",
    "policy_candidate": "policy_candidates",
}  # table of schema raw → the platform's; rows are added there, never changed in what we take
CHANGING = {"cycle": "voting_cycles", "option": "policy_options", "cluster": "clusters"}  # small, read whole
LOOK_BACK = timedelta(
    days=3
)  # the platform's longest transaction is one message's, minutes; nights may be missed
BEGINNING = datetime.min.replace(tzinfo=UTC)
STATEMENT_TIMEOUT_MS = 600_000
_URI = re.compile(r"(?P<place>postgres(?:ql)?://(?:[^@/]*@)?[^?]*)(?:\?(?P<query>.*))?", re.DOTALL)
_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'", re.DOTALL)
# libpq's: a server that takes the connection and says nothing, or is gone without a word, must not hold the night, which the
# driver cannot be called back from. In seconds but for the last (ms); what the DSN sets itself stands.
PATIENCE = {
    "connect_timeout": 20,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
QUERY_CANCELED = "57014"  # SQLSTATE
LOST = (
    "08",
    "57P0",
)  # classes of SQLSTATE: the connection, the server shutting down; libpq gives none where it broke off


def read_platform(store: Store, *, key: PersonKey, run: Run, settings: Settings) -> Iterator[Outcome]:
    """Read every table; yields what became of each.

    Raises:
        Misconfigured: no DSN, no driver, no server, refused, or a table or column is missing.
    """
    if settings.postgres_dsn is None:
        raise Misconfigured("no platform database: set CW_POSTGRES_DSN to a read-only user's URI")
    with _snapshot(settings.postgres_dsn.get_secret_value()) as cursor:
        for table, name in (GROWING | CHANGING).items():
            yield _read_table(store, cursor, table, name, key=key, run=run, settings=settings)


def try_platform(settings: Settings) -> list[str]:
    """Ask every table for nothing; returns their names.

    Raises:
        Misconfigured: as `read_platform`.
    """
    if settings.postgres_dsn is None:
        return []
    with _snapshot(settings.postgres_dsn.get_secret_value()) as cursor:
        for table, name in (GROWING | CHANGING).items():
            query = f"select * from ({sql_text('steps', f'ingest_platform_{table}')}) as q limit 0"  # noqa: S608 - own text
            with _told(table, name):
                cursor.execute(query, (BEGINNING,) if table in GROWING else None)
                cursor.fetchall()
    return [*GROWING.values(), *CHANGING.values()]


@contextmanager
def _snapshot(dsn: str) -> Iterator[Any]:
    """A cursor in one read-only, repeatable-read transaction."""
    try:
        from adbc_driver_manager import Error
        from adbc_driver_postgresql import dbapi
    except ModuleNotFoundError as error:
        raise Misconfigured(
            "PostgreSQL needs its driver: run `pip install 'collective-will[postgres]'`"
        ) from error
    try:
        connection = dbapi.connect(_with_patience(dsn))
    except Error as error:
        # the driver's text may repeat parts of the DSN, so it is not passed on
        raise Misconfigured(_connection_advice(error)) from None
    with connection, connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        cursor.execute("set default_transaction_read_only = on")
        cursor.execute(f"set statement_timeout = {STATEMENT_TIMEOUT_MS}")
        yield cursor
        connection.rollback()


def _with_patience(dsn: str) -> str:
    """The DSN with `PATIENCE` where it sets none: a URI, whose password may hold anything but «@» and «/», or `keyword=value` words."""
    dsn = dsn.strip()
    uri = _URI.fullmatch(dsn)
    told = uri["query"] or "" if uri else re.sub(_QUOTED, "", dsn)
    missing = {name: value for name, value in PATIENCE.items() if not re.search(rf"\b{name}\s*=", told)}
    if not missing or not dsn:
        return dsn
    if not uri:
        return " ".join([dsn, *(f"{name}={value}" for name, value in missing.items())])
    return f"{uri['place']}?{'&'.join(filter(None, [told.rstrip('&'), urlencode(missing)]))}"


def _connection_advice(error: Any) -> str:
    """What to tell of a failed connection; libpq gives no state then, only words."""
    words = str(error)
    if "password" in words or ("role" in words and "does not exist" in words):
        return "the server refuses the user or password in CW_POSTGRES_DSN"
    if "database" in words and "does not exist" in words:
        return "the database named in CW_POSTGRES_DSN does not exist"
    if "timeout expired" in words:
        return "the server at CW_POSTGRES_DSN takes the connection and does not answer: is it stopped, or its pool full?"
    return "no PostgreSQL server answers at CW_POSTGRES_DSN: check host and port"


def _read_table(
    store: Store, cursor: Any, table: str, name: str, *, key: PersonKey, run: Run, settings: Settings
) -> Outcome:
    since = _read_from(store, cursor, table, name) if table in GROWING else None
    empty_tables(store)
    row_count, newest = 0, BEGINNING
    for piece in _pieces(cursor, table, name, since):
        batch = rows_of(piece, row_count + 1)
        row_count += arrive_batch(store, batch, key=key)
        newest = max([newest, *(at for _, row in batch.rows if (at := _instant(row.get("created_at"))))])
    source = _source(cursor, table, name, since=since, newest=newest, row_count=row_count, now=run.now)
    try:
        return settle(store, source, row_count, run=run, settings=settings)
    except FileRefused as refusal:
        return book_refusal(store, source, refusal, row_count, run=run)


def _read_from(store: Store, cursor: Any, table: str, name: str) -> datetime | None:
    """The oldest `created_at` to read; None: the whole table, for it was never read or what is older is not what it was."""
    read = store.rows(sql_text("steps", "ingest_watermark"), {"table_name": table, "name": name})
    if not read:
        return None
    since: datetime = read[0][0] - LOOK_BACK
    return since if _mark_before(cursor, table, name, since) == read[0][1] else None


def _mark_before(cursor: Any, table: str, name: str, since: datetime) -> str:
    """How many rows are older than `since`, and the sum of their ids' hashes: another when any comes or goes."""
    hashes = "coalesce(sum(hashtextextended(id::text, 0)), 0)"
    query = (
        f"select count(*) || ':' || {hashes} from {name} where (created_at >= $1::timestamptz) is not true"  # noqa: S608 - one of GROWING
    )
    with _told(table, name):
        cursor.execute(query, (since,))
        return str(cursor.fetchone()[0])


def _pieces(cursor: Any, table: str, name: str, since: datetime | None) -> Iterator[Any]:
    """Record batches of one table, as `_told` tells of faults."""
    query = sql_text("steps", f"ingest_platform_{table}")
    with _told(table, name):
        cursor.execute(query, (since,) if table in GROWING else None)
        yield from cursor.fetch_record_batch()


@contextmanager
def _told(table: str, name: str) -> Iterator[None]:
    """Tell of the server's faults in our words: its own may quote a row.

    Raises:
        Misconfigured: the table or a column is missing, or may not be read; names what is wanted.
    """
    from adbc_driver_manager import Error

    try:
        yield
    except OSError as error:  # Arrow's, in the middle of the rows
        raise Misconfigured(_lost_at(name)) from error
    except Error as error:
        if error.sqlstate is None or error.sqlstate.startswith(LOST):
            raise Misconfigured(_lost_at(name)) from error
        if error.sqlstate == QUERY_CANCELED:
            limit = STATEMENT_TIMEOUT_MS // 1000
            raise Misconfigured(
                f"reading {name} took over {limit} s: look at the server's load, run again"
            ) from error
        raise Misconfigured(
            f"CW_POSTGRES_DSN: cannot read table {name} (state {error.sqlstate}); "
            f"sql/steps/ingest_platform_{table}.sql says which columns it must have and be granted"
        ) from error


def _lost_at(name: str) -> str:
    return f"the connection was lost while {name} was read: run again"


def _instant(said: str | None) -> datetime | None:
    """The instant, or None for what is none or lies beyond the year 9999: such a row is judged like any, and moves no watermark."""
    try:
        return datetime.fromisoformat(said) if said else None
    except ValueError:
        return None


def _source(
    cursor: Any,
    table: str,
    name: str,
    *,
    since: datetime | None,
    newest: datetime,
    row_count: int,
    now: datetime,
) -> Source:
    watermark, mark = None, None
    if table in GROWING and newest > BEGINNING + LOOK_BACK:
        watermark = min(newest, now)  # a row from the future must not hide what comes before it
        mark = _mark_before(cursor, table, name, watermark - LOOK_BACK)
    told = f"{name}|{since}|{newest.isoformat()}|{row_count}|{mark}"
    source_id = hashlib.sha256(told.encode()).hexdigest()
    return Source(
        source_id, "postgres", table, name, 0, watermark=watermark, older_mark=mark, is_whole=since is None
    )
