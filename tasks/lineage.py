"""The geometry and bookkeeping behind `tasks/identity.py`: who joins, what is born, what splits and merges.

Labels here are positions 0..c−1 of living clusters, −1 = in none. All thresholds are read off the living clusters
themselves: how near their members are to them, how tight they are, how far apart neighbouring ones lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.neighbours import NEAR_IDENTICAL, collapse, cosine_blocks, sum_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

JOIN_NEIGHBOURS = 5
JOIN_SPREADS = 1.64  # a newcomer may be as far out as the outermost 5 % of members
BIRTH_WEIGHT = 4  # people, at least, behind a cluster born between fits
BIRTH_PART = 0.05  # … and so much of the typical living cluster's people
BIRTH_MARGIN = 0.9  # a newborn is small, its tightness ill known
BIRTH_TIGHTNESS = 0.35  # quantile of the living clusters' tightness that a newborn must reach
PART_SHARE = 0.25  # each part of a split, each partner of a merger, is at least so much of the whole
POOL_NEIGHBOURS = 15
MOST_RECENT = 4_000  # with more newcomers than this, births are left to the fit
ITSELF = 0.7  # share of nearest records that a new topic has in itself


@dataclass(frozen=True)
class Shape:
    """The living clusters' geometry."""

    centroids: np.ndarray  # (c, d) float32, unit length
    join_at: np.ndarray  # (c,) lowest cosine to the centroid at which a newcomer joins
    tightness: np.ndarray  # (c,) mean cosine between two members
    least_birth: (
        float  # people behind a newborn, at least: a cluster of 100,000 records is not rivalled by four
    )


def shape_of(vectors: np.ndarray, labels: np.ndarray, weights: np.ndarray, count: int) -> Shape:
    """Measure c clusters; a member's nearness to its centroid leaves the member itself out."""
    inside = np.flatnonzero(labels >= 0)
    own, weight = labels[inside], weights[inside, None]
    scaled = vectors[inside].astype(np.float64) * weight
    sums = sum_rows(scaled, own, count)
    mass = np.bincount(own, weights=weights[inside], minlength=count)
    square = np.bincount(own, weights=weights[inside] ** 2, minlength=count)
    alone = weights[inside]
    dot = np.einsum(
        "ij,ij->i", sums[own], vectors[inside]
    )  # the rest's sum is the sum less the member, a unit vector
    left = np.maximum(np.square(sums).sum(axis=1)[own] - 2 * alone * dot + alone**2, 1e-24)
    near = (dot - alone) / np.sqrt(left)
    size = np.maximum(np.bincount(own, minlength=count), 1)
    mean = np.bincount(own, weights=near, minlength=count) / size
    several = size[own] > 2
    spread = float(np.std((near - mean[own])[several])) if several.any() else 0.1
    norms = np.linalg.norm(sums, axis=1)
    pairs = np.maximum(mass**2 - square, 1e-12)
    tight = np.where(size > 1, (norms**2 - square) / pairs, 1.0)
    mean = np.where(size > 1, mean, np.median(mean[size > 1]) if (size > 1).any() else 0.8)
    typical = float(np.median(mass[size > 1])) if (size > 1).any() else 0.0
    return Shape(
        (sums / np.maximum(norms, 1e-12)[:, None]).astype(np.float32),
        mean - JOIN_SPREADS * spread,
        np.minimum(tight, 1.0),
        max(BIRTH_WEIGHT, BIRTH_PART * typical),
    )


def join(vectors: np.ndarray, labels: np.ndarray, newcomers: np.ndarray, shape: Shape) -> np.ndarray:
    """The cluster of each newcomer, −1 when none is near enough.

    The five nearest clustered records name the candidate; a near-identical record settles it, whatever it is in.
    """
    joined = np.full(len(newcomers), -1, dtype=np.int64)
    known = np.setdiff1d(np.arange(len(vectors)), newcomers)
    inside = known[labels[known] >= 0]
    if not len(inside) or not len(newcomers):
        return joined
    for start, block in cosine_blocks(vectors[newcomers], vectors[inside]):
        for offset, row in enumerate(block):
            joined[start + offset] = _candidate(
                row, labels[inside], vectors[newcomers[start + offset]], shape
            )
    return joined


def born_groups(
    vectors: np.ndarray, weights: np.ndarray, loose: np.ndarray, fresh: np.ndarray, shape: Shape
) -> list[np.ndarray]:
    """Groups of loose records, with at least one fresh one in each, that are as tight as living clusters are."""
    pool = _surroundings(vectors, loose, fresh)
    if len(pool) < 2 or not len(shape.tightness):
        return []
    found = _tight_groups(vectors, weights, pool, float(np.quantile(shape.tightness, BIRTH_TIGHTNESS)))
    return [g for g in found if weights[g].sum() >= shape.least_birth and np.isin(g, fresh).any()]


def groups_apart(
    vectors: np.ndarray,
    weights: np.ndarray,
    labels: np.ndarray,
    recent: np.ndarray,
    shape: Shape,
    apart: float,
) -> list[np.ndarray]:
    """Groups of recent records, in whatever clusters they are, that keep to themselves.

    A group is as tight as living clusters are, has its nearest records in itself, and stands `apart` from the older
    members of each cluster that it lies in or next to: a rush of more of the same does not, a new topic does.
    """
    if not BIRTH_WEIGHT <= len(recent) <= MOST_RECENT or not len(shape.tightness):
        return []
    old = np.ones(len(vectors), dtype=bool)
    old[recent] = False
    found = []
    for group in _tight_groups(
        vectors, weights, recent, float(np.quantile(shape.tightness, BIRTH_TIGHTNESS))
    ):
        if weights[group].sum() < shape.least_birth or len(group) < 3:
            continue
        centre = vectors[group].sum(axis=0, dtype=np.float64)
        hosts = {
            *labels[group][labels[group] >= 0].tolist(),
            *np.argsort(-(shape.centroids @ centre), kind="stable")[:2].tolist(),
        }
        sides = [vectors[old & (labels == host)] for host in sorted(hosts)]
        if all(gap(vectors[group], side) >= apart for side in sides if len(side)) and _keeps_to_itself(
            vectors[group], sides
        ):
            found.append(group)
    return found


def _keeps_to_itself(group: np.ndarray, sides: list[np.ndarray]) -> bool:
    """Whether the two nearest records of most members are members."""
    every = np.concatenate([group, *sides])
    cosines = group.astype(np.float64) @ every.T.astype(np.float64)
    np.fill_diagonal(cosines, -2)
    nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :2]
    return float((nearest < len(group)).mean()) >= ITSELF


def _tight_groups(
    vectors: np.ndarray, weights: np.ndarray, rows: np.ndarray, tightness: float
) -> list[np.ndarray]:
    """The rows in groups whose members are on average nearly as near to each other as `tightness` says."""
    from scipy.cluster.hierarchy import fcluster, linkage

    points = collapse(vectors[rows], weights[rows])
    if len(points.vectors) < 2:
        return [rows]
    cosines = points.vectors.astype(np.float64) @ points.vectors.T.astype(np.float64)
    upper = np.maximum(1 - cosines[np.triu_indices(len(cosines), 1)], 0)
    groups = (
        fcluster(linkage(upper, "average"), 1 - BIRTH_MARGIN * tightness, "distance").astype(np.int64) - 1
    )
    return [rows[m] for m in members_of(groups[points.point_of], int(groups.max()) + 1)]


def gap(left: np.ndarray, right: np.ndarray) -> float:
    """How far two groups of unit vectors stand apart: nearness to one's own centre over that to the other's, 0..1."""
    totals = left.sum(axis=0, dtype=np.float64), right.sum(axis=0, dtype=np.float64)
    scores = []
    for mine, own, other in ((left, totals[0], totals[1]), (right, totals[1], totals[0])):
        rest = own - mine
        near = (
            (rest * mine).sum(axis=1) / np.maximum(np.linalg.norm(rest, axis=1), 1e-12)
            if len(mine) > 1
            else np.zeros(1)
        )
        far = mine @ other / max(float(np.linalg.norm(other)), 1e-12)
        scores.append((near - far) / np.maximum(1 - np.minimum(near, far), 1e-9))
    return float(np.concatenate(scores).mean())


def halves(vectors: np.ndarray) -> np.ndarray:
    """The best cut of a group in two, as a mask: along its main direction, then two-means to rest."""
    moved = vectors - vectors.mean(axis=0)
    direction = np.linalg.svd(moved, full_matrices=False)[2][0]
    direction = direction * (1 if direction[np.abs(direction).argmax()] > 0 else -1)
    side: np.ndarray = moved @ direction > 0
    for _ in range(20):
        if side.all() or not side.any():
            break
        centre, other = vectors[side].mean(axis=0), vectors[~side].mean(axis=0)
        now = vectors @ (centre / np.linalg.norm(centre) - other / np.linalg.norm(other)) > 0
        if (now == side).all():
            break
        side = now
    return side


def neighbour_gaps(vectors: np.ndarray, labels: np.ndarray, shape: Shape) -> np.ndarray:
    """The gap between each cluster and the cluster nearest to it, (c,); 1 where there is only one."""
    count = len(shape.centroids)
    if count < 2:
        return np.ones(count)
    cosines = shape.centroids @ shape.centroids.T
    np.fill_diagonal(cosines, -2)
    members = members_of(labels, count)
    return np.array(
        [gap(vectors[members[c]], vectors[members[int(cosines[c].argmax())]]) for c in range(count)]
    )


def members_of(labels: np.ndarray, count: int) -> list[np.ndarray]:
    """The rows of each cluster, ascending."""
    order = np.argsort(labels, kind="stable")
    bounds = np.searchsorted(labels[order], np.arange(count + 1))
    return [order[bounds[c] : bounds[c + 1]] for c in range(count)]


def medoids(
    vectors: np.ndarray, names: Sequence[str], members: np.ndarray, centroid: np.ndarray, most: int
) -> tuple[str, ...]:
    """The records nearest to the centre, one per wording first."""
    near = vectors[members].astype(np.float64) @ centroid.astype(np.float64)
    order = np.lexsort((members, -np.round(near, 6)))
    return tuple(names[members[i]] for i in order[:most])


def _candidate(cosines: np.ndarray, labels: np.ndarray, vector: np.ndarray, shape: Shape) -> int:
    k = min(JOIN_NEIGHBOURS, len(cosines))
    near = np.sort(np.argpartition(-cosines, k - 1)[:k])
    best = int(near[cosines[near].argmax()])
    if cosines[best] >= NEAR_IDENTICAL:
        return int(labels[best])
    votes = np.bincount(labels[near], weights=np.maximum(cosines[near], 0))
    chosen = int(votes.argmax())
    return chosen if float(shape.centroids[chosen] @ vector) >= shape.join_at[chosen] else -1


def _surroundings(vectors: np.ndarray, loose: np.ndarray, fresh: np.ndarray) -> np.ndarray:
    """The fresh records and the loose ones nearest to them, ascending."""
    if not len(fresh) or not len(loose):
        return fresh
    picked = [fresh]
    for _, block in cosine_blocks(vectors[fresh], vectors[loose]):
        k = min(POOL_NEIGHBOURS, block.shape[1])
        picked.append(loose[np.argpartition(-block, k - 1, axis=1)[:, :k].ravel()])
    return np.unique(np.concatenate(picked))
