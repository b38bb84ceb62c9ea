"""A night that changed nothing: how that is told, and what its run folder takes over from an earlier one.

Facts are only appended, and an erasure, the one update, appends its tombstone: when every table of facts has the rows
it had, it holds what it held. The same facts read by the same code under the same settings give the same files, so
they are linked instead of computed again; each is hashed first, by a manifest that is the one in the evidence chain, and
one altered file means that all are made anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tasks.evidence import file_digest
from tasks.version import code_digest

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from tasks.settings import Settings
    from tasks.store import Store

log = logging.getLogger("collective_will.publish")

BOOKS = ("ops.event", "ops.run", "ops.run_end", "ops.step")  # what every night writes, whatever it finds


@dataclass(frozen=True)
class TakenOver:
    """What an earlier run's folder gave: its tables, and the roots over their rows."""

    tables: dict[str, pl.DataFrame]
    row_roots: dict[str, str]


def content_mark(store: Store, settings: Settings) -> str:
    """A hash of all that published files are made of, the books of runs left out."""
    counts = {table: count for table, count in store.table_counts().items() if table not in BOOKS}
    shape = store.rows("select name, sha256 from meta.migration order by 1, 2")
    told = json.dumps([counts, shape, code_digest(), settings.public()], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


def earlier_alike(store: Store, mark: str, home: Path) -> Path | None:
    """The latest published folder that was made of the same; None, too, when its manifest is not the one that was booked."""
    rows = store.rows(
        "select (details->>'path') from ops.step where step = 'publish' and (details->>'mark') = ? order by ended_at desc, rowid desc limit 1",
        [mark],
    )
    if not rows:
        return None
    folder = home / str(rows[0][0])
    if not (folder / "manifest.json").is_file():
        return None
    booked = store.value(
        "select payload->>'manifest_sha256' from ops.event where event_type = 'run_published' and entity_id = lower(?)",
        [folder.name],
    )
    if file_digest(folder / "manifest.json") != booked:
        _warn(folder, "manifest.json")
        return None
    return folder


def take_over(earlier: Path, folder: Path, *, leave: Collection[str]) -> TakenOver | None:
    """Link the files of `earlier` into `folder`, those named in `leave` left out; None when one was altered."""
    manifest = json.loads((earlier / "manifest.json").read_text(encoding="utf-8"))
    tables: dict[str, pl.DataFrame] = {}
    for name, digest in sorted(manifest["files"].items()):
        if name in leave:
            continue
        if not _link(earlier / name, folder / name, digest):
            _warn(earlier, name)
            return None
        if name.endswith(".parquet"):
            tables[name.removesuffix(".parquet")] = pl.read_parquet(folder / name)
    return TakenOver(tables, manifest["row_roots"])


def _link(source: Path, target: Path, digest: str) -> bool:
    """Give the file a second name, or a copy where the file system has no links; False when its bytes are others."""
    if not source.is_file() or file_digest(source) != digest:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return True


def _warn(folder: Path, name: str) -> None:
    log.warning("%s/%s was altered: run `cw verify %s`", folder.name, name, folder.name)
