"""The platform's own evidence chain: an export of its table `evidence_log`, verified link by link.

The rule of hashing is the platform's (research/upstream.md §1.6), the one of tasks/evidence.py. Read from a file, so that
an auditor needs neither our store nor the platform's database: JSON lines, CSV or Parquet with the table's columns
`id, timestamp, event_type, entity_type, entity_id, payload, prev_hash, hash`, in the order of `id`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from tasks.errors import BadInput, VerificationFailed
from tasks.evidence import utc_milliseconds, verify_chain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COLUMNS = ("id", "timestamp", "event_type", "entity_type", "entity_id", "payload", "prev_hash", "hash")


def verify_platform_chain(path: Path) -> dict[str, Any]:
    """Check an export whole. Returns how many events it holds and the last hash, by which two exports are compared:
    events dropped from the end leave no broken link behind.

    Raises:
        BadInput: the file cannot be read as such an export.
        VerificationFailed: names the first event that is wrong.
    """
    rows = list(_rows(path))
    if not rows:
        raise BadInput(f"{path.name} holds no events")
    fault = verify_chain((_event(number, row, path) for number, row in enumerate(rows, 1)), is_own=False)
    if fault:
        row = rows[fault.seq - 1]
        raise VerificationFailed(f"platform chain, row {fault.seq} (id {row['id']}): {fault.reason}")
    return {"events": len(rows), "last_hash": rows[-1]["hash"], "file": path.name}


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
        elif path.suffix == ".csv":
            frame = pl.read_csv(path, infer_schema_length=0)
        else:
            lines = path.read_text(encoding="utf-8").splitlines()
            yield from (_checked(json.loads(line), path) for line in lines if line.strip())
            return
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, pl.exceptions.PolarsError) as error:
        raise BadInput(
            f"{path}: not an export of evidence_log as JSON lines, CSV or Parquet: {error}"
        ) from error
    yield from (_checked(row, path) for row in frame.iter_rows(named=True))


def _checked(row: Any, path: Path) -> Mapping[str, Any]:
    missing = [name for name in COLUMNS if not isinstance(row, dict) or row.get(name) is None]
    if missing:
        raise BadInput(f"{path.name}: a row lacks {', '.join(missing)}; it needs {', '.join(COLUMNS)}")
    return dict(row)


def _event(number: int, row: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The row as `verify_chain` reads it; `number` stands for the id, which may have gaps."""
    try:
        payload = row["payload"]
        payload = json.loads(payload) if isinstance(payload, str) else payload
        at = (
            row["timestamp"]
            if isinstance(row["timestamp"], datetime)
            else datetime.fromisoformat(str(row["timestamp"]))
        )
    except ValueError as error:
        raise VerificationFailed(
            f"platform chain, row {number} of {path.name} (id {row['id']}): {error}"
        ) from error
    stamp = utc_milliseconds(at if at.tzinfo else at.replace(tzinfo=UTC))
    names = ("event_type", "entity_type", "entity_id", "prev_hash", "hash")
    return {"seq": number, "at_utc": stamp, "payload": payload} | {name: str(row[name]) for name in names}
