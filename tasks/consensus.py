"""Many fits of one graph, and what they agree on: granularity, consensus, stability.

A single fit is one opinion: two seeds of UMAP + HDBSCAN agree with ARI .61 on 1,000 short texts. Here Leiden communities
of UMAP's fuzzy graph are found at many resolutions; the resolutions whose partitions separate about as well as the best
one (silhouette against centroids, in the original space) are kept, and their partitions vote edge by edge. The graph,
weighted by its votes, is partitioned again until all seeds say the same (Lancichinetti & Fortunato 2012).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.neighbours import cosine_blocks, sum_rows

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

RESOLUTIONS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0)
AS_GOOD = 0.90  # of the best score: a resolution that separates this well keeps its vote
FEW_POINTS, MANY_POINTS = (
    300,
    10_000,
)  # between (on a log scale) them the gap to the next cluster comes to count beside the silhouette
SEEDS = 8
SCORED_FITS = 2
ROUNDS = 4


@dataclass(frozen=True)
class Consensus:
    """What the fits agree on."""

    labels: np.ndarray  # (m,) int, 0..c−1, every point in one
    stability: np.ndarray  # (c,) share of a cluster's ties that the fits keep
    support: np.ndarray  # (m,) share of a point's votes that go to its own cluster
    resolutions: tuple[float, ...]  # those that voted


def agree(graph: csr_matrix, vectors: np.ndarray, weights: np.ndarray, *, seed: int) -> Consensus:
    """The partition on which fits over seeds and over the resolutions that the data allow agree."""
    rng = np.random.default_rng([seed, len(vectors)])
    resolutions = choose_resolutions(graph, vectors, weights, seed=int(rng.integers(2**31)))
    current = graph
    for turn in range(ROUNDS):
        fits = [
            communities(current, resolution=r, seed=int(rng.integers(2**31)))
            for _ in range(max(2, -(-2 * SEEDS // len(resolutions))))
            for r in resolutions
        ]
        votes = _votes(current, fits)
        if turn == 0:
            first = _votes(graph, fits)
        current = _weighted(current, votes, keep=0.5)
        if votes.min(initial=1.0) > 1 - 1e-9:
            break
    labels = _components(current)
    return Consensus(labels, *_support(graph, first, labels), resolutions)


def choose_resolutions(
    graph: csr_matrix, vectors: np.ndarray, weights: np.ndarray, *, seed: int
) -> tuple[float, ...]:
    """The resolutions that separate about as well as the best one; at least one.

    The score is the silhouette, times (with many points) the plain gap between own and next centroid: the silhouette
    alone keeps rising while large sets are cut ever finer, the gap alone would stop at a handful of groups.
    """
    tried, scores = [], []
    moved = centred(vectors)
    say = float(np.clip(np.log(len(vectors) / FEW_POINTS) / np.log(MANY_POINTS / FEW_POINTS), 0, 1))
    for resolution in RESOLUTIONS:
        fits = [communities(graph, resolution=resolution, seed=seed + turn) for turn in range(SCORED_FITS)]
        silhouette = _mean([separation(moved, labels, weights)[0] for labels in fits])
        gap = _mean([separation(vectors, labels, weights)[1] for labels in fits]) if say else 1.0
        tried.append(resolution)
        scores.append(max(silhouette, 0.0) * max(gap, 0.0) ** say)
        if fits[0].max(initial=0) + 1 > 0.6 * len(vectors):
            break
    best = max(scores)
    if best <= 0:
        return (tried[0],)
    return tuple(r for r, score in zip(tried, scores, strict=True) if score >= AS_GOOD * best)


def communities(graph: csr_matrix, *, resolution: float, seed: int) -> np.ndarray:
    """Leiden communities (Traag, Waltman, van Eck 2019) of one graph, numbered from 0."""
    from sknetwork.clustering import Leiden

    fit = Leiden(
        resolution=resolution, random_state=seed, shuffle_nodes=True, sort_clusters=False, return_probs=False
    )
    labels: np.ndarray = np.unique(fit.fit_predict(graph), return_inverse=True)[1].astype(np.int64)
    return labels


def separation(vectors: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Mean silhouette and mean gap against centroids, weighted; 0 for a single group."""
    silhouette, gap = silhouettes(vectors, labels, weights)
    return float(np.average(silhouette, weights=weights)), float(np.average(gap, weights=weights))


def silhouettes(
    vectors: np.ndarray, labels: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Silhouette and gap of each point, (m,) each; its own centroid leaves the point out, being alone scores 0."""
    count = int(labels.max(initial=-1)) + 1
    if count < 2:
        return np.zeros(len(vectors)), np.zeros(len(vectors))
    scaled = vectors * weights[:, None]
    sums = sum_rows(scaled, labels, count)
    own = sums[labels] - scaled
    size = np.bincount(labels, minlength=count)
    near = (own * vectors).sum(axis=1) / np.maximum(np.linalg.norm(own, axis=1), 1e-9)
    centroids = (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    far = np.empty(len(vectors))
    for start, block in cosine_blocks(vectors, centroids):
        rows = np.arange(len(block))
        block[rows, labels[start : start + len(block)]] = -1.0
        far[start : start + len(block)] = block.max(axis=1)
    several = size[labels] > 1
    gap = np.where(several, near - far, 0.0)
    return gap / np.maximum(1 - np.minimum(near, far), 1e-9), gap


def centred(vectors: np.ndarray) -> np.ndarray:
    moved = vectors - vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6)
    return np.ascontiguousarray(moved, dtype=np.float32)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _votes(graph: csr_matrix, fits: list[np.ndarray]) -> np.ndarray:
    """Per edge of the graph: the share of fits that hold its two ends together."""
    rows = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    together = np.zeros(graph.nnz)
    for labels in fits:
        together += labels[rows] == labels[graph.indices]
    return together / len(fits)


def _weighted(graph: csr_matrix, votes: np.ndarray, *, keep: float) -> csr_matrix:
    cut = graph.copy()
    cut.data = np.where(votes >= keep, graph.data * votes, 0.0)
    cut.eliminate_zeros()
    return cut


def _components(graph: csr_matrix) -> np.ndarray:
    from scipy.sparse.csgraph import connected_components

    labels: np.ndarray = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels


def _support(graph: csr_matrix, votes: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Stability per cluster and support per point, from the first round's votes on the data's own graph."""
    rows = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    inside = labels[rows] == labels[graph.indices]
    count, points = int(labels.max(initial=-1)) + 1, len(labels)
    held = graph.data * votes
    kept = np.bincount(labels[rows[inside]], weights=held[inside], minlength=count)
    ties = np.bincount(labels[rows[inside]], weights=graph.data[inside], minlength=count)
    leak = np.bincount(labels[rows[~inside]], weights=held[~inside], minlength=count)
    own = np.bincount(rows[inside], weights=held[inside], minlength=points)
    every = np.bincount(rows, weights=held, minlength=points)
    stability = np.where(ties + leak > 0, kept / np.maximum(ties + leak, 1e-12), 1.0)
    return np.clip(stability, 0, 1), np.where(every > 0, own / np.maximum(every, 1e-12), 0.0)
