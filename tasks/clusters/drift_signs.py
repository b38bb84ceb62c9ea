"""Where to look for drift between fits, and what one cluster and two look like in this set.

Nothing is judged here. A cluster is looked at when more newcomers gather in its reach than chance would send there, or
when its own measures differ from those of when it was last judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.clusters.geometry import nearest_centres

if TYPE_CHECKING:
    from tasks.clusters.carryover import Night

TWO_PART = (
    0.65  # of the way from the typical inner gap to the typical outer one: from there on one has become two
)
NEW_PART = 0.5  # … and records that no cluster takes in are nearer to a new one than to a part of an old one
SURPRISE = 3.0  # standard deviations of a Poisson count above which newcomers gather
LEAST_DRIFT, DRIFT_PART = (
    8,
    0.5,
)  # newcomers beyond chance that call for a fit: so many, and half a typical cluster
LESS_TIGHT, NEARER = 0.03, 0.03  # changes of a cluster's own cosines that are looked into
BIRTH_TIGHTNESS = 0.35  # quantile of the living clusters' tightness …
BIRTH_MARGIN = 0.9  # … that a newborn must come near: it is small, its tightness ill known
BIRTH_GAP = 0.25  # quantile of the gaps between neighbours that a newborn must stand away


@dataclass(frozen=True)
class Yardstick:
    """What the living clusters show about one and two."""

    two: float  # the typical gap between neighbours
    split_at: float  # a gap from which two groups are two clusters
    birth_at: float
    tightness: float

    @classmethod
    def of(cls, night: Night) -> Yardstick:
        healths = [c.health for c in night.living if c is not None]
        inner = np.array([h.inner for h in healths if h.inner > 0] or [0.0])
        outer = np.array([h.outer for h in healths if h.outer > 0] or [1.0])
        one, two = float(np.median(inner)), float(np.median(outer))
        tight = [h.tightness for h in healths if h.size > 1] or [0.5]
        return cls(
            two=two,
            split_at=one + TWO_PART * (two - one) if two > one else two,
            birth_at=min(float(np.quantile(outer, BIRTH_GAP)), one + NEW_PART * max(two - one, 0.0)),
            tightness=BIRTH_MARGIN * float(np.quantile(tight, BIRTH_TIGHTNESS)),
        )


def reach_of(night: Night) -> np.ndarray:
    """The cluster in whose reach a record is: its own, or for a loose newcomer the nearest, if a neighbour's distance off."""
    reach = night.labels.copy()
    loose = np.flatnonzero(night.is_recent & (reach < 0))
    shape = night.shape
    if len(loose) and shape.sizes.any():
        alive = np.flatnonzero(shape.sizes)
        to_centre = night.vectors[loose] @ shape.centroids[alive].T
        near = to_centre.argmax(axis=1)
        _, between = nearest_centres(shape.centroids[alive])
        close = to_centre[np.arange(len(loose)), near] >= np.median(between)
        reach[loose[close]] = alive[near[close]]
    return reach


def suspects(night: Night, reach: np.ndarray) -> list[int]:
    """Clusters where newcomers gather beyond chance, or whose own measures have changed."""
    shape = night.shape
    gathers = _excess(reach, night.is_recent, len(night.living)) > 0
    _, nearness = nearest_centres(shape.centroids)
    found = []
    for label in np.flatnonzero(shape.sizes).tolist():
        health = night.health_of(label)
        if health is not None and (
            gathers[label]
            or abs(shape.tightness[label] - health.tightness) >= LESS_TIGHT
            or nearness[label] - health.nearness >= NEARER
        ):
            found.append(label)
    return found


def _excess(reach: np.ndarray, is_recent: np.ndarray, count: int) -> np.ndarray:
    """How many more newcomers each cluster has in its reach than its size lets expect; 0 where chance explains it."""
    recent = np.bincount(reach[is_recent & (reach >= 0)], minlength=count)
    old = np.bincount(reach[~is_recent & (reach >= 0)], minlength=count)
    expected = recent.sum() * old / max(old.sum(), 1)
    more = recent - expected
    return np.where(more >= SURPRISE * np.sqrt(np.maximum(expected, 1)), more, 0.0)


def has_drifted(night: Night) -> bool:
    """Whether, since the last fit, newcomers have gathered in such numbers that a fit should be heard."""
    sizes = night.shape.sizes[night.shape.sizes > 1]
    if not len(sizes):
        return False
    excess = _excess(reach_of(night), night.is_since_fit, len(night.living))
    return float(excess.sum()) >= max(LEAST_DRIFT, DRIFT_PART * float(np.median(sizes)))
