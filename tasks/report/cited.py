"""The records that sentences cite: each is in the page once, as data, and opens under every sentence that names it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import polars as pl

from tasks.report.labels import plain

MAX_SHOWN = 12  # records that open under one sentence
MAX_BYTES = 180_000  # of all cited records; what is over is named by its id in the Parquet files


class Cited:
    """Numbers the published records in the order they are cited; a withheld record is never among them."""

    def __init__(self, canonical: pl.DataFrame) -> None:
        columns = ("record_id", "said_on", "summary_en", "title_fa", "proposition_fa")
        self._shown = canonical.filter(~pl.col("is_suppressed")).select(columns)
        self._place = {record_id: n for n, record_id in enumerate(self._shown["record_id"])}
        self._number_of: dict[str, int] = {}
        self._room = MAX_BYTES
        self.rows: list[list[Any]] = []

    def cite(self, record_ids: Sequence[str]) -> list[int]:
        """Numbers of the first records that are published and still have room."""
        numbers = (self._number(i) for i in record_ids if i in self._place)
        return list(islice((n for n in numbers if n is not None), MAX_SHOWN))

    def _number(self, record_id: str) -> int | None:
        if record_id in self._number_of:
            return self._number_of[record_id]
        _, said_on, summary_en, title_fa, proposition_fa = self._shown.row(self._place[record_id])
        farsi = " · ".join(dict.fromkeys(plain(t) for t in (title_fa, proposition_fa) if t))
        row = [record_id[:10], said_on.isoformat(), plain(summary_en), farsi]
        size = sum(len(text.encode()) for text in row)
        if size > self._room:
            return None
        self._room -= size
        self._number_of[record_id] = len(self.rows)
        self.rows.append(row)
        return self._number_of[record_id]
