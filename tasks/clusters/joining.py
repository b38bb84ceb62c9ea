"""Where a newcomer belongs: with the one that says the same, or the cluster of its nearest neighbours; and whether a
record whose text has changed still belongs where it was.

A newcomer is looked up among the members of the clusters whose centres are nearest to it, not among all records, so that
a night costs what the newcomers cost. It joins when it is as near to the centre as the cluster's own members are; the
threshold is learned from them (`tasks.clusters.geometry.Shape.join_at`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasks.clusters.alike import LIKELY, NEAR_IDENTICAL, collapse, sketch
from tasks.clusters.geometry import JOIN_SPREADS, are_parts, halves, members_of, nearness_in
from tasks.clusters.neighbours import one_blas_thread

if TYPE_CHECKING:
    from tasks.clusters.carryover import Night
    from tasks.clusters.geometry import Shape

VOTERS = 5  # nearest clustered records that name the cluster
LEAVE_SPREADS = 3.0  # so far out (one in a thousand) a member whose text has changed is one no longer
NEAR_CENTRES = 8  # clusters looked into; the five nearest records lay in them for 99.8 % of banking77
ROWS_AT_ONCE = 4_096  # newcomers looked up together: blocks stay under 2 GB beside a million records
COSINES_AT_ONCE = 2**20  # of newcomers with all records: what a core keeps at hand
PAIRS_AT_ONCE = 65_536


def join(
    vectors: np.ndarray, labels: np.ndarray, newcomers: np.ndarray, twins: np.ndarray, shape: Shape
) -> np.ndarray:
    """The cluster of each newcomer, −1 when none is near enough; newcomers that say the same share it.

    `twins` names the old record that says the same as each newcomer, by row (`twins_of`); labels of newcomers are
    not looked at.
    """
    is_old = _others(len(vectors), newcomers)
    if not is_old.any() or not shape.sizes.any():
        return np.full(len(newcomers), -1, dtype=np.int64)
    members = members_of(np.where(is_old, labels, -1), len(shape.sizes))
    points = collapse(vectors[newcomers], np.ones(len(newcomers)))
    found = np.full(len(points.vectors), -1, dtype=np.int64)
    for start in range(0, len(found), ROWS_AT_ONCE):
        some = slice(start, start + ROWS_AT_ONCE)
        found[some] = _by_neighbours(points.vectors[some], vectors, members, shape)
    return np.asarray(np.where(twins >= 0, labels[twins], found[points.point_of]))


def still_belongs(night: Night, changed: np.ndarray) -> np.ndarray:
    """Which of these members, whose text has changed, are still like their cluster as it was when it was judged.

    Who would be taken in stays; who has gone farther stays as long as no other cluster is nearer. A cluster of which much
    has changed may have become two: then it is enough to be like one's own half.
    """
    stays = np.zeros(len(night.ids), dtype=bool)
    shape = night.shape
    for label in np.unique(night.labels[changed]).tolist():
        rows, tightness = night.rows_of(label), night.before.clusters[label].health.tightness
        side = halves(night.vectors[rows])
        for part in (rows[side], rows[~side]) if are_parts(side) else (rows,):
            near, expected = nearness_in(night.vectors[part], tightness)
            inside = near >= expected - JOIN_SPREADS * shape.scatter
            beside = near >= expected - LEAVE_SPREADS * shape.scatter
            others = np.delete(night.vectors[part] @ shape.centroids.T, label, axis=1).max(
                axis=1, initial=-1.0
            )
            stays[part] = (inside | (beside & (near > others))) & (len(part) > 1)
    return np.asarray(stays[changed])


def twins_of(vectors: np.ndarray, newcomers: np.ndarray) -> np.ndarray:
    """The row of the old record that says nearly the same as each newcomer, the nearest; −1 where none does.

    Newcomers that say the same are asked about as one.
    """
    is_old = _others(len(vectors), newcomers)
    points = collapse(vectors[newcomers], np.ones(len(newcomers)))
    return np.asarray(_twins(points.vectors, vectors, is_old)[points.point_of])


def _others(count: int, rows: np.ndarray) -> np.ndarray:
    others = np.ones(count, dtype=bool)
    others[rows] = False
    return others


def _twins(points: np.ndarray, vectors: np.ndarray, is_old: np.ndarray) -> np.ndarray:
    """A projection never lengthens a distance, so pairs that are too far apart in the main directions are passed over."""
    twin = np.full(len(points), -1, dtype=np.int64)
    nearest = np.zeros(len(points), dtype=np.float32)
    ahead, behind = sketch(points, vectors)
    size = max(1, COSINES_AT_ONCE // max(len(points), 1))
    for start in range(0, len(vectors), size):
        with one_blas_thread():
            block = behind[start : start + size] @ ahead.T
        some = np.flatnonzero((block.max(axis=1) >= LIKELY) & is_old[start : start + size])
        right, left = np.divmod(np.flatnonzero(block[some] >= LIKELY), len(points))
        right = some[right] + start
        for part in range(0, len(left), PAIRS_AT_ONCE):
            one, two = left[part : part + PAIRS_AT_ONCE], right[part : part + PAIRS_AT_ONCE]
            cosines = np.einsum("ij,ij->i", points[one], vectors[two])
            order = np.lexsort((two, -cosines, one))  # the nearest first; of equals the first record
            best = order[np.unique(one[order], return_index=True)[1]]
            best = best[(cosines[best] >= NEAR_IDENTICAL) & (cosines[best] > nearest[one[best]])]
            twin[one[best]], nearest[one[best]] = two[best], cosines[best]
    return twin


def _by_neighbours(
    points: np.ndarray, vectors: np.ndarray, members: list[np.ndarray], shape: Shape
) -> np.ndarray:
    """The cluster with most of the nearest records behind it, when the point is near enough to its centre."""
    with one_blas_thread():
        to_centre = points @ shape.centroids.T
        to_centre[:, shape.sizes == 0] = -2.0
        tried = min(NEAR_CENTRES, to_centre.shape[1])
        near = np.argsort(-to_centre, axis=1, kind="stable")[:, :tried]
        best = np.full((len(points), tried, VOTERS), -2.0, dtype=np.float32)
        point, place = np.divmod(np.argsort(near, axis=None, kind="stable"), tried)
        bounds = np.searchsorted(near[point, place], np.arange(len(members) + 1))
        for c, rows in enumerate(members):
            mine = slice(bounds[c], bounds[c + 1])
            if len(rows) and bounds[c] < bounds[c + 1]:
                block = points[point[mine]] @ vectors[rows].T
                k = min(VOTERS, block.shape[1])
                best[point[mine], place[mine], :k] = np.partition(block, -k, axis=1)[:, -k:]
    cut = np.partition(best.reshape(len(points), -1), -VOTERS, axis=1)[:, -VOTERS]
    votes = np.where(best >= cut[:, None, None], np.maximum(best, 0), 0).sum(axis=2)
    rows_of = np.arange(len(points))
    chosen = near[rows_of, votes.argmax(axis=1)]
    return np.where(to_centre[rows_of, chosen] >= shape.join_at[chosen], chosen, -1)
