"""Who a newcomer belongs to: the same as the record that says the same, or the cluster of its nearest neighbours.

A newcomer is looked up among the members of the clusters whose centres are nearest to it, not among all records, so that
a night costs what the newcomers cost. It joins when it is as near to the centre as the cluster's own members are; the
threshold is learned from them (`tasks.geometry.Shape.join_at`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasks.geometry import members_of
from tasks.neighbours import NEAR_IDENTICAL, collapse, one_blas_thread, sketch

if TYPE_CHECKING:
    from tasks.geometry import Shape

VOTERS = 5  # nearest clustered records that name the cluster
NEAR_CENTRES = 8  # clusters looked into; the five nearest records lay in them for 99.8 % of banking77
ROWS_AT_ONCE = 4_096  # newcomers looked up together: blocks stay under 2 GB beside a million records
PAIRS_AT_ONCE = 256  # newcomers compared with all records together


def join(vectors: np.ndarray, labels: np.ndarray, newcomers: np.ndarray, shape: Shape) -> np.ndarray:
    """The cluster of each newcomer, −1 when none is near enough; newcomers that say the same share it."""
    joined = np.full(len(newcomers), -1, dtype=np.int64)
    is_old = np.ones(len(vectors), dtype=bool)
    is_old[newcomers] = False
    if not is_old.any() or not shape.sizes.any():
        return joined
    members = members_of(np.where(is_old, labels, -1), len(shape.sizes))
    for start in range(0, len(newcomers), ROWS_AT_ONCE):
        some = newcomers[start : start + ROWS_AT_ONCE]
        points = collapse(vectors[some], np.ones(len(some)))
        found = _by_neighbours(points.vectors, vectors, members, shape)
        twin = _twins(points.vectors, vectors, is_old)
        found[twin >= 0] = labels[twin[twin >= 0]]
        joined[start : start + len(some)] = found[points.point_of]
    return joined


def _twins(points: np.ndarray, vectors: np.ndarray, is_old: np.ndarray) -> np.ndarray:
    """The row of an old record that says nearly the same as each point, the nearest; −1 where none does.

    A projection never lengthens a distance, so pairs that are too far apart in the main directions are passed over.
    """
    twin = np.full(len(points), -1, dtype=np.int64)
    ahead, behind = sketch(points, vectors)
    for start in range(0, len(points), PAIRS_AT_ONCE):
        with one_blas_thread():
            block = ahead[start : start + PAIRS_AT_ONCE] @ behind.T
        left, right = np.divmod(np.flatnonzero(block >= NEAR_IDENTICAL - 1 - 1e-4), block.shape[1])
        left, right = left[is_old[right]] + start, right[is_old[right]]
        cosines = np.einsum("ij,ij->i", points[left], vectors[right])
        for i in np.lexsort((-right, cosines)):  # the nearest is written last; of equals the first record
            if cosines[i] >= NEAR_IDENTICAL:
                twin[left[i]] = right[i]
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
                best[point[mine], place[mine], :k] = -np.partition(-block, k - 1, axis=1)[:, :k]
    cut = np.partition(best.reshape(len(points), -1), -VOTERS, axis=1)[:, -VOTERS]
    votes = np.where(best >= cut[:, None, None], np.maximum(best, 0), 0).sum(axis=2)
    rows_of = np.arange(len(points))
    chosen = near[rows_of, votes.argmax(axis=1)]
    return np.where(to_centre[rows_of, chosen] >= shape.join_at[chosen], chosen, -1)
