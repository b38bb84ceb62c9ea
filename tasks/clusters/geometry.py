"""The geometry of living clusters: centres, how near members are to them, how far apart two groups stand.

Labels here are positions 0..c−1 of clusters, −1 = in none. Sums run in row order on one BLAS thread, so that the same
records give the same bytes whatever the machine's number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.clusters.alike import collapse
from tasks.clusters.neighbours import one_blas_thread, pair_cosines

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

JOIN_SPREADS = 1.64  # a newcomer may be as far out as the outermost 5 % of members
LEAST_MASS = 4  # people, at least, behind a cluster born between fits
LEAST_PART = 0.05  # … and so much of the typical living cluster's people
LEAST_RECORDS = (
    5  # on each side of a split: the gap of fewer is noise (of two calm ones in four on banking77)
)
OLD_PART = 0.15  # each part of a split has so much of the old members; a birth has less
AXIS_STEPS, CUT_STEPS = 30, 20  # power iterations for a main axis; rounds of two-means


@dataclass(frozen=True)
class Shape:
    """Where c clusters lie, how near their members are to them."""

    centroids: np.ndarray  # (c, d) float32, unit length; zeros for an empty one
    mass: np.ndarray  # (c,) people
    sizes: np.ndarray  # (c,) records
    own: np.ndarray  # (n,) cosine of a member to the centre of the rest of its cluster; 0 in none
    scatter: float  # how much members of all clusters differ in `own` from those of their cluster
    join_at: np.ndarray  # (c,) lowest cosine to the centre at which a newcomer joins
    tightness: np.ndarray  # (c,) mean cosine between two members, 1 for a single one

    @property
    def least_birth(self) -> float:
        """People behind a newborn, at least: a cluster of thousands is not rivalled by four."""
        alive = self.mass[self.sizes > 1]
        return max(LEAST_MASS, LEAST_PART * float(np.median(alive)) if len(alive) else 0.0)


def shape_of(
    vectors: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
    count: int,
    *,
    before: Shape | None = None,
    changed: Collection[int] = (),
) -> Shape:
    """Measure c clusters in one pass over their records; those that have not changed are as `before`."""
    centroids = np.zeros((count, vectors.shape[1]), dtype=np.float32)
    mass, tight = np.zeros(count), np.ones(count)
    own = np.zeros(len(vectors))
    sizes = np.bincount(labels[labels >= 0], minlength=count)
    if before is not None:
        kept = np.setdiff1d(np.arange(min(count, len(before.mass))), list(changed))
        centroids[kept], mass[kept], tight[kept] = (
            table[kept] for table in (before.centroids, before.mass, before.tightness)
        )
        own = np.where(labels >= 0, before.own, 0.0)
    with one_blas_thread():
        for c, members in enumerate(members_of(labels, count)):
            if not len(members) or (before is not None and c not in changed):
                continue
            rows, weight = vectors[members], weights[members]
            total = weight.astype(np.float32) @ rows
            length = float(np.linalg.norm(total.astype(np.float64)))
            mass[c], square = weight.sum(), (weight**2).sum()
            centroids[c] = total / max(length, 1e-12)
            own[members] = _without_self((rows @ total).astype(np.float64), weight, length)
            if len(members) > 1:
                tight[c] = min((length**2 - square) / max(mass[c] ** 2 - square, 1e-12), 1.0)
    mean, spread = _nearness(own, labels, sizes)
    return Shape(centroids, mass, sizes, own, spread, mean - JOIN_SPREADS * spread, tight)


def nearness_in(rows: np.ndarray, tightness: float) -> tuple[np.ndarray, float]:
    """Cosine of each of several unit rows to the sum of the others, and what `tightness` lets expect of it."""
    total = rows.sum(axis=0, dtype=np.float64)
    others = len(rows) - 1
    near = _without_self(rows @ total, np.ones(len(rows)), float(np.linalg.norm(total)))
    return near, tightness * float(np.sqrt(others / max(1 + (others - 1) * tightness, 1e-12)))


def _without_self(dot: np.ndarray, weight: np.ndarray, length: float) -> np.ndarray:
    """Cosine of each unit member to the sum of the others, from its product with the sum of all."""
    rest = np.sqrt(np.maximum(length**2 - 2 * weight * dot + weight**2, 1e-12))
    return np.asarray((dot - weight) / rest)


def _nearness(own: np.ndarray, labels: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, float]:
    """Each cluster's mean nearness of members, and how much members of all clusters scatter about theirs."""
    inside = np.flatnonzero(labels >= 0)
    of = labels[inside]
    mean = np.bincount(of, weights=own[inside], minlength=len(sizes)) / np.maximum(sizes, 1)
    several = sizes[of] > 2
    spread = float(np.std((own[inside] - mean[of])[several])) if several.any() else 0.1
    usual = float(np.median(mean[sizes > 1])) if (sizes > 1).any() else 0.8
    return np.where(sizes > 1, mean, usual), spread


def gap(left: np.ndarray, right: np.ndarray) -> float:
    """How far two groups of unit vectors stand apart: nearness to one's own centre over that to the other's, ≤ 1."""
    totals = left.sum(axis=0, dtype=np.float64), right.sum(axis=0, dtype=np.float64)
    scores = []
    for mine, own, other in ((left, totals[0], totals[1]), (right, totals[1], totals[0])):
        dot = mine @ own
        near = _without_self(dot, np.ones(len(mine)), float(np.linalg.norm(own)))
        near = near if len(mine) > 1 else np.zeros(1)
        far = mine @ other / max(float(np.linalg.norm(other)), 1e-12)
        scores.append((near - far) / np.maximum(1 - np.minimum(near, far), 1e-9))
    return float(np.concatenate(scores).mean())


def halves(vectors: np.ndarray) -> np.ndarray:
    """The best cut of a group in two, as a mask: along its main direction, then two-means to rest."""
    moved = vectors - vectors.mean(axis=0)
    direction = _main_axis(moved)
    side: np.ndarray = moved @ direction > 0
    for _ in range(CUT_STEPS):
        if side.all() or not side.any():
            break
        centre, other = vectors[side].mean(axis=0), vectors[~side].mean(axis=0)
        now = vectors @ (centre / np.linalg.norm(centre) - other / np.linalg.norm(other)) > 0
        if (now == side).all():
            break
        side = now
    return side


def are_parts(side: np.ndarray) -> bool:
    """Whether a cut (a mask over a cluster's records) leaves enough on both sides for two clusters."""
    few = min(int(side.sum()), int((~side).sum()))
    return few >= max(LEAST_RECORDS, OLD_PART * len(side))


def _main_axis(moved: np.ndarray) -> np.ndarray:
    """The direction of most spread, by power iteration from the row farthest out."""
    axis = moved[int(np.square(moved).sum(axis=1).argmax())]
    for _ in range(AXIS_STEPS):
        axis = (moved @ axis) @ moved
        axis = axis / max(float(np.linalg.norm(axis)), 1e-12)
    return np.asarray(axis)


def inner_gap(rows: np.ndarray) -> float:
    """The gap between a group's two halves; 0 for one too small to have any."""
    if len(rows) < 4:
        return 0.0
    side = halves(rows)
    few = min(int(side.sum()), int((~side).sum()))
    return gap(rows[side], rows[~side]) if few >= 2 else 0.0


def tight_groups(
    vectors: np.ndarray, weights: np.ndarray, rows: np.ndarray, tightness: float
) -> list[np.ndarray]:
    """The rows in groups whose members are on average as near to each other as `tightness` says."""
    from scipy.cluster.hierarchy import fcluster, linkage

    points = collapse(vectors[rows], weights[rows])
    if len(points.vectors) < 2:
        return [rows]
    tree = linkage(np.maximum(1 - pair_cosines(points.vectors), 0), "average")
    groups = fcluster(tree, 1 - tightness, "distance").astype(np.int64) - 1
    return [rows[m] for m in members_of(groups[points.point_of], int(groups.max()) + 1)]


def members_of(labels: np.ndarray, count: int) -> list[np.ndarray]:
    """The rows of each cluster, ascending."""
    order = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[order], np.arange(count + 1))
    return [order[bounds[c] : bounds[c + 1]] for c in range(count)]


def nearest_centres(centroids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each cluster's nearest other by centre, and its cosine; (itself, −1) where there is no other."""
    count = len(centroids)
    if count < 2:
        return np.zeros(count, dtype=np.int64), np.full(count, -1.0)
    cosines = centroids @ centroids.T
    np.fill_diagonal(cosines, -2)
    near = cosines.argmax(axis=1)
    return near, cosines[np.arange(count), near].astype(np.float64)


def medoids(names: Sequence[str], members: np.ndarray, own: np.ndarray, most: int) -> tuple[str, ...]:
    """The members nearest to the centre."""
    order = np.lexsort((members, -np.round(own[members], 6)))
    return tuple(names[members[i]] for i in order[:most])
