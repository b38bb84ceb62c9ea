"""The emulator's memory: the bill, the journal, what was asked online, and the batches, in one SQLite file.

The file outlives the process, so an emulator can be stopped in the middle of a night and started again.
API keys are never written here.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emulator.prices import Tokens, usd

_SCHEMA = """
create table if not exists bill (
  n integer primary key, at text, kind text, provider text, model text, batch_id text, custom_id text,
  body_sha text,
  input integer, cache_read integer, write_5m integer, write_1h integer, output integer, thinking integer,
  pico integer, outcome text, is_answered integer);
create table if not exists journal (n integer primary key, at text, method text, path text, endpoint text,
  status integer, fault text, detail text);
create table if not exists online (n integer primary key, endpoint text, body text);
create table if not exists batch (id text primary key, seq integer, doc text);
"""
_BILL = (
    "at",
    "kind",
    "provider",
    "model",
    "batch_id",
    "custom_id",
    "body_sha",
    "input",
    "cache_read",
    "write_5m",
    "write_1h",
    "output",
    "thinking",
    "pico",
    "outcome",
    "is_answered",
)


@dataclass(frozen=True)
class Charge:
    """One request that was paid for."""

    at: str
    kind: str  # message | batch | chat
    provider: str
    model: str
    body_sha: str
    tokens: Tokens
    pico: int
    outcome: str
    batch_id: str = ""
    custom_id: str = ""
    is_answered: bool = True  # false: charged, and the connection was lost before the answer

    def row(self) -> tuple[Any, ...]:
        t = self.tokens
        return (
            self.at,
            self.kind,
            self.provider,
            self.model,
            self.batch_id,
            self.custom_id,
            self.body_sha,
            t.input,
            t.cache_read,
            t.write_5m,
            t.write_1h,
            t.output,
            t.thinking,
            self.pico,
            self.outcome,
            self.is_answered,
        )


class State:
    """One SQLite file and a folder beside it for the batches' bodies and results."""

    def __init__(self, path: Path):
        self.folder = path.with_name(path.name + ".d")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript("pragma journal_mode=wal; pragma synchronous=off;" + _SCHEMA)

    def charge_one(self, charge: Charge) -> int:
        """File one charge; returns its number in the bill."""
        with self._lock:
            self.charge([charge])
            return int(self._db.execute("select max(n) from bill").fetchone()[0])

    def charge(self, charges: Iterable[Charge]) -> None:
        marks = ",".join("?" * len(_BILL))
        with self._lock:
            self._db.execute("begin")
            self._db.executemany(
                f"insert into bill ({','.join(_BILL)}) values ({marks})", (c.row() for c in charges)
            )
            self._db.execute("commit")

    def mark_unanswered(self, charge_ids: Sequence[int]) -> None:
        """These were paid for, and the client never saw the answer."""
        with self._lock:
            self._db.executemany("update bill set is_answered = 0 where n = ?", [(n,) for n in charge_ids])

    def bill(self) -> Iterator[dict[str, Any]]:
        """Every charge, in the order it fell due."""
        for row in self._pages(f"select n, {','.join(_BILL)} from bill where n > ? order by n limit 5000"):
            entry = dict(zip(("n", *_BILL), row, strict=True))
            entry["is_answered"] = bool(entry["is_answered"])
            yield {**entry, "usd": usd(entry["pico"])}

    def totals(self) -> dict[str, Any]:
        with self._lock:
            count, pico = self._db.execute("select count(*), coalesce(sum(pico), 0) from bill").fetchone()
        return {"count": count, "total_pico": pico, "total_usd": usd(pico)}

    def note(
        self, at: str, method: str, path: str, endpoint: str, status: int, fault: str, detail: str
    ) -> None:
        with self._lock:
            self._db.execute(
                "insert into journal (at, method, path, endpoint, status, fault, detail)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                (at, method, path, endpoint, status, fault, detail),
            )

    def journal(self) -> Iterator[dict[str, Any]]:
        names = ("n", "at", "method", "path", "endpoint", "status", "fault", "detail")
        for row in self._pages(f"select {','.join(names)} from journal where n > ? order by n limit 5000"):
            yield dict(zip(names, row, strict=True))

    def keep_online(self, endpoint: str, body: str) -> None:
        with self._lock:
            self._db.execute("insert into online (endpoint, body) values (?, ?)", (endpoint, body))

    def online(self) -> Iterator[dict[str, Any]]:
        for n, endpoint, body in self._pages(
            "select n, endpoint, body from online where n > ? order by n limit 200"
        ):
            yield {"n": n, "endpoint": endpoint, "params": json.loads(body)}

    def put_batch(self, batch_id: str, seq: int, doc: dict[str, Any]) -> None:
        with self._lock:
            self._db.execute(
                "insert or replace into batch values (?, ?, ?)", (batch_id, seq, json.dumps(doc))
            )

    def batches(self) -> list[dict[str, Any]]:
        with self._lock:
            return [json.loads(doc) for (doc,) in self._db.execute("select doc from batch order by seq")]

    def clear(self) -> None:
        with self._lock:
            for table in ("bill", "journal", "online", "batch"):
                self._db.execute(f"delete from {table}")
        for file in self.folder.iterdir():
            file.unlink()

    def _pages(self, query: str) -> Iterator[tuple[Any, ...]]:
        last = 0
        while True:
            with self._lock:
                rows = self._db.execute(query, (last,)).fetchall()
            if not rows:
                return
            yield from rows
            last = rows[-1][0]
