"""Votes: rounds with their items, each with its choices, their intervals and what they decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

Row = dict[str, Any]


def build_ballots(tally: pl.DataFrame, outcome: pl.DataFrame) -> list[Row]:
    """One row per round and item, newest round first, most turnout first inside a round; choices by people."""
    decided = {(row["cycle_id"], row["target_id"]): row for row in outcome.to_dicts()}
    grouped: dict[tuple[str, str], list[Row]] = defaultdict(list)
    ordered = tally.sort(
        "cycle_id", "target_id", "people_count", "choice", descending=[False, False, True, False]
    )
    for row in ordered.to_dicts():
        grouped[row["cycle_id"], row["target_id"]].append(row)
    rows = [
        {
            "cycle_id": key[0],
            "target_id": key[1],
            "cluster_id": choices[0]["cluster_id"],
            "turnout": choices[0]["turnout_count"],
            "choices": choices,
            "winner": next((c for c in choices if c["is_winner"]), None),
            "outcome": decided.get(key),
            "question": _question(decided.get(key)),
        }
        for key, choices in grouped.items()
    ]
    return sorted(
        rows, key=lambda r: (-_ended_on(r).toordinal(), r["cycle_id"], -r["turnout"], r["target_id"])
    )


def _question(outcome: Row | None) -> str | None:
    """What the platform's own ballot asked, in either language; None = the cluster's statement was voted on."""
    return (outcome or {}).get("question_en") or (outcome or {}).get("question_fa")


def _ended_on(ballot: Row) -> date:
    return (ballot["outcome"] or {}).get("ended_on") or date.min


def ballots_of(ballots: list[Row]) -> dict[str, list[Row]]:
    """The same by cluster."""
    found: dict[str, list[Row]] = defaultdict(list)
    for ballot in ballots:
        if ballot["cluster_id"]:
            found[ballot["cluster_id"]].append(ballot)
    return found


def build_cycles(ballots: list[Row], clusters: Mapping[str, Row]) -> list[Row]:
    """The same by round, with the cluster where it may be shown, and how many took part at most."""
    found: dict[str, list[Row]] = defaultdict(list)
    for ballot in ballots:
        found[ballot["cycle_id"]].append(ballot | {"cluster": clusters.get(ballot["cluster_id"])})
    return [
        {
            "cycle_id": cycle_id,
            "ended_on": (targets[0]["outcome"] or {}).get("ended_on"),
            "turnout": max(t["turnout"] for t in targets),
            "targets": targets,
        }
        for cycle_id, targets in found.items()
    ]
