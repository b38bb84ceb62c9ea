"""Votes: rounds with their items, each with its choices and their intervals, most people first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import polars as pl

Row = dict[str, Any]


def build_ballots(tally: pl.DataFrame) -> list[Row]:
    """One row per round and item, most turnout first inside a round; newest rows of the tally as published."""
    grouped: dict[tuple[str, str], list[Row]] = defaultdict(list)
    ordered = tally.sort(
        "cycle_id", "target_id", "people_count", "choice", descending=[False, False, True, False]
    )
    for row in ordered.to_dicts():
        grouped[row["cycle_id"], row["target_id"]].append(row)
    rows = [
        {
            "cycle_id": cycle_id,
            "target_id": target_id,
            "cluster_id": choices[0]["cluster_id"],
            "turnout": choices[0]["turnout_count"],
            "choices": choices,
        }
        for (cycle_id, target_id), choices in grouped.items()
    ]
    return sorted(rows, key=lambda r: (r["cycle_id"], -r["turnout"], r["target_id"]))


def ballots_of(ballots: list[Row]) -> dict[str, list[Row]]:
    """The same by cluster."""
    found: dict[str, list[Row]] = defaultdict(list)
    for ballot in ballots:
        if ballot["cluster_id"]:
            found[ballot["cluster_id"]].append(ballot)
    return found


def build_cycles(ballots: list[Row], clusters: Mapping[str, Row]) -> list[Row]:
    """The same by round, with the cluster where it may be shown."""
    found: dict[str, list[Row]] = defaultdict(list)
    for ballot in ballots:
        found[ballot["cycle_id"]].append(ballot | {"cluster": clusters.get(ballot["cluster_id"])})
    return [{"cycle_id": cycle_id, "targets": targets} for cycle_id, targets in found.items()]
