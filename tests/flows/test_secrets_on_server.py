"""After paid nights through a deployed flow, the keys and the citizens' words are nowhere that they do not belong.

A real Prefect server and worker, the emulator as the providers. Searched are Prefect's own database (every column of every table, its
file and its WAL), its result storage, what its API tells of logs and artifacts, the log of server and worker, and the whole home:
store, spool, Parquet, read copy, report.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.emulator.handle import Emulator
from tests.faults.paid_night import KEYS, start_quick
from tests.faults.small_inbox import write_small_inbox
from tests.flows.conftest import Server, call, running_server, start, wait_end

pytestmark = [pytest.mark.server, pytest.mark.timeout(1_200)]
WORDS = "راز نگفتنی دهکده زرنشان"  # in one message of the inbox, and in none of the tests' files
STORES = ("store.duckdb",)  # of the home: the one place where citizens' words may lie


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    running = start_quick(tmp_path_factory.mktemp("providers"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def paid(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose worker works with the providers' keys."""
    claude, deepseek, local, host = KEYS
    settings = {
        "CW_PROFILE": "default", "CW_BATCH_GRACE_S": "0.5", "CW_EMBED_MODEL": "all-MiniLM-L6-v2", "CW_THREADS": "1",
        "ANTHROPIC_API_KEY": claude, "ANTHROPIC_BASE_URL": emulator.url, "DEEPSEEK_API_KEY": deepseek,
        "DEEPSEEK_BASE_URL": f"{emulator.url}/deepseek", "CW_LOCAL_API_KEY": local, "CW_HOST_API_KEY": host,
        "CW_LOCAL_BASE_URL": emulator.openai_url("vllm"), "CW_HOST_BASE_URL": emulator.openai_url("hosted"),
    }  # fmt: skip
    base = tmp_path_factory.mktemp("paid")
    night, _ = write_small_inbox(base / "files")
    secret = f'{{"id": "secret-1", "user_id": "u-77", "raw_text": "آب قطع است، {WORDS}", "created_at": "2026-11-01T12:00:00Z"}}\n'
    (night / "submissions" / "secret.jsonl").write_text(secret, encoding="utf-8")
    night.rename(base / "inbox")
    with running_server(base, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def runs(paid: Server, emulator: Emulator) -> list[dict[str, Any]]:
    """A night whose keys are turned down, and one that meets lost answers, bad ones and broken ones."""
    emulator.faults({"do": "unauthorized"})
    refused = wait_end(paid, start(paid, "nightly", on="2026-11-01", wait_min=10))
    emulator.faults(
        {"do": "drop", "when": "after", "count": 1, "match": {"endpoint": "batches.create"}},
        {"do": "server_error", "count": 2, "match": {"endpoint": "chat"}},
        {"do": "not_json", "count": 2},
    )
    return [refused, wait_end(paid, start(paid, "nightly", on="2026-11-01", wait_min=10))]


def rows_of(database: Path) -> Iterator[tuple[str, str]]:
    """Every value of a SQLite file as text, under its table's name: pages part long values, rows do not."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as open_database:
        open_database.text_factory = lambda raw: raw.decode(errors="replace")
        names = open_database.execute("select name from sqlite_master where type = 'table'").fetchall()
        for (name,) in names:
            for row in open_database.execute(f'select * from "{name}"'):
                yield name, " ".join(map(str, row))


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file under a folder; tables also as the text that a reader sees."""
    found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    tables = [name for name in found if name.endswith(".parquet")]
    return found | {f"{name} as text": pl.read_parquet(folder / name).write_json().encode() for name in tables}


def test_the_nights_were_paid_for_and_went_through_prefect(
    runs: list[dict[str, Any]], emulator: Emulator, paid: Server
) -> None:
    assert [run["state"]["type"] for run in runs] == ["FAILED", "COMPLETED"], paid.log.read_text()[-3_000:]
    assert len(emulator.bill()) > 20
    assert any(name.endswith("llm_call.parquet") for name in files_of(paid.home))


def test_prefects_database_and_storage_hold_no_key_and_no_words(
    runs: list[dict[str, Any]], paid: Server
) -> None:
    folder = Path(paid.env["PREFECT_HOME"])
    told = list(rows_of(folder / "prefect.db"))
    assert {"flow_run", "task_run", "log", "artifact"} <= {name for name, _ in told}
    secrets = [*KEYS, WORDS]
    assert [name for name, text in told if any(secret in text for secret in secrets)] == []
    files = files_of(folder)
    assert [name for name, raw in files.items() if any(secret.encode() in raw for secret in secrets)] == []


def test_what_the_api_tells_and_the_processes_log_holds_no_key_and_no_words(
    runs: list[dict[str, Any]], paid: Server
) -> None:
    logs = call(paid, "/logs/filter", {"limit": 200})
    shown = call(paid, "/artifacts/filter", {})
    told = "".join(map(str, (*runs, *logs, *shown))) + paid.log.read_text()
    assert len(logs) > 20 and len(shown) > 2
    assert [secret for secret in (*KEYS, WORDS) if secret in told] == []


def test_the_home_holds_no_key_and_the_words_in_its_store_alone(
    runs: list[dict[str, Any]], paid: Server
) -> None:
    files = files_of(paid.home)
    assert [name for name, raw in files.items() if any(key.encode() in raw for key in KEYS)] == []
    with_words = {name for name, raw in files.items() if WORDS.encode() in raw}
    assert all(name.startswith(STORES) for name in with_words), with_words
