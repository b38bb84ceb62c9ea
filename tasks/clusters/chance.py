"""Whether the clusters of a set separate better than those that the same recipe finds where nothing divides.

A cloud with the mean and covariance of the set is clustered beside it. The recipe finds clusters in any cloud, of few
dimensions above all; what it finds in a set of texts must separate better at some granularity, or the set is one group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasks.clusters.consensus import communities
from tasks.clusters.granularity import centred, silhouettes
from tasks.clusters.neighbours import fuzzy_graph, nearest, one_blas_thread, unit_rows

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SURELY = 0.35  # mean silhouette that no cloud like one of forty sets of 300 to 6,000 texts reached: nobody need ask
ASKED = (1.0, 2.0, 4.0, 8.0, 16.0)  # resolutions at which both are compared
BEYOND = (
    0.035  # of silhouette: 16 clouds were at most .031 beyond their likes, the loosest sets of texts .158
)


def is_chance(
    graph: csr_matrix, vectors: np.ndarray, labels: np.ndarray, *, neighbours: int, seed: int
) -> bool:
    """Whether the clusters of m points, found on this graph of so many neighbours, are no better than a cloud's."""
    moved = centred(vectors)
    if silhouettes(moved, labels, np.ones(len(moved))).mean() >= SURELY:
        return False
    cloud = centred(cloud_like(vectors, seed=seed))
    of_cloud = fuzzy_graph(nearest(cloud, neighbours))
    return not any(
        _separation(graph, moved, resolution, seed) > _separation(of_cloud, cloud, resolution, seed) + BEYOND
        for resolution in ASKED
    )


def cloud_like(vectors: np.ndarray, *, seed: int) -> np.ndarray:
    """As many unit vectors, from one bell-shaped cloud with the mean and covariance of these."""
    mean = vectors.mean(axis=0, dtype=np.float64)
    moved = vectors - mean
    with one_blas_thread():
        spreads, axes = np.linalg.eigh(moved.T @ moved / len(moved))
        drawn = np.random.default_rng(seed).normal(size=moved.shape) * np.sqrt(np.maximum(spreads, 0))
        return unit_rows(drawn @ axes.T + mean)


def _separation(graph: csr_matrix, moved: np.ndarray, resolution: float, seed: int) -> float:
    labels = communities(graph, resolution=resolution, seed=seed)
    return float(silhouettes(moved, labels, np.ones(len(moved))).mean())
