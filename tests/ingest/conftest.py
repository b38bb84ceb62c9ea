"""A home with an inbox, and a night that reads it."""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tasks.ingest import ingest_inbox
from tasks.run import Run, StepReport
from tasks.settings import Settings
from tasks.store import Store, open_store

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


@dataclass
class Desk:
    """A store, its home, and the verbs a test needs."""

    home: Path
    store: Store
    night_count: int = 0

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    def drop(self, name: str, content: bytes | str | list[dict[str, Any]]) -> Path:
        """Put a file into the inbox; a list becomes JSONL."""
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, list):
            content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def run(self, now: datetime = NOW) -> Run:
        self.night_count += 1
        return Run(f"run-{self.night_count}", "nightly", now.date(), "offline", now)

    def settings(self, **told: Any) -> Settings:
        return Settings(home=self.home, **told)

    def ingest(self, *, now: datetime = NOW, **told: Any) -> StepReport:
        return ingest_inbox(self.store, run=self.run(now), settings=self.settings(**told))

    def rejected(self) -> list[tuple[str, int | None, str]]:
        """(file, line, reason), sorted; line is None for a whole file."""
        return self.store.rows(
            "select name, line_no, reason from ops.rejected order by name, line_no nulls first, reason"
        )

    def ids(self) -> list[str]:
        return [row[0] for row in self.store.rows("select submission_id from raw.submission order by 1")]


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    with open_store(tmp_path / "home") as store:
        yield Desk(tmp_path / "home", store)


@pytest.fixture
def desk_at() -> Any:
    """Opens a further desk under another home; the caller closes its store."""
    return lambda home: Desk(home, open_store(home))


@pytest.fixture
def plain_user() -> Iterator[None]:
    """Modes of files hold for this thread, though it be root's: it lets go of the two rights to pass them over (capset(2))."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this thread
    held = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable, of two words each
    assert libc.capget(header, held) == 0
    fewer = (ctypes.c_uint32 * 6)(held[0] & ~0b110, *held[1:])  # CAP_DAC_OVERRIDE = 1, CAP_DAC_READ_SEARCH = 2
    assert libc.capset(header, fewer) == 0
    yield
    assert libc.capset(header, held) == 0


@pytest.fixture
def message() -> Any:
    """Makes one good submission; say what differs."""

    def make(number: int | str = 1, **other: Any) -> dict[str, Any]:
        return {
            "id": f"s{number}",
            "user_id": f"user-{number}",
            "raw_text": f"آب شهر ما قطع است، پیام شماره {number}",
            "language": "fa",
            "status": "pending",
            "created_at": "2026-11-20T10:00:00Z",
        } | other

    return make
