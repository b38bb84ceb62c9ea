"""The map: where each record is drawn, in two dimensions. Yesterday's points stay where they were, to the last digit.

The first map: cluster centroids are placed by t-SNE (scikit-learn, PCA start, one thread), each cluster is a disc with an
area of one unit per record, overlapping discs are pushed apart, and within its disc a record lies in the direction of
the cluster's two main axes (PCA), the most typical in the middle and the least typical at the rim. Outliers lie outside
the discs, between the clusters that they are nearest to. Only centroids pass through t-SNE, so that a map of 100,000
records takes seconds; no numba, so that a map of 20 records costs no compilation.

Later nights: a new record lies among the nearest records of its cluster that are already on the map, a new cluster on
the nearest free spot to where a fresh map, turned onto the old one (Procrustes), would have it. The whole map is drawn
anew, and turned onto the old one, only in a night that refits the clusters and finds the map worn out (`is_worn_out`).

Units: a record has a disc of radius 1. Distances on the map are for reading, not for reckoning.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.clusters.discs import Discs, free_spot, push_apart, push_out
from tasks.clusters.neighbours import cosine_blocks, sum_rows, unit_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TSNE_FEWEST = 5  # clusters; fewer are placed by PCA
TSNE_MOST = 2_000  # clusters; the rest, smallest first, are placed beside their nearest
GAP = 1.5  # radii left between discs
LEAST_AT_HOME = 0.6  # share of clustered records that are nearest to their own cluster's middle, below which a map is worn
LEAST_KNOWN = 0.25  # share of records already on the map, below which it is not worth keeping
NEAREST = 5
SHARPNESS = 0.05  # a neighbour that is this much farther by cosine weighs 1/e of the nearest
DECIMALS = 4

Position = tuple[float, float]


def layout(
    record_ids: Sequence[str],
    vectors: np.ndarray,
    cluster_of: Mapping[str, str | None],
    previous: Mapping[str, Position],
    *,
    refit: bool = False,
) -> dict[str, Position]:
    """Positions of all records; those in `previous` keep theirs exactly, unless a refit finds the map worn out.

    `vectors` are (n, d), one row per id; any order of the records gives the same map.

    Raises:
        BadInput: a vector that is not finite or has no direction, by record.
    """
    order = sorted(range(len(record_ids)), key=lambda row: record_ids[row])
    ids = [record_ids[row] for row in order]
    if not ids:
        return {}
    known = {rid: previous[rid] for rid in ids if rid in previous}
    if len(known) == len(ids) and not refit:
        return known
    scene = _scene(ids, unit_rows(vectors, names=record_ids, order=np.array(order)), cluster_of)
    if not known:
        return _as_positions(ids, _draw(scene))
    if refit and is_worn_out(ids, cluster_of, known):
        return _as_positions(ids, _turned_onto(_draw(scene), ids, known))
    return _as_positions(ids, _extend(scene, known)) | known


def is_worn_out(
    record_ids: Sequence[str], cluster_of: Mapping[str, str | None], known: Mapping[str, Position]
) -> bool:
    """Whether most records are new, or too many on the map are nearer to another cluster's middle than to their own's."""
    if len(known) < LEAST_KNOWN * len(record_ids):
        return True
    placed = [rid for rid in record_ids if rid in known and cluster_of[rid] is not None]
    names = sorted({str(cluster_of[rid]) for rid in placed})
    if len(names) < 2:
        return False
    from scipy.spatial import cKDTree

    number = {name: i for i, name in enumerate(names)}
    own = np.array([number[str(cluster_of[rid])] for rid in placed])
    at = np.array([known[rid] for rid in placed])
    return bool((cKDTree(_middles(at, own, len(names))).query(at)[1] == own).mean() < LEAST_AT_HOME)


@dataclass(frozen=True)
class _Scene:
    """What is to be drawn: records in id order, their cluster by number (−1 = outlier), the clusters' centroids."""

    ids: list[str]
    vectors: np.ndarray  # (n, d) float32, unit length
    labels: np.ndarray  # (n,) int
    centroids: np.ndarray  # (k, d) float64, unit length
    sizes: np.ndarray  # (k,) int
    jitter: np.ndarray  # (n, 2) in the unit disc, from the hash of the id


def _scene(ids: list[str], vectors: np.ndarray, cluster_of: Mapping[str, str | None]) -> _Scene:
    names = sorted({c for rid in ids if (c := cluster_of[rid]) is not None})
    number: dict[str | None, int] = {name: i for i, name in enumerate(names)}
    labels = np.array([number.get(cluster_of[rid], -1) for rid in ids], dtype=np.int64)
    total = sum_rows(vectors, labels, len(names))
    length = np.linalg.norm(total, axis=1, keepdims=True)
    sizes = np.bincount(labels[labels >= 0], minlength=len(names))
    return _Scene(ids, vectors, labels, total / np.maximum(length, 1e-12), sizes, _jitter(ids))


def _jitter(ids: Sequence[str]) -> np.ndarray:
    """A point of the unit disc per id, evenly spread, always the same."""
    digests = b"".join(hashlib.blake2b(rid.encode(), digest_size=8).digest() for rid in ids)
    pair = np.frombuffer(digests, dtype="<u4").reshape(-1, 2) / 2**32
    return _polar(np.sqrt(pair[:, 0]), 2 * np.pi * pair[:, 1])


def _polar(radius: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _as_positions(ids: Sequence[str], at: np.ndarray) -> dict[str, Position]:
    rounded = np.round(at, DECIMALS) + 0.0  # no negative zero
    return {rid: (float(x), float(y)) for rid, (x, y) in zip(ids, rounded, strict=True)}


# --- a whole map ---
def _draw(scene: _Scene) -> np.ndarray:
    if not len(scene.sizes):
        return np.asarray(_main_axes(scene.vectors) * 2.0 * np.sqrt(len(scene.ids)) + scene.jitter)
    discs = Discs(push_apart(_fresh_centres(scene), np.sqrt(scene.sizes), gap=GAP), np.sqrt(scene.sizes))
    at = np.zeros((len(scene.ids), 2))
    for c, members in enumerate(_rows_of(scene.labels, len(scene.sizes))):
        at[members] = discs.centres[c] + _within(scene, members, c)
    strangers = np.flatnonzero(scene.labels < 0)
    at[strangers] = _place_outliers(scene, strangers, discs, np.arange(len(scene.sizes)))
    return at


def _rows_of(labels: np.ndarray, count: int) -> list[np.ndarray]:
    """Rows of each cluster, in order."""
    by_label = np.argsort(labels, kind="stable")
    ends = np.searchsorted(labels[by_label], np.arange(count + 1))
    return [by_label[ends[c] : ends[c + 1]] for c in range(count)]


def _fresh_centres(scene: _Scene) -> np.ndarray:
    """Where clusters lie before discs are pushed apart, (k, 2); the discs cover about a third of the map."""
    count = len(scene.sizes)
    first = np.sort(np.argsort(-scene.sizes, kind="stable")[:TSNE_MOST])
    flat = _main_axes(scene.centroids[first]) if len(first) < TSNE_FEWEST else _tsne(scene.centroids[first])
    flat = flat - flat.mean(axis=0)
    radius = max(float(np.sqrt((flat**2).sum(axis=1).mean())), 1e-9)
    flat = flat / radius * np.sqrt(1.5 * scene.sizes.sum())
    at = np.zeros((count, 2))
    at[first] = flat
    rest = np.setdiff1d(np.arange(count), first)
    if len(rest):
        at[rest] = flat[(scene.centroids[rest] @ scene.centroids[first].T).argmax(axis=1)]
    apart = _polar(np.full(count, 1e-3), np.arange(count) * 2.4)  # none exactly upon another
    return np.asarray(at + apart)


def _tsne(centroids: np.ndarray) -> np.ndarray:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(30.0, max(2.0, (len(centroids) - 1) / 3))
    with threadpool_limits(1):  # sums over threads would depend on their number
        model = TSNE(perplexity=perplexity, metric="cosine", init="pca", random_state=0, n_jobs=1)
        return np.asarray(model.fit_transform(centroids.astype(np.float32)), dtype=np.float64)


def _main_axes(table: np.ndarray) -> np.ndarray:
    """Coordinates on the two main axes (PCA), (n, 2), the longest row of length 1; zeros where there is no spread."""
    from threadpoolctl import threadpool_limits

    centred = table.astype(np.float64) - table.mean(axis=0, dtype=np.float64)
    with threadpool_limits(1):
        if len(table) < table.shape[1]:
            values, axes = np.linalg.eigh(centred @ centred.T)
            flat = axes[:, -2:] * np.sqrt(np.maximum(values[-2:], 0))
        else:
            flat = centred @ np.linalg.eigh(centred.T @ centred)[1][:, -2:]
    flat = np.pad(flat, ((0, 0), (0, 2 - flat.shape[1])))
    strongest = flat[np.abs(flat).argmax(axis=0), [0, 1]]
    flat = flat * np.where(strongest < 0, -1.0, 1.0)  # an axis has no sign of its own
    longest = float(np.sqrt((flat**2).sum(axis=1).max()))
    return flat / longest if longest > 1e-6 else np.zeros((len(table), 2))


def _within(scene: _Scene, members: np.ndarray, c: int) -> np.ndarray:
    """Offsets from the disc's middle: direction by main axes, distance by rank of likeness to the centroid, (m, 2)."""
    vectors = scene.vectors[members].astype(np.float64)
    flat = _main_axes(vectors)
    flat = np.where(np.abs(flat).sum(axis=1, keepdims=True) < 1e-6, scene.jitter[members], flat)
    rank = np.empty(len(members))
    rank[np.argsort(-np.round(vectors @ scene.centroids[c], 6), kind="stable")] = np.arange(len(members))
    radius = np.sqrt(scene.sizes[c]) * np.sqrt(rank / len(members))
    return _polar(radius, np.arctan2(flat[:, 1], flat[:, 0]))


def _place_outliers(scene: _Scene, rows: np.ndarray, discs: Discs, drawn: np.ndarray) -> np.ndarray:
    """Between the nearest of the `drawn` clusters, outside every disc."""
    if not len(rows) or not len(drawn):
        return np.asarray(scene.jitter[rows] * 2.0 * np.sqrt(max(len(scene.ids), 1)))
    at = np.zeros((len(rows), 2))
    for start, cosines in cosine_blocks(scene.vectors[rows], scene.centroids[drawn].astype(np.float32)):
        at[start : start + len(cosines)] = _between(cosines, discs.centres)
    jitter = scene.jitter[rows]
    return push_out(at + 3.0 * jitter, discs, jitter=jitter)


def _between(cosines: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Mean of the places of the NEAREST columns of each row, weighted by cosine, (n, 2)."""
    k = min(NEAREST, cosines.shape[1])
    top = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    near = np.take_along_axis(cosines, top, axis=1).astype(np.float64)
    weight = np.exp((near - near[:, :1]) / SHARPNESS)
    return np.asarray((places[top] * (weight / weight.sum(axis=1, keepdims=True))[:, :, None]).sum(axis=1))


# --- a map that goes on ---
def _turned_onto(fresh: np.ndarray, ids: list[str], known: Mapping[str, Position]) -> np.ndarray:
    """The fresh map moved, turned and mirrored so that known records lie as near as possible to where they were."""
    rows = np.array([row for row, rid in enumerate(ids) if rid in known])
    return _procrustes(fresh, fresh[rows], np.array([known[ids[row]] for row in rows]))


def _procrustes(points: np.ndarray, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """`points` under the rigid motion that brings `source` nearest to `target` (orthogonal Procrustes; no scaling)."""
    from scipy.linalg import orthogonal_procrustes

    middle, goal = source.mean(axis=0), target.mean(axis=0)
    turn = orthogonal_procrustes(source - middle, target - goal)[0] if len(source) > 1 else np.eye(2)
    return np.asarray((points - middle) @ turn + goal)


def _extend(scene: _Scene, known: Mapping[str, Position]) -> np.ndarray:
    """Positions of all, those of known records as they were."""
    is_known = np.array([rid in known for rid in scene.ids])
    at = np.array([known.get(rid, (0.0, 0.0)) for rid in scene.ids])
    rows = _rows_of(scene.labels, len(scene.sizes))
    drawn = np.array([c for c, members in enumerate(rows) if is_known[members].any()], dtype=np.int64)
    centres = np.array([np.median(at[rows[c][is_known[rows[c]]]], axis=0) for c in drawn]).reshape(-1, 2)
    discs = Discs(centres, np.sqrt(scene.sizes[drawn]))
    for c in drawn:
        _join(scene, at, rows[c], is_known)
    discs, drawn = _add_clusters(scene, at, rows, discs, drawn)
    strangers = np.flatnonzero((scene.labels < 0) & ~is_known)
    at[strangers] = _place_outliers(scene, strangers, discs, drawn)
    return at


def _join(scene: _Scene, at: np.ndarray, members: np.ndarray, is_known: np.ndarray) -> None:
    """New members of a cluster that is on the map: among their nearest there, spread as the cluster has grown."""
    old, new = members[is_known[members]], members[~is_known[members]]
    if not len(new):
        return
    for start, cosines in cosine_blocks(scene.vectors[new], scene.vectors[old]):
        some = new[start : start + len(cosines)]
        at[some] = _between(cosines, at[old]) + scene.jitter[some] * np.sqrt(len(members) / len(old))


def _add_clusters(
    scene: _Scene, at: np.ndarray, rows: list[np.ndarray], discs: Discs, drawn: np.ndarray
) -> tuple[Discs, np.ndarray]:
    """New clusters, largest first, each on the free spot nearest to where a fresh map would have it."""
    fresh = np.setdiff1d(np.arange(len(scene.sizes)), drawn)
    if not len(fresh):
        return discs, drawn
    wishes = _fresh_centres(scene)
    if len(drawn):
        wishes = _procrustes(wishes, wishes[drawn], discs.centres)
    for c in fresh[np.argsort(-scene.sizes[fresh], kind="stable")]:
        radius = float(np.sqrt(scene.sizes[c]))
        centre = free_spot(discs, wishes[c], radius + GAP)
        at[rows[c]] = centre + _within(scene, rows[c], int(c))
        discs, drawn = discs.with_one(centre, radius), np.append(drawn, c)
    return discs, drawn


def _middles(at: np.ndarray, own: np.ndarray, count: int) -> np.ndarray:
    return np.array([np.median(at[members], axis=0) for members in _rows_of(own, count)])
