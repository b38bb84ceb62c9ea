"""Counts of the run: where every message is, what was refused or stands alone, what the calls cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

Row = dict[str, Any]

STATES = ("processed", "pending", "quarantined", "rejected", "erased")


def build_states(states: Mapping[str, int]) -> list[Row]:
    """States in a fixed order with where their part of the bar begins, in percent."""
    total = sum(states.values()) or 1
    rows, start = [], 0.0
    for name in sorted(states, key=lambda s: (STATES.index(s) if s in STATES else len(STATES), s)):
        width = states[name] / total * 100
        rows.append({"name": name, "n": states[name], "start": round(start, 2), "width": round(width, 2)})
        start += width
    return rows


def count_outliers(membership: pl.DataFrame) -> list[Row]:
    """Records outside every cluster, by reason."""
    alone = membership.filter(pl.col("cluster_id").is_null())
    return (
        alone.group_by("outlier_reason")
        .len(name="n")
        .sort("n", "outlier_reason", descending=[True, False])
        .to_dicts()
    )


def count_rejected(frame: pl.DataFrame) -> list[Row]:
    """Counts by reason, state by state, lines and whole sources and messages apart; the rows are in rejected.parquet.

    Of a dead letter only the step is told: what is said beyond that has no words here. An empty file refused nothing.
    """
    state, reason = pl.col("state"), pl.col("reason")
    at_door = state == "refused"
    told = frame.filter(~at_door | (reason != "empty_file")).select(
        "state",
        "table_name",
        unit=pl.when(at_door & pl.col("line_no").is_null())
        .then(pl.lit("source"))
        .when(at_door)
        .then(pl.lit("line"))
        .otherwise(pl.lit("message")),
        reason=pl.when(state == "quarantined").then(reason.str.split(": ").list.first()).otherwise(reason),
    )
    counted = told.group_by("state", "unit", "table_name", "reason").len(name="n")
    order = ["state", "unit", "n", "table_name", "reason"]
    return counted.sort(order, descending=[column == "n" for column in order]).to_dicts()


def count_calls(frame: pl.DataFrame) -> list[Row]:
    """Router metrics: calls, repairs, fallbacks, refusals, latency and spend by task, model and mode."""
    if not frame.height:
        return []
    return (
        frame.group_by("task", "provider", "asked_model", "mode")
        .agg(
            pl.len().alias("calls"),
            (pl.col("turn") == "repair").sum().alias("repairs"),
            (pl.col("route_position") > 0).sum().alias("fallbacks"),
            (pl.col("outcome") == "refused").sum().alias("refusals"),
            pl.col("latency_ms").quantile(0.5).round().cast(pl.Int64).alias("p50_ms"),
            pl.col("latency_ms").quantile(0.95).round().cast(pl.Int64).alias("p95_ms"),
            pl.col("cost_usd").sum().alias("usd"),
        )
        .sort("task", "provider", "asked_model", "mode")
        .to_dicts()
    )
