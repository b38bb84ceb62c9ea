"""How well a partition separates: a silhouette against centroids in the original space, by which resolutions are chosen.

One granularity for the whole set does not serve a few big groups among hundreds of small ones well.
"""

from __future__ import annotations

import numpy as np

from tasks.clusters.neighbours import cosine_blocks, sum_rows

FEW_POINTS, MANY_POINTS = 300, 10_000  # between (on a log scale) them the gap comes to count


def numbered(groups: np.ndarray) -> np.ndarray:
    """The same groups, numbered from 0 in order of their former numbers."""
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def separation(vectors: np.ndarray, moved: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """How well a partition separates; `moved` are the centred vectors; 0 for a single group.

    It is the mean silhouette, times (with many points) the plain gap between own and next centroid: the silhouette
    alone keeps rising while large sets are cut ever finer, the gap alone would stop at a handful of groups.
    """
    say = float(np.clip(np.log(len(vectors) / FEW_POINTS) / np.log(MANY_POINTS / FEW_POINTS), 0, 1))
    silhouette = float(np.average(silhouettes(moved, labels, weights), weights=weights))
    if not say or silhouette <= 0:
        return silhouette
    near, far = _near_and_far(vectors, labels, weights)
    return float(silhouette * max(float(np.average(near - far, weights=weights)), 0.0) ** say)


def silhouettes(vectors: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Silhouette of each point against centroids, (m,); 0 for one that is alone."""
    near, far = _near_and_far(vectors, labels, weights)
    return np.asarray((near - far) / np.maximum(1 - np.minimum(near, far), 1e-9))


def _near_and_far(
    vectors: np.ndarray, labels: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Cosine of each point to its own centroid, which leaves the point out, and to the next one; equal when alone."""
    count = int(labels.max(initial=-1)) + 1
    if count < 2:
        return np.zeros(len(vectors)), np.zeros(len(vectors))
    scaled = vectors * weights[:, None]
    sums = sum_rows(scaled, labels, count)
    own = sums[labels] - scaled
    near = (own * vectors).sum(axis=1) / np.maximum(np.linalg.norm(own, axis=1), 1e-9)
    centroids = (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    far = np.empty(len(vectors))
    for start, block in cosine_blocks(vectors, centroids):
        rows = np.arange(len(block))
        block[rows, labels[start : start + len(block)]] = -1.0
        far[start : start + len(block)] = block.max(axis=1)
    alone = np.bincount(labels, minlength=count)[labels] == 1
    return np.where(alone, far, near), far


def centred(vectors: np.ndarray) -> np.ndarray:
    """Vectors seen from their mean, at length one again."""
    moved = vectors - vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6)
    return np.ascontiguousarray(moved, dtype=np.float32)
