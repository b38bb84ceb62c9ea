"""A new fit over everything, matched with the clusters that live.

A fit proposes; what lives keeps its members. A proposal that moves old members is taken only where the local gap bears it
out and something has changed since the cluster was last judged. Only when the records have at least doubled since the
last fit is the new fit taken as it is, and old ids are carried over to it by overlap (Hungarian on Jaccard).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasks.clusters.drift_signs import Yardstick
from tasks.clusters.geometry import LEAST_RECORDS, OLD_PART, gap, inner_gap, members_of
from tasks.clusters.lineage import flow
from tasks.clusters.neighbours import nearest_in
from tasks.clusters.outliers import DENSITY_NEIGHBOURS
from tasks.clusters.regrouping import has_closed, merge

if TYPE_CHECKING:
    from tasks.cluster import Clustering
    from tasks.clusters.carryover import Night

SAME = (
    0.3  # Jaccard overlap from which a fitted cluster is the old one; the best pairing decides among several
)
MOSTLY = 0.6
CHANGED = 1.5  # a cluster so many times as large as when it was last judged is judged anew
WITNESSED_RISE = 0.05  # of the gap inside a cluster that the fit parts …
WITNESSED_FALL = 0.8  # … and fall of that between two it holds together: less than without a fit


def take_fit(night: Night, fit: Clustering) -> dict[int, float]:
    """Take the fit's groups as they are, old ids where they overlap; returns the stability of each label."""
    count = len(fit.stability)
    kept = _pair(night.labels, fit.labels, len(night.living), count)
    before = list(night.living)
    night.living = [before[kept[f]] if f in kept else None for f in range(count)]
    night.assign(np.arange(len(night.ids)), fit.labels)
    return {f: float(s) for f, s in enumerate(fit.stability)}


def _pair(old: np.ndarray, new: np.ndarray, rows: int, columns: int) -> dict[int, int]:
    """New label → old label for the pairs that overlap most in all."""
    from scipy.optimize import linear_sum_assignment

    if not rows or not columns:
        return {}
    shared = flow(old, new, rows, columns)
    union = (
        np.bincount(old[old >= 0], minlength=rows)[:, None]
        + np.bincount(new[new >= 0], minlength=columns)[None, :]
        - shared
    )
    jaccard = shared / np.maximum(union, 1)
    pairs = zip(*linear_sum_assignment(-jaccard), strict=True)
    return {int(f): int(c) for c, f in pairs if jaccard[c, f] >= SAME}


def hear_fit(night: Night, fit: Clustering) -> dict[int, float]:
    """Births, splits and mergers that the fit proposes and the clusters themselves bear out; stability of the newborn."""
    yard = Yardstick.of(night)
    stability = _births(night, fit)
    for label in _changed(night):
        _split(night, fit, label, yard)
    _mergers(night, fit, yard)
    _take_in(night, fit)
    return stability


def _changed(night: Night) -> list[int]:
    """Clusters that have grown enough since they were last judged to have changed their nature."""
    sizes = night.shape.sizes
    return [
        i
        for i, c in enumerate(night.living)
        if c is not None
        and night.is_settled(i)
        and sizes[i] >= max(CHANGED * c.health.size, c.health.size + 4)
    ]


def _births(night: Night, fit: Clustering) -> dict[int, float]:
    """Loose records that the fit holds together, when half as many again have come as the last fit saw and left loose."""
    stability = {}
    for f, members in enumerate(members_of(fit.labels, len(fit.stability))):
        loose = members[night.labels[members] < 0]
        mass = float(night.weights[loose].sum())
        seen = float(night.weights[loose[~night.is_since_fit[loose]]].sum())
        if mass >= max(night.shape.least_birth, MOSTLY * float(night.weights[members].sum()), CHANGED * seen):
            stability[night.found(loose)] = float(fit.stability[f])
    return stability


def _split(night: Night, fit: Clustering, label: int, yard: Yardstick) -> None:
    mine = np.flatnonzero((night.labels == label) & (fit.labels >= 0))
    parts, counts = np.unique(fit.labels[mine], return_counts=True)
    order = np.lexsort((parts, -counts))[:2]
    if len(order) < 2:
        return
    big, small = (mine[fit.labels[mine] == parts[i]] for i in order)
    old = night.was[mine] == label
    old_small = float(np.isin(mine[old], small).mean()) if old.any() else 0.0
    own = float((night.labels[fit.labels == parts[order[1]]] == label).mean())
    if len(small) < LEAST_RECORDS or len(small) < OLD_PART * len(mine) or own < MOSTLY:
        return
    apart = gap(night.vectors[small], night.vectors[big])
    if apart >= yard.split_at and _has_opened(night, label, (small, big), apart):
        night.part(label, night.rows_of(label), small if old_small <= 0.5 else big)


def _has_opened(night: Night, label: int, parts: tuple[np.ndarray, np.ndarray], apart: float) -> bool:
    """Whether the gap in a cluster is news: wider than among the records of the last fit, or than when it was judged."""
    health = night.health_of(label)
    if health is None:
        return False
    small, big = (night.vectors[rows[~night.is_since_fit[rows]]] for rows in parts)
    then = gap(small, big) if min(len(small), len(big)) > 1 else 0.0
    now = inner_gap(night.vectors[night.rows_of(label)])
    return max(apart - then, now - health.inner) >= WITNESSED_RISE


def _mergers(night: Night, fit: Clustering, yard: Yardstick) -> None:
    """Two clusters that the fit holds together, where one has changed and the gap has closed."""
    changed = set(_changed(night))
    for members in members_of(fit.labels, len(fit.stability)):
        held = night.labels[members]
        labels, counts = np.unique(held[held >= 0], return_counts=True)
        order = np.lexsort((labels, -counts))[:2]
        if len(order) < 2:
            continue
        one, two = (int(labels[i]) for i in order)
        if not changed & {one, two} or any(
            counts[i] < MOSTLY * (night.labels == labels[i]).sum() for i in order
        ):
            continue
        left, right = night.rows_of(one), night.rows_of(two)
        if has_closed(night, (one, two), (left, right), yard, fall=WITNESSED_FALL):
            merge(night, one, two, left, right)


def _take_in(night: Night, fit: Clustering) -> None:
    """Loose records that the fit puts among a cluster's members join it, if newcomers among those have brought it near."""
    shape = night.shape
    for members in members_of(fit.labels, len(fit.stability)):
        held = night.labels[members]
        loose = members[held < 0]
        if not len(loose) or 2 * (held >= 0).sum() < len(members):
            continue
        home, count = np.unique(held[held >= 0], return_counts=True)
        goal = int(home[count.argmax()])
        near = loose[night.vectors[loose] @ shape.centroids[goal] >= shape.join_at[goal]]
        if count.max() >= MOSTLY * count.sum() and len(near):
            inside = night.rows_of(goal)
            beside = nearest_in(night.vectors[near], night.vectors[inside], DENSITY_NEIGHBOURS).indices
            night.assign(near[night.is_since_fit[inside[beside]].mean(axis=1) > 0.5], goal)
