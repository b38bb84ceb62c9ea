"""Many fits of one graph, and what they agree on: granularity, consensus, stability.

A single fit is one opinion: two seeds of UMAP + HDBSCAN agree with ARI .61 on 1,000 short texts. Here Leiden communities
of UMAP's fuzzy graph are found at many resolutions; those whose partitions separate about as well as the best one are
kept (`tasks/clusters/granularity.py`), and their partitions vote edge by edge. The graph, weighted by its votes, is partitioned
again until all seeds say the same (Lancichinetti & Fortunato 2012).
"""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from tasks.clusters.granularity import centred, numbered, separation
from tasks.spread import Spread, here

if TYPE_CHECKING:
    from collections.abc import Callable

    from scipy.sparse import csr_matrix

RESOLUTIONS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0)
AS_GOOD = 0.90  # of the best score: a resolution that separates this well keeps its vote
MOSTLY_ALONE = 0.6  # clusters per point from which finer resolutions are not tried
FITS = 16  # that vote, over seeds and resolutions
SCORED_POINTS = (
    6_000  # of few points a partition's score says little: so many are scored at each resolution …
)
LEAST_SCORED, MOST_SCORED = (
    2,
    6,
)  # … by fits of so many seeds (with two, one of seven draws of 1,000 agreed at .81 only)
ROUNDS = 4
_ONE_FIT = threading.Lock()


@dataclass(frozen=True)
class Consensus:
    """What the fits agree on."""

    labels: np.ndarray  # (m,) int, 0..c−1, every point in one
    stability: np.ndarray  # (c,) share of a cluster's ties that the fits keep
    support: np.ndarray  # (m,) share of a point's votes that go to its own cluster
    resolutions: tuple[float, ...]  # those that voted


def agree(
    graph: csr_matrix, vectors: np.ndarray, weights: np.ndarray, *, seed: int, spread: Spread = here
) -> Consensus:
    """The partition on which fits over seeds and over the resolutions that the data allow agree; fits are spread."""
    rng = np.random.default_rng([seed, len(vectors)])
    moved = centred(vectors)
    scored = partial(_score, graph, vectors, moved, weights, int(rng.integers(2**31)))
    resolutions = choose_resolutions(scored, len(vectors), spread=spread)
    current = graph
    for turn in range(ROUNDS):
        told = [
            (r, int(rng.integers(2**31)))
            for _ in range(max(2, -(-FITS // len(resolutions))))
            for r in resolutions
        ]
        fits = list(spread(partial(_fit, current), told))
        votes = _votes(current, fits)
        if turn == 0:
            first = votes
        current = _weighted(current, votes, keep=0.5)
        if votes.min(initial=1.0) > 1 - 1e-9:
            break
    labels = _components(current)
    return Consensus(labels, *_support(graph, first, labels), resolutions)


def choose_resolutions(
    scored: Callable[[float], tuple[float, int]], count: int, *, spread: Spread = here
) -> tuple[float, ...]:
    """The resolution that separates best and its neighbours that separate about as well, without a gap between them.

    `scored` gives a resolution's score and number of groups; of so many points.
    """
    scores: list[float] = []
    for score, groups in spread(scored, RESOLUTIONS):
        scores.append(score)
        if groups > MOSTLY_ALONE * count:
            break
    best = int(np.argmax(scores))
    good = np.array(scores) >= AS_GOOD * scores[best]
    gaps = np.flatnonzero(~good)
    first = gaps[gaps < best].max(initial=-1) + 1
    last = gaps[gaps > best].min(initial=len(scores))
    return RESOLUTIONS[first : max(last, first + 1)]


def _score(
    graph: csr_matrix,
    vectors: np.ndarray,
    moved: np.ndarray,
    weights: np.ndarray,
    seed: int,
    resolution: float,
) -> tuple[float, int]:
    """How well a resolution's partitions separate, and how many groups the first of them has."""
    count = max(LEAST_SCORED, min(MOST_SCORED, SCORED_POINTS // len(vectors)))
    fits = [communities(graph, resolution=resolution, seed=seed + turn) for turn in range(count)]
    score = sum(separation(vectors, moved, labels, weights) for labels in fits) / len(fits)
    return score, int(fits[0].max(initial=0)) + 1


def _fit(graph: csr_matrix, told: tuple[float, int]) -> np.ndarray:
    resolution, seed = told
    return communities(graph, resolution=resolution, seed=seed)


def communities(graph: csr_matrix, *, resolution: float, seed: int) -> np.ndarray:
    """Leiden communities (Traag, Waltman, van Eck 2019) of one graph, numbered from 0; the same for the same seed.

    `random_state` is not all the chance there is in scikit-network's Leiden: its refinement draws from the C library's
    rand(), which every thread of the process shares and nobody seeds. So it is seeded here, and one fit runs at a time.
    """
    from sknetwork.clustering import Leiden

    fit = Leiden(
        resolution=resolution, random_state=seed, shuffle_nodes=True, sort_clusters=False, return_probs=False
    )
    with _ONE_FIT:
        _c_library().srand(seed % 2**31)
        return numbered(fit.fit_predict(graph))


@cache
def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL(None)


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
    """Stability per cluster and support per point, from the votes on the edges of the graph."""
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
