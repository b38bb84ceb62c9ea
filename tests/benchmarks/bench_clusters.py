"""Clusters beside the peers': same vectors, same run, one table. `python tests/benchmarks/bench_clusters.py [n …]`.

Peers, as their defaults read: BERTopic (UMAP 15 neighbours, 5-D, min_dist 0, cosine; HDBSCAN 10) and kouchou-ai (k-means
with n^(2/3) centres on a 2-D UMAP). ARI counts noise as singletons. Data: ../shared/data (not part of the project).
Vectors are embedded once per run and kept in memory; sizes default to 20 50 200 1000 3080, add 13083 for the whole set.
"""

from __future__ import annotations

import sys
import time
import warnings
from pathlib import Path

import numpy as np
import polars as pl
from sim_nights import calm_nights

from tasks.cluster import cluster
from tasks.embed import MINILM, encode

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SEEDS = (0, 1, 2)


def singletons(labels: np.ndarray) -> np.ndarray:
    """Every outlier a cluster of its own."""
    alone = labels.copy()
    alone[labels < 0] = labels.max() + 1 + np.arange((labels < 0).sum())
    return alone


def bertopic(vectors: np.ndarray, seed: int) -> np.ndarray:
    import hdbscan
    import umap

    near = min(15, len(vectors) - 1)
    start = "spectral" if len(vectors) > 20 else "random"  # the spectral start can fail on so few
    flat = umap.UMAP(
        n_neighbors=near, n_components=5, min_dist=0.0, metric="cosine", init=start, random_state=seed
    ).fit_transform(vectors)
    return hdbscan.HDBSCAN(min_cluster_size=10, prediction_data=False).fit_predict(flat)


def kouchou(vectors: np.ndarray, seed: int) -> np.ndarray:
    import umap
    from sklearn.cluster import KMeans

    near = min(15, len(vectors) - 1)
    start = "spectral" if len(vectors) > 20 else "random"
    flat = umap.UMAP(n_neighbors=near, n_components=2, metric="cosine", init=start, random_state=seed).fit_transform(vectors)
    return KMeans(round(len(vectors) ** (2 / 3)), n_init=1, random_state=seed).fit_predict(flat).astype(np.int64)


def ours(vectors: np.ndarray, seed: int) -> np.ndarray:
    return cluster(vectors, seed=seed).labels


def sample(vectors: np.ndarray, truth: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rows = np.sort(np.random.default_rng(seed).choice(len(vectors), count, replace=False))
    return vectors[rows], truth[rows]


def quality(vectors: np.ndarray, truth: np.ndarray, sizes: list[int]) -> None:
    from sklearn.metrics import adjusted_rand_score, v_measure_score

    print(f"{'n':>6} {'method':10} {'ARI':>6} {'V':>6} {'clusters':>8} {'noise':>6} {'seconds':>8}")
    for count in sizes:
        for method in (bertopic, kouchou, ours):
            rows = []
            for seed in SEEDS:
                points, labels = sample(vectors, truth, count, seed)
                began = time.perf_counter()
                found = method(points, seed)
                took = time.perf_counter() - began
                alone = singletons(found)
                scores = adjusted_rand_score(labels, alone), v_measure_score(labels, alone)
                rows.append([*scores, found.max() + 1, (found < 0).mean(), took])
            ari, v, k, noise, seconds = np.mean(rows, axis=0)
            print(f"{count:6} {method.__name__:10} {ari:6.3f} {v:6.3f} {k:8.0f} {noise:6.1%} {seconds:8.2f}", flush=True)


def guard(vectors: np.ndarray, foreign: np.ndarray, count: int) -> None:
    """A tenth of foreign texts: how many land among real ones, how many real ones are called outliers."""
    rng = np.random.default_rng(0)
    real = vectors[rng.choice(len(vectors), count, replace=False)]
    extra = foreign[rng.choice(len(foreign), count // 10, replace=False)]
    for method in (bertopic, ours):
        labels = method(np.concatenate([real, extra]), 0)
        inside, outside = labels[:count], labels[count:]
        is_real = np.array([(inside == c).sum() > (outside == c).sum() for c in range(labels.max() + 1)])
        absorbed = np.mean([c >= 0 and is_real[c] for c in outside])
        print(f"foreign texts, n = {count}: {method.__name__:10} absorbed {absorbed:.1%}, false alarms {(inside < 0).mean():.1%}", flush=True)


def honesty(vectors: np.ndarray, truth: np.ndarray) -> None:
    from sklearn.metrics import adjusted_rand_score

    points, _ = sample(vectors, truth, 1_000, 0)
    print(f"seeds 0 and 1 agree, n = 1000: ARI {adjusted_rand_score(ours(points, 0), ours(points, 1)):.3f} (target .90)")
    found = cluster(vectors)
    truth = np.unique(truth, return_inverse=True)[1]
    purity = [np.bincount(truth[found.labels == c]).max() / (found.labels == c).sum() for c in range(len(found.stability))]
    print(f"purity, mean over {len(purity)} clusters: {np.mean(purity):.3f} (target .80); themes: {len(set(found.themes.tolist()))}")


def nights(vectors: np.ndarray) -> None:
    results = calm_nights(vectors, [0.01] * 30 + [0.05, 0.10])
    print(f"same cluster id, worst of 30 nights at +1 %: {min(r.same_share for r in results[:30]):.4f} (target .99)")
    print(f"same cluster id at +5 %: {results[30].same_share:.4f} (.98); at +10 %: {results[31].same_share:.4f} (.97)")


def main() -> None:
    if not DATA.is_dir():
        sys.exit(f"{DATA} is absent: this benchmark needs the shared data sets")
    warnings.filterwarnings("ignore", module="umap")
    table = pl.read_csv(DATA / "banking77" / "banking77.csv")
    sizes = [int(a) for a in sys.argv[1:]] or [20, 50, 200, 1_000, 3_080]
    chosen = table if max(sizes) > 3_080 else table.filter(pl.col("split") == "test")
    began = time.perf_counter()
    vectors = encode(chosen["text"].to_list(), model=MINILM)
    print(f"embedded {len(vectors)} texts in {time.perf_counter() - began:.1f} s, cold start included")
    truth = chosen["label"].to_numpy()
    comments = [pl.read_csv(DATA / f / "comments.csv")["text"].to_list() for f in ("polis_seattle15", "polis_nz_housing")]
    foreign = [*comments[0], *comments[1], *pl.read_csv(DATA / "ntrex_fa_en" / "ntrex_fa_en.csv")["en"].to_list()]
    quality(vectors, truth, sizes)
    strangers = encode(foreign, model=MINILM)
    test = (chosen["split"] == "test").to_numpy()
    guard(vectors[test], strangers, 3_000)
    honesty(vectors[test], truth[test])
    nights(vectors[test])


if __name__ == "__main__":
    main()
