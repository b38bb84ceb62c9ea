"""One clustering of vectors, from none to a million: ballot-level clusters, themes over them, and honest outliers.

Method: near-identical texts are one point (`tasks/clusters/alike.py`); points whose nearest neighbours are far, by the
data's own measure, are outliers; communities of UMAP's fuzzy neighbour graph, agreed on by seeds and resolutions, are
clusters (`tasks/clusters/consensus.py`, how fine: `tasks/clusters/granularity.py`). UMAP's layout with HDBSCAN on top is the peer that the benchmark runs beside this: it was
slower, answered differently for every seed, and drew 72–100 % of foreign texts into clusters. Below 300 points a tree of
average similarity, cut where a pair stops being a typical pair of the same set, does the work. Names that last over nights
are `tasks/identity.py`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from tasks.clusters.alike import Points, collapse
from tasks.clusters.chance import is_chance
from tasks.clusters.consensus import Consensus, agree
from tasks.clusters.following import FOLLOWED_ROWS, Lead, follow
from tasks.clusters.granularity import centred, silhouettes
from tasks.clusters.neighbours import (
    checked_weights,
    fuzzy_graph,
    nearest,
    pair_cosines,
    sum_rows,
    unit_rows,
)
from tasks.clusters.outliers import density_of, density_threshold
from tasks.spread import Spread, here

LIST_ONLY = 4  # so few records are listed, not grouped
PROVISIONAL_RECORDS = 30  # up to here every group is provisional
TREE_POINTS = 300  # below, the tree: clearly better at 20 and 50 points on eight label sets, mixed at 200
RELATED = 2.5  # robust deviations above the typical pair from which groups of a tree are joined
CLEAR = 0.5  # silhouette of a cut that needs no rule
NEIGHBOURS = 15  # UMAP's default; 10 and 25 measured within .02 ARI
STABLE = 0.6  # a cluster whose ties hold in a smaller share of fits is provisional
NOTHING_SEPARATES = 0.02  # silhouette of the best cut
ONE_GROUP = 0.5  # mean cosine from which a set that nothing divides is one group
SAMPLE_POINTS = 14_000  # above this, fit on a sample and assign the rest to what their neighbours in it are


@dataclass(frozen=True)
class Clustering:
    """n records in c clusters; arrays are indexed by record (n) or by cluster (c)."""

    labels: np.ndarray  # (n,) int64, −1 = outlier, else 0..c−1, the heaviest cluster first
    probabilities: (
        np.ndarray
    )  # (n,) float64: share of a record's votes that go to its cluster; 0 for outliers
    outlier_reasons: tuple[str | None, ...]  # (n,): too_few, far_from_all, alone; None in a cluster
    stability: np.ndarray  # (c,) float64 in 0..1: share of a cluster's ties that the fits keep
    themes: np.ndarray  # (c,) int64: the theme of each cluster
    provisional: np.ndarray  # (c,) bool
    params: dict[str, Any] = field(default_factory=dict)


def cluster(vectors: np.ndarray, *, seed: int = 0, weights: np.ndarray | None = None) -> Clustering:
    """Group n vectors of any length d; the same input and seed give the same bytes.

    `weights` counts the distinct people behind each record. Up to four records are listed, not grouped.

    Raises:
        BadInput: a vector that is not finite or zero (named by its row), weights that do not fit.
    """
    return cluster_by_sample(vectors, seed=seed, weights=weights)


def cluster_by_sample(
    vectors: np.ndarray,
    *,
    sample_points: int = SAMPLE_POINTS,
    seed: int = 0,
    weights: np.ndarray | None = None,
    spread: Spread = here,
) -> Clustering:
    """As `cluster`, with at most so many points fitted; the rest follow their nearest neighbours among them.

    The fits of the consensus and the pieces of the rest are independent, and are done as `spread` does them.

    Raises:
        BadInput: as `cluster`.
    """
    table = unit_rows(vectors)
    heavy = checked_weights(weights, len(table))
    if len(table) <= LIST_ONLY:
        return _list_only(len(table))
    points = collapse(table, heavy)
    del table  # of a million records it takes 1.5 GB
    reasons: list[str | None] = [None] * len(points.vectors)
    if len(points.vectors) < TREE_POINTS:
        labels, stability, support, params = _fit_tree(points)
    elif len(points.vectors) <= sample_points:
        labels, stability, support, params = _fit_graph(points, reasons, seed=seed, spread=spread)
    else:
        labels, stability, support, params = _fit_sample(
            points, reasons, seed=seed, sample_points=sample_points, spread=spread
        )
    for point in _drop_lonely(points, labels):
        reasons[point] = reasons[point] or "alone"
        labels[point] = -1
    return _as_records(points, labels, stability, support, reasons, params | {"seed": seed})


def theme_of(centroids: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Gather c clusters under themes: a tree over their centres, cut where it separates best below half of c."""
    count = len(centroids)
    if count < 4:
        return np.zeros(count, dtype=np.int64)
    cut, score = _clearest_cut(centroids, weights, most=max(2, count // 2))
    return cut if score > NOTHING_SEPARATES else np.arange(count)


def _list_only(count: int) -> Clustering:
    nothing = np.zeros(0)
    return Clustering(
        labels=np.full(count, -1, dtype=np.int64),
        probabilities=np.zeros(count),
        outlier_reasons=("too_few",) * count,
        stability=nothing,
        themes=nothing.astype(np.int64),
        provisional=nothing.astype(bool),
        params={"method": "list", "records": count},
    )


_Fit = tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]


def _fit_tree(points: Points) -> _Fit:
    labels = _related_cut(points.vectors, points.weights)
    count = int(labels.max(initial=-1)) + 1
    sums = sum_rows(points.vectors, labels, count)
    size = np.bincount(labels, minlength=count)
    tight = (np.linalg.norm(sums, axis=1) / np.maximum(size, 1)) ** 2
    return labels, tight, np.ones(len(labels)), {"method": "tree"}


def _fit_graph(points: Points, reasons: list[str | None], *, seed: int, spread: Spread) -> _Fit:
    near = nearest(points.vectors, NEIGHBOURS)
    density = density_of(near.cosines, points.weights)
    threshold = density_threshold(density)
    inside = np.flatnonzero(density >= threshold)
    for point in np.flatnonzero(density < threshold):
        reasons[point] = "far_from_all"
    vectors, weights = points.vectors[inside], points.weights[inside]
    graph = fuzzy_graph(nearest(centred(vectors), NEIGHBOURS))
    agreed = agree(graph, vectors, weights, seed=seed, spread=spread)
    divided = not is_chance(graph, vectors, agreed.labels, neighbours=NEIGHBOURS, seed=seed)
    if not divided:
        agreed = _all_one(vectors)
    labels = np.full(len(points.vectors), -1, dtype=np.int64)
    support = np.zeros(len(points.vectors))
    labels[inside], support[inside] = agreed.labels, agreed.support
    params = {
        "method": "graph",
        "density_threshold": threshold,
        "resolutions": list(agreed.resolutions),
        "divided": divided,
    }
    return labels, agreed.stability, support, params


def _fit_sample(
    points: Points, reasons: list[str | None], *, seed: int, sample_points: int, spread: Spread
) -> _Fit:
    """Fit a sample in which heavier points are likelier, and let the rest follow their nearest neighbours in it."""
    count = len(points.vectors)
    luck = np.random.default_rng([seed, count]).exponential(size=count) / points.weights
    rows = np.sort(np.argpartition(luck, sample_points)[:sample_points])
    part = Points(points.vectors[rows], points.weights[rows], np.arange(len(rows)))
    told: list[str | None] = [None] * len(rows)
    of_part, stability, held, params = _fit_graph(part, told, seed=seed, spread=spread)
    labels, support = np.full(count, -1, dtype=np.int64), np.zeros(count)
    labels[rows], support[rows] = of_part, held
    for row, reason in zip(rows.tolist(), told, strict=True):
        reasons[row] = reason
    rest = np.setdiff1d(np.arange(count), rows)
    several = params["divided"] or of_part.max(initial=-1) < 1  # else nobody is led by one who is alone
    lead = Lead(part.vectors, of_part if several else np.full(len(rows), -1), params["density_threshold"])
    pieces = [rest[start : start + FOLLOWED_ROWS] for start in range(0, len(rest), FOLLOWED_ROWS)]
    asked = ((points.vectors[some], points.weights[some]) for some in pieces)
    for some, (goal, behind) in zip(pieces, spread(partial(follow, lead), asked), strict=True):
        labels[some], support[some] = goal, behind
    for row in rest[labels[rest] < 0].tolist():
        reasons[row] = "far_from_all"
    return labels, stability, support, params | {"sample": len(rows)}


def _undivided(vectors: np.ndarray) -> np.ndarray:
    """Labels of points that nothing divides: one group when all are near each other, else nobody has company."""
    count, total = len(vectors), vectors.sum(axis=0, dtype=np.float64)
    near = (float(total @ total) - count) / max(count * (count - 1), 1)  # mean cosine of a pair
    return np.zeros(count, dtype=np.int64) if count < 2 or near >= ONE_GROUP else np.arange(count)


def _all_one(vectors: np.ndarray) -> Consensus:
    labels = _undivided(vectors)
    return Consensus(labels, np.ones(int(labels.max(initial=-1)) + 1), np.ones(len(labels)), ())


def _related_cut(vectors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Groups whose members are nearer to each other, on average, than all but a few pairs of this set are.

    Most pairs of a small set share no topic, so the typical pair (median and median deviation of all cosines) is the
    null, and nobody's number of groups is assumed. A cut that separates clearly is taken as it is.
    """
    from scipy.cluster.hierarchy import fcluster

    count = len(vectors)
    cut, score = _clearest_cut(vectors, weights, most=count)
    cosines = pair_cosines(vectors)
    if score >= CLEAR:  # all but the points that lie between the groups
        between = silhouettes(centred(vectors), cut, weights) < CLEAR / 2
        return np.unique(np.where(between, count + np.arange(count), cut), return_inverse=True)[1].astype(
            np.int64
        )
    if score <= NOTHING_SEPARATES:
        return _undivided(vectors)
    typical = float(np.median(cosines))
    spread = 1.4826 * float(np.median(np.abs(cosines - typical)))
    groups = fcluster(_tree(cosines), max(1 - typical - RELATED * spread, 0), "distance")
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def _clearest_cut(vectors: np.ndarray, weights: np.ndarray, *, most: int) -> tuple[np.ndarray, float]:
    """Average-linkage tree over centred vectors, cut into the number of groups (2..most) that separates best."""
    from scipy.cluster.hierarchy import fcluster

    count = len(vectors)
    if count < 3:
        return np.zeros(count, dtype=np.int64), 0.0
    moved = centred(vectors)
    tree = _tree(pair_cosines(moved))
    counts = sorted({round(float(x)) for x in np.geomspace(2, max(2, most), 40)})
    cuts = [np.unique(fcluster(tree, k, "maxclust"), return_inverse=True)[1].astype(np.int64) for k in counts]
    scores = [float(np.average(silhouettes(moved, cut, weights), weights=weights)) for cut in cuts]
    best = int(np.argmax(scores))
    return cuts[best], scores[best]


def _tree(cosines: np.ndarray) -> np.ndarray:
    from scipy.cluster.hierarchy import linkage

    return np.asarray(linkage(np.maximum(1 - cosines, 0), "average"))


def _drop_lonely(points: Points, labels: np.ndarray) -> np.ndarray:
    """Points that make a cluster of their own with fewer than three people behind it, and all former outliers."""
    count = int(labels.max(initial=-1)) + 1
    size = np.bincount(labels[labels >= 0], minlength=count)
    alone = (labels < 0) | ((size[labels] < 2) & (points.weights < 3))
    return np.flatnonzero(alone)


def _as_records(
    points: Points,
    labels: np.ndarray,
    stability: np.ndarray,
    support: np.ndarray,
    reasons: list[str | None],
    params: dict[str, Any],
) -> Clustering:
    """Number clusters by falling weight, then by first record, and hand each record what its point got."""
    records = labels[points.point_of]
    kept, first = np.unique(records[records >= 0], return_index=True)
    weight = np.bincount(
        labels[labels >= 0], weights=points.weights[labels >= 0], minlength=int(labels.max(initial=-1)) + 1
    )
    order = kept[np.lexsort((first, -weight[kept]))]
    number = np.full(int(labels.max(initial=-1)) + 2, -1, dtype=np.int64)
    number[order] = np.arange(len(order))
    final = number[labels]
    sums = sum_rows(points.vectors, final, len(order), weights=points.weights)
    held = stability[order]
    few = len(records) <= PROVISIONAL_RECORDS
    return Clustering(
        labels=final[points.point_of],
        probabilities=np.where(final >= 0, support, 0.0)[points.point_of],
        outlier_reasons=tuple(None if final[p] >= 0 else reasons[p] for p in points.point_of),
        stability=held,
        themes=theme_of(unit_rows(sums) if len(sums) else sums, weight[order]),
        provisional=np.full(len(order), few) | (held < STABLE),
        params=params | {"records": len(records), "points": len(points.vectors)},
    )
