"""The peers' clustering as their defaults read, for `bench_clusters.py`; nothing of theirs is imported or copied.

BERTopic: UMAP (15 neighbours, 5-D, min_dist 0, cosine) and HDBSCAN (min_cluster_size 10). kouchou-ai: k-means with
n^(2/3) centres on a 2-D UMAP; `kouchou_true` is told the true number of groups, which no night knows.
"""

from __future__ import annotations

import numpy as np


def bertopic(vectors: np.ndarray, seed: int | None) -> np.ndarray:
    """Cluster per record, −1 for noise."""
    import hdbscan

    flat = _umap(vectors, seed, dimensions=5, min_dist=0.0)
    return hdbscan.HDBSCAN(min_cluster_size=10, prediction_data=False).fit_predict(flat)


def kouchou(vectors: np.ndarray, seed: int) -> np.ndarray:
    """Cluster per record; nobody is noise."""
    return kouchou_true(vectors, seed, count=round(len(vectors) ** (2 / 3)))


def kouchou_true(vectors: np.ndarray, seed: int, *, count: int) -> np.ndarray:
    """As `kouchou`, with this many centres."""
    from sklearn.cluster import KMeans

    flat = _umap(vectors, seed, dimensions=2, min_dist=0.1)
    return KMeans(min(count, len(vectors)), n_init=1, random_state=seed).fit_predict(flat).astype(np.int64)


def _umap(vectors: np.ndarray, seed: int | None, *, dimensions: int, min_dist: float) -> np.ndarray:
    import umap

    start = "spectral" if len(vectors) > 20 else "random"  # the spectral start can fail on so few
    near = min(15, len(vectors) - 1)
    reducer = umap.UMAP(
        n_neighbors=near,
        n_components=dimensions,
        min_dist=min_dist,
        metric="cosine",
        init=start,
        random_state=seed,
    )
    return np.asarray(reducer.fit_transform(vectors))
