"""Two small nights in which every step has work: a part of the sample, chosen so that a night takes about a second.

The first founds clusters and opens a vote. The second lets clusters grow, closes both cycles of votes, asks for an
erasure, and so leads to summaries, tallies, plans and messages.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

from tests.sample_files import SAMPLE, Row, is_good, read_truth, table_rows

CONCERNS = {"internet-filtering", "power-cuts", "rent-cap", "medicine-shortage"}
TABLES = ("cycles", "options", "clusters", "policy_candidates", "endorsements", "votes")
SENDERS_OF_NOTHING = 12  # greetings, adverts, prayers and the like, a night


def write_small_inbox(folder: Path) -> tuple[Path, Path]:
    """Write both nights; returns their inboxes."""
    first, second = folder / "first", folder / "second"
    erased = _rows("erasures", 3)
    sent = _submissions(1, also=erased[0]["submission_id"])
    _write_jsonl(first / "submissions" / "chat.jsonl", sent)
    (first / "submissions" / "torn.jsonl").write_text('{"id": "torn", "raw_te\n', encoding="utf-8")
    _write_jsonl(second / "submissions" / "chat.jsonl.gz", [*_submissions(2), *_submissions(3)])
    _write_jsonl(second / "erasures" / "erasures.jsonl", erased)
    for inbox, nights in ((first, (1,)), (second, (2, 3))):
        for table in TABLES:
            for number, rows in enumerate(_by_shape(row for night in nights for row in _rows(table, night))):
                _write_jsonl(inbox / table / f"{number}.jsonl", rows)
    return first, second


def _rows(table: str, night: int) -> list[Row]:
    folder = SAMPLE / f"night{night}" / table
    return [row for row in table_rows(table, night) if row] if folder.exists() else []


def _by_shape(rows: Iterable[Row]) -> list[list[Row]]:
    """Rows with the same columns together; of those with the same id the last; of people one in three."""
    shapes: dict[tuple[str, ...], dict[str, Row]] = {}
    for row in rows:
        if int(row.get("user_id", "0")[-2:], 16) % 3 == 0:
            shapes.setdefault(tuple(sorted(row)), {})[row["id"]] = row
    return [list(alike.values()) for alike in shapes.values()]


def _submissions(night: int, *, also: str = "") -> list[Row]:
    """The night's messages about `CONCERNS`, a few that are about nothing, and the one named."""
    truth = read_truth()
    nothing = 0
    kept = []
    for row in table_rows("submissions", night):
        if row is None or not is_good(row) or row["id"] not in truth:
            continue
        concerns = set(truth[row["id"]]["concerns"])
        nothing += not concerns
        if concerns & CONCERNS or row["id"] == also or (not concerns and nothing <= SENDERS_OF_NOTHING):
            kept.append({name: value for name, value in row.items() if value != ""})
    return kept


def _write_jsonl(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
