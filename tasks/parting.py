"""Parting a cluster in two, whoever found that it has become two."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from tasks.carryover import Night

LEAST_RECORDS = (
    5  # on each side of a split: the gap of fewer is noise (of two calm ones in four on banking77)
)
OLD_PART = 0.15  # each part of a split has so much of the old members; a birth has less


def are_parts(side: np.ndarray) -> bool:
    """Whether a cut (a mask over a cluster's records) leaves enough on both sides for two clusters."""
    few = min(int(side.sum()), int((~side).sum()))
    return few >= max(LEAST_RECORDS, OLD_PART * len(side))


def part(night: Night, label: int, rows: np.ndarray, leaves: np.ndarray) -> None:
    """Cluster `label` is `rows` without those that leave and found their own."""
    night.assign(rows, label)
    night.found(leaves)
    night.regrouped.add(label)
