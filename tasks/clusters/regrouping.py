"""Between fits: has a cluster become two, have two become one?

Yesterday's answer stands unless the gap (`tasks.clusters.geometry.gap`) says otherwise *and* has changed since the cluster was
last judged: a border that was always there is no news. New clusters are `tasks/clusters/births.py`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasks.clusters.births import found_newborn
from tasks.clusters.drift_signs import Yardstick, reach_of, suspects
from tasks.clusters.geometry import LEAST_RECORDS, OLD_PART, gap, halves

if TYPE_CHECKING:
    from tasks.clusters.carryover import Night

RISE = 0.1  # by so much an inner gap must have grown before a cluster is parted
FALL = 0.7  # an outer gap must have shrunk to so much of itself before two clusters are joined


def regroup(night: Night) -> None:
    """Merge, split and found clusters where tonight's records give reason to."""
    if not night.living:
        return
    yard = Yardstick.of(night)
    reach = reach_of(night)
    looked_at = suspects(night, reach)
    for label in looked_at:  # a half that has come near another cluster is no merger of the whole
        _split(night, reach, label, yard)
    for label in looked_at:
        _merge(night, reach, label, yard)
    found_newborn(night, looked_at, yard)


def _merge(night: Night, reach: np.ndarray, label: int, yard: Yardstick) -> None:
    """Join a cluster with a near one when the gap between them has closed."""
    if night.living[label] is None or not (night.labels == label).any():
        return
    shape = night.shape
    cosines = shape.centroids @ shape.centroids[label]
    cosines[shape.sizes == 0] = -2.0
    for other in np.argsort(-cosines, kind="stable")[:3]:
        left, right = np.flatnonzero(reach == label), np.flatnonzero(reach == other)
        if (
            other != label
            and has_closed(night, (label, int(other)), (left, right), yard, fall=FALL)
            and not _is_third(night, left, right, yard)
        ):
            reach[np.concatenate([left, right])] = merge(night, label, int(other), left, right)
            return


def has_closed(
    night: Night, pair: tuple[int, int], rows: tuple[np.ndarray, np.ndarray], yard: Yardstick, *, fall: float
) -> bool:
    """Whether the gap between two settled clusters is less than neighbours have, and has fallen to `fall` of what it was."""
    healths = [night.health_of(label) for label in pair]
    if not all(night.is_settled(label) for label in pair) or min(len(r) for r in rows) < 2:
        return False
    old = [r[~night.is_recent[r]] for r in rows]
    before = min(h.outer for h in healths if h)  # the gap to the nearest then: none was less far than that
    if len(old[0]) and len(old[1]):  # what newcomers closed is seen without them
        before = max(before, gap(night.vectors[old[0]], night.vectors[old[1]]))
    now = gap(night.vectors[rows[0]], night.vectors[rows[1]])
    return now <= min(yard.two, fall * before)


def merge(night: Night, one: int, two: int, left: np.ndarray, right: np.ndarray) -> int:
    """Make one of two clusters; the one with more people behind its old members keeps its name, then the older."""

    def rank(label: int) -> tuple[float, int]:
        cluster = night.living[label]
        return float(night.weights[night.was == label].sum()), -(
            cluster.born if cluster else night.before.number
        )

    keep = one if rank(one) >= rank(two) else two
    night.assign(np.concatenate([left, right]), keep)
    night.regrouped.add(keep)  # what was just joined is not parted the same night
    return keep


def _is_third(night: Night, left: np.ndarray, right: np.ndarray, yard: Yardstick) -> bool:
    """Whether what lies between two clusters is a group of its own, apart from both."""
    fresh = [side[night.is_recent[side]] for side in (left, right)]
    old = [side[~night.is_recent[side]] for side in (left, right)]
    between = np.concatenate(fresh)
    if len(between) < 3 or not len(old[0]) or not len(old[1]):
        return False
    rows = night.vectors[between]
    return all(gap(rows, night.vectors[side]) >= yard.birth_at for side in old)


def _split(night: Night, reach: np.ndarray, label: int, yard: Yardstick) -> None:
    """Part a cluster that has become two; the part with more of its old members keeps the name."""
    rows = np.flatnonzero(reach == label)
    health = night.health_of(label)
    is_old = night.was[rows] == label
    if health is None or not night.is_settled(label) or is_old.sum() < 4:
        return
    side = halves(night.vectors[rows])
    old_share = float(side[is_old].mean())
    few = min(int(side.sum()), int((~side).sum()))
    if few < LEAST_RECORDS or min(old_share, 1 - old_share) < OLD_PART:
        return
    apart = gap(night.vectors[rows[side]], night.vectors[rows[~side]])
    if apart >= yard.split_at and apart - health.inner >= RISE:
        night.part(label, rows, rows[side] if old_share <= 0.5 else rows[~side])
        reach[:] = np.where(reach == label, night.labels, reach)
