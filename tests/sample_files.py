"""Reading the sample inbox in plain Python, without any code of the pipeline."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
NIGHTS = (1, 2, 3)
Row = dict[str, Any]


def unpacked(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")


def file_rows(path: Path) -> Iterator[Row | None]:
    """Rows of a file; None for a line that is not JSON."""
    if ".csv" in path.name:
        yield from csv.DictReader(io.StringIO(unpacked(path), newline=""))
        return
    for line in unpacked(path).split("\n"):
        if line:
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                yield None


def table_rows(name: str, night: int) -> list[Row | None]:
    return [row for path in sorted((SAMPLE / f"night{night}" / name).iterdir()) for row in file_rows(path)]


def instant(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)


def is_good(row: Row | None) -> bool:
    if row is None or not row.get("raw_text"):
        return False
    try:
        instant(row["created_at"])
    except ValueError:
        return False
    return True


def read_truth() -> dict[str, Row]:
    """Submission id → what the message is, as its inventor knows."""
    rows = [json.loads(line) for line in unpacked(SAMPLE / "truth.jsonl").splitlines()]
    return {row["submission_id"]: row for row in rows}


def read_expected() -> Row:
    """The counts a right run comes to."""
    found: Row = json.loads(unpacked(SAMPLE / "expected.json"))
    return found


def read_tally() -> list[Row]:
    """People per cycle, target and choice, as planned."""
    found: list[Row] = json.loads(unpacked(SAMPLE / "expected_tally.json"))
    return found
