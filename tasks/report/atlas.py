"""The map's points and the tree map's cells, as small as they can be told."""

from __future__ import annotations

from typing import Any

import polars as pl

from tasks.report.labels import plain
from tasks.report.topics import Tables, clusters_by_people

MAX_POINTS = 10_000
_FIGURES = "0123456789abcdefghijklmnopqrstuvwxyz"

Row = dict[str, Any]


def build_points(tables: Tables) -> list[list[int]]:
    """[x, y, cluster number or -1] with x and y in 0…1000, thinned evenly above `MAX_POINTS`."""
    placed = tables["membership"].filter(pl.col("x").is_not_null() & pl.col("y").is_not_null())
    if not placed.height:
        return []
    step = -(-placed.height // MAX_POINTS)
    order = {cid: n for n, cid in enumerate(clusters_by_people(tables)["cluster_id"])}
    xs, ys = (_scaled(placed[axis]) for axis in ("x", "y"))
    numbers = [order.get(cid, -1) for cid in placed["cluster_id"]]
    return [[x, y, n] for x, y, n in list(zip(xs, ys, numbers, strict=True))[::step]]


def pack_points(points: list[list[int]]) -> str:
    """Seven letters a point, half of what a list takes: x and y in two figures to the base 36, cluster number + 1 in three."""
    return "".join(_base36(x, 2) + _base36(y, 2) + _base36(n + 1, 3) for x, y, n in points)


def _base36(value: int, width: int) -> str:
    figures = ""
    for _ in range(width):
        value, rest = divmod(value, 36)
        figures = _FIGURES[rest] + figures
    return figures


def _scaled(values: pl.Series) -> list[int]:
    low, high = float(values.min()), float(values.max())  # type: ignore[arg-type]
    span = (high - low) or 1.0
    return ((values - low) / span * 1000).round(0).cast(pl.Int32).to_list()


def build_cells(clusters: list[Row]) -> list[list[Any]]:
    """[id, topic, people, English title, Farsi title] per cluster; withheld ones have neither id nor title."""
    return [
        ["", c["topic"], c["people_count"], "", ""]
        if c["is_suppressed"]
        else [
            c["cluster_id"] if c["is_card"] else "",
            c["topic"],
            c["people_count"],
            plain(c["title_en"] or ""),
            plain(c["title_fa"] or ""),
        ]
        for c in clusters
    ]
