"""The store: migrations once, one writer, atomic transactions, a copy without what is private."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import polars as pl
import pytest

from tasks.checks import ANY_TIME, OF_A_NIGHT
from tasks.errors import Misconfigured, StoreBusy, VerificationFailed
from tasks.migrate import migrate
from tasks.read_copy import copy_masks, write_copy
from tasks.store import Store, StoreError, open_copy, open_store, sql_names, sql_text


@pytest.fixture
def store():
    with open_store(None) as opened:
        yield opened


def event(seq: int) -> pl.DataFrame:
    row = {
        "seq": seq,
        "at_utc": "t",
        "event_type": "e",
        "entity_type": "x",
        "entity_id": "1",
        "payload": "{}",
        "prev_hash": "p",
        "hash": "h",
    }
    return pl.DataFrame([row])


def test_a_second_migration_applies_nothing(store: Store) -> None:
    assert migrate(store) == 0


def test_a_changed_migration_is_refused(store: Store) -> None:
    store.execute("update meta.migration set sha256 = 'other' where name = '0001_raw'")
    with pytest.raises(VerificationFailed, match="0001_raw"):
        migrate(store)


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.append("ops.event", event(1))
        raise ZeroDivisionError
    assert store.value("select count(*) from ops.event") == 0


def test_a_nested_transaction_joins_the_outer_one(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        with store.transaction():
            store.append("ops.event", event(1))
        raise ZeroDivisionError
    assert store.value("select count(*) from ops.event") == 0


def test_a_missing_table_does_not_read_a_python_variable(store: Store) -> None:
    no_such_table = pl.DataFrame({"a": [1]})
    assert no_such_table.height == 1
    with pytest.raises(Exception, match="no_such_table"):
        store.frame("select * from no_such_table")


def test_a_table_name_that_is_none_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="not a table name"):
        store.append("ops.event; drop table ops.run", event(1))


@pytest.mark.parametrize("kind", ["steps", "checks", "night_checks", "publish"])
def test_every_query_says_what_it_is(kind: str) -> None:
    for name in sql_names(kind):
        assert sql_text(kind, name).startswith("--"), name


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k in (ANY_TIME, OF_A_NIGHT) for n in sql_names(k)])
def test_every_check_passes_on_an_empty_store(store: Store, kind: str, name: str) -> None:
    assert store.frame(sql_text(kind, name)).height == 0


def test_a_second_writer_waits_then_names_the_holder(tmp_path: Path) -> None:
    code = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from tasks.store import open_store
        with open_store(Path(sys.argv[1])):
            print("held", flush=True)
            sys.stdin.read()
        """
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin and holder.stdout
    try:
        assert holder.stdout.readline().strip() == "held"
        with pytest.raises(StoreBusy, match=str(holder.pid)):
            open_store(tmp_path, wait_s=0.2)
    finally:
        holder.communicate("")
    open_store(tmp_path, wait_s=0.2).close()


def test_a_file_that_is_no_store_is_named_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    path.write_bytes(b"<html>" * 4000)
    with pytest.raises(VerificationFailed, match=r"store\.duckdb is not a readable.*your own backup.*not to go on from"):
        open_store(tmp_path)
    assert path.read_bytes().startswith(b"<html>")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Misconfigured, match="CW_HOME"):
        open_store(tmp_path / "deeper")


def test_a_home_below_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Misconfigured, match="CW_HOME"):
        open_store(tmp_path / "file" / "home")


def test_reading_before_the_first_run_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cw run"):
        open_store(tmp_path, read_only=True)


@pytest.mark.parametrize("kind", ["like 'views:%'", "not like 'views:%'"])
def test_a_store_of_an_older_version_is_not_read_before_a_run_has_brought_it_up(tmp_path: Path, kind: str) -> None:
    with open_store(tmp_path) as store:
        store.execute(f"delete from meta.migration where name = (select max(name) from meta.migration where name {kind})")
    with pytest.raises(Misconfigured, match="older version"):
        open_store(tmp_path, read_only=True)


def test_a_query_that_gets_no_memory_says_what_to_raise(tmp_path: Path) -> None:
    with open_store(tmp_path, memory_limit="20MB") as store, pytest.raises(Misconfigured, match="CW_MEMORY_LIMIT"):
        store.rows("select list(i) from range(20_000_000) as t(i)")


def test_a_slow_query_draws_nothing_on_stdout(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        assert store.value("select current_setting('enable_progress_bar')") is False
        write_copy(store, tmp_path / "copy.duckdb", masks={})
    with open_copy(tmp_path / "copy.duckdb") as copy:
        assert copy.value("select current_setting('enable_progress_bar')") is False


def test_the_published_copy_holds_no_private_column(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with open_store(home) as store:
        store.execute(
            "insert into raw.submission values ('s1', 'person', 'secret words', 'hash', 'fa', 'pending', 'fa', now(), 'f', 1, 'r', now())"
        )
        write_copy(store, tmp_path / "copy.duckdb", masks=copy_masks())
    assert b"secret words" not in (tmp_path / "copy.duckdb").read_bytes()
    assert b"secret words" in (home / "store.duckdb").read_bytes()
    with open_copy(tmp_path / "copy.duckdb") as copy:
        assert copy.rows("select submission_id, raw_text, person_key = 'person' from raw.submission") == [
            ("s1", None, False)
        ]


def test_a_copy_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with open_store(tmp_path / "home") as store:
        with pytest.raises(StoreError):
            write_copy(store, tmp_path / "copy.duckdb", masks={"raw.vote": {"choice": "no_such_column"}})
        assert [p.name for p in tmp_path.iterdir()] == ["home"]


def test_what_a_killed_process_spilled_goes_when_the_store_is_opened_again(tmp_path: Path) -> None:
    killed = """
        import os, pathlib, sys
        from tasks.store import open_store
        store = open_store(pathlib.Path(sys.argv[1]), memory_limit="60MB", threads=1)
        store.execute("create temp table t as select md5(i::varchar) || repeat('secret words', 9) as x from range(600_000) as r(i)")
        os.kill(os.getpid(), 9)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(killed), str(tmp_path)], check=False)
    assert any(b"secret words" in p.read_bytes() for p in (tmp_path / "tmp").iterdir())
    open_store(tmp_path).close()
    assert list((tmp_path / "tmp").iterdir()) == []


def test_what_a_process_has_spilled_stays_when_it_opens_the_store_a_second_time(tmp_path: Path) -> None:
    with open_store(tmp_path, memory_limit="60MB", threads=1) as store:
        store.execute("create temp table t as select md5(i::varchar) || repeat('words', 20) as x from range(600_000) as r(i)")
        assert list((tmp_path / "tmp").iterdir())
        open_store(tmp_path, memory_limit="60MB", threads=1).close()
        assert store.value("select count(*) from t where contains(x, 'words')") == 600_000


def test_a_signal_met_in_a_query_is_raised_as_its_handler_raised_it() -> None:
    """DuckDB says RuntimeError; a step that is told to stop has not failed."""

    class Told(BaseException):
        pass

    def tell(*_: object) -> None:
        raise Told

    before = signal.signal(signal.SIGALRM, tell)
    try:
        with open_store(None, threads=1) as store, pytest.raises(Told):  # else a thread of DuckDB's may hold the query, which heeds at its end
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            store.rows("select sum(hash(range)) from range(3000000000)")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
